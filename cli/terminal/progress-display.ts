import type { TransferTally } from '../transfer/transfer-tally.ts';
import { printable } from './printable.ts';
import { formatBytes, formatCount, formatSeconds } from './quantity.ts';
import type { Terminal } from './terminal.ts';
import { fitText, textWidth } from './text-width.ts';

const gap = '   ';
const everyMs = 100;
const linesEveryMs = 1000;
const maxFlights = 8;
/** Speed is that of the last few seconds. */
const speedWindowMs = 4000;

/**
 * Draws how far a transfer has come at the bottom of a terminal, over and over in the same place: one line for the
 * whole, one for each thing in flight. On a pipe it prints the line for the whole once a second.
 */
export class ProgressDisplay {
  readonly #terminal: Terminal;
  readonly #tally: TransferTally;
  readonly #isWaiting: () => boolean;
  readonly #samples: { at: number; bytes: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #drawn: string[] = [];
  readonly #redraw = () => this.#draw();

  /** `isWaiting` tells that nothing moves until the server is back. */
  constructor(terminal: Terminal, tally: TransferTally, isWaiting = () => false) {
    this.#terminal = terminal;
    this.#tally = tally;
    this.#isWaiting = isWaiting;
  }

  start(): void {
    const { stderr } = this.#terminal;
    if (!stderr.isTTY) {
      this.#timer = setInterval(() => this.#terminal.say(this.#overview()), linesEveryMs);
      return;
    }
    this.#terminal.drawBelow((print) => {
      this.#erase();
      print();
      this.#draw();
    });
    stderr.on('resize', this.#redraw);
    this.#timer = setInterval(() => {
      measureAgain();
      this.#draw();
    }, everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.#terminal.stderr.isTTY) measureAgain();
    this.#terminal.stderr.off('resize', this.#redraw);
    this.#terminal.drawBelow(undefined);
    this.#erase();
  }

  #draw(): void {
    const { columns = 80, rows = 24 } = this.#terminal.stderr;
    const flights = [...this.#tally.flights].slice(0, Math.max(0, Math.min(maxFlights, rows - 3)));
    // A line as wide as the terminal makes some of them scroll.
    const width = columns - 1;
    const above = this.#rowsDrawn();
    this.#drawn = [this.#overview(width), ...flights.map((flight) => describeFlight(flight, width))].map(
      (line) => fitText(line, width),
    );
    const lines = this.#drawn.map((line) => `${line}\x1b[K\n`).join('');
    this.#terminal.stderr.write(`${goUp(above)}${lines}\x1b[J`);
  }

  #erase(): void {
    if (this.#drawn.length === 0) return;
    // Clearing from the very top would make some terminals keep what was there in their history.
    this.#terminal.stderr.write(`${goUp(this.#rowsDrawn())}\x1b[K\n\x1b[J\x1b[A`);
    this.#drawn = [];
  }

  /** How far up drawing began. A terminal that became narrower has broken the lines into more. */
  #rowsDrawn(): number {
    const { columns = 80 } = this.#terminal.stderr;
    return this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns)), 0);
  }

  /** All that fits: on a narrow terminal the speed goes first, then the files. */
  #overview(width = Infinity): string {
    const tally = this.#tally;
    const { doneFiles, files, bytes, pendingWalks } = tally;
    const moved = tally.movedBytes;
    const speed = this.#speed(moved);
    const isWaiting = this.#isWaiting();
    const parts = [
      `${doneFiles.toLocaleString('en')} of ${formatCount(files, 'file')}`,
      `${formatBytes(moved)} of ${formatBytes(bytes)}`,
      isWaiting ? 'waiting for the server' : `${formatBytes(speed)}/s`,
    ];
    if (!isWaiting && pendingWalks === 0 && speed > 0 && moved > 0)
      parts.push(`${formatSeconds((bytes - moved) / speed)} left`);
    for (const spare of isWaiting ? [0] : [2, 0]) {
      if (textWidth(parts.join(gap)) > width) parts.splice(spare, 1);
    }
    return parts.join(gap);
  }

  #speed(moved: number): number {
    const now = performance.now();
    const samples = this.#samples;
    samples.push({ at: now, bytes: moved });
    while (samples.length > 2 && now - (samples[0] as { at: number }).at > speedWindowMs) samples.shift();
    const first = samples[0] as { at: number; bytes: number };
    const since = samples.length === 1 ? this.#tally.startedAt : first.at;
    const before = samples.length === 1 ? 0 : first.bytes;
    return Math.max(0, ((moved - before) * 1000) / Math.max(1, now - since));
  }
}

/** The signal that the terminal became narrower may come after the next frame; Node measures it when it hears of one. */
function measureAgain(): void {
  process.emit('SIGWINCH', 'SIGWINCH');
}

function goUp(rows: number): string {
  return rows === 0 ? '' : `\x1b[${rows}A\r`;
}

function describeFlight(
  { label, size, moved }: { label: string; size: number; moved: number },
  width: number,
) {
  const share = size === 0 ? 0 : Math.min(100, Math.floor((moved * 100) / size));
  const facts = `${String(share).padStart(3)} %  ${formatBytes(size).padStart(8)}  `;
  return `  ${facts}${fitText(printable(label), width - facts.length - 2)}`;
}
