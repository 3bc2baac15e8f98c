import { createHash, randomBytes } from 'node:crypto';
import { mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';

const name = fc.constantFrom(
  'a',
  'b',
  'team',
  'team-secret',
  'a.txt',
  '%2e%2e',
  'x\\y',
  'ü',
  '...',
  'zip',
  'raw',
);
const trick = fc.constantFrom(
  '..',
  '.',
  '',
  '%2e%2e',
  '%252e%252e',
  '..%2f',
  '..%5c',
  '%00',
  '.drey',
  'CANARY',
  'bob',
  ';',
  '~',
  '*',
);

/** Trees, each as the paths of its files. */
export const trees = fc
  .uniqueArray(fc.array(name, { minLength: 1, maxLength: 4 }), {
    minLength: 3,
    maxLength: 12,
    selector: (path) => path.join('/'),
  })
  .map((paths) => paths.map((path) => path.join('/')));

/** Paths as someone writes them who looks for a way out: names that exist, encoded, among tricks. */
export const hostilePaths = fc.array(
  fc
    .array(
      fc.oneof({ weight: 3, arbitrary: name.map(encodeURIComponent) }, { weight: 1, arbitrary: trick }),
      { maxLength: 5 },
    )
    .map((segments) => segments.join('/')),
  { minLength: 4, maxLength: 8 },
);

/** A text that nothing else has, and the entry that it tells of: its bytes, their SHA-256, or its name. */
export type Secret = { kind: 'bytes' | 'name'; path: string; text: string };
export type PlantedTree = { files: string[]; secrets: Secret[] };

/**
 * Makes a tree in an empty folder: the files, as far as none stands where another needs a folder, and beside each file
 * and each folder a twin whose name begins as theirs does and goes on as no other name does.
 */
export async function plantTree(folder: string, paths: readonly string[]): Promise<PlantedTree> {
  await mkdir(folder, { recursive: true });
  const secrets: Secret[] = [];
  const plant = async (path: string) => {
    const text = `bytes-${randomBytes(12).toString('hex')}`;
    await writeFile(join(folder, path), text);
    secrets.push({ kind: 'bytes', path, text });
    secrets.push({ kind: 'bytes', path, text: createHash('sha256').update(text).digest('hex') });
  };
  const files: string[] = [];
  for (const path of paths) {
    try {
      await mkdir(join(folder, parentOf(path)), { recursive: true });
      await plant(path);
      files.push(path);
    } catch {
      // A file stands where a folder would have to, or the other way round.
    }
  }
  const folders = files.flatMap((path) => ancestorsOf(path));
  for (const path of new Set([...files, ...folders])) {
    const end = randomBytes(8).toString('hex');
    secrets.push({ kind: 'name', path: `${path}-${end}`, text: end });
    const isFile = (await stat(join(folder, path))).isFile();
    if (!isFile) await mkdir(join(folder, `${path}-${end}`));
    await plant(isFile ? `${path}-${end}` : `${path}-${end}/a.txt`);
  }
  await symlink('/etc', join(folder, 'out'));
  return { files, secrets };
}

/** '' at the top. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function ancestorsOf(path: string): string[] {
  const parent = parentOf(path);
  return parent === '' ? [] : [parent, ...ancestorsOf(parent)];
}

/** Whether `path` is `folder` or lies below it. */
export function liesIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** A path of a tree as it is written in an address. */
export function encodedPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** What a server makes of an escaped path, or the path itself where it can make nothing of it. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
