import { AppError } from '$contract/app-error.ts';
import { encodePath, explainBadName, numberedName, parseEntryName } from '$contract/path.ts';
import type { Listing } from '$contract/schemas.ts';
import { api, apiUrl } from '$lib/api/client.ts';
import { startBulkTransfer } from './bulk-transfer.ts';
import { postForm } from './form-request.ts';
import { isStored } from './stored-check.ts';
import { startTransfer } from './tus-transfer.ts';
import { onConflictOf } from './upload-item.ts';
import type { UploadDoor } from './upload-run.ts';

const schemeAndCluster = /^storage:\/\/[^/]+/;
/** A URI holds its path encoded already, just as the address wants it. */
const addressOf = (collection: string, uri: string) => `/${collection}${uri.replace(schemeAndCluster, '')}`;

async function findEntry(uri: string) {
  try {
    return (await api.get<Listing>(addressOf('entries', uri), { query: { limit: 0 } })).entry;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** The uploads' way to the server. */
export const uploadDoor: UploadDoor = {
  rules: { explainBadName, encodePath },
  makeDirectory: (uri) => api.put(addressOf('directories', uri)),
  startTransfer,
  startBulkTransfer: (items, events) => {
    const { batch } = items[0]!;
    const url = apiUrl(addressOf('bulk', batch.targetUri), { onConflict: onConflictOf(items[0]!) });
    return startBulkTransfer(items, events, {
      post: (form, onSent, signal) => postForm(url, form, onSent, signal),
      isStored: (item) =>
        isStored(item, findEntry, (name, number) => numberedName(parseEntryName(name), number)),
    });
  },
};
