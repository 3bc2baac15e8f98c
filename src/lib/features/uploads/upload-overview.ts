import { workOf } from './transfer-rate.ts';
import type { Refusal, UploadItem } from './upload-item.ts';
import type { UploadTally } from './upload-tally.ts';

export type UploadPhase =
  'idle' | 'reading' | 'uploading' | 'offline' | 'paused' | 'halted' | 'asking' | 'failed' | 'done';

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
  paused: number;
  isReading: boolean;
  sentBytes: number;
  totalBytes: number;
  bytesPerSecond: number | undefined;
  secondsLeft: number | undefined;
  halted: Refusal | undefined;
};

export type UploadCondition = { isReading: boolean; isPaused: boolean; halted: Refusal | undefined };

/** Per second; undefined while nobody knows. */
type Rates = { bytes: number | undefined; work: number | undefined };

export function overviewOf(
  tally: UploadTally,
  rates: Rates,
  { isReading, isPaused, halted }: UploadCondition,
): UploadOverview {
  const { stored, skipped, failed, asking, paused } = tally.counts;
  const left = { bytes: tally.totalBytes - tally.sentBytes, files: tally.unfinished };
  return {
    phase: phaseOf(tally, { isReading, isPaused, halted }),
    total: tally.unfinished + stored + failed,
    stored,
    storedFiles: tally.storedFiles,
    skipped,
    failed,
    retryable: tally.retryable,
    asking,
    paused,
    isReading,
    sentBytes: tally.sentBytes,
    totalBytes: tally.totalBytes,
    bytesPerSecond: rates.bytes,
    // While a drop is still being read, nobody knows how much there will be.
    secondsLeft: isReading || !rates.work ? undefined : workOf(left) / rates.work,
    halted,
  };
}

function phaseOf({ counts, stalled }: UploadTally, condition: UploadCondition): UploadPhase {
  const { isReading, isPaused, halted } = condition;
  if (halted) return 'halted';
  if (isPaused) return 'paused';
  if (counts.uploading > 0) return stalled === counts.uploading ? 'offline' : 'uploading';
  if (counts.waiting > 0) return 'uploading';
  if (counts.asking > 0) return 'asking';
  if (counts.paused > 0) return 'paused';
  if (isReading) return 'reading';
  if (counts.failed > 0) return 'failed';
  return counts.stored + counts.skipped > 0 ? 'done' : 'idle';
}

const rankOf = { asking: 0, uploading: 1, paused: 2, failed: 3, waiting: 4, stored: 5, skipped: 6 };

/** In the order of interest: what asks, what moves, what failed, then what waits and what is over. */
export function rankedItems(items: Iterable<UploadItem>): UploadItem[] {
  const ranks: UploadItem[][] = [[], [], [], [], [], [], []];
  for (const item of items) ranks[rankOf[item.state]]!.push(item);
  return ranks.flat();
}
