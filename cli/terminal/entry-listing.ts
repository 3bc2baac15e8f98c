import type { Entry } from '../../server/contract/schemas.ts';
import { layOutColumns } from './column-layout.ts';
import { formatDate, shortBytes } from './quantity.ts';
import type { Terminal } from './terminal.ts';

export type ListingOptions = { long?: boolean; humanReadable?: boolean };

/** A line of a listing: an entry and the name it goes by there. */
export type ListedEntry = { entry: Entry; name: string };

/** Prints entries: in columns on a terminal, one a line in a pipe, with size and time in the long form. */
export class EntryListing {
  readonly #terminal: Terminal;
  readonly #options: ListingOptions;
  #sizeWidth = 0;

  constructor(terminal: Terminal, options: ListingOptions) {
    this.#terminal = terminal;
    this.#options = options;
  }

  /** Prints one page; several follow each other seamlessly, save that columns are laid out for each. */
  async print(entries: readonly ListedEntry[]): Promise<void> {
    if (entries.length > 0) await this.#terminal.print(`${this.#lines(entries).join('\n')}\n`);
  }

  #lines(entries: readonly ListedEntry[]): string[] {
    const terminal = this.#terminal;
    const cells = entries.map(({ entry, name }) => {
      const text = terminal.show(name);
      return { text, painted: entry.kind === 'directory' ? terminal.paint('folder', text) : text };
    });
    if (this.#options.long) return this.#longLines(entries, cells);
    if (terminal.isInteractive) return layOutColumns(cells, terminal.columns);
    return cells.map(({ text }) => text);
  }

  #longLines(entries: readonly ListedEntry[], cells: readonly { painted: string }[]): string[] {
    const format = this.#options.humanReadable ? shortBytes : String;
    const sizes = entries.map(({ entry }) => (entry.size === null ? '-' : format(entry.size)));
    for (const size of sizes) this.#sizeWidth = Math.max(this.#sizeWidth, size.length);
    return entries.map(({ entry }, index) => {
      const size = (sizes[index] as string).padStart(this.#sizeWidth);
      const date = formatDate(entry.modifiedAt);
      return `${entry.kind === 'directory' ? 'd' : '-'} ${entry.level.padEnd(6)}  ${size}  ${date}  ${cells[index]?.painted}`;
    });
  }
}
