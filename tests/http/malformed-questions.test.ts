import { describe, expect, test } from 'vitest';
import type { ComparisonResult } from '../../server/contract/schemas.ts';
import { startTestServer } from '../support/test-server.ts';

const day = '2026-01-01T00:00:00Z';
const encode = encodeURIComponent;

describe('the filters of the audit log', () => {
  const wrong = [
    ...['from=yesterday', 'from=', 'from=0', `from=${'1'.repeat(300)}`, 'to=2026-02-30T00:00:00Z'],
    ...['to=2026-01-01', 'to=2026-01-01T25:00:00Z', `to=${encode('2026-01-01T00:00:00+99:00')}`],
    ...[`from=${day}&from=${day}`, `from[gte]=${day}&from=x`, 'to=-271822-01-01T00:00:00Z', 'to=NaN'],
    ...['user=', `user=${'u'.repeat(201)}`, 'user=a&user=b'],
    ...['action=', 'action=GRANT', "action=grant'--", 'action=grant.%25', 'action=grant.create.x'],
    ...['action=%00', 'action=a&'.repeat(51)],
    ...['uri=', 'uri=http://x', `uri=${encode('storage:../alice')}`, `uri=${encode('storage:/a/\0')}`],
    ...[`uri=storage:/bob/${'x'.repeat(5000)}`, 'uri=storage://elsewhere/bob/x', 'uri=storage:&uri=storage:'],
    ...['limit=0', 'limit=-1', 'limit=1001', 'limit=1.5', 'limit=all', 'limit=', 'limit=5&limit=5'],
    ...['cursor=', 'cursor=zz', `cursor=${'A'.repeat(28)}`, `cursor=${'0'.repeat(29)}`],
  ];
  const onlyOfPages = /^(?:limit|cursor)=/;

  for (const door of ['audit', 'audit/export']) {
    test(`of /${door} are refused with a word on it when they make no sense`, async () => {
      const server = await startTestServer();
      for (const query of wrong.filter((text) => door === 'audit' || !onlyOfPages.test(text))) {
        const { status, body } = await server.as(server.alice).get(`/api/v1/${door}?${query}`);
        expect([status, body.error?.code], query).toEqual([400, 'invalid']);
      }
    });
  }

  test('that are odd but make sense find what they say, and nothing is taken for a pattern', async () => {
    const server = await startTestServer();
    await server.as(server.bob).post('/api/v1/tokens').send({ label: 'x' }).expect(201);
    const count = async (query: string) => {
      const { body } = await server.as(server.alice).get(`/api/v1/audit?${query}`).expect(200);
      return body.items.length as number;
    };
    expect(await count('user=bob')).toBeGreaterThan(0);
    for (const name of ['%25', 'b_b', '*', "bob' OR '1'='1", 'BOB', ' bob', '日本', 'b\u0000ob'])
      expect(await count(`user=${encode(name)}`), name).toBe(0);
    expect(await count('from=0000-01-01T00:00:00Z')).toBeGreaterThan(0);
    expect(await count('from=9999-12-31T23:59:59Z')).toBe(0);
    expect(await count('from=2100-01-01T00:00:00Z&to=2000-01-01T00:00:00Z')).toBe(0);
    // However fine a date is said, it is a date.
    expect(await count(`from=2026-01-01T00:00:00.${'0'.repeat(500)}Z`)).toBeGreaterThan(0);
    expect(await count(`to=${encode('2026-01-01T00:00:00+14:00')}`)).toBe(0);
  });
});

describe('a comparison', () => {
  const file = { path: 'a.txt', size: 1 };

  test('that is too large or malformed is refused as a whole', async () => {
    const server = await startTestServer();
    const wrong: Record<string, unknown> = {
      'no items': { folder: 'storage:', items: [] },
      'more than 2,000': { folder: 'storage:', items: Array(2001).fill(file) },
      'items of another kind': { folder: 'storage:', items: { 0: file, length: 1 } },
      'no folder': { items: [file] },
      'a folder elsewhere': { folder: 'storage://elsewhere/bob', items: [file] },
      'a folder with a way up': { folder: 'storage:../alice', items: [file] },
      'a folder without a scheme': { folder: 'bob', items: [file] },
      'null for a file': { folder: 'storage:', items: [null] },
      'no path': { folder: 'storage:', items: [{ size: 1 }] },
      'an empty path': { folder: 'storage:', items: [{ path: '', size: 1 }] },
      'an endless path': { folder: 'storage:', items: [{ path: 'x'.repeat(12_401), size: 1 }] },
      'a negative size': { folder: 'storage:', items: [{ path: 'a', size: -1 }] },
      'half a byte': { folder: 'storage:', items: [{ path: 'a', size: 1.5 }] },
      'a size beyond numbers': { folder: 'storage:', items: [{ path: 'a', size: 2 ** 53 }] },
      'a size in words': { folder: 'storage:', items: [{ path: 'a', size: '1' }] },
      'a date in words': { folder: 'storage:', items: [{ ...file, modifiedAt: 'today' }] },
      'a date that is none': { folder: 'storage:', items: [{ ...file, modifiedAt: '2026-13-01T00:00:00Z' }] },
      'half a checksum': { folder: 'storage:', items: [{ ...file, sha256: 'abc' }] },
      'a checksum in capitals': { folder: 'storage:', items: [{ ...file, sha256: 'A'.repeat(64) }] },
    };
    for (const [words, sent] of Object.entries(wrong)) {
      const { status, body } = await server
        .as(server.bob)
        .post('/api/v1/comparisons')
        .send(sent as object);
      expect([status, body.error?.code], words).toEqual([400, 'invalid']);
    }
    const long = Array(2000).fill({ path: 'x'.repeat(12_000), size: 1 });
    const { status } = await server
      .as(server.bob)
      .post('/api/v1/comparisons')
      .send({ folder: 'storage:', items: long });
    expect(status).toBe(413);
  });

  test('of 2,000 files is answered, and a name that cannot be stored is said of that file alone', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a.txt', '1');
    const names = ['../a.txt', '/a.txt', 'a//b', './a.txt', 'a\0b', 'x'.repeat(256), 'a/', '\u{1b}[2J'];
    const items = [...names.map((path) => ({ path, size: 1 })), ...Array(2000 - names.length).fill(file)];
    const { body } = await server
      .as(server.bob)
      .post('/api/v1/comparisons')
      .send({ folder: 'storage:', items })
      .expect(200);
    const answers = (body as ComparisonResult).items;
    expect(answers).toHaveLength(2000);
    for (const [index, name] of names.entries())
      expect(answers[index], name).toMatchObject({ state: 'absent', error: { code: 'invalid' } });
    expect(new Set(answers.slice(names.length).map(({ state }) => state))).toEqual(new Set(['different']));
  });

  test("of a folder that is somebody else's says no more than of one that is not there (AZ-01)", async () => {
    const server = await startTestServer();
    await server.put(server.alice, 'alice/a.txt', '1');
    const ask = (folder: string) =>
      server
        .as(server.bob)
        .post('/api/v1/comparisons')
        .send({ folder, items: [file] });
    const [theirs, nobodys] = [await ask('storage:/alice'), await ask('storage:/nobody')];
    expect([theirs.status, nobodys.status]).toEqual([404, 404]);
    expect(theirs.body).toEqual(nobodys.body);
  });
});
