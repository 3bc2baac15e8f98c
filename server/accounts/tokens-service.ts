import { AppError } from '../contract/app-error.ts';
import type { Level } from '../contract/level.ts';
import type { EntryPath } from '../contract/path.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier, createSecret, hashSecret } from '../base/identifier.ts';
import type { AuditActor } from '../audit/audit-event.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Db, Tx } from '../database/connection.ts';
import type { RevocationLog } from '../database/revocation-log.ts';
import type { Database } from '../database/schema.ts';
import type { Narrowing, SignedInUser } from '../access/actor.ts';
import { actorOf } from './user-actor.ts';

export type TokenRow = Database['api_tokens'];

const prefix = 'drey_';
const secretLength = 43;
const touchEveryMs = 60_000;

export type NewToken = {
  label: string;
  expiresInSeconds?: number | null | undefined;
  /** What it may do at most; without it, what its user may. */
  level?: Level | null | undefined;
  /** The only places where it may do anything. */
  paths?: readonly EntryPath[] | null | undefined;
};
export type TokenOwner = { id: string; name: string };

/** API tokens: opaque, with a typed prefix and a checksum that lets scanners find them and typing errors fail early. */
export class TokensService {
  readonly #db: Db;
  readonly #audit: AuditLog;
  readonly #revocations: RevocationLog;
  readonly #clock: Clock;

  constructor(db: Db, audit: AuditLog, revocations: RevocationLog, clock: Clock) {
    this.#revocations = revocations;
    this.#db = db;
    this.#audit = audit;
    this.#clock = clock;
  }

  /** Makes a token; `token` is shown this once and is not kept. */
  async create(
    by: AuditActor,
    owner: TokenOwner,
    { label, expiresInSeconds, level, paths }: NewToken,
    also: (tx: Tx) => Promise<void> = async () => {},
  ): Promise<{ row: TokenRow; token: string }> {
    const secret = createSecret();
    const now = this.#clock().getTime();
    const row: TokenRow = {
      id: createIdentifier(),
      user_id: owner.id,
      secret_hash: hashSecret(secret),
      label,
      created_at: now,
      expires_at: expiresInSeconds == null ? null : now + expiresInSeconds * 1000,
      last_used_at: null,
      level: level ?? null,
      paths: paths ? JSON.stringify(paths) : null,
    };
    await this.#db.transaction().execute(async (tx) => {
      await also(tx);
      await tx.insertInto('api_tokens').values(row).execute();
      await this.#audit.record(tx, by, {
        action: 'token.create',
        target: `user:${owner.name}`,
        detail: { id: row.id, label, level: row.level, paths: paths ?? null },
      });
    });
    return { row, token: `${prefix}${secret}${checksumOf(secret)}` };
  }

  /** A creation that was asked for by a token lasts no longer than it and may no more than it. */
  async requireWithin(creator: SignedInUser, expiresInSeconds: number | null | undefined): Promise<void> {
    if (creator.via.kind !== 'token') return;
    const row = await this.#db
      .selectFrom('api_tokens')
      .select('expires_at')
      .where('id', '=', creator.via.id)
      .executeTakeFirst();
    if (!row) throw new AppError('unauthenticated', 'This token was revoked.');
    const end = row.expires_at;
    if (end === null) return;
    if (expiresInSeconds == null || this.#clock().getTime() + expiresInSeconds * 1000 > end) {
      throw new AppError('forbidden', 'A token cannot make one that lasts longer than it does itself.', {
        reason: 'beyond_token',
      });
    }
  }

  async findActor(token: string, address: string): Promise<SignedInUser | undefined> {
    const secret = token.slice(prefix.length, prefix.length + secretLength);
    if (token !== `${prefix}${secret}${checksumOf(secret)}`) return undefined;
    const row = await this.#db
      .selectFrom('api_tokens')
      .innerJoin('users', 'users.id', 'api_tokens.user_id')
      .select(['api_tokens.id', 'api_tokens.user_id', 'api_tokens.expires_at', 'api_tokens.last_used_at'])
      .select(['api_tokens.level', 'api_tokens.paths'])
      .select(['users.name', 'users.is_admin', 'users.is_disabled'])
      .where('secret_hash', '=', hashSecret(secret))
      .executeTakeFirst();
    const now = this.#clock().getTime();
    if (!row || row.is_disabled || (row.expires_at !== null && row.expires_at <= now)) return undefined;
    if (now - (row.last_used_at ?? 0) > touchEveryMs) {
      await this.#db.transaction().execute(async (tx) => {
        await tx.updateTable('api_tokens').set({ last_used_at: now }).where('id', '=', row.id).execute();
        await tx.updateTable('users').set({ last_seen_at: now }).where('id', '=', row.user_id).execute();
      });
    }
    const narrowing = narrowingOf(row);
    return {
      ...actorOf({ ...row, id: row.user_id }),
      ...(narrowing && { narrowing }),
      via: { kind: 'token', id: row.id },
      address,
    };
  }

  listOf(userId: string): Promise<TokenRow[]> {
    return this.#db
      .selectFrom('api_tokens')
      .selectAll()
      .where('user_id', '=', userId)
      .orderBy('created_at', 'desc')
      .execute();
  }

  /** Throws `not_found`. */
  async ownerOf(id: string): Promise<TokenOwner> {
    const owner = await this.#db
      .selectFrom('api_tokens')
      .innerJoin('users', 'users.id', 'api_tokens.user_id')
      .select(['users.id', 'users.name'])
      .where('api_tokens.id', '=', id)
      .executeTakeFirst();
    if (!owner) throw new AppError('not_found', `There is no token "${id}".`);
    return owner;
  }

  async remove(by: AuditActor, owner: TokenOwner, id: string): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      const result = await tx
        .deleteFrom('api_tokens')
        .where('id', '=', id)
        .where('user_id', '=', owner.id)
        .executeTakeFirst();
      if (result.numDeletedRows === 0n) throw new AppError('not_found', 'There is no such token of yours.');
      await this.#revocations.note(tx, { kind: 'token_deleted', id });
      await this.#audit.record(tx, by, {
        action: 'token.delete',
        target: `user:${owner.name}`,
        detail: { id },
      });
    });
  }
}

/** The places of a token, as they are kept. */
export function placesOf({ paths }: Pick<TokenRow, 'paths'>): EntryPath[] | undefined {
  return paths === null ? undefined : (JSON.parse(paths) as EntryPath[]);
}

function narrowingOf(row: Pick<TokenRow, 'level' | 'paths'>): Narrowing | undefined {
  const paths = placesOf(row);
  if ((row.level === null || row.level === 'manage') && !paths) return undefined;
  return { level: row.level ?? 'manage', paths };
}

function checksumOf(secret: string): string {
  return hashSecret(secret).slice(0, 6);
}
