import type { FetchTarget } from './fetch-target.ts';

/** As Python and JSON both write a text. */
const literal = (text: string) => JSON.stringify(text);

const begin = ({ hasPassword }: FetchTarget, modules: string) =>
  `python3 - <<'END'\nimport ${modules}, requests\nweb = requests.Session()\n${hasPassword ? "web.auth = ('', os.environ['PASSWORD'])\n" : ''}`;

/** Fetches the zip of all that is shown. */
export function pythonZip(target: FetchTarget): string {
  return `${begin(target, 'os')}with web.get(${literal(target.zip.url)}, stream=True) as answer:
    answer.raise_for_status()
    with open(${literal(target.zip.name)}, 'wb') as file:
        for chunk in answer.iter_content(1 << 20):
            file.write(chunk)
END`;
}

/** Fetches the files that the checksums name, each from where it broke off, and checks them. */
export function pythonFiles(target: FetchTarget): string {
  return `${begin(target, 'hashlib, os, sys, urllib.parse')}
def digest(path):
    hash = hashlib.sha256()
    with open(path, 'rb') as file:
        while chunk := file.read(1 << 20):
            hash.update(chunk)
    return hash.hexdigest()

def fetch(url, path):
    done = os.path.getsize(path) if os.path.exists(path) else 0
    headers = {'Range': f'bytes={done}-'} if done else {}
    with web.get(url, headers=headers, stream=True) as answer:
        if answer.status_code == 416:
            return
        answer.raise_for_status()
        with open(path, 'ab' if answer.status_code == 206 else 'wb') as file:
            for chunk in answer.iter_content(1 << 20):
                file.write(chunk)

sums = web.get(${literal(target.checksums)})
sums.raise_for_status()
failed = 0
for line in sums.content.decode().split('\\n')[:-1]:
    sha256, name = line.lstrip('\\\\').split('  ', 1)
    if line[0] == '\\\\':
        name = name.replace('\\\\\\\\', '\\\\')
    path = os.path.join('.', name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if not os.path.exists(path) or digest(path) != sha256:
        fetch(${literal(baseOf(target))} + urllib.parse.quote(name), path)
    good = digest(path) == sha256
    failed += not good
    print(name + (': OK' if good else ': FAILED, delete it and run this again'))
sys.exit(failed > 0)
END`;
}

/** What the names among the checksums are relative to. */
function baseOf({ tree, file }: FetchTarget): string {
  if (!file) return tree.folder === '.' ? tree.url : new URL('../', tree.url).href;
  // A link on one file has its bytes at an address of their own; below it, they have their name too.
  return new URL('./', file.url.endsWith('/raw') ? `${file.url}/` : file.url).href;
}
