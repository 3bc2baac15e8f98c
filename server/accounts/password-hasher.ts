import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Semaphore } from '../base/semaphore.ts';

const deriveKey = promisify(argon2);

/** OWASP's recommendation for Argon2id: 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };
const maxRunning = 2;
const maxWaiting = 64;

/**
 * Argon2id (RFC 9106) in a bounded queue: however many passwords arrive at once, only a few are hashed at a time, and
 * past a length the rest is told to come back.
 */
export class PasswordHasher {
  readonly #queue = new Semaphore(maxRunning, maxWaiting);

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
    return this.#queue.run(() => deriveKey('argon2id', { ...parameters, message: password, nonce }));
  }
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
