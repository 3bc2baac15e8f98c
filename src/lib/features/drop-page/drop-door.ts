import { encodePath, explainBadName } from '$contract/path.ts';
import type { LinkAddress } from '../link-page/link-address.ts';
import { postBody } from '../uploads/body-request.ts';
import { startBulkTransfer } from '../uploads/bulk-transfer.ts';
import { digester } from '../uploads/digester.ts';
import { changedOnDisk, explainUnreadable } from '../uploads/local-file.ts';
import { PartPacing } from '../uploads/part-pacing.ts';
import { startTransfer } from '../uploads/tus-transfer.ts';
import type { UploadItem } from '../uploads/upload-item.ts';
import type { UploadDoor } from '../uploads/upload-run.ts';
import { UnfinishedDrops } from './unfinished-drops.ts';

type DropDoor = { address: LinkAddress; sender: () => string; chunkBytes: number };

/** The way of uploads by a link: names are the server's to settle, and nobody is asked about them. */
export function dropDoor({ address, sender, chunkBytes }: DropDoor): UploadDoor {
  const unfinished = new UnfinishedDrops(address);
  const pacing = new PartPacing();
  return {
    rules: { explainBadName, encodePath },
    // Folders come about with the files in them.
    makeDirectory: async () => {},
    findExisting: async (items) => items.map(() => undefined),
    isFree: async () => true,
    digestThere: async () => null,
    digest: async (item) => (await digester.digest(fileOf(item))).sha256,
    startTransfer: async (item, _uri, events) => {
      const file = fileOf(item);
      const job = {
        file,
        endpoint: address.uploads(),
        metadata: { path: item.path, sender: sender() },
        uploadUrl: item.uploadUrl ?? unfinished.find(item),
        chunkBytes,
        pacing,
      };
      const onBegun = (uploadUrl: string) => {
        unfinished.keep(item, uploadUrl);
        events.onBegun(uploadUrl);
      };
      const transfer = startTransfer(job, { ...events, onBegun }, (bytes, after) =>
        digester.digest(bytes, after),
      );
      transfer.done.then(
        () => unfinished.forget(item),
        () => unfinished.forget(item),
      );
      return transfer;
    },
    startBulkTransfer: (items, events) =>
      startBulkTransfer(items, events, {
        pack: (load) => digester.pack(load.map(fileOf), load.map(manifestOf)),
        isReadable: async ({ file }) => file !== undefined && !(await explainUnreadable(file)),
        post: ({ body, contentType }, key, onSent, signal) =>
          postBody(
            address.bulk(sender()),
            body,
            { 'content-type': contentType, 'idempotency-key': key },
            onSent,
            signal,
          ),
      }),
  };
}

function fileOf({ file }: UploadItem): File {
  if (!file) throw changedOnDisk;
  return file;
}

function manifestOf({ path, size, modifiedAt }: UploadItem) {
  return {
    path,
    size,
    modifiedAt: new Date(modifiedAt).toISOString(),
    onConflict: 'rename' as const,
    ifMatch: undefined,
  };
}
