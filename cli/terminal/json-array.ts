import type { Terminal } from './terminal.ts';

/** Prints a JSON array as its items become known, one a line. It is JSON when it is closed, whatever became of the rest. */
export class JsonArray {
  readonly #terminal: Terminal;
  #isEmpty = true;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  async add(items: readonly unknown[]): Promise<void> {
    if (items.length === 0) return;
    const text = items.map((item) => JSON.stringify(item)).join(',\n');
    await this.#terminal.print(`${this.#isEmpty ? '[\n' : ',\n'}${text}`);
    this.#isEmpty = false;
  }

  async close(): Promise<void> {
    await this.#terminal.print(this.#isEmpty ? '[]\n' : '\n]\n');
  }
}
