import { expect, test } from 'vitest';
import {
  formatDate,
  formatDay,
  formatDuration,
  formatMoment,
  relativeWords,
  untilWords,
} from '../../src/lib/format/time.ts';

const utc = { timeZone: 'UTC' };
const now = new Date('2026-11-22T12:30:00Z');

test('a date of today, of yesterday and of long ago is written in the fewest words that tell', () => {
  expect(formatDate('2026-11-22T09:14:00Z', now, utc)).toBe('today, 09:14');
  expect(formatDate('2026-11-21T18:02:00Z', now, utc)).toBe('yesterday, 18:02');
  expect(formatDate('2026-11-12T18:02:00Z', now, utc)).toBe('12 Nov 2026');
  expect(formatDate('2026-09-03T00:00:00Z', now, utc)).toBe('3 Sep 2026');
});

test('which day it is depends on the reader’s time zone', () => {
  expect(formatDate('2026-11-21T23:30:00Z', now, utc)).toBe('yesterday, 23:30');
  expect(formatDate('2026-11-21T23:30:00Z', now, { timeZone: 'Europe/Berlin' })).toBe('today, 00:30');
});

test('the date of a tooltip is complete', () => {
  expect(formatMoment('2026-11-12T09:14:05Z', utc)).toBe('Thu 12 Nov 2026, 09:14:05');
});

test('a link says until when it works, and how long that is', () => {
  expect(untilWords('2026-11-24T15:40:00Z', now, utc)).toBe('until Tue 24 Nov, 15:40 (in 2 days)');
  expect(untilWords('2026-11-22T13:30:00Z', now, utc)).toBe('until Sun 22 Nov, 13:30 (in 1 hour)');
});

test('an expiry in another year names the year', () => {
  expect(untilWords('2027-01-02T10:00:00Z', now, utc)).toBe('until Sat 2 Jan 2027, 10:00 (in 41 days)');
});

test('a permanent link works until it is revoked', () => {
  expect(untilWords(null, now)).toBe('works until you revoke it');
});

test('a link that is over says since when', () => {
  expect(untilWords('2026-11-22T10:30:00Z', now, utc)).toBe('expired Sun 22 Nov, 10:30 (2 hours ago)');
});

test.each([
  [10_000, 'in less than a minute'],
  [-10_000, 'just now'],
  [-300_000, '5 minutes ago'],
  [86_399_000, 'in 1 day'],
  [7 * 86_400_000 - 5, 'in 7 days'],
  [-400 * 86_400_000, '13 months ago'],
])('a distance of %i ms is %s', (ms, words) => {
  expect(relativeWords(new Date(now.getTime() + ms), now)).toBe(words);
});

test('the time left of a transfer is rounded to what matters', () => {
  expect([0.2, 59, 90, 3600, 7800, 90_000].map(formatDuration)).toEqual([
    '1 s',
    '59 s',
    '2 min',
    '1 h',
    '2 h 10 min',
    '25 h',
  ]);
});

test('a day has its year only where it is another one', () => {
  expect(formatDay('2026-11-24T09:00:00Z', now, utc)).toBe('24 Nov');
  expect(formatDay('2027-01-02T09:00:00Z', now, utc)).toBe('2 Jan 2027');
});
