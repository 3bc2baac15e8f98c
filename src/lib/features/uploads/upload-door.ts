import { encodePath, explainBadName } from '$contract/path.ts';
import type { Checksum, ComparisonResult } from '$contract/schemas.ts';
import { api, apiUrl } from '$lib/api/client.ts';
import { session } from '$lib/state/session.svelte.ts';
import { postBody } from './body-request.ts';
import { startBulkTransfer } from './bulk-transfer.ts';
import { digester } from './digester.ts';
import type { ManifestEntry } from './load-packer.ts';
import { changedOnDisk, explainUnreadable } from './local-file.ts';
import { PartPacing } from './part-pacing.ts';
import { startTransfer } from './tus-transfer.ts';
import { unfinishedUploads } from './unfinished-uploads.svelte.ts';
import { onConflictOf, type Existing, type UploadItem } from './upload-item.ts';
import type { UploadDoor } from './upload-run.ts';

const schemeAndCluster = /^storage:\/\/[^/]+/;
/** A URI holds its path encoded already, just as the address wants it. */
const addressOf = (collection: string, uri: string) => `/${collection}${uri.replace(schemeAndCluster, '')}`;

/** A larger file that nobody knows the digest of is compared by size and date alone. */
const maxComputedBytes = 256 * 1024 * 1024;

const pacing = new PartPacing();

/** The uploads' way to the server. */
export const uploadDoor: UploadDoor = {
  rules: { explainBadName, encodePath },
  makeDirectory: (uri, batch) =>
    api.put(addressOf('directories', uri), undefined, { query: { drop: batch.id } }),
  findExisting: async (items) => {
    const found = await compare(
      items[0]!.batch.targetUri,
      items.map(({ path, size }) => ({ path, size })),
    );
    return found.map(existingOf);
  },
  isFree: async ({ targetUri }, name) =>
    (await compare(targetUri, [{ path: name, size: 0 }]))[0]?.state === 'absent',
  digestThere: async ({ batch, path, size }) => {
    if (size > maxComputedBytes) return null;
    const address = addressOf('checksums', `${batch.targetUri}/${encodePath(path)}`);
    return (await api.get<Checksum>(address, { query: { compute: 1 } })).sha256;
  },
  digest: async (item) => (await digester.digest(await openItem(item))).sha256,
  startTransfer: async (item, uri, events) => {
    const file = await openItem(item);
    const ifMatch = ifMatchOf(item);
    const job = {
      file,
      endpoint: apiUrl('/uploads'),
      metadata: {
        uri,
        onConflict: onConflictOf(item),
        drop: item.batch.id,
        ...(ifMatch !== undefined && { ifMatch }),
      },
      uploadUrl: item.uploadUrl ?? (await unfinishedUploads.find(uri, item.size, item.modifiedAt)),
      chunkBytes: session.current.uploads.chunkBytes,
      pacing,
    };
    const onBegun = (uploadUrl: string) => {
      unfinishedUploads.claim(uploadUrl);
      events.onBegun(uploadUrl);
    };
    return startTransfer(job, { ...events, onBegun }, (bytes, after) => digester.digest(bytes, after));
  },
  startBulkTransfer: (items, events) => {
    const { batch } = items[0]!;
    // Where something is replaced, how long the request is says little of the room it needs.
    const replaces = items.some((item) => onConflictOf(item) === 'replace');
    const url = apiUrl(addressOf('bulk', batch.targetUri), {
      drop: batch.id,
      onConflict: replaces ? 'replace' : undefined,
    });
    return startBulkTransfer(items, events, {
      pack: async (load) => digester.pack(await Promise.all(load.map(openItem)), load.map(manifestOf)),
      isReadable: async (item) => {
        const file = await openItem(item).catch(() => undefined);
        return file !== undefined && (await explainUnreadable(file)) === undefined;
      },
      post: ({ body, contentType }, key, onSent, signal) =>
        postBody(url, body, { 'content-type': contentType, 'idempotency-key': key }, onSent, signal),
    });
  },
};

async function compare(folder: string, items: { path: string; size: number }[]) {
  return (await api.post<ComparisonResult>('/comparisons', { folder, items })).items;
}

function existingOf({
  state,
  size,
  modifiedAt,
  etag,
  sha256,
}: ComparisonResult['items'][number]): Existing | undefined {
  if (state === 'absent') return undefined;
  return {
    kind: state === 'other_kind' ? 'directory' : 'file',
    size: size ?? null,
    modifiedAt: modifiedAt ?? '',
    etag,
    sha256: sha256 ?? null,
  };
}

/** Rejects with a `Refusal` when it is not the file any more that was dropped. */
async function openItem({ file }: UploadItem): Promise<File> {
  if (!file) throw changedOnDisk;
  return file;
}

function manifestOf(item: UploadItem): ManifestEntry {
  const { path, size, modifiedAt } = item;
  return {
    path,
    size,
    modifiedAt: new Date(modifiedAt).toISOString(),
    onConflict: onConflictOf(item),
    ifMatch: ifMatchOf(item),
  };
}

/** Only what the person saw is replaced; what came since is asked about again. */
function ifMatchOf({ decided, existing }: UploadItem): string | undefined {
  return decided === 'replace' ? existing?.etag : undefined;
}
