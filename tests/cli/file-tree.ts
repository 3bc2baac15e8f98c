import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What a tree is made of: a path and its content; a path that ends in a slash is an empty folder. */
export type TreeSpec = Record<string, string | Buffer>;

export async function makeTree(folder: string, spec: TreeSpec): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [path, content] of Object.entries(spec)) {
    const target = join(folder, path);
    await mkdir(path.endsWith('/') ? target : dirname(target), { recursive: true });
    if (!path.endsWith('/')) await writeFile(target, content);
  }
}

/** Every path below a folder, with the hash of its content and its time to the second; folders end in a slash. */
export async function readTree(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const relative = path.slice(folder.length + 1);
    // The server's own hidden folder.
    if (relative.split('/')[0] === '.drey') continue;
    if (entry.isDirectory()) found[`${relative}/`] = '';
    else {
      const hash = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      found[relative] = `${hash} ${Math.round((await stat(path)).mtimeMs / 10)}`;
    }
  }
  return found;
}
