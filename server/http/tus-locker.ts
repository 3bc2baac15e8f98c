import type { Lock, Locker } from '@tus/utils';

type Holder = { release: () => void; done: Promise<void> };

/**
 * One request at a time for each upload. Whoever comes later is the client that has come back: the earlier request,
 * which may hang on a dead connection, is told to let go, and is waited for.
 */
export class UploadLocker implements Locker {
  readonly #holders = new Map<string, Holder>();
  /** Makes the request that now holds a lock stop reading. */
  readonly #interruptCurrent: () => () => void;

  constructor(interruptCurrent: () => () => void) {
    this.#interruptCurrent = interruptCurrent;
  }

  newLock(id: string): Lock {
    let finish: (() => void) | undefined;
    return {
      lock: async () => {
        for (let holder = this.#holders.get(id); holder; holder = this.#holders.get(id)) {
          holder.release();
          await holder.done;
        }
        const done = new Promise<void>((resolve) => (finish = resolve));
        this.#holders.set(id, { release: this.#interruptCurrent(), done });
      },
      unlock: async () => {
        this.#holders.delete(id);
        finish?.();
      },
    };
  }
}
