import { AppError } from '../contract/app-error.ts';
import { isRoot, nameOf, numberedName, type EntryName, type EntryPath } from '../contract/path.ts';
import type { LinkState } from '../contract/schemas.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import type { UserActor } from '../access/actor.ts';
import type { FilesService } from '../files/files-service.ts';
import type { LinkGate } from './link-gate.ts';
import type { LinkTokens } from './link-token.ts';
import type { GateRow, LinkFilter, LinkItemRow, LinkRow, LinksRepository } from './links-repository.ts';

/** A link as its owner sees it, with the token that makes its URL. */
export type OwnLink = { row: LinkRow; items: LinkItemRow[]; state: LinkState; token: string };

export type NewLinkRequest = { paths: readonly EntryPath[]; label: string | null; expiresAt: Date | null };

/** How many links one user may have, ended ones included. */
const maxLinksPerUser = 100_000;

type Dependencies = {
  links: LinksRepository;
  gate: LinkGate;
  tokens: LinkTokens;
  files: FilesService;
  clock: Clock;
};

/** Links from their owner's side: make, list, revoke. */
export class LinksService {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  /** Makes a link on entries that exist and on which the actor holds `manage`. */
  async create(actor: UserActor, { paths, label, expiresAt }: NewLinkRequest): Promise<OwnLink> {
    const now = this.#with.clock().getTime();
    if (expiresAt && expiresAt.getTime() <= now) {
      throw new AppError('invalid', 'The link would expire in the past.', { reason: 'already_expired' });
    }
    if (new Set(paths).size < paths.length) throw new AppError('invalid', 'The same entry is given twice.');
    if ((await this.#with.links.countOf(actor.id)) >= maxLinksPerUser) {
      throw new AppError(
        'rate_limited',
        `You have ${maxLinksPerUser} links. Ask the administrator to clear old ones.`,
      );
    }
    const id = createIdentifier();
    const items: LinkItemRow[] = [];
    const names = new Set<string>();
    for (const path of paths) {
      const { kind } = await this.#with.files.stat(actor, path, 'manage');
      if (isRoot(path)) {
        throw new AppError('invalid', 'A whole root cannot be linked. Link the folders in it.', {
          reason: 'is_root',
        });
      }
      const name = distinctName(nameOf(path), names);
      items.push({ link_id: id, position: items.length, name, path, kind });
    }
    const row: LinkRow = {
      id,
      creator_id: actor.id,
      generation: 1,
      mode: 'read',
      label: label === '' ? null : label,
      created_at: now,
      expires_at: expiresAt?.getTime() ?? null,
      revoked_at: null,
      opens: 0,
      downloads: 0,
      last_used_at: null,
    };
    await this.#with.links.create(row, items);
    return this.#present(actor, row, items);
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
