import { randomFillSync } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const gibibyte = 2 ** 30;
export const mebibyte = 2 ** 20;

const block = randomFillSync(Buffer.allocUnsafe(16 * mebibyte));

/** A file of so many bytes of noise, on the disk when this resolves. */
export async function writeFileOf(bytes: number, path: string): Promise<void> {
  await using file = await open(path, 'w');
  for (let left = bytes; left > 0; left -= block.length) {
    await file.writeFile(block.subarray(0, Math.min(left, block.length)));
  }
  await file.sync();
}

/** A folder of so many empty files, in the names of a data set. */
export async function makeFullFolder(folder: string, count: number): Promise<void> {
  await mkdir(folder);
  for (let first = 0; first < count; first += 1000) {
    const numbers = Array.from({ length: Math.min(1000, count - first) }, (_, index) => first + index);
    await Promise.all(
      numbers.map((number) => writeFile(join(folder, `train_${String(number).padStart(6, '0')}.png`), '')),
    );
  }
}

type Tree = { folders: number; filesEach: number; bytesEach: number };

/** Folders of files of noise, no two alike. */
export async function makeTree(top: string, { folders, filesEach, bytesEach }: Tree): Promise<void> {
  for (let folder = 0; folder < folders; folder += 1) {
    const path = join(top, `class ${folder}`);
    await mkdir(path, { recursive: true });
    await Promise.all(
      Array.from({ length: filesEach }, (_, index) => {
        const start = (folder * filesEach + index) % (block.length - bytesEach);
        return writeFile(join(path, `${index}.png`), block.subarray(start, start + bytesEach));
      }),
    );
  }
}
