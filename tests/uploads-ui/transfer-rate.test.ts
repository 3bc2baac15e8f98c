import { describe, expect, test } from 'vitest';
import { TransferRate, workOf } from '../../src/lib/features/uploads/transfer-rate.ts';

describe('transfer rate', () => {
  test('nothing is known of the speed in the first second', () => {
    const rate = new TransferRate();
    rate.add(1000, 0);
    rate.add(1000, 500);
    expect(rate.perSecond(900)).toBeUndefined();
  });

  test('a steady stream has the speed of the stream', () => {
    const rate = new TransferRate();
    for (let at = 0; at <= 20_000; at += 250) rate.add(250, at);
    expect(rate.perSecond(20_000)).toBeCloseTo(1000, 0);
  });

  test('hundreds of events within a moment are counted whole', () => {
    const rate = new TransferRate();
    for (let at = 0; at <= 4000; at += 2) rate.add(2, at);
    expect(rate.perSecond(4000)).toBeCloseTo(1000, -1);
  });

  test('a slower network is followed within the window', () => {
    const rate = new TransferRate();
    for (let at = 0; at <= 10_000; at += 200) rate.add(2000, at);
    for (let at = 10_200; at <= 25_000; at += 200) rate.add(20, at);
    expect(rate.perSecond(25_000)).toBeCloseTo(100, -1);
  });

  test('silence makes the speed fall', () => {
    const rate = new TransferRate();
    for (let at = 0; at <= 3000; at += 100) rate.add(100, at);
    expect(rate.perSecond(6000)).toBeLessThan(rate.perSecond(3000)!);
  });

  test('a pause that was reset does not count', () => {
    const rate = new TransferRate();
    rate.add(100, 0);
    rate.add(100, 2000);
    rate.reset();
    expect(rate.perSecond(60_000)).toBeUndefined();
  });
});

describe('work', () => {
  const atOnePerSecond = workOf({ bytes: 10_000, files: 1 });

  test('of many tiny files goes by their number', () => {
    expect(workOf({ bytes: 6_000_000, files: 600 }) / atOnePerSecond).toBeCloseTo(600, -1);
  });

  test('of a large file goes by its bytes', () => {
    expect(workOf({ bytes: 10e9, files: 1 }) / workOf({ bytes: 5e9, files: 1 })).toBeCloseTo(2, 2);
  });

  test('a few megabytes after many tiny files take seconds, not hours', () => {
    expect(workOf({ bytes: 3_000_000, files: 1 }) / (50 * atOnePerSecond)).toBeLessThan(2);
  });
});
