import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../contract/app-error.ts';
import { Key, KeyRing, keyBytes } from './key-ring.ts';

const fileName = /^[0-9a-f]{16}\.key$/;
/** A key that was added or retired by a command is known to a running server within this. */
const rereadMs = 1000;

/**
 * Opens the keys in `folder`. On a first run one is made, with O_EXCL and mode 0600; beside existing data a missing or
 * damaged key refuses to start, because a new one would silently end every link there is.
 */
export function openKeyRing(folder: string, isFirstRun: boolean): KeyRing {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!hasKeys(folder)) {
    if (!isFirstRun) {
      throw new AppError(
        'unavailable',
        'The key is missing beside existing data. Restore the keys folder from your backup: without it no link works.',
      );
    }
    addKey(folder);
  }
  let changedAt = statSync(folder).mtimeMs;
  let checkedAt = performance.now();
  return new KeyRing(readKeys(folder), () => {
    const now = performance.now();
    if (now - checkedAt < rereadMs) return undefined;
    checkedAt = now;
    const { mtimeMs } = statSync(folder);
    if (mtimeMs === changedAt) return undefined;
    changedAt = mtimeMs;
    return readKeys(folder);
  });
}

/** Makes a new key, which links are signed with from now on. */
export function addKey(folder: string): Key {
  const secret = randomBytes(keyBytes);
  const key = new Key(secret);
  const fd = openSync(join(folder, `${key.kid}.key`), 'wx', 0o600);
  try {
    writeSync(fd, secret);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  syncFolder(folder);
  return key;
}

/** Destroys a key: what was signed with it is a stranger's from now on. */
export function destroyKey(folder: string, kid: string): void {
  rmSync(join(folder, `${kid}.key`));
  syncFolder(folder);
}

/** Whether a folder of keys is there already, with or without the database that belongs to it. */
export function hasKeys(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => fileName.test(name));
}

/** Newest first. */
function readKeys(folder: string): Key[] {
  const names = readdirSync(folder).filter((name) => fileName.test(name));
  const writtenAt = (name: string) => statSync(join(folder, name)).mtimeMs;
  const newestFirst = names.toSorted((a, b) => writtenAt(b) - writtenAt(a));
  return newestFirst.map((name) => {
    const file = join(folder, name);
    chmodSync(file, 0o600);
    const key = new Key(readFileSync(file));
    if (`${key.kid}.key` !== name)
      throw new AppError('unavailable', `The key file ${name} is damaged. Restore it from your backup.`);
    return key;
  });
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  fsyncSync(fd);
  closeSync(fd);
}
