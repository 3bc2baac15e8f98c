import { createHash, hkdfSync } from 'node:crypto';
import { AppError } from '../contract/app-error.ts';

export const keyBytes = 32;

/** One secret of 32 random bytes, from which a sub-key for each purpose is derived (HKDF, RFC 5869). */
export class Key {
  /** Names the key in a token's header; says nothing about its bytes. */
  readonly kid: string;
  readonly #secret: Buffer;
  readonly #derived = new Map<string, Buffer>();

  constructor(secret: Buffer) {
    if (secret.length !== keyBytes)
      throw new AppError('unavailable', `A key file must hold ${keyBytes} bytes.`);
    this.#secret = secret;
    this.kid = createHash('sha256').update('drey kid').update(secret).digest('hex').slice(0, 16);
  }

  derive(purpose: string): Buffer {
    let derived = this.#derived.get(purpose);
    if (!derived) {
      derived = Buffer.from(hkdfSync('sha256', this.#secret, '', `drey ${purpose}`, keyBytes));
      this.#derived.set(purpose, derived);
    }
    return derived;
  }
}

/** The keys that tokens are verified with, and the one that new tokens are signed with. */
export class KeyRing {
  #newestFirst: readonly Key[] = [];
  #byKid: ReadonlyMap<string, Key> = new Map();
  #version = 0;
  readonly #reread: () => readonly Key[] | undefined;

  /** `reread` answers the keys, newest first, when they have changed since. */
  constructor(newestFirst: readonly Key[], reread: () => readonly Key[] | undefined = () => undefined) {
    this.#take(newestFirst);
    this.#reread = reread;
  }

  /** What new tokens are signed with. */
  get current(): Key {
    return this.#fresh()[0] as Key;
  }

  /** What everything was signed with before there was another one. */
  get oldest(): Key {
    return this.#fresh().at(-1) as Key;
  }

  get all(): readonly Key[] {
    return this.#fresh();
  }

  /** Another number whenever the keys are other ones. */
  get version(): number {
    this.#fresh();
    return this.#version;
  }

  find(kid: string): Key | undefined {
    this.#fresh();
    return this.#byKid.get(kid);
  }

  #fresh(): readonly Key[] {
    const keys = this.#reread();
    if (keys) this.#take(keys);
    return this.#newestFirst;
  }

  #take(newestFirst: readonly Key[]): void {
    if (newestFirst.length === 0) throw new AppError('unavailable', 'There is no key.');
    this.#newestFirst = newestFirst;
    this.#byKid = new Map(newestFirst.map((key) => [key.kid, key]));
    this.#version += 1;
  }
}
