import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

/** To take in the file up to `upTo`; with `isWhole`, to answer its SHA-256; with neither, to forget the file. */
export type DigestOrder = { id: number; path: string; upTo?: number; isWhole?: boolean };
export type DigestReply = { id: number; sha256?: string; error?: unknown };

type Running = { file: number; hash: Hash; position: number };

const buffer = Buffer.allocUnsafe(1024 * 1024);
const running = new Map<number, Running>();

parentPort?.on('message', (order: DigestOrder) => {
  try {
    const sha256 = take(order);
    if (sha256 !== undefined) reply({ id: order.id, sha256 });
  } catch (error) {
    forget(order.id);
    reply({ id: order.id, error });
  }
});

function reply(reply: DigestReply): void {
  parentPort?.postMessage(reply);
}

function take({ id, path, upTo, isWhole }: DigestOrder): string | undefined {
  if (upTo === undefined) {
    forget(id);
    return undefined;
  }
  let digest = running.get(id);
  if (!digest) {
    digest = { file: openSync(path, 'r'), hash: createHash('sha256'), position: 0 };
    running.set(id, digest);
  }
  while (digest.position < upTo) {
    const length = Math.min(buffer.length, upTo - digest.position);
    const read = readSync(digest.file, buffer, 0, length, digest.position);
    if (read === 0) throw new Error(`${path} became shorter while it was read.`);
    digest.hash.update(buffer.subarray(0, read));
    digest.position += read;
  }
  if (!isWhole) return undefined;
  const sha256 = digest.hash.digest('hex');
  forget(id);
  return sha256;
}

function forget(id: number): void {
  const digest = running.get(id);
  if (digest) closeSync(digest.file);
  running.delete(id);
}
