import { AppError } from '../contract/app-error.ts';
import { maxLinkSeconds } from '../contract/duration.ts';
import { isRoot, nameOf, numberedName, type EntryName, type EntryPath } from '../contract/path.ts';
import type { LinkState } from '../contract/schemas.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import type { UserActor } from '../access/actor.ts';
import type { PasswordHasher } from '../accounts/password-hasher.ts';
import type { FilesService } from '../files/files-service.ts';
import type { LinkGate } from './link-gate.ts';
import type { LinkTokens } from './link-token.ts';
import type { GateRow, LinkFilter, LinkItemRow, LinkRow, LinksRepository } from './links-repository.ts';

/** A link as its owner sees it, with the token that makes its URL. */
export type OwnLink = { row: LinkRow; items: LinkItemRow[]; state: LinkState; token: string };

/** What the owner decides of a link; null = none. */
export type LinkTerms = {
  label: string | null;
  note: string | null;
  expiresAt: Date | null;
  password: string | null;
  maxDownloads: number | null;
};
export type NewLinkRequest = LinkTerms & { paths: readonly EntryPath[] };
/** What is absent stays as it is. */
export type LinkChange = Partial<NewLinkRequest> & { revoked?: false };

/** How many links one user may have, ended ones included. */
const maxLinksPerUser = 100_000;
/** A revocation can be taken back for so long. */
const undoRevokeMs = 10 * 60_000;

type Dependencies = {
  links: LinksRepository;
  gate: LinkGate;
  tokens: LinkTokens;
  files: FilesService;
  hasher: PasswordHasher;
  clock: Clock;
};

/** Links from their owner's side: make, list, revoke. */
export class LinksService {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  /** Makes a link on entries that exist and on which the actor holds `manage`. */
  async create(actor: UserActor, { paths, ...terms }: NewLinkRequest): Promise<OwnLink> {
    const now = this.#with.clock().getTime();
    if ((await this.#with.links.countOf(actor.id)) >= maxLinksPerUser) {
      throw new AppError(
        'rate_limited',
        `You have ${maxLinksPerUser} links. Ask the administrator to clear old ones.`,
      );
    }
    const id = createIdentifier();
    const items = await this.#itemsOf(actor, id, paths);
    const row: LinkRow = {
      id,
      creator_id: actor.id,
      generation: 1,
      mode: 'read',
      label: null,
      note: null,
      created_at: now,
      expires_at: null,
      revoked_at: null,
      password_hash: null,
      password_version: 0,
      max_downloads: null,
      used_downloads: 0,
      opens: 0,
      downloads: 0,
      last_used_at: null,
      ...(await this.#columnsOf(terms, 0)),
    };
    await this.#with.links.create(row, items);
    return this.#present(actor, row, items);
  }

  /** Changes a link; its URL stays. An ended link may be given a new life by a later expiry or a higher limit. */
  async update(actor: UserActor, id: string, { paths, revoked, ...terms }: LinkChange): Promise<OwnLink> {
    const { row } = await this.get(actor, id);
    const change: Partial<LinkRow> = await this.#columnsOf(terms, row.password_version);
    if (revoked === false && row.revoked_at !== null) {
      if (this.#with.clock().getTime() - row.revoked_at > undoRevokeMs) {
        throw new AppError('conflict', 'The link was revoked too long ago. Make a new one.', {
          reason: 'too_late',
        });
      }
      change.revoked_at = null;
    }
    const items = paths && (await this.#itemsOf(actor, id, paths));
    if (items) await this.#with.links.replaceItems(id, items);
    if (Object.keys(change).length > 0) await this.#with.links.update(id, change);
    return this.get(actor, id);
  }

  /** Gives the link a new URL; the old one answers that it was revoked. */
  async regenerate(actor: UserActor, id: string): Promise<OwnLink> {
    const { row } = await this.get(actor, id);
    await this.#with.links.update(id, { generation: row.generation + 1 });
    return this.get(actor, id);
  }

  /** The columns that the given terms decide; an absent term decides none. */
  async #columnsOf(terms: Partial<LinkTerms>, passwordVersion: number): Promise<Partial<LinkRow>> {
    const columns: Partial<LinkRow> = {};
    const { label, note, expiresAt, password, maxDownloads } = terms;
    if (expiresAt && expiresAt <= this.#with.clock()) {
      throw new AppError('invalid', 'The link would expire in the past.', { reason: 'already_expired' });
    }
    if (expiresAt && expiresAt.getTime() > this.#with.clock().getTime() + maxLinkSeconds * 1000) {
      throw new AppError('invalid', 'A link expires within ten years, or never.', { reason: 'too_far' });
    }
    if (label !== undefined) columns.label = label || null;
    if (note !== undefined) columns.note = note || null;
    if (expiresAt !== undefined) columns.expires_at = expiresAt?.getTime() ?? null;
    if (maxDownloads !== undefined) columns.max_downloads = maxDownloads;
    if (password !== undefined) {
      columns.password_hash = password === null ? null : await this.#with.hasher.hash(password);
      columns.password_version = passwordVersion + 1;
    }
    return columns;
  }

  async #itemsOf(actor: UserActor, linkId: string, paths: readonly EntryPath[]): Promise<LinkItemRow[]> {
    if (new Set(paths).size < paths.length) throw new AppError('invalid', 'The same entry is given twice.');
    const items: LinkItemRow[] = [];
    const names = new Set<string>();
    for (const path of paths) {
      const { kind } = await this.#with.files.stat(actor, path, 'manage');
      if (isRoot(path)) {
        throw new AppError('invalid', 'A whole root cannot be linked. Link the folders in it.', {
          reason: 'is_root',
        });
      }
      items.push({
        link_id: linkId,
        position: items.length,
        name: distinctName(nameOf(path), names),
        path,
        kind,
      });
    }
    return items;
  }

  async list(actor: UserActor, filter: Omit<LinkFilter, 'creatorId' | 'now'>): Promise<OwnLink[]> {
    const rows = await this.#with.links.list({
      ...filter,
      creatorId: actor.id,
      now: this.#with.clock().getTime(),
    });
    const itemsByLink = Map.groupBy(
      await this.#with.links.itemsOf(rows.map((row) => row.id)),
      (item) => item.link_id,
    );
    return Promise.all(rows.map((row) => this.#present(actor, row, itemsByLink.get(row.id) ?? [])));
  }

  async get(actor: UserActor, id: string): Promise<OwnLink> {
    const row = await this.#with.links.findOwn(id, actor.id);
    if (!row) throw new AppError('not_found', 'There is no such link of yours.');
    return this.#present(actor, row, await this.#with.links.itemsOf([id]));
  }

  /** Ends a link: the very next request with it is refused. Revoking twice changes nothing. */
  async revoke(actor: UserActor, id: string): Promise<void> {
    await this.get(actor, id);
    await this.#with.links.revoke(id, this.#with.clock().getTime());
  }

  /** Which direct children of `folder` have a live link of the actor's. */
  linkedChildren(actor: UserActor, folder: EntryPath): Promise<Set<EntryPath>> {
    return this.#with.links.linkedChildren(actor.id, folder, this.#with.clock().getTime());
  }

  async #present(actor: UserActor, row: LinkRow, items: LinkItemRow[]): Promise<OwnLink> {
    const gateRow: GateRow = {
      ...row,
      creator_name: actor.name,
      creator_is_admin: actor.isAdmin ? 1 : 0,
      creator_is_disabled: 0,
    };
    return {
      row,
      items,
      state: await this.#with.gate.stateOf(gateRow, items),
      token: this.#with.tokens.sign({ jti: row.id, gen: row.generation }),
    };
  }
}

/** Items of one link have distinct names, since the name is the first segment under the link. */
function distinctName(name: EntryName, names: Set<string>): EntryName {
  let candidate = name;
  for (let number = 2; names.has(candidate); number += 1) candidate = numberedName(name, number);
  names.add(candidate);
  return candidate;
}
