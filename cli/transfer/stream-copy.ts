import { constants, createReadStream, open } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { AppError } from '../../server/contract/app-error.ts';
import type { EntryPath } from '../../server/contract/path.ts';
import type { CommandContext } from '../command-context.ts';
import { about, usageError } from '../exit-code.ts';
import { contentPath, type StorageApi } from '../storage-api.ts';
import type { Location } from '../location.ts';
import { resolveTarget, type PlaceLocation, type TargetRule } from './copy-target.ts';
import { printContent } from './content-print.ts';
import { carryAlone } from './file-carriage.ts';
import { expandSource } from './source-expansion.ts';
import type { TransferContext } from './transfer-context.ts';

/** Standard input into one file. What has no end known beforehand cannot be resumed, so it is stored whole or not. */
export async function copyFromStdin(
  { terminal, signal }: CommandContext,
  api: StorageApi,
  destination: Location,
  rule: TargetRule,
): Promise<void> {
  if (destination.kind !== 'storage')
    throw usageError('Standard input goes into the storage: name a storage: file.');
  const target = await resolveTarget(api, destination, 1, rule);
  if (target.isInto || destination.endsWithSlash) {
    throw new AppError('conflict', `${destination.typed}: This is a folder. Name the file to write in it.`);
  }
  try {
    await putStream(api, destination.path, terminal.stdin, signal);
  } catch (error) {
    throw about(destination.typed, error);
  }
}

/** Files to standard output, one after the other. */
export async function copyToStdout(
  { terminal }: CommandContext,
  api: StorageApi,
  typed: readonly string[],
  useGlob: boolean,
): Promise<void> {
  for (const text of typed) {
    for (const { location } of await expandSource(text, api, useGlob)) {
      if (location.kind !== 'storage')
        throw usageError('Only files of the storage can go to standard output.');
      await printContent(api, location, (bytes) => terminal.write(bytes));
    }
  }
}

/** A pipe or a device on this machine into one file. */
export async function uploadStream(
  source: PlaceLocation,
  target: PlaceLocation,
  context: TransferContext,
): Promise<void> {
  if (source.kind !== 'local' || target.kind !== 'storage') return;
  context.tally.find(0);
  await carryAlone({ label: source.typed, size: 0 }, context, async (flight) => {
    const stream = await openStream(source.path);
    stream.on('data', (chunk: Buffer) => (flight.moved += chunk.length));
    await putStream(context.api, target.path, stream, context.abort.signal);
    flight.size = flight.moved;
  });
}

/**
 * To open a named pipe takes until somebody writes to it: a thread that waits for that could not be stopped. Opened
 * without waiting, it is watched like a connection.
 */
async function openStream(path: string): Promise<Readable> {
  const stats = await stat(path);
  if (stats.isSocket()) throw new AppError('invalid', 'This is neither a file nor a folder.');
  if (!stats.isFIFO()) return createReadStream(path);
  const { O_RDONLY, O_NONBLOCK } = constants;
  const fd = await promisify(open)(path, O_RDONLY | O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

async function putStream(
  api: StorageApi,
  path: EntryPath,
  stream: Readable,
  signal: AbortSignal,
): Promise<void> {
  const response = await api.client.send('PUT', contentPath(path), {
    headers: { 'Content-Type': 'application/octet-stream' },
    body: () => stream,
    repeat: 'never',
    signal,
  });
  response.resume();
}
