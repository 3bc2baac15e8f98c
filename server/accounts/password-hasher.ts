import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Semaphore } from '../base/semaphore.ts';
import { Argon2Thread } from './argon2-thread.ts';

/** OWASP's recommendation for Argon2id: 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };
const maxWaiting = 64;

/**
 * Argon2id (RFC 9106) in a bounded queue: however many passwords arrive at once, they are hashed one at a time, and past a
 * length the rest is told to come back.
 */
export class PasswordHasher {
  readonly #queue = new Semaphore(1, maxWaiting);
  readonly #thread = new Argon2Thread();

  /** The hash as a PHC string, which carries its own cost and salt. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(16);
    const key = await this.#derive(password, salt, cost);
    return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${encode(salt)}$${encode(key)}`;
  }

  /** Whether the password fits. Without a hash to compare with it does the same work, so that time tells nothing. */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(hash ?? '');
    if (!match) {
      await this.#derive(password, randomBytes(16), cost);
      return false;
    }
    const [, memory, passes, parallelism, salt = '', key = ''] = match;
    const expected = Buffer.from(key, 'base64');
    const actual = await this.#derive(password, Buffer.from(salt, 'base64'), {
      memory: Number(memory),
      passes: Number(passes),
      parallelism: Number(parallelism),
      tagLength: expected.length,
    });
    return timingSafeEqual(actual, expected);
  }

  #derive(password: string, nonce: Buffer, parameters: typeof cost): Promise<Buffer> {
    return this.#queue.run(() => this.#thread.derive({ ...parameters, message: password, nonce }));
  }
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
