import { AppError } from '../contract/app-error.ts';
import { containsPath, nameOf, type EntryPath } from '../contract/path.ts';
import type { Actor } from '../access/actor.ts';
import type { FilesService } from '../files/files-service.ts';
import { ArchiveNames } from './archive-name.ts';
import { gathered, streamZip, zipLength, type ZipMember } from './zip-stream.ts';

/** One thing to put into an archive, and its name at the top of it. */
export type ArchiveItem = { path: EntryPath; name: string };

/** What an archive is made of: the tree, and the bytes of a file. */
export type ArchiveSource = Pick<FilesService, 'walk' | 'open'>;

/** An archive whose every member is known, but none of whose bytes has been read. */
export type ArchivePlan = { members: readonly ZipMember[]; bytes: number };

/** What is told in the archive itself when something could not go into it. */
const noteName = '_omitted.txt';

/** Zips that stream: members are stored as they are, so the length is known before the first byte. */
export class ArchiveService {
  readonly #files: ArchiveSource;

  constructor(files: ArchiveSource) {
    this.#files = files;
  }

  /** Looks at everything that will be in the archive and works out its exact length. */
  async plan(actor: Actor, items: readonly ArchiveItem[], signal?: AbortSignal): Promise<ArchivePlan> {
    const names = new ArchiveNames();
    const members: ZipMember[] = [];
    const omitted: string[] = [];
    for (const item of items) {
      // The folders that the walk is in, under the names that they have in the archive.
      const folders: { path: EntryPath; name: string }[] = [];
      for await (const { path, entry, omitted: count } of this.#files.walk(actor, item.path, signal)) {
        while (folders.length > 0 && !containsPath(folders.at(-1)!.path, path)) folders.pop();
        const parent = folders.at(-1);
        const name = names.claim(parent ? `${parent.name}/${nameOf(path)}` : item.name);
        const isDirectory = entry.kind === 'directory';
        if (isDirectory) folders.push({ path, name });
        members.push({
          name: Buffer.from(isDirectory ? `${name}/` : name),
          isDirectory,
          size: isDirectory ? 0 : entry.size,
          modifiedAt: entry.modifiedAt,
          bytes: () => this.#read(actor, path, entry.size),
        });
        if (count > 0) omitted.push(`${name}/: ${count}\n`);
      }
    }
    if (omitted.length > 0) members.push(note(names.claim(noteName), omitted));
    return { members, bytes: zipLength(members) };
  }

  /**
   * The archive's bytes; a chunk is valid until the next one is asked for. When a member cannot be read, or is not as
   * long as it was, the stream fails before its end, so that no unpacker takes it for complete.
   */
  stream({ members }: ArchivePlan): AsyncIterable<Uint8Array> {
    return gathered(streamZip(members));
  }

  async *#read(actor: Actor, path: EntryPath, size: number): AsyncIterable<Uint8Array> {
    const file = await this.#files.open(actor, path);
    try {
      if (file.entry.size !== size) {
        throw new AppError('conflict', 'A file changed while the archive was made. Download it again.');
      }
      yield* file.bytes();
    } finally {
      file.close();
    }
  }
}

function note(name: string, omitted: readonly string[]): ZipMember {
  const text = Buffer.from(
    `Left out of this archive, by folder: symbolic links, devices, and names that are not valid Unicode.\n${omitted.join('')}`,
  );
  return {
    name: Buffer.from(name),
    isDirectory: false,
    size: text.length,
    modifiedAt: new Date(),
    bytes: async function* () {
      yield text;
    },
  };
}
