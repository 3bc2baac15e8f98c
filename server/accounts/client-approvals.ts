import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '../contract/app-error.ts';
import type { Clock } from '../base/clock.ts';
import { createSecret, hashSecret } from '../base/identifier.ts';
import type { Db } from '../database/connection.ts';
import type { SignedInUser } from '../access/actor.ts';
import type { AttemptLimiter } from './attempt-limiter.ts';
import type { TokenRow, TokensService } from './tokens-service.ts';

const lifeMs = 2 * 60_000;

type Dependencies = { db: Db; tokens: TokensService; limiter: AttemptLimiter; clock: Clock };

/**
 * How the command line comes by a token without a password: it makes up a verifier and opens a page that shows its hash;
 * whoever is signed in there approves, and gets a code that is worth a token, once and for a short while, to whoever knows
 * the verifier (RFC 7636). No token is ever in an address.
 */
export class ClientApprovals {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  async approve(
    user: SignedInUser,
    challenge: string,
    label: string,
  ): Promise<{ code: string; expiresAt: number }> {
    if (user.via.kind !== 'session') {
      throw new AppError('forbidden', 'Only someone signed in with the browser can approve this.', {
        reason: 'session_needed',
      });
    }
    const code = createSecret();
    const expiresAt = this.#with.clock().getTime() + lifeMs;
    await this.#with.db
      .insertInto('client_approvals')
      .values({ code_hash: hashSecret(code), user_id: user.id, challenge, label, expires_at: expiresAt })
      .execute();
    return { code, expiresAt };
  }

  /** Exchanges a code for a token. Whatever comes of it, the code is spent. */
  async redeem(code: string, verifier: string, address: string): Promise<{ row: TokenRow; token: string }> {
    const limits = [{ name: `client-approval:${address}`, max: 30 }];
    await this.#with.limiter.charge(limits);
    const found = await this.#with.db
      .deleteFrom('client_approvals')
      .where('code_hash', '=', hashSecret(code))
      .returningAll()
      .executeTakeFirst();
    const user =
      found &&
      (await this.#with.db
        .selectFrom('users')
        .selectAll()
        .where('id', '=', found.user_id)
        .executeTakeFirst());
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const fits =
      found?.challenge.length === challenge.length &&
      timingSafeEqual(Buffer.from(found.challenge), Buffer.from(challenge));
    if (!found || !user || user.is_disabled || !fits || found.expires_at <= this.#with.clock().getTime()) {
      throw new AppError('unauthenticated', 'This code is not good any more. Sign in again.', {
        reason: 'bad_code',
      });
    }
    await this.#with.limiter.refund(limits);
    const by = { kind: 'user' as const, name: user.name, via: { kind: 'session' as const }, address };
    return this.#with.tokens.create(by, user, { label: found.label });
  }

  async sweep(): Promise<void> {
    const now = this.#with.clock().getTime();
    await this.#with.db.deleteFrom('client_approvals').where('expires_at', '<=', now).execute();
  }
}
