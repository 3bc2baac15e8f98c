import { messageOf } from '$lib/api/client.ts';
import { toasts } from '$lib/state/toasts.svelte.ts';

type Api<T> = { list: () => Promise<{ items: T[] }>; remove: (id: string) => Promise<void> };

/** A short list of the server's that can be read again and lose a row. */
export class RowSource<T extends { id: string }> {
  /** Undefined until it has been read. */
  rows = $state.raw<T[]>();
  problem = $state('');
  readonly #api: Api<T>;

  constructor(api: Api<T>) {
    this.#api = api;
  }

  async load(): Promise<void> {
    this.problem = '';
    try {
      this.rows = (await this.#api.list()).items;
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  /** Answers whether it is gone; else the person has been told why not. */
  async remove(id: string): Promise<boolean> {
    try {
      await this.#api.remove(id);
      this.rows = this.rows?.filter((row) => row.id !== id);
      return true;
    } catch (error) {
      toasts.show({ message: messageOf(error), tone: 'bad' });
      return false;
    }
  }

  add(row: T): void {
    this.rows = [row, ...(this.rows ?? [])];
  }
}
