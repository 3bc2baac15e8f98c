import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parseEntryPath, pathInRoot } from '../../server/contract/path.ts';
import type { PathInRoot } from '../../server/contract/path.ts';
import type { ByteRange, Driver, ListedBatch, OpenFile } from '../../server/storage/driver.ts';

/** A folder of its own for one test, removed after it. */
export function scratchFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'drey-storage-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** `''` is the root. */
export function at(path: string): PathInRoot {
  return path === '' ? ('' as PathInRoot) : pathInRoot(parseEntryPath(`root/${path}`));
}

export async function* body(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

export async function textOf(file: OpenFile, range?: ByteRange): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of file.bytes(range)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

export async function readText(driver: Pick<Driver, 'open'>, path: string): Promise<string> {
  return textOf(await driver.open(at(path)));
}

/** All children of a directory, in the order of their names. */
export async function listNames(driver: Driver, path: string): Promise<ListedBatch> {
  const all: ListedBatch = { directories: [], files: [], omitted: 0 };
  for await (const { directories, files, omitted } of driver.list(at(path))) {
    all.directories.push(...directories);
    all.files.push(...files);
    all.omitted += omitted;
  }
  all.directories.sort();
  all.files.sort();
  return all;
}

/** The code of the `AppError` that a promise fails with, as the driver classifies it. */
export async function codeOf(driver: Pick<Driver, 'classify'>, operation: Promise<unknown>): Promise<string> {
  try {
    await operation;
  } catch (error) {
    return (driver.classify(error) as Error & { code?: string }).code ?? String(error);
  }
  return 'none';
}

/** A body that gives one chunk, and the next when it is told to. */
export function pausedBody(first: string, second: string) {
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  async function* chunks() {
    yield Buffer.from(first);
    begun.resolve();
    await goOn.promise;
    yield Buffer.from(second);
  }
  return { body: chunks(), begun: begun.promise, goOn: goOn.resolve, fail: goOn.reject };
}

/** Takes one item and ends the iteration early. */
export async function firstOf<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item;
  return undefined;
}
