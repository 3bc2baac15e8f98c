import { describe, expect, test } from 'vitest';
import type { UploadItem, UploadState } from '../../src/lib/features/uploads/upload-item.ts';
import { overviewOf, rankedItems } from '../../src/lib/features/uploads/upload-overview.ts';
import { workOf } from '../../src/lib/features/uploads/transfer-rate.ts';
import { UploadTally } from '../../src/lib/features/uploads/upload-tally.ts';

const calm = { isReading: false, isPaused: false, halted: undefined };
const noRates = { bytes: undefined, work: undefined };

function itemIn(state: UploadState, isStalled = false): UploadItem {
  return { id: 0, path: state, kind: 'file', size: 10, state, sentBytes: 0, isStalled } as UploadItem;
}

function phaseOf(items: UploadItem[], condition: Parameters<typeof overviewOf>[2] = calm) {
  const tally = new UploadTally();
  for (const item of items) tally.add(item);
  return overviewOf(tally, noRates, condition).phase;
}

describe('the phase of the tray', () => {
  test('is idle with nothing in it', () => {
    expect(phaseOf([])).toBe('idle');
  });

  test('is reading before the first file of a drop is found', () => {
    expect(phaseOf([], { ...calm, isReading: true })).toBe('reading');
  });

  test('is uploading while one file moves, even if another waits for the connection', () => {
    expect(phaseOf([itemIn('uploading'), itemIn('uploading', true)])).toBe('uploading');
  });

  test('is offline when all that is under way waits for the connection', () => {
    expect(phaseOf([itemIn('uploading', true), itemIn('waiting')])).toBe('offline');
  });

  test('is asking when only answers are missing', () => {
    expect(phaseOf([itemIn('asking'), itemIn('stored')])).toBe('asking');
  });

  test('is paused when the person says so, and when only what they paused is left', () => {
    expect(phaseOf([itemIn('uploading')], { ...calm, isPaused: true })).toBe('paused');
    expect(phaseOf([itemIn('paused'), itemIn('stored')])).toBe('paused');
    expect(phaseOf([itemIn('paused'), itemIn('waiting')])).toBe('uploading');
  });

  test('is failed when all is over and not all is well', () => {
    expect(phaseOf([itemIn('failed'), itemIn('stored')])).toBe('failed');
  });

  test('is done when all is stored or skipped', () => {
    expect(phaseOf([itemIn('stored'), itemIn('skipped')])).toBe('done');
  });

  test('is halted whatever else there is', () => {
    const halted = { code: 'out_of_space', message: 'Full.' };
    expect(phaseOf([itemIn('uploading'), itemIn('waiting')], { ...calm, halted })).toBe('halted');
  });
});

test('no time left is told while a drop is still being read', () => {
  const tally = new UploadTally();
  tally.add(itemIn('waiting'));
  const rates = { bytes: 5, work: workOf({ bytes: 5, files: 0.5 }) };
  expect(overviewOf(tally, rates, { ...calm, isReading: true }).secondsLeft).toBeUndefined();
  expect(overviewOf(tally, rates, calm).secondsLeft).toBe(2);
});

test('what needs the person comes before what moves, and what is over comes last', () => {
  const states: UploadState[] = ['stored', 'waiting', 'failed', 'uploading', 'skipped', 'paused', 'asking'];
  expect(rankedItems(states.map((state) => itemIn(state))).map((item) => item.state)).toEqual([
    'asking',
    'uploading',
    'paused',
    'failed',
    'waiting',
    'stored',
    'skipped',
  ]);
});
