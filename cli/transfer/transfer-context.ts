import type { StorageApi } from '../storage-api.ts';
import type { TransferTally } from './transfer-tally.ts';

/** What every carrier works with. `abort` ends the run: a person did, or an error that ends all. */
export type TransferContext = {
  api: StorageApi;
  tally: TransferTally;
  abort: AbortController;
};
