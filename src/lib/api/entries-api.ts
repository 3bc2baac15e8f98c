import { encodePath, type EntryPath } from '$contract/path.ts';
import type {
  Checksum,
  Entry,
  Listing,
  ListQuery,
  OnConflict,
  RemovalSummary,
  TransferResult,
} from '$contract/schemas.ts';
import { api, apiUrl } from './client.ts';

/** An entry and one page of its children. */
export const listEntries = (path: EntryPath, query: Partial<ListQuery> = {}, signal?: AbortSignal) =>
  api.get<Listing>(`/entries/${encodePath(path)}`, { query, signal });

/** An entry alone. */
export const getEntry = async (path: EntryPath, signal?: AbortSignal): Promise<Entry> =>
  (await listEntries(path, { limit: 0 }, signal)).entry;

export const createDirectory = (path: EntryPath) => api.put<Entry>(`/directories/${encodePath(path)}`);

export const deleteEntry = (path: EntryPath) => api.delete(`/entries/${encodePath(path)}`);

export const measureEntry = (path: EntryPath, signal?: AbortSignal) =>
  api.get<RemovalSummary>(`/sizes/${encodePath(path)}`, { signal });

/** The SHA-256 of a file, null where it is not known and not to be worked out. */
export const getChecksum = (path: EntryPath, { compute = false } = {}, signal?: AbortSignal) =>
  api.get<Checksum>(`/checksums/${encodePath(path)}`, { query: { compute: compute ? '1' : null }, signal });

export type TransferOptions = {
  onConflict?: OnConflict;
  /** Whether `to` is the folder to put things in, or the one item's new path itself. */
  into: boolean;
};

/** Several items are answered one by one, each with its place or its error; the error of a single one is thrown. */
export const moveEntries = (from: string[], to: string, options: TransferOptions) =>
  api.post<TransferResult>('/moves', { from, to, ...options });

export const copyEntries = (from: string[], to: string, options: TransferOptions) =>
  api.post<TransferResult>('/copies', { from, to, ...options });

/** Where a file's bytes are; `inline` asks for them to be shown rather than saved. */
export const contentUrl = (path: EntryPath, { inline = false } = {}) =>
  apiUrl(`/content/${encodePath(path)}`, { inline: inline ? '1' : undefined });

/** Where a file's picture is, made small. */
export const thumbnailUrl = (path: EntryPath) => apiUrl(`/thumbnails/${encodePath(path)}`);

export const archiveUrl = (uris: string[]) => apiUrl('/archive', { item: uris });

/** Asks for a zip of more entries than an address can name. The answer is an attachment, so the page stays. */
export function submitArchiveForm(uris: string[]): void {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = apiUrl('/archive', {});
  for (const uri of uris)
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: 'item', value: uri }));
  document.body.append(form);
  form.submit();
  form.remove();
}
