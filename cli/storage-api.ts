import type { IncomingMessage } from 'node:http';
import { hasCode } from '../server/contract/app-error.ts';
import { encodePath, type EntryPath } from '../server/contract/path.ts';
import type {
  Checksum,
  Entry,
  Explanation,
  ForeignLink,
  Grant,
  Link,
  LinkEvent,
  LinkPatch,
  Listing,
  NewLink,
  ReceivedDrop,
  Root,
  Rows,
  Session,
  Token,
  TransferResult,
} from '../server/contract/schemas.ts';
import type { Level } from '../server/contract/level.ts';
import type { UriBase } from '../server/contract/uri.ts';
import { about } from './exit-code.ts';
import type { ServerClient } from './server-client.ts';

export type SortOrder = { sort?: 'name' | 'size' | 'modified'; order?: 'asc' | 'desc' };
export type TransferOrder = {
  from: string[];
  to: string;
  onConflict: 'fail' | 'replace';
  into: boolean;
};
export type GrantAnswer = Grant & { effectiveLevel: Level; warning?: string };

const pageSize = '5000';

/** What the server offers, by name. */
export class StorageApi {
  readonly client: ServerClient;
  readonly #base: UriBase | undefined;
  #session: Promise<Session> | undefined;

  /** `base` is what short URIs mean, when it is known already. */
  constructor(client: ServerClient, base?: UriBase) {
    this.client = client;
    this.#base = base;
  }

  /** What short URIs are resolved against: from the profile, else asked once. */
  async uriBase(): Promise<UriBase> {
    if (this.#base) return this.#base;
    const { user, cluster } = await this.session();
    return { cluster, home: user.name };
  }

  /** Who is signed in and what holds for their transfers; asked once. */
  session(): Promise<Session> {
    this.#session ??= this.getSession();
    return this.#session;
  }

  getSession(): Promise<Session> {
    return this.client.json('GET', '/api/v1/session', { wants: 'cluster' });
  }

  async listRoots(): Promise<Root[]> {
    return (await this.client.json<Rows<Root>>('GET', '/api/v1/roots', { wants: 'items' })).items;
  }

  async get(path: EntryPath): Promise<Entry> {
    const query: [string, string][] = [['limit', '0']];
    const listing = await this.client.json<Listing>('GET', entryPath(path), { query, wants: 'entry' });
    return listing.entry;
  }

  /** The entry. Throws `not_found`, with what was typed in front, when there is none that may be seen. */
  async requireThere(path: EntryPath, typed: string): Promise<Entry> {
    return this.get(path).catch((error: unknown) => {
      throw about(typed, error);
    });
  }

  /** The entry, or undefined when there is none that may be seen. */
  async find(path: EntryPath): Promise<Entry | undefined> {
    try {
      return await this.get(path);
    } catch (error) {
      if (hasCode(error, 'not_found')) return undefined;
      throw error;
    }
  }

  /** The children of a folder, page by page. */
  async *list(path: EntryPath, order: SortOrder = {}): AsyncGenerator<Entry[]> {
    for await (const { children } of this.listPages(path, order)) if (children) yield children;
  }

  /**
   * The entry and, if it is a folder, its children, page by page; the next page is on its way while one is worked on. A
   * file is one page without children.
   */
  async *listPages(
    path: EntryPath,
    { sort = 'name', order = 'asc' }: SortOrder = {},
  ): AsyncGenerator<{ entry: Entry; children?: Entry[] }> {
    const ask = (cursor?: string) => {
      const query: [string, string][] = [
        ['limit', pageSize],
        ['sort', sort],
        ['order', order],
      ];
      if (cursor !== undefined) query.push(['cursor', cursor]);
      const page = this.client.json<Listing>('GET', entryPath(path), { query, wants: 'entry' });
      // Whoever stops reading midway leaves this one unawaited.
      page.catch(() => {});
      return page;
    };
    for (let pending: Promise<Listing> | undefined = ask(); pending;) {
      const { entry, children }: Listing = await pending;
      pending = children?.next == null ? undefined : ask(children.next);
      yield { entry, ...(children && { children: children.items }) };
    }
  }

  /** Creates a folder; answers false when it was there already. */
  async makeDirectory(path: EntryPath): Promise<boolean> {
    const response = await this.client.send('PUT', `/api/v1/directories/${encodePath(path)}`);
    response.resume();
    return response.statusCode === 201;
  }

  async remove(path: EntryPath): Promise<void> {
    await this.client.json('DELETE', entryPath(path));
  }

  transfer(verb: 'moves' | 'copies', order: TransferOrder): Promise<TransferResult> {
    return this.client.json('POST', `/api/v1/${verb}`, { json: order, wants: 'items' });
  }

  /** The bytes of a file, or of a part of it. */
  read(
    path: EntryPath,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    return this.client.send('GET', contentPath(path), { headers, signal });
  }

  /** What the server knows of a file's content; `sha256` is null when it knows nothing. */
  checksumOf(path: EntryPath): Promise<Checksum> {
    return this.client.json('GET', `/api/v1/checksums/${encodePath(path)}`, { wants: 'etag' });
  }

  /** Those on an entry and above it, or those that the caller gave or was given. */
  async listGrants(about: { uri: string } | { direction: 'given' | 'received' }): Promise<Grant[]> {
    const query = Object.entries(about) as [string, string][];
    return (await this.client.json<Rows<Grant>>('GET', '/api/v1/grants', { query, wants: 'items' })).items;
  }

  explainGrant(uri: string, user: string): Promise<Explanation> {
    return this.client.json('GET', '/api/v1/grants/explanation', {
      query: [
        ['uri', uri],
        ['user', user],
      ],
      wants: 'level',
    });
  }

  grant(uri: string, grantee: string, level: Level): Promise<GrantAnswer> {
    return this.client.json('POST', '/api/v1/grants', { json: { uri, grantee, level }, repeat: 'always' });
  }

  async revokeGrant(uri: string, grantee: string): Promise<void> {
    await this.client.json('DELETE', '/api/v1/grants', {
      query: [
        ['uri', uri],
        ['grantee', grantee],
      ],
    });
  }

  createLink(link: NewLink): Promise<Link> {
    return this.client.json('POST', '/api/v1/links', { json: link, wants: 'url' });
  }

  getLink(id: string): Promise<Link> {
    return this.client.json('GET', `/api/v1/links/${encodeURIComponent(id)}`, { wants: 'id' });
  }

  updateLink(id: string, patch: LinkPatch): Promise<Link> {
    return this.client.json('PATCH', `/api/v1/links/${encodeURIComponent(id)}`, {
      json: patch,
      repeat: 'always',
    });
  }

  /** Publishes what is there now: the link gives exactly these bytes. */
  publishLink(id: string): Promise<Link> {
    return this.client.json('POST', `/api/v1/links/${encodeURIComponent(id)}/pins`);
  }

  /** What was sent by a link for dropping, newest first. */
  async *listDrops(id: string): AsyncGenerator<ReceivedDrop> {
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: Rows<ReceivedDrop> = await this.client.json(
        'GET',
        `/api/v1/links/${encodeURIComponent(id)}/drops`,
        {
          query: [['limit', '1000'], ...(cursor ? [['cursor', cursor] as [string, string]] : [])],
          wants: 'items',
        },
      );
      yield* page.items;
      cursor = page.next;
    }
  }

  /** Gives a link a new address; the old one stops working. */
  renewLink(id: string): Promise<Link> {
    return this.client.json('POST', `/api/v1/links/${encodeURIComponent(id)}/generations`, { wants: 'url' });
  }

  async revokeLink(id: string): Promise<void> {
    await this.client.json('DELETE', `/api/v1/links/${encodeURIComponent(id)}`);
  }

  /** Anybody's link, for an administrator: without its address. */
  getAnyLink(id: string): Promise<ForeignLink> {
    return this.client.json('GET', `/api/v1/admin/links/${encodeURIComponent(id)}`, { wants: 'id' });
  }

  async revokeAnyLink(id: string): Promise<void> {
    await this.client.json('DELETE', `/api/v1/admin/links/${encodeURIComponent(id)}`);
  }

  /** What was done with a link of late, newest first: one's own, or as an administrator anybody's. */
  async listLinkEvents(id: string, isAny: boolean): Promise<LinkEvent[]> {
    const path = `/api/v1/${isAny ? 'admin/' : ''}links/${encodeURIComponent(id)}/events`;
    return (await this.client.json<Rows<LinkEvent>>('GET', path, { wants: 'items' })).items;
  }

  listLinks(query: [string, string][] = []): AsyncGenerator<Link> {
    return this.#listRows('/api/v1/links', query);
  }

  /** Everybody's, for an administrator. */
  listAllLinks(query: [string, string][] = []): AsyncGenerator<ForeignLink> {
    return this.#listRows('/api/v1/admin/links', query);
  }

  async *#listRows<T>(path: string, query: [string, string][]): AsyncGenerator<T> {
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: Rows<T> = await this.client.json('GET', path, {
        query: [...query, ['limit', '1000'], ...(cursor ? [['cursor', cursor] as [string, string]] : [])],
        wants: 'items',
      });
      yield* page.items;
      cursor = page.next;
    }
  }

  createToken(label: string): Promise<Token & { token: string }> {
    return this.client.json('POST', '/api/v1/tokens', { json: { label }, wants: 'token' });
  }

  async deleteToken(id: string): Promise<void> {
    await this.client.json('DELETE', `/api/v1/tokens/${encodeURIComponent(id)}`);
  }
}

function entryPath(path: EntryPath): string {
  return `/api/v1/entries/${encodePath(path)}`;
}

export function contentPath(path: EntryPath): string {
  return `/api/v1/content/${encodePath(path)}`;
}
