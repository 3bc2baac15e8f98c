import { AppError } from '../contract/app-error.ts';
import { maxLinkSeconds } from '../contract/duration.ts';
import { isRoot, lineageOf, nameOf, numberedName, type EntryName, type EntryPath } from '../contract/path.ts';
import type { LinkRules } from '../config/link-policy.ts';
import type { DropLimits, LinkBreach, LinkState } from '../contract/schemas.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { AuditAction } from '../contract/schemas.ts';
import type { Db, Tx } from '../database/connection.ts';
import type { RevocationLog } from '../database/revocation-log.ts';
import type { AccessControl } from '../access/access-control.ts';
import type { SignedInUser, UserActor } from '../access/actor.ts';
import type { PasswordHasher } from '../accounts/password-hasher.ts';
import type { FilesService } from '../files/files-service.ts';
import { columnsOf as dropColumnsOf, noDropLimits } from './drop-limits.ts';
import type { DropLinkRow, DropRow, DropsRepository } from './drops-repository.ts';
import type { LinkGate } from './link-gate.ts';
import type { LinkPolicies, RuledTerms } from './link-policies.ts';
import type { LinkTokens } from './link-token.ts';
import { pinsOf, type LinkPinRows, type LinkPins } from './link-pins.ts';
import type { PinRow } from './pins-repository.ts';
import type { GateRow, LinkFilter, LinkItemRow, LinkRow, LinksRepository } from './links-repository.ts';

/** A link as its owner sees it, with the token that makes its URL. */
export type OwnLink = {
  row: GateRow;
  items: LinkItemRow[];
  state: LinkState;
  /** What took away what it led to, where that is gone. */
  orphanedBy: 'deletion' | 'lost_right' | null;
  breaches: LinkBreach[];
  token: string;
  drop: DropLinkRow | undefined;
} & LinkPinRows;

/** What the owner decides of a link; null = none. */
export type LinkTerms = {
  label: string | null;
  note: string | null;
  expiresAt: Date | null;
  password: string | null;
  maxDownloads: number | null;
  notify: boolean;
};
export type NewLinkRequest = LinkTerms & {
  paths: readonly EntryPath[];
  mode: 'read' | 'drop';
  drop: Partial<DropLimits>;
  /** Exactly the bytes that are there now. */
  pinned: boolean;
};
/** What is absent stays as it is. */
export type LinkChange = Partial<Omit<NewLinkRequest, 'mode'>> & { revoked?: false };

type Extras = { drops: DropLinkRow[]; pins: PinRow[] };

/** How many links one user may have, ended ones included. */
const maxLinksPerUser = 100_000;
const maxCovering = 100;
/** A revocation can be taken back for so long. */
const undoRevokeMs = 10 * 60_000;
/** Of a link on very many items the audit log names these. */
const maxItemsTold = 20;

type Dependencies = {
  db: Db;
  audit: AuditLog;
  revocations: RevocationLog;
  links: LinksRepository;
  drops: DropsRepository;
  pins: LinkPins;
  gate: LinkGate;
  tokens: LinkTokens;
  files: FilesService;
  hasher: PasswordHasher;
  policies: LinkPolicies;
  access: AccessControl;
  clock: Clock;
};

/** Links from their owner's side: make, list, revoke. */
export class LinksService {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  /** Makes a link on entries that exist and on which the actor holds `manage`. */
  async create(
    actor: SignedInUser,
    { paths, mode, drop, pinned, ...terms }: NewLinkRequest,
  ): Promise<OwnLink> {
    const now = this.#with.clock().getTime();
    if ((await this.#with.links.countOf(actor.id)) >= maxLinksPerUser) {
      throw new AppError(
        'rate_limited',
        `You have ${maxLinksPerUser} links. Ask the administrator to clear old ones.`,
      );
    }
    const id = createIdentifier();
    // First, as it takes a while: what it leads to is to be there when it is made.
    const columns = await this.#columnsOf(terms, 0);
    const items = await this.#itemsOf(actor, id, mode, paths);
    const { expiresAt, password } = terms;
    this.#with.policies.require(
      paths,
      { expiresAt: expiresAt?.getTime() ?? null, hasPassword: password !== null },
      now,
    );
    const row: LinkRow = {
      id,
      creator_id: actor.id,
      generation: 1,
      mode,
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
      bytes_sent: 0,
      first_download_at: null,
      wants_mail: 0,
      expiry_noted: null,
      revoked_by: null,
      kid: this.#with.tokens.currentKid,
      pin_id: null,
      ...columns,
    };
    const limits = mode === 'drop' ? dropColumnsOf({ ...noDropLimits, ...drop }) : undefined;
    await this.#told(actor, 'link.create', row, items, (tx) =>
      this.#with.links.create(tx, row, items, limits),
    );
    await this.#requireStillThere(id, items);
    if (!pinned) return this.#present(withCreator(row, actor), items);
    await this.#with.pins.begin(id, 'at once');
    return this.get(actor, id);
  }

  /** Changes a link; its URL stays. An ended link may be given a new life by a later expiry or a higher limit. */
  async update(
    actor: SignedInUser,
    id: string,
    { paths, revoked, drop, pinned, ...terms }: LinkChange,
  ): Promise<OwnLink> {
    const { row, items: itemsBefore } = await this.#own(actor, id);
    requireFitting(row, { drop, pinned, ...terms });
    const change: Partial<LinkRow> = await this.#columnsOf(terms, row.password_version);
    if (revoked === false && row.revoked_at !== null) {
      if (row.revoked_by !== null) {
        throw new AppError('forbidden', 'An administrator revoked this link. Ask them about it.', {
          reason: 'revoked_by_admin',
        });
      }
      if (this.#with.clock().getTime() - row.revoked_at > undoRevokeMs) {
        throw new AppError('conflict', 'The link was revoked too long ago. Make a new one.', {
          reason: 'too_late',
        });
      }
      change.revoked_at = null;
    }
    const items = paths && (await this.#itemsOf(actor, id, row.mode, paths));
    this.#requirePolicy({ ...row, ...change }, items ?? itemsBefore, { ...terms, paths });
    if (pinned === false) change.pin_id = null;
    const limits = dropColumnsOf(drop ?? {});
    const isChanged = items ?? [...Object.keys(change), ...Object.keys(limits)][0];
    if (!isChanged && pinned === undefined) return this.get(actor, id);
    const action = change.revoked_at === null ? 'link.restore' : 'link.change';
    await this.#told(actor, action, { ...row, ...change }, items, async (tx) => {
      if (items) await this.#with.links.replaceItems(tx, id, items);
      if (Object.keys(change).length > 0) await this.#with.links.update(tx, id, change);
      if (change.revoked_at === null) await this.#with.revocations.note(tx, { kind: 'link_restored', id });
      if (Object.keys(limits).length > 0) await this.#with.drops.updateLink(tx, id, limits);
      if (pinned === false) await this.#with.pins.removeOf(tx, id);
    });
    if (items) await this.#requireStillThere(id, items);
    // Other items have another manifest, and nothing is given by the old one any more.
    const isPinnedAnew = pinned ? row.pin_id === null : items !== undefined && row.pin_id !== null;
    if (isPinnedAnew && pinned !== false) await this.#with.pins.begin(id, 'at once');
    return this.get(actor, id);
  }

  /** Does something with a link and writes it down, both or neither. */
  async #told(
    actor: SignedInUser,
    action: AuditAction,
    row: LinkRow,
    items: readonly LinkItemRow[] | undefined,
    work: (tx: Tx) => Promise<void>,
  ): Promise<void> {
    const told = items ?? (await this.#with.links.itemsOf([row.id]));
    await this.#with.db.transaction().execute(async (tx) => {
      await work(tx);
      await this.#with.audit.record(tx, actor, {
        action,
        target: `link:${row.id}`,
        path: told[0]?.path,
        detail: {
          items: told.slice(0, maxItemsTold).map(({ path }) => path),
          itemCount: told.length,
          mode: row.mode,
          expiresAt: row.expires_at,
          hasPassword: row.password_hash !== null,
          maxDownloads: row.max_downloads,
        },
      });
    });
  }

  /** Gives the link a new URL; the old one answers that it was revoked. */
  async regenerate(actor: SignedInUser, id: string): Promise<OwnLink> {
    const { row } = await this.#own(actor, id);
    const generation = row.generation + 1;
    await this.#told(actor, 'link.renew', row, undefined, async (tx) => {
      await this.#with.links.update(tx, id, { generation, kid: this.#with.tokens.currentKid });
      await this.#with.revocations.note(tx, { kind: 'link_renewed', id, generation });
    });
    return this.get(actor, id);
  }

  /** Publishes what is there now: a pinned link keeps to its old manifest until the new one is made. */
  async publish(actor: SignedInUser, id: string): Promise<OwnLink> {
    const { row } = await this.#own(actor, id);
    requireFitting(row, { pinned: true });
    await this.#told(actor, 'link.change', row, undefined, async () => {});
    await this.#with.pins.begin(id, row.pin_id === null ? 'at once' : 'when made');
    return this.get(actor, id);
  }

  /** What has been sent by a link for dropping, newest first. */
  async received(
    actor: UserActor,
    id: string,
    page: { limit: number; before?: { createdAt: number; id: string } },
  ): Promise<DropRow[]> {
    await this.#own(actor, id);
    return this.#with.drops.received(id, page);
  }

  /** What is not changed may break a rule that is younger than it; what is changed may not. */
  #requirePolicy(row: LinkRow, items: readonly LinkItemRow[], change: LinkChange): void {
    const inQuestion: LinkBreach[] = [];
    if (change.expiresAt !== undefined || change.paths) inQuestion.push('permanent', 'too_long');
    if (change.password !== undefined || change.paths) inQuestion.push('no_password');
    const paths = items.map((item) => item.path);
    this.#with.policies.require(paths, ruledTermsOf(row), this.#with.clock().getTime(), inQuestion);
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
    if (terms.notify !== undefined) columns.wants_mail = terms.notify ? 1 : 0;
    if (password !== undefined) {
      columns.password_hash = password === null ? null : await this.#with.hasher.hash(password);
      columns.password_version = passwordVersion + 1;
    }
    return columns;
  }

  async #itemsOf(
    actor: UserActor,
    linkId: string,
    mode: LinkRow['mode'],
    paths: readonly EntryPath[],
  ): Promise<LinkItemRow[]> {
    if (new Set(paths).size < paths.length) throw new AppError('invalid', 'The same entry is given twice.');
    const items: LinkItemRow[] = [];
    const names = new Set<string>();
    for (const path of paths) {
      const { kind } = await this.#with.files.stat(actor, path, 'manage');
      if (mode === 'drop' && (kind !== 'directory' || paths.length > 1)) {
        throw new AppError('invalid', 'A link for dropping leads to one folder.', { reason: 'not_a_folder' });
      }
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

  /**
   * What was deleted or moved away while the link was made was not known to lead there: then it leads nowhere, whatever
   * comes to that place later. Throws `not_found`.
   */
  async #requireStillThere(id: string, items: readonly LinkItemRow[]): Promise<void> {
    const { db, files, links } = this.#with;
    const areThere = await Promise.all(items.map(({ path }) => files.exists(path)));
    const gone = items.find((_, index) => !areThere[index]);
    if (!gone) return;
    const left = items.filter((_, index) => areThere[index]);
    await db.transaction().execute((tx) => links.replaceItems(tx, id, left));
    throw new AppError('not_found', `“${gone.name}” went away meanwhile.`);
  }

  async list(actor: UserActor, filter: Omit<LinkFilter, 'creatorId' | 'now'>): Promise<OwnLink[]> {
    const links = await this.listAll({ ...filter, creatorId: actor.id });
    return Promise.all(links.map((link) => this.#asSeen(actor, link)));
  }

  /** Links of anybody, for an administrator. */
  async listAll(filter: Omit<LinkFilter, 'now'>): Promise<OwnLink[]> {
    return this.#presentAll(await this.#with.links.list({ ...filter, now: this.#with.clock().getTime() }));
  }

  async get(actor: UserActor, id: string): Promise<OwnLink> {
    return this.#asSeen(actor, await this.#own(actor, id));
  }

  async #own(actor: UserActor, id: string): Promise<OwnLink> {
    const row = await this.#with.links.find(id);
    if (row?.creator_id !== actor.id) throw new AppError('not_found', 'There is no such link of yours.');
    return this.#present(row, await this.#with.links.itemsOf([id]));
  }

  /** Without what its creator does not see any more: where that is now, and under what name, is not theirs to know. */
  async #asSeen(actor: UserActor, link: OwnLink): Promise<OwnLink> {
    // What a live link leads to is its creator's to manage.
    if (link.state === 'live') return link;
    const levels = await Promise.all(link.items.map(({ path }) => this.#with.access.levelOn(actor, path)));
    return { ...link, items: link.items.filter((_, index) => levels[index] !== undefined) };
  }

  /** Anybody's link, for an administrator. */
  async getAny(id: string): Promise<OwnLink> {
    const row = await this.#with.links.find(id);
    if (!row) throw new AppError('not_found', 'There is no such link.');
    return this.#present(row, await this.#with.links.itemsOf([id]));
  }

  /** Ends a link: the very next request with it is refused. Revoking twice changes nothing. */
  async revoke(actor: SignedInUser, id: string): Promise<void> {
    await this.#revoke(actor, await this.#own(actor, id), null);
  }

  /** As an administrator: its creator cannot undo it, unless that is they themselves. */
  async revokeAny(admin: SignedInUser, id: string): Promise<void> {
    const link = await this.getAny(id);
    await this.#revoke(admin, link, link.row.creator_id === admin.id ? null : admin.id);
  }

  async #revoke(actor: SignedInUser, { row, items }: OwnLink, by: string | null): Promise<void> {
    if (row.revoked_at !== null) return;
    const at = this.#with.clock().getTime();
    await this.#told(actor, 'link.revoke', row, items, async (tx) => {
      await this.#with.links.revoke(tx, row.id, at, by);
      await this.#with.revocations.note(tx, { kind: 'link_revoked', id: row.id, at, by });
    });
  }

  /**
   * The live links that give any of `paths`, themselves or with a folder above; of all that they give, what leads there.
   * Needs `manage` on each.
   */
  async listCovering(actor: UserActor, paths: readonly EntryPath[]): Promise<OwnLink[]> {
    for (const path of paths) await this.#with.access.require(actor, path, 'manage');
    const lineage = [...new Set(paths.flatMap(lineageOf))];
    const now = this.#with.clock().getTime();
    const links = await this.#presentAll(await this.#with.links.listOnAny(lineage, now, maxCovering));
    return links
      .filter(({ state }) => state === 'live')
      .map((link) => ({ ...link, items: link.items.filter(({ path }) => lineage.includes(path)) }));
  }

  /** What a link on these must keep to. */
  rulesOf(paths: readonly EntryPath[]): LinkRules {
    return this.#with.policies.rulesOf(paths);
  }

  /** The children of a folder that have a live link: one of the actor's, or anyone's where `isManaged` says so. */
  async linkedChildren(
    actor: UserActor,
    folder: EntryPath,
    isManaged: (child: EntryPath) => boolean,
  ): Promise<Set<EntryPath>> {
    const found = await this.#with.links.linkedChildren(folder, this.#with.clock().getTime());
    return new Set(
      found
        .filter(({ path, creator_id }) => creator_id === actor.id || isManaged(path))
        .map(({ path }) => path),
    );
  }

  /** Whether an entry has a live link itself, and the nearest folder above that has; whose, as for its children. */
  async linkedAround(
    actor: UserActor,
    path: EntryPath,
    isManaged: boolean,
  ): Promise<{ linked: boolean; above: EntryPath | undefined }> {
    const found = await this.#with.links.linkedAmong(lineageOf(path), this.#with.clock().getTime());
    const paths = new Set(
      found.filter(({ creator_id }) => isManaged || creator_id === actor.id).map((each) => each.path),
    );
    return {
      linked: paths.has(path),
      above: lineageOf(path).find((each) => each !== path && paths.has(each)),
    };
  }

  async #presentAll(rows: readonly GateRow[]): Promise<OwnLink[]> {
    const items = await this.#with.links.itemsOf(rows.map((row) => row.id));
    const itemsByLink = Map.groupBy(items, (item) => item.link_id);
    const extras = await this.#extrasOf(rows);
    return Promise.all(rows.map((row) => this.#present(row, itemsByLink.get(row.id) ?? [], extras)));
  }

  /** What only some links have: limits of a drop, manifests of what is pinned. */
  async #extrasOf(rows: readonly LinkRow[]): Promise<Extras> {
    const dropIds = rows.filter(({ mode }) => mode === 'drop').map(({ id }) => id);
    return {
      drops: await this.#with.drops.findLinks(dropIds),
      pins: await this.#with.pins.of(rows),
    };
  }

  async #present(row: GateRow, items: LinkItemRow[], extras?: Extras): Promise<OwnLink> {
    const { drops, pins } = extras ?? (await this.#extrasOf([row]));
    const paths = items.map((item) => item.path);
    const state = await this.#with.gate.stateOf(row, items);
    return {
      row,
      items,
      state,
      orphanedBy: state === 'orphaned' ? (items.length === 0 ? 'deletion' : 'lost_right') : null,
      breaches: this.#with.policies.breachesOf(paths, ruledTermsOf(row), this.#with.clock().getTime()),
      token: this.#with.tokens.sign({ jti: row.id, gen: row.generation }, row.kid),
      drop: drops.find(({ link_id }) => link_id === row.id),
      ...pinsOf(row, pins),
    };
  }
}

function withCreator(row: LinkRow, { name, isAdmin }: UserActor): GateRow {
  return { ...row, creator_name: name, creator_is_admin: isAdmin ? 1 : 0, creator_is_disabled: 0 };
}

function ruledTermsOf({ expires_at, password_hash }: LinkRow): RuledTerms {
  return { expiresAt: expires_at, hasPassword: password_hash !== null };
}

/** Items of one link have distinct names, since the name is the first segment under the link. */
function distinctName(name: EntryName, names: Set<string>): EntryName {
  let candidate = name;
  for (let number = 2; names.has(candidate); number += 1) candidate = numberedName(name, number);
  names.add(candidate);
  return candidate;
}

/** Throws `invalid` for what makes no sense of a link of this mode. */
function requireFitting(
  { mode }: LinkRow,
  { drop, pinned, maxDownloads }: Pick<LinkChange, 'drop' | 'pinned' | 'maxDownloads'>,
): void {
  const isUnfit = mode === 'drop' ? pinned === true || maxDownloads != null : drop !== undefined;
  if (!isUnfit) return;
  throw new AppError(
    'invalid',
    mode === 'drop'
      ? 'A link for dropping gives nothing, so it cannot be pinned or limited in downloads.'
      : 'Only a link for dropping has limits on what is dropped.',
    { reason: 'wrong_mode' },
  );
}
