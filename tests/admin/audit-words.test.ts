import { expect, test } from 'vitest';
import { detailWords, uriWords } from '../../src/lib/features/admin/audit-words.ts';
import { formatMoment } from '../../src/lib/format/time.ts';

const expiresAt = Date.UTC(2026, 10, 22, 19, 12);

test.each([
  [{ way: 'password' }, 'way: password'],
  [{ why: 'wrong_password' }, 'why: wrong password'],
  [{ id: 'a_b', label: 'nightly_job', level: null, paths: [] }, 'id: a_b; label: nightly_job'],
  [{ isAdmin: true, isDisabled: false }, 'admin: yes; disabled: no'],
  [{ items: ['bob/a'], itemCount: 1, mode: 'read', hasPassword: false }, 'mode: read; password: no'],
  [{ items: ['bob/a', 'bob/b'], itemCount: 2 }, 'items: bob/a, bob/b; item count: 2'],
  [{ expiresAt }, `expires at: ${formatMoment(new Date(expiresAt))}`],
  [null, ''],
])('the particulars %j read %s', (detail, words) => {
  expect(detailWords(detail)).toBe(words);
});

test.each([
  ['storage://home/bob/%D7%93%D7%95%D7%97%202026.pdf', 'storage:/bob/דוח 2026.pdf'],
  ['storage://home/bob/100%25%3F', 'storage:/bob/100%25%3F'],
])('the address %s reads %s', (uri, words) => {
  expect(uriWords(uri)).toBe(words);
});
