import { createHmac, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { openKeyRing } from '../../server/links/key-folder.ts';
import { linkDoors, startWatchedServer, tokenOf, type WatchedServer } from '../support/canaries.ts';
import { startServerOn } from '../support/test-server.ts';

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const decode = (part = '') =>
  JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;

const hashes = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };

function forge(header: unknown, claims: unknown, key: Buffer | string, hash = 'sha256'): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
}

/** A server with one linked file, the link's token in parts, and the key that signs. */
async function startWithLink() {
  const server = await startWatchedServer();
  await server.put(server.bob, 'bob/a.txt', 'the linked bytes');
  const token = tokenOf(await server.link(server.bob, { items: ['storage:a.txt'] }));
  const [head, body, signature = ''] = token.split('.');
  const key = openKeyRing(join(server.dataFolder, 'keys'), false).current.derive('link token');
  return {
    server,
    token,
    header: decode(head),
    claims: decode(body),
    parts: [head, body, signature] as const,
    key,
  };
}

/** Every door says the same 404 to each of these, in the same bytes as to a token that was never one. */
async function expectUnknown(server: WatchedServer, tokens: string[]): Promise<void> {
  for (const [method, target] of linkDoors('TOKEN')) {
    const unknown = await server.ask(method, target.replace('TOKEN', 'x.y.z'));
    expect(unknown.status).toBe(404);
    for (const token of tokens) {
      const { status, text } = await server.ask(method, target.replace('TOKEN', token));
      expect([status, text], `${method} ${target.replace('TOKEN', token.slice(0, 300))}`).toEqual([
        404,
        unknown.text,
      ]);
    }
  }
}

describe('a link token', () => {
  test('that we signed opens the link, and one forged with the same key does too: the forgeries below fail for what they say', async () => {
    const { server, token, header, claims, key } = await startWithLink();
    for (const good of [token, forge(header, claims, key)]) {
      const { status, text } = await server.ask('GET', `/s/${good}/raw`);
      expect([status, text]).toEqual([200, 'the linked bytes']);
    }
  });

  test('carries an identifier and nothing of what it opens (design: a link)', async () => {
    const { header, claims } = await startWithLink();
    expect(header).toEqual({ alg: 'HS256', typ: 'share+jwt', kid: expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect(claims).toEqual({
      jti: expect.stringMatching(/^[\w-]{22}$/),
      gen: 1,
      aud: 'share',
      iss: expect.stringMatching(/^[\w-]{22}$/),
    });
  });

  test('without a signature, or whose header says that it needs none, is unknown (TK-01)', async () => {
    const { server, header, claims, parts } = await startWithLink();
    const [head, body, signature] = parts;
    const none = ['none', 'None', 'nOnE', '', null].map((alg) => encode({ ...header, alg }));
    await expectUnknown(server, [
      `${head}.${body}`,
      `${head}.${body}.`,
      `${head}..${signature}`,
      `.${body}.${signature}`,
      ...none.flatMap((alg) => [`${alg}.${encode(claims)}.`, `${alg}.${encode(claims)}.${signature}`]),
    ]);
  });

  test('under another algorithm, type or header is unknown, even with the right key (TK-02, TK-03)', async () => {
    const { server, header, claims, key } = await startWithLink();
    const iss = claims.iss as string;
    const kid = header.kid as string;
    const jwk = { kty: 'oct', k: key.toString('base64url') };
    await expectUnknown(server, [
      ...(['HS384', 'HS512'] as const).map((alg) => forge({ ...header, alg }, claims, key, hashes[alg])),
      forge(header, claims, key, 'sha512').slice(0, -43),
      ...['RS256', 'ES256', 'EdDSA', 'hs256'].map((alg) => forge({ ...header, alg }, claims, key)),
      ...['JWT', 'share', 'SHARE+JWT', undefined].map((typ) => forge({ ...header, typ }, claims, key)),
      ...['crit', 'jku', 'x5u', 'x5c', 'b64', 'zip', 'cty'].map((name) =>
        forge({ ...header, [name]: ['x'] }, claims, key),
      ),
      forge({ ...header, jwk }, claims, key),
      ...[undefined, '', '0'.repeat(16), '../../etc/passwd', [kid], { kid }].map((other) =>
        forge({ ...header, kid: other }, claims, key),
      ),
      // What an attacker knows, as the secret.
      ...[kid, iss, 'share', '', server.origin, 'secret', Buffer.alloc(32)].map((secret) =>
        forge(header, claims, secret),
      ),
    ]);
  });

  test('of another installation is unknown: other key, or same key and other issuer, audience or purpose (TK-05)', async () => {
    const { server, token, header, claims, key } = await startWithLink();
    const other = await startWithLink();
    const ring = openKeyRing(join(server.dataFolder, 'keys'), false);
    await expectUnknown(server, [
      other.token,
      forge(header, claims, other.key),
      forge({ ...header, kid: other.header.kid }, claims, key),
      forge(header, { ...claims, iss: other.claims.iss }, key),
      forge(header, { ...claims, aud: 'setup' }, key),
      forge(header, { ...claims, aud: undefined }, key),
      forge(header, { ...claims, iss: undefined }, key),
      forge(header, claims, ring.current.derive('session')),
    ]);
    await expectUnknown(other.server, [token]);
  });

  test('with claims that make no sense is unknown (TK-12, TK-14)', async () => {
    const { server, header, claims, key } = await startWithLink();
    const second = Math.floor(server.time.now.getTime() / 1000);
    const raw = (text: string) => {
      const signed = `${encode(header)}.${Buffer.from(text).toString('base64url')}`;
      return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
    };
    await expectUnknown(server, [
      ...[undefined, null, 7, '', [], { a: 1 }, '0'.repeat(22), "' OR 1=1 --", '__proto__'].map((jti) =>
        forge(header, { ...claims, jti }, key),
      ),
      ...[undefined, null, '1', 1.5, [1], {}].map((gen) => forge(header, { ...claims, gen }, key)),
      ...[second - 100_000, 'tomorrow', null, {}].map((exp) => forge(header, { ...claims, exp }, key)),
      forge(header, { ...claims, nbf: second + 1e9 }, key),
      ...['[]', 'null', '"x"', '{', '', '\ufeff{}', `{"gen":1e400}`].map(raw),
      // Of two members of one name the last is meant, by everyone who looks.
      raw(
        JSON.stringify(claims)
          .replace('{', '{')
          .replace('}', `,"jti":"${'0'.repeat(22)}"}`),
      ),
    ]);
  });

  test('of an older generation is gone, and says only that it was revoked (SH-05)', async () => {
    const { server, header, claims, key } = await startWithLink();
    for (const gen of [0, 2, -1]) {
      const { status, text } = await server.ask('GET', `/s/${forge(header, { ...claims, gen }, key)}/raw`);
      expect([status, JSON.parse(text).error.reason]).toEqual([410, 'revoked']);
    }
  });

  test('in any other spelling than ours is unknown (TK-15)', async () => {
    const { server, token, parts } = await startWithLink();
    const [head, body, signature] = parts;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = signature.at(-1) as string;
    // 43 characters hold 258 bits: the last two are spare, and four spellings mean the same bytes.
    const spare = alphabet[alphabet.indexOf(last) ^ 1] as string;
    await expectUnknown(server, [
      `${head}.${body}.${signature.slice(0, -1)}${spare}`,
      `${head}.${body}.${signature.slice(0, -1)}${last === 'A' ? 'Q' : 'A'}`,
      `${token}=`,
      `${token}%3D`,
      `${token}%20`,
      `%20${token}`,
      `${token}%0A`,
      `${token}.`,
      `.${token}`,
      token.toUpperCase(),
      token.toLowerCase(),
      `${token}.${signature}`,
      `${head}.${body}.${signature.slice(1)}`,
      `${head}.${body}.${signature}A`,
    ]);
  });

  test('far too long or too short is unknown, and past the limit of a header it is 431 (TK-16)', async () => {
    const { server, token, parts } = await startWithLink();
    const [head, body] = parts;
    await expectUnknown(server, [
      'a',
      '.',
      '..',
      '...',
      'a.b.c',
      `${head}.${body}.AA`,
      `${head}.${body}.${'A'.repeat(500)}`,
      `${token}${'A'.repeat(2000)}`,
      'A'.repeat(15_000),
    ]);
    const { hostname, port } = new URL(server.origin);
    const answer = await fetch(`http://${hostname}:${port}/s/${'A'.repeat(20_000)}`);
    expect(answer.status).toBe(431);
  });

  test('cannot be guessed: identifiers are random, and guesses find nothing (TK-17)', async () => {
    const { server, header, claims, key } = await startWithLink();
    const ids = new Set<string>();
    const made = await Promise.all(
      Array.from({ length: 20 }, () => server.link(server.bob, { items: ['storage:a.txt'] })),
    );
    for (const { id } of made) ids.add(id);
    expect(ids.size).toBe(20);
    for (const id of ids) expect(Buffer.from(id, 'base64url')).toHaveLength(16);
    const neighbours = [...ids].slice(0, 5).map((id) => {
      const bytes = Buffer.from(id, 'base64url');
      bytes[15] = (bytes[15] ?? 0) ^ 1;
      return bytes.toString('base64url');
    });
    const random = Array.from({ length: 20 }, () => randomBytes(16).toString('base64url'));
    await expectUnknown(server, [
      ...neighbours.map((jti) => forge(header, { ...claims, jti }, key)),
      ...random.map((jti) => forge(header, { ...claims, jti }, randomBytes(32))),
    ]);
  });

  test("stands in no log and in no answer but its owner's and its own page (TK-22)", async () => {
    const { server, token } = await startWithLink();
    const targets = [
      `/s/${token}/raw`,
      `/s/${token}/nothing`,
      `/S/${token}/raw`,
      `//s/${token}/raw`,
      `/s//${token}`,
      `/x/s/${token}`,
      `/${token}`,
      `/api/v1/entries/${token}`,
      `/s/${token.replaceAll('.', '%2E')}/raw`,
      `/s/${token}x/raw`,
      `${server.origin}/s/${token}/raw`,
      `/healthz?from=/s/${token}`,
    ];
    for (const target of targets) {
      const { text, headers } = await server.ask('GET', target, {
        headers: { Referer: `${server.origin}/s/${token}` },
      });
      expect(text + JSON.stringify(headers), target).not.toContain(token);
    }
    const revoked = await server.ask('GET', '/api/v1/links', { as: server.bob });
    await server.ask('DELETE', `/api/v1/links/${JSON.parse(revoked.text).items[0].id}`, { as: server.bob });
    await server.ask('GET', `/s/${token}/raw`);
    expect(server.logLines.join('')).toContain(`${token.slice(-6)}`);
    expect(server.logLines.join('')).not.toContain(token.slice(-20));
  });
});

describe('the database', () => {
  test('read by a thief gives no access: no stored value is a link, a cookie or an API token (TK-19)', async () => {
    const { server, header, claims } = await startWithLink();
    const cookie = await server.ask('POST', '/api/v1/session', {
      body: { name: 'bob', password: 'correct horse battery' },
    });
    expect(cookie.status).toBe(201);
    const db = new SqliteDatabase(join(server.dataFolder, 'drey.db'), { readonly: true });
    const tables = db
      .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .all();
    const values = new Set<string>();
    for (const { name } of tables) {
      for (const row of db.prepare<[], Record<string, unknown>>(`SELECT * FROM "${name}"`).all()) {
        for (const value of Object.values(row))
          if (typeof value === 'string' && value.length >= 16) values.add(value);
      }
    }
    db.close();
    expect(values.size).toBeGreaterThan(8);
    for (const value of values) {
      const secret = encodeURIComponent(value);
      const answers = [
        await server.ask('GET', '/api/v1/session', { headers: { Authorization: `Bearer ${secret}` } }),
        await server.ask('GET', '/api/v1/session', { headers: { Authorization: `Bearer drey_${secret}` } }),
        await server.ask('GET', '/api/v1/session', { headers: { Cookie: `drey=${secret}` } }),
        await server.ask('GET', `/s/${secret}/raw`),
        await server.ask('GET', `/s/${forge(header, claims, value)}/raw`),
        await server.ask('GET', `/s/${forge(header, claims, Buffer.from(value, 'base64url'))}/raw`),
      ];
      for (const { status } of answers) expect([401, 404], value).toContain(status);
    }
    const bytes = await readFile(join(server.dataFolder, 'drey.db-wal'));
    for (const secret of [
      server.bob.token.slice(5, 48),
      /drey=([^;]+)/.exec(cookie.headers['set-cookie']?.[0] ?? '')?.[1] ?? '?',
    ]) {
      expect(bytes.includes(secret), 'the database holds no secret').toBe(false);
    }
  });

  test("and the keys are readable by the server's user alone (TK-19, TK-21)", async () => {
    const { server } = await startWithLink();
    const [key] = await readdir(join(server.dataFolder, 'keys'));
    for (const name of ['drey.db', 'drey.db-wal', `keys/${key}`]) {
      expect(statSync(join(server.dataFolder, name)).mode & 0o777, name).toBe(0o600);
    }
    expect(statSync(join(server.dataFolder, 'keys')).mode & 0o777).toBe(0o700);
  });
});

describe('a restart', () => {
  test('thrice over keeps links and sessions (TK-21)', async () => {
    const server = await startWatchedServer();
    await server.put(server.bob, 'bob/a.txt', 'still here');
    const token = tokenOf(await server.link(server.bob, { items: ['storage:a.txt'] }));
    const signIn = await server
      .as()
      .post('/api/v1/session')
      .send({ name: 'bob', password: 'correct horse battery' });
    const cookie = signIn.headers['set-cookie']?.[0]?.split(';')[0] as string;
    for (let round = 0; round < 3; round += 1) {
      const again = await startServerOn(server.dataFolder);
      await again.as().get(`/s/${token}/raw`).expect(200, 'still here');
      await again.as().get('/api/v1/session').set('Cookie', cookie).expect(200);
      await again.as(server.bob).get('/api/v1/session').expect(200);
      await again.close();
    }
  });
});
