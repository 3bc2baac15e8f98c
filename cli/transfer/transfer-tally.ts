import { formatBytes, formatCount, formatSeconds } from '../terminal/quantity.ts';

/** Something on its way: a file, or a batch of small ones. */
export type Flight = { label: string; size: number; moved: number };

type TallyEvents = {
  onFailed?: (subject: string, error: unknown) => void;
  onCopied?: (subject: string) => void;
};

/** Counts what a command found, brought over, left alone and failed at. */
export class TransferTally {
  files = 0;
  bytes = 0;
  doneFiles = 0;
  /** Bytes of files that have arrived; those on their way are counted in their flights. */
  doneBytes = 0;
  skippedFiles = 0;
  failures = 0;
  firstError: unknown;
  /** Trees that are still to be walked: until there are none, the totals grow. */
  pendingWalks = 0;
  readonly flights = new Set<Flight>();
  readonly startedAt = performance.now();
  readonly #events: TallyEvents;

  constructor(events: TallyEvents = {}) {
    this.#events = events;
  }

  get movedBytes(): number {
    let moved = this.doneBytes;
    for (const flight of this.flights) moved += flight.moved;
    return moved;
  }

  find(bytes: number): void {
    this.files += 1;
    this.bytes += bytes;
  }

  skip(): void {
    this.skippedFiles += 1;
  }

  begin(label: string, size: number): Flight {
    const flight = { label, size, moved: 0 };
    this.flights.add(flight);
    return flight;
  }

  end(flight: Flight): void {
    this.flights.delete(flight);
  }

  copied(subject: string, bytes: number): void {
    this.doneFiles += 1;
    this.doneBytes += bytes;
    this.#events.onCopied?.(subject);
  }

  failed(subject: string, error: unknown): void {
    this.failures += 1;
    this.firstError ??= error;
    this.#events.onFailed?.(subject, error);
  }

  summary(): string {
    const seconds = (performance.now() - this.startedAt) / 1000;
    const parts = [
      `Copied ${formatCount(this.doneFiles, 'file')}, ${formatBytes(this.doneBytes)}, in ${formatSeconds(seconds)}`,
    ];
    if (this.skippedFiles > 0) parts.push(`${formatCount(this.skippedFiles, 'file')} there already`);
    if (this.failures > 0) parts.push(`${this.failures} failed`);
    return `${parts.join('; ')}.`;
  }
}
