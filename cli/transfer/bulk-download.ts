import { formatUri } from '../../server/contract/uri.ts';
import { downloadFile } from './file-download.ts';
import { settleDownload, writePart, type LocalDownload } from './local-download.ts';
import { readStoredZip } from './stored-zip.ts';
import { endsAll } from './transfer-pool.ts';
import type { TransferContext } from './transfer-context.ts';

/**
 * Fetches small files in one request, as an archive with a checksum for each. Whatever is wrong with the archive as a whole,
 * such as one file that is gone, each is then asked for by itself, so that every one has an answer of its own.
 */
export async function downloadTogether(
  downloads: readonly LocalDownload[],
  context: TransferContext,
): Promise<void> {
  const { tally, abort } = context;
  const [first] = downloads;
  if (!first) return;
  const label = downloads.length === 1 ? first.label : `${downloads.length} small files, from ${first.label}`;
  const flight = tally.begin(
    label,
    downloads.reduce((sum, { size }) => sum + size, 0),
  );
  try {
    const files = downloads.length === 1 ? undefined : await fetchArchive(downloads, context);
    await Promise.all(
      downloads.map(async (download, index) => {
        const bytes = files?.[index];
        try {
          if (bytes) {
            await writePart(download, bytes);
            await settleDownload(download);
          } else await downloadFile(download, flight, context);
          tally.copied(download.label, download.size);
        } catch (error) {
          if (endsAll(error) || abort.signal.aborted) throw error;
          tally.failed(download.label, error);
        }
      }),
    );
  } finally {
    tally.end(flight);
  }
}

async function fetchArchive(
  downloads: readonly LocalDownload[],
  { api, abort }: TransferContext,
): Promise<Buffer[] | undefined> {
  const { signal } = abort;
  const { cluster } = await api.uriBase();
  try {
    const response = await api.client.send('GET', '/api/v1/archive', {
      query: downloads.map(({ origin }) => ['item', formatUri(cluster, origin)]),
      signal,
    });
    return await readStoredZip(
      response,
      downloads.map(({ size }) => size),
    );
  } catch {
    if (signal.aborted) throw signal.reason;
    return undefined;
  }
}
