import { describe, expect, test } from 'vitest';
import { secondsLeft, TransferRate } from '../../src/lib/features/uploads/transfer-rate.ts';

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

describe('time left', () => {
  test('one large file takes as long as its bytes', () => {
    expect(secondsLeft({ bytes: 1000, files: 1 }, { bytes: 100, files: 0 })).toBe(10);
  });

  test('many tiny files take as long as their number', () => {
    expect(secondsLeft({ bytes: 1000, files: 600 }, { bytes: 1000, files: 10 })).toBe(60);
  });

  test('nobody knows while no bytes move', () => {
    expect(secondsLeft({ bytes: 1000, files: 1 }, { bytes: undefined, files: 3 })).toBeUndefined();
  });

  test('empty files alone are counted by their number', () => {
    expect(secondsLeft({ bytes: 0, files: 20 }, { bytes: undefined, files: 10 })).toBe(2);
  });
});
