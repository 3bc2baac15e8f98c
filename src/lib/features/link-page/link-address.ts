import { encodePath } from '../../../../server/contract/path.ts';
import type { sortKeys } from '../../../../server/contract/schemas.ts';

export type SortKey = (typeof sortKeys)[number];
/** How a folder is looked at, as the page's own query says it. Absent means: by name, ascending. */
export type Order = { sort?: SortKey; order?: 'asc' | 'desc' };
export type PageQuery = Order & { path?: string; cursor?: string; select?: '1'; shell?: string };

/** The addresses under one link. Every one can be pasted into a shell between single quotes. */
export class LinkAddress {
  readonly #base: string;

  constructor(token: string, origin = '') {
    this.#base = `${origin}/s/${encodeURIComponent(token)}`;
  }

  page(query: PageQuery = {}): string {
    return this.#base + formatQuery(Object.entries(query));
  }

  /** The bytes of a file; without a path those of the link's one file. */
  raw(path?: string): string {
    return `${this.#base}/raw${path === undefined ? '' : `/${encode(path)}`}`;
  }

  /** A zip of these, or of all that is shared. */
  zip(items: string[] = []): string {
    return `${this.#base}/zip${formatQuery(items.map((item) => ['item', item]))}`;
  }

  entries(path: string, query: Order & { limit: number; cursor?: string }): string {
    return `${this.#base}/entries${path && `/${encode(path)}`}${formatQuery(Object.entries(query))}`;
  }

  /** Where the password of a link is given. */
  unlock(): string {
    return `${this.#base}/unlock`;
  }

  /** Checksums of these, or of all that is shared. */
  checksums(items: string[] = []): string {
    return `${this.#base}/SHA256SUMS${formatQuery(items.map((item) => ['item', item]))}`;
  }

  /** A folder, or all that is shared, as plain HTML to walk. */
  listing(path?: string): string {
    return `${this.raw(path)}/`;
  }

  /** The addresses of all files of these, or of all that is shared, in the form that a program reads. */
  urls(items: string[], form?: 'curl' | 'aria2c'): string {
    return `${this.#base}/urls${formatQuery([['for', form], ...items.map((item): [string, string] => ['item', item])])}`;
  }

  /** A picture made small. */
  thumbnail(path: string): string {
    return `${this.#base}/thumbnails/${encode(path)}`;
  }

  /** What a link for dropping takes, and what this visitor has sent. */
  drops(): string {
    return `${this.#base}/drops`;
  }

  /** Where files are sent as a form is. */
  bulk(sender = ''): string {
    return `${this.#base}/bulk${formatQuery([['sender', sender]])}`;
  }

  /** Where resumable uploads are begun. */
  uploads(): string {
    return `${this.#base}/uploads`;
  }
}

// encodeURIComponent lets the single quote through, which would end a shell's quotation.
function encode(path: string): string {
  return encodePath(path).replaceAll("'", '%27');
}

function formatQuery(pairs: [string, unknown][]): string {
  const query = new URLSearchParams();
  for (const [name, value] of pairs)
    if (value !== undefined && value !== '') query.append(name, String(value));
  return query.size > 0 ? `?${query}` : '';
}
