import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../contract/app-error.ts';

const keyBytes = 32;
const fileName = /^[0-9a-f]{16}\.key$/;

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
  readonly #keys: ReadonlyMap<string, Key>;
  readonly current: Key;

  constructor(keys: readonly Key[]) {
    const [current] = keys;
    if (!current) throw new AppError('unavailable', 'There is no key.');
    this.current = current;
    this.#keys = new Map(keys.map((key) => [key.kid, key]));
  }

  find(kid: string): Key | undefined {
    return this.#keys.get(kid);
  }
}

/**
 * Reads the keys in `folder`, newest first. On a first run one is made, with O_EXCL and mode 0600; beside existing
 * data a missing or damaged key refuses to start, because a new one would silently end every link there is.
 */
export function openKeyRing(folder: string, isFirstRun: boolean): KeyRing {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const names = readdirSync(folder).filter((name) => fileName.test(name));
  if (names.length === 0) {
    if (!isFirstRun) {
      throw new AppError(
        'unavailable',
        'The key is missing beside existing data. Restore the keys folder from your backup: without it no link works.',
      );
    }
    const secret = randomBytes(keyBytes);
    writeNewFile(join(folder, `${new Key(secret).kid}.key`), secret);
    return new KeyRing([new Key(secret)]);
  }
  const writtenAt = (name: string) => statSync(join(folder, name)).mtimeMs;
  const newestFirst = names.toSorted((a, b) => writtenAt(b) - writtenAt(a));
  const keys = newestFirst.map((name) => {
    const file = join(folder, name);
    chmodSync(file, 0o600);
    const key = new Key(readFileSync(file));
    if (`${key.kid}.key` !== name)
      throw new AppError('unavailable', `The key file ${name} is damaged. Restore it from your backup.`);
    return key;
  });
  return new KeyRing(keys);
}

function writeNewFile(file: string, bytes: Buffer): void {
  const fd = openSync(file, 'wx', 0o600);
  try {
    writeSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Whether a folder of keys is there already, with or without the database that belongs to it. */
export function hasKeys(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => fileName.test(name));
}
