import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** All below a folder but Drey's own hidden folder at its top, in which things come and go while one looks. */
export async function visibleEntries(folder: string): Promise<Dirent[]> {
  const top = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => name !== '.drey');
  const below = await Promise.all(
    top
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => readdir(join(folder, name), { recursive: true, withFileTypes: true })),
  );
  return [...top, ...below.flat()];
}
