import { expect, test } from 'vitest';
import type { AuditAction } from '../../server/contract/schemas.ts';
import { deedWords, detailWords, uriWords } from '../../src/lib/features/admin/audit-words.ts';
import { formatMoment } from '../../src/lib/format/time.ts';

const expiresAt = Date.UTC(2026, 10, 22, 19, 12);

const somebody = { kind: 'user', name: 'bob', via: 'session' } as const;

test.each([
  ['token.create', 'user:bob', 'made an API token'],
  ['token.create', 'user:alice', 'made an API token for alice'],
  ['grant.create', 'group:vision', 'gave access to the group vision'],
  ['grant.delete', 'public', 'took access from everyone who is signed in'],
  ['group.join', 'user:alice', 'put alice into a group'],
  ['user.change', 'user:bob', 'changed their own account'],
  ['session.create', 'user:bob', 'signed in'],
  ['session.fail', 'user:alice', 'failed to sign in as alice'],
  ['session.fail', null, 'failed to sign in'],
  ['link.create', 'link:0123', 'made a link'],
  ['later.thing', 'user:alice', 'later.thing'],
])('bob’s deed %s on %s reads "%s"', (action, target, words) => {
  expect(deedWords({ action: action as AuditAction, target, actor: somebody })).toBe(words);
});

test.each([
  ['session.create', { way: 'password' }, 'with a password'],
  ['session.fail', { why: 'wrong_password' }, 'wrong password'],
  ['token.create', { id: 'a_b', label: 'nightly_job', level: null, paths: [] }, 'id a_b, label nightly_job'],
  ['grant.create', { level: 'write' }, 'level Write'],
  ['user.create', { isAdmin: false }, ''],
  ['user.change', { isAdmin: false, isDisabled: true }, 'no longer an administrator, disabled'],
  ['user.change', { isAdmin: true, quota: 10_000_000_000 }, 'now an administrator, quota 10 GB'],
  ['link.create', { items: ['bob/a'], itemCount: 1, mode: 'read', hasPassword: false }, 'to download'],
  ['link.create', { items: ['bob/a', 'bob/b'], itemCount: 2 }, 'bob/a, bob/b, 2 items'],
  ['link.change', { expiresAt }, `until ${formatMoment(new Date(expiresAt))}`],
  ['audit.export', { laterThing: { a: 1 } }, 'later thing {"a":1}'],
  ['key.rotate', null, ''],
])('of %s, the particulars %j read "%s"', (action, detail, words) => {
  expect(detailWords({ action: action as AuditAction, detail })).toBe(words);
});

test.each([
  ['storage://home/bob/%D7%93%D7%95%D7%97%202026.pdf', 'storage:/bob/דוח 2026.pdf'],
  ['storage://home/bob/100%25%3F', 'storage:/bob/100%25%3F'],
])('the address %s reads %s', (uri, words) => {
  expect(uriWords(uri)).toBe(words);
});
