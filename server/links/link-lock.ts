import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../contract/app-error.ts';
import type { Clock } from '../base/clock.ts';
import { hashSecret } from '../base/identifier.ts';
import type { AttemptLimiter } from '../accounts/attempt-limiter.ts';
import type { PasswordHasher } from '../accounts/password-hasher.ts';
import type { KeyRing } from './key-ring.ts';
import type { LinkRow } from './links-repository.ts';

/** What a request brings to open a locked link. */
export type LinkProof = { cookie?: string | undefined; password?: string | undefined; address: string };

/** What an unlocked link stays unlocked for. */
export const unlockMs = 12 * 3_600_000;
const purpose = 'link unlock';
const maxRemembered = 1000;

/** Passwords of links: checked slowly once, then by a cookie that fits one link, one generation and one password. */
export class LinkLock {
  readonly #hasher: PasswordHasher;
  readonly #limiter: AttemptLimiter;
  readonly #keys: KeyRing;
  readonly #clock: Clock;
  /** Passwords that were right a moment ago: `curl -u` sends its own with every request. */
  readonly #recent = new Map<string, number>();

  constructor(hasher: PasswordHasher, limiter: AttemptLimiter, keys: KeyRing, clock: Clock) {
    this.#hasher = hasher;
    this.#limiter = limiter;
    this.#keys = keys;
    this.#clock = clock;
  }

  /** Throws `unauthenticated` unless the link needs no password or the proof opens it. */
  async require(row: LinkRow, proof: LinkProof): Promise<void> {
    if (row.password_hash === null || this.#fits(row, proof.cookie)) return;
    if (proof.password === undefined) {
      throw new AppError('unauthenticated', 'This link needs a password.', { reason: 'password_needed' });
    }
    await this.#check(row, proof.password, proof.address);
  }

  /** Checks the password and answers the cookie that opens the link from now on. */
  async unlock(row: LinkRow, password: string, address: string): Promise<string> {
    if (row.password_hash !== null) await this.#check(row, password, address);
    const until = this.#clock().getTime() + unlockMs;
    return `${this.#keys.current.kid}.${until}.${this.#sign(this.#keys.current.kid, row, until)}`;
  }

  #fits(row: LinkRow, cookie: string | undefined): boolean {
    const [, kid, until, signature] = /^([0-9a-f]{16})\.(\d{1,15})\.([\w-]{43})$/.exec(cookie ?? '') ?? [];
    if (!kid || !until || !signature || Number(until) <= this.#clock().getTime()) return false;
    const expected = this.#sign(kid, row, Number(until));
    return expected !== undefined && timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
  }

  #sign(kid: string, row: LinkRow, until: number): string | undefined {
    const key = this.#keys.find(kid);
    const text = [row.id, row.generation, row.password_version, until].join('.');
    return key && createHmac('sha256', key.derive(purpose)).update(text).digest('base64url');
  }

  async #check(row: LinkRow, password: string, address: string): Promise<void> {
    const memo = hashSecret(JSON.stringify([row.id, row.password_version, password]));
    const now = this.#clock().getTime();
    if ((this.#recent.get(memo) ?? 0) > now) return;
    const limits = [
      { name: `link:${row.id}`, max: 100 },
      { name: `link:${row.id}:${address}`, max: 10 },
      { name: `link-address:${address}`, max: 30 },
    ];
    await this.#limiter.charge(limits);
    if (!(await this.#hasher.verify(password, row.password_hash ?? undefined))) {
      throw new AppError('unauthenticated', 'That is not the password of this link.', {
        reason: 'wrong_password',
      });
    }
    await this.#limiter.refund(limits);
    if (this.#recent.size >= maxRemembered) this.#recent.clear();
    this.#recent.set(memo, now + 5 * 60_000);
  }
}
