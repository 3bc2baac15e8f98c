import { formatUri } from '../../server/contract/uri.ts';
import type { PlaceLocation, Target } from './copy-target.ts';
import type { Source } from './source-expansion.ts';
import type { TransferContext } from './transfer-context.ts';
import { endsAll } from './transfer-pool.ts';

/** Lets the server copy within the storage: what travels is who goes where. */
export async function copyWithinStorage(
  sources: readonly Source[],
  target: Target,
  { api, tally }: TransferContext,
): Promise<void> {
  const { cluster } = await api.uriBase();
  const uriOf = (location: PlaceLocation) =>
    location.kind === 'storage' ? formatUri(cluster, location.path) : '';
  for (const { found } of sources) tally.find(found.size);
  tally.pendingWalks -= 1;
  for (const { location, found } of sources) {
    const flight = tally.begin(location.typed, found.size);
    try {
      await api.transfer('copies', {
        from: [uriOf(location)],
        to: uriOf(target.location),
        onConflict: 'replace',
        into: target.isInto,
      });
      tally.end(flight);
      tally.copied(location.typed, found.size);
    } catch (error) {
      if (endsAll(error)) throw error;
      tally.failed(location.typed, error);
    } finally {
      tally.end(flight);
    }
  }
}
