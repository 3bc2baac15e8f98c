import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, realpath, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const run = promisify(execFile);

/** A small file system of its own, mounted for one test, with which things can be done that no disk is asked for. */
export class Volume {
  readonly path: string;
  readonly #image: string | undefined;
  #loop = '';

  private constructor(path: string, image?: string) {
    this.path = path;
    this.#image = image;
  }

  /** ext4 on a file. An error of the file system makes it read-only, as most installers set it up. */
  static async ext4(megabytes: number, ...options: string[]): Promise<Volume> {
    const folder = await scratchFolder();
    const image = join(folder, 'image');
    await writeFile(image, '');
    await truncate(image, megabytes * 1e6);
    await run('mkfs.ext4', ['-q', '-m', '0', '-e', 'remount-ro', ...options, image]);
    const path = join(folder, 'volume');
    await mkdir(path);
    const volume = new Volume(path, image);
    await volume.#mount();
    onTestFinished(async () => {
      await volume.unmount();
      await rm(folder, { recursive: true, force: true });
    });
    return volume;
  }

  static async tmpfs(options: string): Promise<Volume> {
    const path = await scratchFolder();
    await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
    const volume = new Volume(path);
    onTestFinished(async () => {
      await volume.unmount();
      await rm(path, { recursive: true, force: true });
    });
    return volume;
  }

  /** Takes all of the space that is left, in a file outside of what Drey shows; answers how to give it back. */
  async fill(folder = this.path): Promise<() => Promise<void>> {
    const ballast = join(folder, 'ballast');
    await using file = await open(ballast, 'w');
    for (const bytes of [1 << 20, 1 << 16, 1 << 12]) {
      try {
        for (;;) await file.writeFile(Buffer.alloc(bytes, 1));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        await file.sync();
      }
    }
    return () => rm(ballast);
  }

  /** What the kernel does by itself when it finds the file system damaged, also in the middle of writes. */
  async becomeReadOnly(): Promise<void> {
    await writeFile(`/sys/fs/ext4/${basename(this.#loop)}/trigger_fs_error`, 'test');
  }

  /** The disk stops answering writes until `thaw`. */
  async freeze(): Promise<void> {
    await run('fsfreeze', ['-f', this.path]);
  }

  async thaw(): Promise<void> {
    await run('fsfreeze', ['-u', this.path]);
  }

  /** Forgets at once what is not on the disk, its journal included (EXT4_IOC_SHUTDOWN), as when the power goes; mounts anew. */
  async losePower(): Promise<void> {
    const shutDown =
      'my $how = pack("I", 2); open F, "<", shift or die; ioctl(F, 0x8004587d, $how) or die "$!"';
    await run('perl', ['-e', shutDown, this.path]);
    await run('umount', [this.path]);
    await this.#mount();
  }

  async unmount(): Promise<void> {
    await run('umount', [this.path]).catch(() => run('umount', ['-l', this.path]));
  }

  async #mount(): Promise<void> {
    await run('mount', ['-o', 'loop', this.#image!, this.path]);
    const { stdout } = await run('findmnt', ['-n', '-o', 'SOURCE', this.path]);
    this.#loop = stdout.trim();
  }
}

async function scratchFolder(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), 'drey-volume-')));
}
