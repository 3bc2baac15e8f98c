import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { visibleEntries } from '../support/visible-entries.ts';

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

/** Every path below a folder with the hash of its content; folders end in a slash. */
export async function readTree(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of await pathsBelow(folder)) {
    found[path] = path.endsWith('/')
      ? ''
      : createHash('sha256')
          .update(await readFile(join(folder, path)))
          .digest('hex');
  }
  return found;
}

/** That two trees hold the same names, bytes and, to the millisecond or two that systems round by, times. */
export async function expectSameTree(actual: string, expected: string): Promise<void> {
  expect(await readTree(actual)).toEqual(await readTree(expected));
  for (const path of (await pathsBelow(expected)).filter((path) => !path.endsWith('/'))) {
    const [one, other] = await Promise.all([stat(join(actual, path)), stat(join(expected, path))]);
    if (Math.abs(one.mtimeMs - other.mtimeMs) > 2) expect(one.mtime, path).toEqual(other.mtime);
  }
}

async function pathsBelow(folder: string): Promise<string[]> {
  const entries = await visibleEntries(folder);
  return entries
    .map((entry) => {
      const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
      return entry.isDirectory() ? `${path}/` : path;
    })
    .sort();
}
