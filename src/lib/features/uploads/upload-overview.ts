import { workOf } from './transfer-rate.ts';
import type { Refusal, UploadItem } from './upload-item.ts';
import type { UploadTally } from './upload-tally.ts';

export type UploadPhase =
  'idle' | 'reading' | 'uploading' | 'offline' | 'halted' | 'asking' | 'failed' | 'done';

/** What the tray shows of the whole: numbers of one moment, never changed afterwards. */
export type UploadOverview = {
  phase: UploadPhase;
  /** Of all that is not skipped. */
  total: number;
  stored: number;
  storedFiles: number;
  skipped: number;
  failed: number;
  retryable: number;
  asking: number;
  isReading: boolean;
  sentBytes: number;
  totalBytes: number;
  bytesPerSecond: number | undefined;
  secondsLeft: number | undefined;
  halted: Refusal | undefined;
};

/** Per second; undefined while nobody knows. */
type Rates = { bytes: number | undefined; work: number | undefined };

export function overviewOf(
  tally: UploadTally,
  rates: Rates,
  { isReading, halted }: { isReading: boolean; halted: Refusal | undefined },
): UploadOverview {
  const { stored, skipped, failed, asking } = tally.counts;
  const left = { bytes: tally.totalBytes - tally.sentBytes, files: tally.unfinished };
  return {
    phase: phaseOf(tally, isReading, halted),
    total: tally.unfinished + stored + failed,
    stored,
    storedFiles: tally.storedFiles,
    skipped,
    failed,
    retryable: tally.retryable,
    asking,
    isReading,
    sentBytes: tally.sentBytes,
    totalBytes: tally.totalBytes,
    bytesPerSecond: rates.bytes,
    // While a drop is still being read, nobody knows how much there will be.
    secondsLeft: isReading || !rates.work ? undefined : workOf(left) / rates.work,
    halted,
  };
}

function phaseOf({ counts, stalled }: UploadTally, isReading: boolean, halted: unknown): UploadPhase {
  if (halted) return 'halted';
  if (counts.uploading > 0) return stalled === counts.uploading ? 'offline' : 'uploading';
  if (counts.waiting > 0) return 'uploading';
  if (counts.asking > 0) return 'asking';
  if (isReading) return 'reading';
  if (counts.failed > 0) return 'failed';
  return counts.stored + counts.skipped > 0 ? 'done' : 'idle';
}

const rankOf = { asking: 0, uploading: 1, failed: 2, waiting: 3, stored: 4, skipped: 5 };

/** In the order of interest: what asks, what moves, what failed, then what waits and what is over. */
export function rankedItems(items: Iterable<UploadItem>): UploadItem[] {
  const ranks: UploadItem[][] = [[], [], [], [], [], []];
  for (const item of items) ranks[rankOf[item.state]]!.push(item);
  return ranks.flat();
}
