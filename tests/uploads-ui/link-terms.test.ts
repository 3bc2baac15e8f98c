import { describe, expect, test } from 'vitest';
import {
  changedTerms,
  explainBadTerms,
  noTerms,
  termsOf,
  toLinkFields,
} from '../../src/lib/features/links/link-terms.ts';

const before = termsOf({ label: 'for Bob', note: null, maxDownloads: 5, notify: false });

describe('the terms of a link', () => {
  test('that say nothing are null each', () => {
    expect(toLinkFields({ label: ' ', note: '', password: '', limit: ' ', notify: false })).toEqual({
      label: null,
      note: null,
      password: null,
      maxDownloads: null,
      notify: false,
    });
  });

  test('keep the spaces of a password', () => {
    expect(toLinkFields({ ...noTerms, password: ' a b ' }).password).toBe(' a b ');
  });

  test.each(['0', '-1', '1.5', '1e3', 'five', '1000001'])('refuse %j as a limit', (limit) => {
    expect(explainBadTerms({ ...noTerms, limit })?.limit).toBeDefined();
  });

  test.each(['', ' ', '1', ' 12 ', '1000000'])('take %j as a limit', (limit) => {
    expect(explainBadTerms({ ...noTerms, limit })).toBeUndefined();
  });

  test('refuse a password of spaces', () => {
    expect(explainBadTerms({ ...noTerms, password: '  ' })?.password).toBeDefined();
  });

  test('send nothing that was left as it was, a password that is not shown included', () => {
    expect(changedTerms(before, { ...before })).toEqual({});
  });

  test('send what was changed, and null for what was emptied', () => {
    const after = { label: '', note: 'Hello', password: 'secret', limit: '7', notify: true };
    expect(changedTerms(before, after)).toEqual({
      label: null,
      note: 'Hello',
      password: 'secret',
      maxDownloads: 7,
      notify: true,
    });
  });
});
