import { makeZip, predictLength } from 'client-zip';
import { AppError } from '../contract/app-error.ts';
import type { EntryPath } from '../contract/path.ts';
import type { Actor } from '../access/actor.ts';
import type { FilesService } from '../files/files-service.ts';
import { ArchiveNames } from './archive-name.ts';

/** One thing to put into an archive, and its name at the top of it. */
export type ArchiveItem = { path: EntryPath; name: string };

type Member = { name: string; path: EntryPath; size: number; lastModified: Date; isDirectory: boolean };

/** An archive whose every member is known, but none of whose bytes has been read. */
export type ArchivePlan = { members: Member[]; note: string | undefined; bytes: bigint };

/** What is told in the archive itself when something could not go into it. */
const noteName = '_omitted.txt';

/** Zips that stream: members are stored as they are, so the length is known before the first byte. */
export class ArchiveService {
  readonly #files: FilesService;

  constructor(files: FilesService) {
    this.#files = files;
  }

  /** Looks at everything that will be in the archive and works out its exact length. */
  async plan(actor: Actor, items: readonly ArchiveItem[], signal?: AbortSignal): Promise<ArchivePlan> {
    const names = new ArchiveNames();
    names.claim(noteName);
    const members: Member[] = [];
    const omitted: string[] = [];
    for (const item of items) {
      const top = names.claim(item.name);
      for await (const found of this.#files.walk(actor, item.path, signal)) {
        const below = found.path.slice(item.path.length);
        const isDirectory = found.entry.kind === 'directory';
        const name = below === '' ? top : names.claim(`${top}${below}`);
        members.push({
          name: isDirectory ? `${name}/` : name,
          path: found.path,
          size: isDirectory ? 0 : found.entry.size,
          lastModified: found.entry.modifiedAt,
          isDirectory,
        });
        if (found.omitted > 0) omitted.push(`${name}/: ${found.omitted}`);
      }
    }
    const note =
      omitted.length === 0
        ? undefined
        : `Left out of this archive, by folder: symbolic links, devices, and names that are not valid Unicode.\n${omitted.join('\n')}\n`;
    return { members, note, bytes: predictLength(describe(members, note)) };
  }

  /**
   * The archive's bytes. When a member cannot be read, or is not as long as it was, the stream fails before the
   * central directory, so that no unpacker takes it for complete.
   */
  stream(actor: Actor, { members, note }: ArchivePlan): ReadableStream<Uint8Array> {
    return makeZip(this.#contents(actor, members, note));
  }

  async *#contents(actor: Actor, members: readonly Member[], note: string | undefined) {
    for (const member of members) {
      const { name, lastModified } = member;
      if (member.isDirectory) yield { name, lastModified };
      else yield { name, lastModified, size: member.size, input: this.#read(actor, member) };
    }
    if (note !== undefined) yield { name: noteName, input: note, lastModified: new Date() };
  }

  async *#read(actor: Actor, member: Member): AsyncIterable<Uint8Array<ArrayBuffer>> {
    const file = await this.#files.open(actor, member.path);
    try {
      if (file.entry.size !== member.size) {
        throw new AppError('conflict', 'A file changed while the archive was made. Download it again.');
      }
      // Copied, because the archive's stream holds on to a chunk for longer than the driver promises.
      for await (const chunk of file.bytes()) yield Uint8Array.from(chunk);
    } finally {
      file.close();
    }
  }
}

function* describe(members: readonly Member[], note: string | undefined) {
  for (const { name, lastModified, size, isDirectory } of members) {
    yield isDirectory ? { name, lastModified } : { name, lastModified, size };
  }
  if (note !== undefined) yield { name: noteName, size: Buffer.byteLength(note) };
}
