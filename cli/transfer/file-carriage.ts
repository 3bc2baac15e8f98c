import type { TransferContext } from './transfer-context.ts';
import { endsAll } from './transfer-pool.ts';
import type { Flight } from './transfer-tally.ts';

/** Carries one file by itself, told to the tally; what hinders this file alone is told there too, and not thrown. */
export async function carryAlone(
  { label, size }: { label: string; size: number },
  { tally, abort }: TransferContext,
  carry: (flight: Flight) => Promise<unknown>,
): Promise<void> {
  const flight = tally.begin(label, size);
  try {
    await carry(flight);
    tally.end(flight);
    // It may have been found to be of another size on the way.
    tally.copied(label, flight.size);
  } catch (error) {
    if (endsAll(error) || abort.signal.aborted) throw error;
    tally.failed(label, error);
  } finally {
    tally.end(flight);
  }
}
