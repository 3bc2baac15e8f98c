import type { EntryPath } from '../contract/path.ts';
import type { ListQuery } from '../contract/schemas.ts';
import type { ArchiveSource } from '../archives/archive-service.ts';
import type { OpenFile, StoredEntry } from '../files/files-service.ts';

/** One page of a folder under a link. */
export type SharedPage = { items: StoredEntry[]; next: string | null; total: number; omitted?: number };

/** What a link gives. Paths are under the link, its item first; what is not there is `not_found`. */
export interface SharedContent {
  /** The items that are there, under their names in the link. */
  items(): Promise<StoredEntry[]>;
  stat(sharedPath: string): Promise<StoredEntry>;
  list(sharedPath: string, query: ListQuery): Promise<{ entry: StoredEntry; children?: SharedPage }>;
  open(sharedPath: string): Promise<OpenFile>;
  /** Everything at and below an entry of the link, as `FilesService.walk`. */
  walk(
    path: EntryPath,
    signal: AbortSignal,
  ): AsyncIterable<{ path: EntryPath; entry: StoredEntry; omitted: number }>;
  /** The checksum of a file that `walk` came by. */
  sha256(path: EntryPath, entry: StoredEntry, signal: AbortSignal): Promise<string>;
  /** What a zip is made of; its walk refuses what must not be sent, before a byte is. */
  source: ArchiveSource;
}
