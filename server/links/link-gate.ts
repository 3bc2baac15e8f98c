import { AppError } from '../contract/app-error.ts';
import type { EntryName, EntryPath } from '../contract/path.ts';
import type { LinkState } from '../contract/schemas.ts';
import type { Clock } from '../base/clock.ts';
import { notFound, type AccessControl } from '../access/access-control.ts';
import type { LinkActor } from '../access/actor.ts';
import { actorOf } from '../accounts/user-actor.ts';
import type { LinkLock, LinkProof } from './link-lock.ts';
import { stateOf } from './link-rules.ts';
import type { LinkTokens } from './link-token.ts';
import type { GateRow, LinkItemRow, LinksRepository } from './links-repository.ts';

/** A link that was let through, with what its page may tell. */
export type OpenLink = {
  /** Of a link for dropping it has no items, so that it reaches nothing. */
  actor: LinkActor;
  generation: number;
  label: string | null;
  sharedBy: string;
  mode: 'read' | 'drop';
  expiresAt: number | null;
  note: string | null;
  hasPassword: boolean;
  /** null = without a limit. */
  downloadsLeft: number | null;
  creatorId: string;
  /** Where a link for dropping puts what is sent; null for one to read. */
  dropFolder: EntryPath | null;
  /** The manifest that a pinned link keeps to. */
  pinId: string | null;
};

/** A used-up link still lets a download go on that it granted; nothing else. */
export type GateOptions = { isResuming?: boolean };

const endings: Record<Exclude<LinkState, 'live'>, string> = {
  expired: 'This link has expired.',
  revoked: 'This link was revoked.',
  used_up: 'This link is used up.',
  orphaned: 'What this link led to is gone.',
};

/**
 * The one way from a token to an actor, taken by every request to every endpoint under `/s/` (design: "A link"). A
 * token that does not verify, or that names no row, is `not_found`; one that does verify but is dead is `gone`.
 */
export class LinkGate {
  readonly #tokens: LinkTokens;
  readonly #links: LinksRepository;
  readonly #access: AccessControl;
  readonly #lock: LinkLock;
  readonly #clock: Clock;

  constructor(
    tokens: LinkTokens,
    links: LinksRepository,
    access: AccessControl,
    lock: LinkLock,
    clock: Clock,
  ) {
    this.#lock = lock;
    this.#tokens = tokens;
    this.#links = links;
    this.#access = access;
    this.#clock = clock;
  }

  async open(token: string, proof: LinkProof, { isResuming = false }: GateOptions = {}): Promise<OpenLink> {
    const { row, items } = await this.openLocked(token, { isResuming });
    await this.#lock.require(row, proof);
    return {
      actor: {
        kind: 'link',
        id: row.id,
        items:
          row.mode === 'drop'
            ? []
            : items.map((item) => ({ name: item.name as EntryName, path: item.path, kind: item.kind })),
      },
      generation: row.generation,
      label: row.label,
      sharedBy: row.creator_name,
      mode: row.mode,
      expiresAt: row.expires_at,
      note: row.note,
      hasPassword: row.password_hash !== null,
      downloadsLeft: row.max_downloads === null ? null : Math.max(0, row.max_downloads - row.used_downloads),
      creatorId: row.creator_id,
      dropFolder: row.mode === 'drop' ? (items[0]?.path ?? null) : null,
      pinId: row.pin_id,
    };
  }

  /** All of `open` but the password: for whoever is about to give it. */
  async openLocked(
    token: string,
    { isResuming = false }: GateOptions = {},
  ): Promise<{ row: GateRow; items: LinkItemRow[] }> {
    const claims = this.#tokens.verify(token);
    if (!claims) throw notFound();
    const found = await this.#links.findForGate(claims.jti);
    if (!found) throw notFound();
    const { row, items } = found;
    const state = row.generation === claims.gen ? await this.stateOf(row, items) : 'revoked';
    if (state !== 'live' && !(state === 'used_up' && isResuming)) {
      throw new AppError('gone', endings[state], { reason: state });
    }
    return found;
  }

  /**
   * Whether what was begun by a link may go on: it was not revoked or given another URL, and its creator still holds what it
   * gives. An expiry and a limit are for what begins.
   */
  async stillHolds({ actor, generation }: OpenLink): Promise<boolean> {
    const found = await this.#links.findForGate(actor.id);
    if (!found || found.row.generation !== generation) return false;
    const state = await this.stateOf({ ...found.row, expires_at: null }, found.items);
    return state === 'live' || state === 'used_up';
  }

  /** What a link is worth at this moment; asks whether its creator could still make it. */
  async stateOf(row: GateRow, items: readonly LinkItemRow[]): Promise<LinkState> {
    return stateOf(
      {
        revokedAt: row.revoked_at,
        expiresAt: row.expires_at,
        itemCount: items.length,
        maxDownloads: row.max_downloads,
        usedDownloads: row.used_downloads,
        isBacked: row.creator_is_disabled === 0 && (await this.#isHeld(row, items)),
      },
      this.#clock().getTime(),
    );
  }

  async #isHeld(row: GateRow, items: readonly LinkItemRow[]): Promise<boolean> {
    const creator = actorOf({ id: row.creator_id, name: row.creator_name, is_admin: row.creator_is_admin });
    for (const item of items) {
      if ((await this.#access.levelOn(creator, item.path)) !== 'manage') return false;
    }
    return true;
  }
}
