import { AppError } from '../contract/app-error.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier, createSecret, hashSecret } from '../base/identifier.ts';
import type { Db } from '../database/connection.ts';
import type { Database } from '../database/schema.ts';
import type { SignedInUser } from '../access/actor.ts';
import { actorOf } from './user-actor.ts';

export type TokenRow = Database['api_tokens'];

const prefix = 'drey_';
const secretLength = 43;
const touchEveryMs = 60_000;

/** API tokens: opaque, with a typed prefix and a checksum that lets scanners find them and typing errors fail early. */
export class TokensService {
  readonly #db: Db;
  readonly #clock: Clock;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Makes a token; `token` is shown this once and is not kept. */
  async create(
    userId: string,
    label: string,
    expiresInSeconds?: number | null,
  ): Promise<{ row: TokenRow; token: string }> {
    const secret = createSecret();
    const now = this.#clock().getTime();
    const row: TokenRow = {
      id: createIdentifier(),
      user_id: userId,
      secret_hash: hashSecret(secret),
      label,
      created_at: now,
      expires_at: expiresInSeconds == null ? null : now + expiresInSeconds * 1000,
      last_used_at: null,
    };
    await this.#db.insertInto('api_tokens').values(row).execute();
    return { row, token: `${prefix}${secret}${checksumOf(secret)}` };
  }

  async findActor(token: string): Promise<SignedInUser | undefined> {
    const secret = token.slice(prefix.length, prefix.length + secretLength);
    if (token !== `${prefix}${secret}${checksumOf(secret)}`) return undefined;
    const row = await this.#db
      .selectFrom('api_tokens')
      .innerJoin('users', 'users.id', 'api_tokens.user_id')
      .select(['api_tokens.id', 'api_tokens.user_id', 'api_tokens.expires_at', 'api_tokens.last_used_at'])
      .select(['users.name', 'users.is_admin', 'users.is_disabled'])
      .where('secret_hash', '=', hashSecret(secret))
      .executeTakeFirst();
    const now = this.#clock().getTime();
    if (!row || row.is_disabled || (row.expires_at !== null && row.expires_at <= now)) return undefined;
    if (now - (row.last_used_at ?? 0) > touchEveryMs) {
      await this.#db.updateTable('api_tokens').set({ last_used_at: now }).where('id', '=', row.id).execute();
    }
    return { ...actorOf({ ...row, id: row.user_id }), via: { kind: 'token', id: row.id } };
  }

  listOf(userId: string): Promise<TokenRow[]> {
    return this.#db
      .selectFrom('api_tokens')
      .selectAll()
      .where('user_id', '=', userId)
      .orderBy('created_at', 'desc')
      .execute();
  }

  async remove(userId: string, id: string): Promise<void> {
    const result = await this.#db
      .deleteFrom('api_tokens')
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    if (result.numDeletedRows === 0n) throw new AppError('not_found', 'There is no such token of yours.');
  }
}

function checksumOf(secret: string): string {
  return hashSecret(secret).slice(0, 6);
}
