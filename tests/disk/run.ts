import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `npm run test:disk`: real full, read-only, frozen and powerless volumes, each mounted for its test. */
if (canMount()) {
  const { status } = spawnSync('vitest', ['run', '--project', 'disk', ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}
process.stdout.write(
  'test:disk: skipped. It needs Linux, root and the right to mount (tmpfs, and ext4 on a loop device).\n',
);

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'drey-mount-'));
  try {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status !== 0) return false;
    return spawnSync('umount', [folder]).status === 0 && spawnSync('losetup', ['-f']).status === 0;
  } finally {
    rmdirSync(folder);
  }
}
