import { createHash, randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, open, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { xxhash64 } from 'hash-wasm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileDigest } from '../../server/base/file-digest.ts';

const first = randomBytes(3_000_000);
const second = randomBytes(1_500_000);
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drey-digest-'));
  path = join(folder, 'file');
  await writeFile(path, first);
});
afterEach(() => rm(folder, { recursive: true }));

function sha256(...pieces: Buffer[]): string {
  return createHash('sha256').update(Buffer.concat(pieces)).digest('hex');
}

test('the digest of a file that grows is that of all its bytes so far', async () => {
  const digest = new FileDigest(path, 'sha256');
  digest.advance(first.length);
  expect(await digest.upTo(first.length)).toBe(sha256(first));
  await appendFile(path, second);
  expect(await digest.upTo(first.length + second.length)).toBe(sha256(first, second));
});

test('the XXH64 is told of a file of which it is wanted', async () => {
  const digest = new FileDigest(path, 'xxh64');
  await digest.upTo(first.length);
  await appendFile(path, second);
  const expected = await xxhash64(Buffer.concat([first, second]));
  expect(await digest.upTo(first.length + second.length)).toBe(expected);
});

test('what was cut off again since it was kept does not count', async () => {
  const digest = new FileDigest(path, 'sha256');
  await digest.upTo(first.length);
  digest.keep();
  await appendFile(path, randomBytes(second.length));
  await digest.upTo(first.length + second.length);
  digest.goBack();
  await truncate(path, first.length);
  await appendFile(path, second);
  expect(await digest.upTo(first.length + second.length)).toBe(sha256(first, second));
});

test('what is kept is not read again, even after it went back to that', async () => {
  const digest = new FileDigest(path, 'sha256');
  await digest.upTo(first.length);
  digest.keep();
  await digest.upTo(first.length);
  digest.goBack();
  await writeFile(path, Buffer.concat([Buffer.alloc(first.length), second]));
  expect(await digest.upTo(first.length + second.length)).toBe(sha256(first, second));
});

test('bytes that are not there are an error, and are taken in when they have come', async () => {
  const digest = new FileDigest(path, 'sha256');
  const end = first.length + second.length;
  await expect(digest.upTo(end)).rejects.toThrow('shorter');
  await appendFile(path, second);
  expect(await digest.upTo(end)).toBe(sha256(first, second));
});

test('a file that is held open is found under its new name', async () => {
  const digest = new FileDigest(path, 'sha256', 'patient');
  await digest.upTo(first.length);
  await appendFile(path, second);
  await using file = await open(path);
  await rename(path, join(folder, 'moved'));
  expect(await digest.upTo(first.length + second.length, file.fd)).toBe(sha256(first, second));
});

test('one that is forgotten begins anew', async () => {
  const digest = new FileDigest(path, 'sha256');
  await digest.upTo(first.length);
  digest.forget();
  await writeFile(path, second);
  expect(await digest.upTo(second.length)).toBe(sha256(second));
});

test('one that is forgotten is not read to its end', async () => {
  await truncate(path, 2 ** 40);
  const digest = new FileDigest(path, 'sha256');
  const asked = digest.upTo(2 ** 40);
  digest.forget();
  await expect(asked).rejects.toThrow('Nobody');
});

test('no symbolic link is followed', async () => {
  const link = join(folder, 'link');
  await symlink(path, link);
  await expect(new FileDigest(link, 'sha256').upTo(first.length)).rejects.toThrow('ELOOP');
});
