import { mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Folder } from '../../server/storage/drivers/local-containment.ts';
import { scratchFolder } from './scratch.ts';

function newFolder(): string {
  const path = `${scratchFolder()}/d`;
  mkdirSync(path);
  return path;
}

test('an open folder is shared by those who need it at the same time, and closed by the last of them', async () => {
  const path = newFolder();
  using one = await Folder.open(path);
  {
    using other = await Folder.open(path);
    expect(other).toBe(one);
  }
  await Promise.all([one.sync(), one.sync()]);
});

const ways: [string, (path: string) => void][] = [
  ['moved away', (path) => renameSync(path, `${path}-elsewhere`)],
  ['removed', (path) => rmdirSync(path)],
];
test.each(ways)('an open folder that was %s is not what its path leads to any more', async (_, take) => {
  const path = newFolder();
  using old = await Folder.open(path);
  take(path);
  await expect(Folder.open(path)).rejects.toMatchObject({ code: 'ENOENT' });
  mkdirSync(path);
  using current = await Folder.open(path);
  expect(current).not.toBe(old);
  using shared = await Folder.open(path);
  expect(shared).toBe(current);
});
