import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseExpiry } from '../../cli/expiry.ts';
import { shortUri } from '../../cli/location.ts';
import { layOutColumns } from '../../cli/terminal/column-layout.ts';
import { printable } from '../../cli/terminal/printable.ts';
import { ProgressDisplay } from '../../cli/terminal/progress-display.ts';
import { formatBytes, formatSeconds, shortBytes } from '../../cli/terminal/quantity.ts';
import { Terminal } from '../../cli/terminal/terminal.ts';
import { fitText, textWidth } from '../../cli/terminal/text-width.ts';
import { TransferTally } from '../../cli/transfer/transfer-tally.ts';
import { parseEntryPath } from '../../server/contract/path.ts';
import { parseUri } from '../../server/contract/uri.ts';

describe('words on a terminal', () => {
  test('sizes and times are short and round up where ls does', () => {
    expect([0, 1023, 1024, 1025, 10_240, 1024 ** 2 - 1, 5 * 1024 ** 4].map(shortBytes)).toEqual([
      '0',
      '1023',
      '1.0K',
      '1.1K',
      '10K',
      '1.0M',
      '5.0T',
    ]);
    expect([0, 999, 1000, 1_040_000_000].map(formatBytes)).toEqual(['0 B', '999 B', '1.00 KB', '1.04 GB']);
    expect([0, 59, 65, 7800].map(formatSeconds)).toEqual(['0 s', '59 s', '1 min 05 s', '2 h 10 min']);
  });

  test('a name cannot move the cursor or turn the line around', () => {
    expect(printable('a\u001b[31mb\u202egnp.exe')).toBe('a\\u{1b}[31mb\\u{202e}gnp.exe');
  });

  test('texts are cut in the middle and never wider than asked, in any script', () => {
    expect(fitText('a-very-long-name.tar.gz', 11)).toBe('a-ver…ar.gz');
    for (const text of ['日本語の長い名前のファイル.txt', 'e\u0301'.repeat(20), '🐿️🐿️🐿️🐿️🐿️', 'plain']) {
      for (let width = 0; width < 30; width += 1)
        expect(textWidth(fitText(text, width))).toBeLessThanOrEqual(width);
    }
  });

  test('columns fill downwards and fit the terminal', () => {
    const cells = ['a', 'bb', 'ccc', 'dddd', 'e'].map((text) => ({ text, painted: text }));
    expect(layOutColumns(cells, 12)).toEqual(['a   ccc   e', 'bb  dddd']);
    expect(layOutColumns(cells, 3)).toEqual(['a', 'bb', 'ccc', 'dddd', 'e']);
  });
});

describe('what is typed', () => {
  test.each([
    ['90m', { expiresIn: 5400 }],
    ['12h', { expiresIn: 43_200 }],
    ['7d', { expiresIn: 604_800 }],
    ['2w', { expiresIn: 1_209_600 }],
    ['2026-12-24T18:00Z', { expiresAt: '2026-12-24T18:00:00.000Z' }],
  ])('an expiry of %s is understood', (text, expected) => expect(parseExpiry(text)).toEqual(expected));

  test.each(['', '7', 'd', '0m', '-1d', '1.5h', '99999w', '2026-13-01', '2027-02-30T10:00', 'tomorrow'])(
    'an expiry of "%s" is not',
    (text) => {
      expect(() => parseExpiry(text)).toThrow();
    },
  );

  test('a short URI means the same when it is typed again', () => {
    const base = { cluster: 'home', home: 'bob' };
    for (const path of [
      'bob',
      'bob/a b',
      'bob/100%',
      'bob/~',
      'bob/q?#',
      'bob/é/日本',
      'alice',
      'alice/~x/%2e',
    ]) {
      const parsed = parseEntryPath(path);
      expect(parseUri(shortUri(parsed, base), base)).toBe(parsed);
    }
  });
});

class FakeScreen extends EventEmitter {
  isTTY = true;
  columns = 80;
  rows = 24;
  written = '';
  write(text: string): boolean {
    this.written += text;
    return true;
  }
  take(): string {
    const text = this.written;
    this.written = '';
    return text;
  }
}

describe('progress', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function prepare() {
    const screen = new FakeScreen();
    const stream = screen as unknown as NodeJS.WriteStream;
    const terminal = new Terminal({
      stdin: process.stdin,
      stdout: stream as typeof process.stdout,
      stderr: stream as typeof process.stderr,
    });
    const tally = new TransferTally();
    const server = { isAway: false };
    const display = new ProgressDisplay(terminal, tally, () => server.isAway);
    return { screen, terminal, tally, server, display };
  }

  /** What is drawn, without how the cursor gets there. */
  const linesOf = (written: string) =>
    written
      .replaceAll(/\u001b\[\d*[AJK]|\r/g, '')
      .split('\n')
      .slice(0, -1);

  test('is one line for the whole and one for each file in flight, redrawn in its place and never as wide as the terminal', () => {
    const { screen, tally, display } = prepare();
    tally.find(1000);
    tally.find(3000);
    tally.begin('a/very/long/path/'.repeat(10) + 'one.bin', 1000).moved = 500;
    tally.begin('日本語'.repeat(40), 3000);
    display.start();
    vi.advanceTimersByTime(100);
    const lines = linesOf(screen.take());
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^0 of 2 files {3}500 B of 4\.00 KB/);
    expect(lines[1]).toMatch(/^ {3}50 % {3}1\.00 KB/);
    for (const line of lines) expect(textWidth(line)).toBeLessThan(80);
    vi.advanceTimersByTime(100);
    const again = screen.take();
    expect(again.startsWith('\u001b[3A\r0 of 2 files')).toBe(true);
    // From the top of the screen, clearing all below would fill a terminal's history with what was drawn before.
    expect(again.indexOf('\u001b[J')).toBe(again.length - 3);
    display.stop();
    expect(screen.take()).toBe('\u001b[3A\r\u001b[K\n\u001b[J\u001b[A');
  });

  test('goes up over the lines that a narrower terminal has broken', () => {
    const { screen, tally, display } = prepare();
    tally.begin('x'.repeat(200), 10);
    display.start();
    vi.advanceTimersByTime(100);
    const [, flight = ''] = linesOf(screen.take());
    expect(textWidth(flight)).toBe(79);
    screen.columns = 40;
    screen.emit('resize');
    const again = screen.take();
    // The line for the whole still fits; the other takes two rows now.
    expect(again.startsWith('\u001b[3A\r')).toBe(true);
    expect(again.endsWith('\n\u001b[J')).toBe(true);
    for (const line of linesOf(again)) expect(textWidth(line)).toBeLessThan(40);
    display.stop();
  });

  test('does so even before the signal that it became narrower', () => {
    const { screen, tally, display } = prepare();
    tally.begin('x'.repeat(200), 10);
    display.start();
    vi.advanceTimersByTime(100);
    screen.take();
    const measure = () => (screen.columns = 40);
    process.once('SIGWINCH', measure);
    vi.advanceTimersByTime(100);
    process.off('SIGWINCH', measure);
    expect(screen.take().startsWith('\u001b[3A\r')).toBe(true);
    display.stop();
  });

  test('says that it waits for the server instead of how fast it was, on a narrow terminal too', () => {
    const { screen, tally, server, display } = prepare();
    tally.find(4000);
    tally.begin('one.bin', 4000).moved = 1000;
    display.start();
    vi.advanceTimersByTime(100);
    expect(linesOf(screen.take())[0]).toMatch(/\/s {3}\d+ s left$/);
    server.isAway = true;
    vi.advanceTimersByTime(100);
    expect(linesOf(screen.take())[0]).toBe('0 of 1 file   1.00 KB of 4.00 KB   waiting for the server');
    screen.columns = 50;
    vi.advanceTimersByTime(100);
    expect(linesOf(screen.take())[0]).toBe('1.00 KB of 4.00 KB   waiting for the server');
    display.stop();
  });

  test('makes way for a line that is said', () => {
    const { screen, terminal, display } = prepare();
    display.start();
    vi.advanceTimersByTime(100);
    screen.take();
    terminal.say('drey: a.txt: gone');
    const said = screen.take();
    const erased = '\u001b[1A\r\u001b[K\n\u001b[J\u001b[A';
    expect(said.startsWith(`${erased}drey: a.txt: gone\n0 of 0 files`)).toBe(true);
    display.stop();
  });
});
