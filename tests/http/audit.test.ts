import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { system } from '../../server/audit/audit-event.ts';
import type { AuditEvent } from '../../server/contract/schemas.ts';
import { startWatchedServer, type WatchedServer } from '../support/canaries.ts';
import { password } from '../support/test-server.ts';

async function eventsOf(server: WatchedServer, query = ''): Promise<AuditEvent[]> {
  const { status, text } = await server.ask('GET', `/api/v1/audit?${query}`, { as: server.alice });
  expect(status, query).toBe(200);
  return JSON.parse(text).items;
}

/** Does one of everything that is written down. */
async function doAll(server: WatchedServer) {
  await mkdir(join(server.homeOf('bob'), 'team'));
  await writeFile(join(server.homeOf('bob'), 'team/a.txt'), 'a');
  const bob = (method: string, path: string, body?: object) =>
    server.ask(method, `/api/v1/${path}`, { as: server.bob, mayHoldToken: true, ...(body && { body }) });
  const alice = (method: string, path: string, body?: object) =>
    server.ask(method, `/api/v1/${path}`, { as: server.alice, ...(body && { body }) });
  await alice('POST', 'users', { name: 'carol', password });
  await bob('POST', 'grants', { uri: 'storage:team', grantee: 'user:carol', level: 'read' });
  await bob('DELETE', 'grants?uri=storage:team&grantee=user:carol');
  const link = await server.link(server.bob, { items: ['storage:team/a.txt'], maxDownloads: 3 });
  await bob('PATCH', `links/${link.id}`, { label: 'x' });
  await bob('POST', `links/${link.id}/generations`);
  await bob('DELETE', `links/${link.id}`);
  await bob('DELETE', `links/${link.id}`);
  await bob('PATCH', `links/${link.id}`, { revoked: false });
  const { id } = JSON.parse((await bob('POST', 'tokens', { label: 'ci', level: 'read' })).text) as {
    id: string;
  };
  await bob('DELETE', `tokens/${id}`);
  await alice('POST', 'groups', { name: 'vision' });
  await alice('PUT', 'groups/vision/members/carol');
  await alice('PUT', 'groups/vision/members/carol');
  await alice('DELETE', 'groups/vision/members/carol');
  await alice('DELETE', 'groups/vision');
  await alice('PATCH', 'users/carol', { isDisabled: true });
  await alice('DELETE', 'users/carol');
  await bob('DELETE', 'entries/bob/team/a.txt');
}

const wordsOf = (events: AuditEvent[]) => events.map(({ action }) => action).toReversed();
const done = [
  'user.create',
  'grant.create',
  'grant.delete',
  'link.create',
  'link.change',
  'link.renew',
  'link.revoke',
  'link.restore',
  'token.create',
  'token.delete',
  'group.create',
  'group.join',
  'group.leave',
  'group.delete',
  'user.change',
  'user.delete',
  'entry.delete',
];

describe('the audit log', () => {
  test('tells who granted, linked, revoked, deleted and changed whom, in order and once each', async () => {
    const server = await startWatchedServer();
    const before = (await eventsOf(server)).length;
    await doAll(server);
    const events = await eventsOf(server);
    expect(wordsOf(events).slice(before)).toEqual(done);
    const find = (action: string) => events.find((event) => event.action === action);
    expect(find('grant.create')).toMatchObject({
      actor: { kind: 'user', name: 'bob', via: 'token' },
      address: '127.0.0.0/24',
      target: 'user:carol',
      uri: 'storage://home/bob/team',
      detail: { level: 'read' },
    });
    expect(find('link.create')).toMatchObject({
      actor: { name: 'bob' },
      uri: 'storage://home/bob/team/a.txt',
      detail: { itemCount: 1, maxDownloads: 3, hasPassword: false, mode: 'read' },
    });
    expect(find('user.delete')).toMatchObject({ actor: { name: 'alice' }, target: 'user:carol' });
    expect(find('entry.delete')).toMatchObject({
      actor: { name: 'bob' },
      uri: 'storage://home/bob/team/a.txt',
    });
  });

  test('tells what an invite came to, which quota was set, and what a token was left', async () => {
    const server = await startWatchedServer();
    const ask = (method: string, path: string, body?: object, as = server.alice) =>
      server.ask(method, `/api/v1/${path}`, { as, mayHoldToken: true, ...(body && { body }) });
    await server.services.groups.create({ kind: 'system' }, 'vision');
    const invite = async () => {
      const { id, url } = JSON.parse((await ask('POST', 'invites', { groups: ['vision'] })).text);
      return { id: id as string, token: new URL(url).hash.slice(1) };
    };
    const [withdrawn, kept] = [await invite(), await invite()];
    await ask('DELETE', `invites/${withdrawn.id}`);
    const body = { token: kept.token, name: 'carol', password };
    await server.ask('POST', '/api/v1/invites/acceptance', { body });
    await ask('PATCH', 'users/carol', { quota: 1000 });
    await ask('POST', 'tokens', { level: 'read', uris: ['storage:ci'] }, server.bob);
    const find = async (action: string) => (await eventsOf(server, `action=${action}`))[0];
    expect(await find('invite.withdraw')).toMatchObject({
      actor: { name: 'alice' },
      detail: { id: withdrawn.id },
    });
    expect(await find('group.join')).toMatchObject({
      actor: { kind: 'anonymous' },
      target: 'user:carol',
      detail: { group: 'vision' },
    });
    expect(await find('user.change')).toMatchObject({ target: 'user:carol', detail: { quota: 1000 } });
    expect(await find('token.create')).toMatchObject({
      actor: { name: 'bob' },
      detail: { level: 'read', paths: ['bob/ci'] },
    });
  });

  test('tells of sign-ins and of those that failed, never of what was typed', async () => {
    const server = await startWatchedServer({ DREY_AUDIT_ADDRESSES: 'full' });
    const signIn = (name: string, given: string) =>
      server.ask('POST', '/api/v1/session', { body: { name, password: given } });
    await signIn('bob', password);
    await signIn('bob', 'not the password');
    await signIn('my-secret-in-the-wrong-field', 'x');
    await server.ask('PATCH', '/api/v1/users/bob', { as: server.alice, body: { isDisabled: true } });
    await signIn('bob', password);
    const events = (await eventsOf(server, 'action=session')).toReversed();
    expect(events.map(({ action, target, detail }) => [action, target, detail])).toEqual([
      ['session.create', 'user:bob', { way: 'password' }],
      ['session.fail', 'user:bob', { why: 'wrong_password' }],
      ['session.fail', null, { why: 'no_user' }],
      ['session.fail', 'user:bob', { why: 'disabled' }],
    ]);
    for (const { address } of events) expect(address).toBe('127.0.0.1');
    expect(JSON.stringify(events)).not.toMatch(/not the password|wrong-field/);
  });

  test('is filtered by person, action, place and time, and read a page at a time', async () => {
    const server = await startWatchedServer();
    await doAll(server);
    const count = async (query: string) => (await eventsOf(server, query)).length;
    expect(wordsOf(await eventsOf(server, 'user=carol'))).toEqual([
      ...['user.create', 'grant.create', 'grant.delete', 'group.join', 'group.leave'],
      ...['user.change', 'user.delete'],
    ]);
    expect(await count('action=grant&action=link.renew')).toBe(3);
    expect(await count('action=gran')).toBe(0);
    expect(await count('uri=storage:/bob/team/a.txt')).toBe(6);
    expect(await count('uri=storage:/bob/team')).toBe(8);
    expect(await count('uri=storage:/bob/tea')).toBe(0);
    expect(await count('to=2020-01-01T00:00:00Z')).toBe(0);
    const [{ at }] = (await eventsOf(server)) as [AuditEvent];
    const total = await count('limit=1000');
    const ofThen = await count(`limit=1000&from=${at}`);
    expect(ofThen).toBeGreaterThan(0);
    expect(await count(`limit=1000&to=${at}`), 'its end is not in it').toBe(total - ofThen);
    expect(await count('from=2020-01-01T00:00:00Z&action=user')).toBe(5);

    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = `action=link&limit=2${cursor && `&cursor=${cursor}`}`;
      const { text } = await server.ask('GET', `/api/v1/audit?${query}`, { as: server.alice });
      const page = JSON.parse(text) as { items: AuditEvent[]; next: string | null };
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    }
    expect(seen).toEqual((await eventsOf(server, 'action=link')).map(({ id }) => id));
    for (const bad of ['action=..', 'from=yesterday', 'limit=0', 'cursor=zz', 'uri=http://x']) {
      expect((await server.ask('GET', `/api/v1/audit?${bad}`, { as: server.alice })).status, bad).toBe(400);
    }
  });

  test('is handed out as JSON lines, oldest first, which is itself written down (AZ-14)', async () => {
    const server = await startWatchedServer();
    await doAll(server);
    const reply = await server.ask('GET', '/api/v1/audit/export?action=link', { as: server.alice });
    expect(reply.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    expect(reply.headers['content-disposition']).toBe('attachment; filename="audit.jsonl"');
    const lines = reply.text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      (await eventsOf(server, 'action=link')).toReversed(),
    );
    expect(await eventsOf(server, 'action=audit')).toMatchObject([
      { action: 'audit.export', actor: { name: 'alice' }, detail: { action: 'link' } },
    ]);
  });

  test('has each event once in its export, however many there are', async () => {
    const server = await startWatchedServer();
    for (let index = 0; index < 2500; index += 1)
      await server.services.audit.recordAlone(system, { action: 'entry.delete', detail: { index } });
    const { text } = await server.ask('GET', '/api/v1/audit/export?action=entry', { as: server.alice });
    const indexes = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).detail.index);
    expect(indexes).toEqual(Array.from({ length: 2500 }, (_, index) => index));
  });

  test('is lines for every program, whatever somebody calls a token', async () => {
    const server = await startWatchedServer();
    const label = 'a\u2028b\u2029c';
    await server.ask('POST', '/api/v1/tokens', { as: server.bob, body: { label }, mayHoldToken: true });
    const query = 'action=token.create&user=bob';
    const { text } = await server.ask('GET', `/api/v1/audit/export?${query}`, { as: server.alice });
    const last = text.trimEnd().split('\n').at(-1)!;
    expect(last).not.toMatch(/[\u2028\u2029]/);
    expect(JSON.parse(last)).toMatchObject({ action: 'token.create', detail: { label } });
  });

  test('has no door by which it could be changed, and forgets what is older than was asked for', async () => {
    const server = await startWatchedServer({ DREY_AUDIT_DAYS: '30' });
    await doAll(server);
    const [newest] = await eventsOf(server);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const path of ['audit', `audit/${newest?.id}`, 'audit/export']) {
        const { status } = await server.ask(method, `/api/v1/${path}`, { as: server.alice, body: {} });
        expect([404, 405], `${method} ${path}`).toContain(status);
      }
    }
    server.time.now = new Date(server.time.now.getTime() + 31 * 86_400_000);
    await server.services.sweep();
    expect(await eventsOf(server)).toEqual([]);
  });

  test('has nothing of what was refused', async () => {
    const server = await startWatchedServer();
    const before = (await eventsOf(server)).length;
    const bob = (method: string, path: string, body?: object) =>
      server.ask(method, `/api/v1/${path}`, { as: server.bob, ...(body && { body }) });
    await bob('POST', 'grants', { uri: 'storage:nowhere', grantee: 'user:alice', level: 'read' });
    await bob('DELETE', 'grants?uri=storage:&grantee=user:alice');
    await bob('POST', 'groups', { name: 'mine' });
    await bob('DELETE', 'users/alice');
    await bob('DELETE', 'entries/bob/nothing');
    await server.ask('DELETE', '/api/v1/users/alice', { as: server.alice });
    expect(await eventsOf(server)).toHaveLength(before);
  });
});
