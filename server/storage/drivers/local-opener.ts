import { open, openSync, statfsSync } from 'node:fs';
import { promisify } from 'node:util';

const openAsync = promisify(open);

/** File systems on disks of this machine, by what statfs(2) calls them: ext, XFS, Btrfs, ZFS, F2FS, overlay, tmpfs. */
const localTypes = new Set([0xef53, 0x58465342, 0x9123683e, 0x2fc12fc1, 0xf2f52010, 0x794c7630, 0x01021994]);
const warmMs = 1000;
const maxRemembered = 1000;

/**
 * Opens files. To ask another thread takes several times as long as opening does, and is only worth it when a disk may
 * have to be waited for: what was opened a moment ago, the kernel has at hand. Over a network it never has.
 */
export class LocalOpener {
  readonly #isLocal: boolean;
  readonly #lastOpened = new Map<string, number>();

  constructor(rootFolder: string) {
    this.#isLocal = localTypes.has(statfsSync(rootFolder).type);
  }

  open = (path: string, flags: number): number | Promise<number> => {
    if (!this.#isLocal) return openAsync(path, flags);
    const now = performance.now();
    const isWarm = now - (this.#lastOpened.get(path) ?? -Infinity) < warmMs;
    if (this.#lastOpened.size >= maxRemembered) this.#lastOpened.clear();
    this.#lastOpened.set(path, now);
    return isWarm ? openSync(path, flags) : openAsync(path, flags);
  };
}
