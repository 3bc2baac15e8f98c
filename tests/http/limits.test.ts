import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { routes, type Route } from '../../server/contract/routes.ts';
import { RawConnection, requestHead, usual } from '../support/raw-http.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const rows = Object.values(routes) as Route[];
const addressOf = ({ base, path }: Route) =>
  `${base ?? '/api/v1'}${path.replace('*path', 'bob/a.txt').replace(/:\w+/g, 'x')}`;

async function isWell(server: TestServer): Promise<void> {
  await server.as().get('/healthz').expect(200);
}

describe('methods', () => {
  test('that a route does not know are 405 with those that it does, and never 5xx (HT-09)', async () => {
    const server = await startTestServer();
    const addresses = new Set(rows.map(addressOf));
    expect(addresses.size).toBeGreaterThan(15);
    for (const address of addresses) {
      const known = new Set<string>(
        rows.filter((route) => addressOf(route) === address).map(({ method }) => method),
      );
      if (known.has('GET')) known.add('HEAD');
      if (!known.has('OPTIONS')) {
        const options = await server.as().options(address);
        expect(options.status, address).toBe(204);
      }
      for (const method of ['TRACE', 'PROPFIND', 'PATCH', 'POST', 'DELETE', 'PUT']) {
        if (known.has(method)) continue;
        const connection = new RawConnection(server.origin);
        connection.send(
          requestHead(method, address, [...usual(server.origin, server.bob), ['Connection', 'close']]),
        );
        await connection.closed();
        const text = connection.received.toString('latin1');
        expect(connection.statuses, `${method} ${address}`).toEqual([405]);
        const allowed = /^allow: (.*)$/im.exec(text)?.[1]?.split(', ') ?? [];
        for (const one of known) expect(allowed, address).toContain(one);
        expect(allowed).not.toContain(method);
      }
    }
  });

  test('TRACE echoes nothing and CONNECT opens nothing (HT-09)', async () => {
    const server = await startTestServer();
    const trace = new RawConnection(server.origin);
    const secret: [string, string] = ['X-Secret', 'CANARY'];
    trace.send(requestHead('TRACE', '/', [...usual(server.origin), secret, ['Connection', 'close']]));
    await trace.closed();
    expect(trace.statuses[0]).toBeGreaterThanOrEqual(400);
    expect(trace.received.toString()).not.toContain('CANARY');
    const connect = new RawConnection(server.origin);
    connect.send(requestHead('CONNECT', 'example.org:443', usual(server.origin)));
    await connect.closed();
    expect(connect.statuses).not.toContain(200);
    await isWell(server);
  });

  test('what is no address is 404 for every method, as JSON', async () => {
    const server = await startTestServer();
    for (const path of [
      '/api',
      '/api/v2/entries/bob',
      '/api/v1/none',
      '/api/v1/entries',
      '/API/v1/session',
    ]) {
      for (const method of ['get', 'post', 'put', 'delete'] as const) {
        const { status, body } = await server.as(server.bob)[method](path);
        expect(status, `${method} ${path}`).toBe(404);
        expect(body.error.code).toBe('not_found');
      }
    }
  });
});

describe('headers', () => {
  test('that are too large or too many end the connection with 431 or 400, and nothing else (DS-06)', async () => {
    const server = await startTestServer();
    const heads: [string, string][][] = [
      [['X-Large', 'x'.repeat(20_000)]],
      Array.from({ length: 4000 }, (_, index): [string, string] => [`X-${index}`, 'x'.repeat(10)]),
      [['Cookie', Array.from({ length: 10_000 }, (_, index) => `c${index}=1`).join('; ')]],
      [['Bad Name', 'x']],
      [['X-Nul', 'a\0b']],
    ];
    for (const extra of heads) {
      const connection = new RawConnection(server.origin);
      connection.send(requestHead('GET', '/healthz', [...usual(server.origin), ...extra]));
      await connection.closed();
      // The answer may be lost when the connection is reset over what was not read.
      expect([[400], [431], []]).toContainEqual(connection.statuses);
      await isWell(server);
    }
    const long = new RawConnection(server.origin);
    long.send(requestHead('GET', `/api/v1/entries/bob?filter=${'x'.repeat(20_000)}`, usual(server.origin)));
    await long.closed();
    expect([[431], []]).toContainEqual(long.statuses);
  });

  test('with the names of things that every object has are nothing special (DS-06)', async () => {
    const server = await startTestServer();
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__'];
    const connection = new RawConnection(server.origin);
    connection.send(
      requestHead('GET', '/healthz', [
        ...usual(server.origin),
        ...names.map((name): [string, string] => [name, 'x']),
        ['Cookie', '__proto__=x; constructor=y; drey'],
        ['Connection', 'close'],
      ]),
    );
    await connection.closed();
    expect(connection.statuses).toEqual([200]);
  });

  test('without a Host are refused (DS-06)', async () => {
    const server = await startTestServer();
    const connection = new RawConnection(server.origin);
    connection.send(requestHead('GET', '/healthz', [['Connection', 'close']]));
    await connection.closed();
    expect(connection.statuses).toEqual([400]);
  });
});

describe('queries', () => {
  test('with brackets and repetitions by the thousand are plain words, soon answered (DS-08)', async () => {
    const server = await startTestServer();
    const queries = [
      'a[]=&'.repeat(2800),
      `a${'[b]'.repeat(4000)}=1`,
      'limit=1&'.repeat(1600),
      '&'.repeat(14_000),
      '='.repeat(14_000),
      '__proto__[x]=1&constructor=1&__proto__=1',
      'limit[]=1',
      'limit[$gt]=1',
      '%ff=%ff&%=%&%zz=1',
      'filter=%00',
    ];
    for (const query of queries) {
      const startedAt = performance.now();
      const { status } = await server.as(server.bob).get(`/api/v1/entries/bob?${query}`);
      expect([200, 400], query.slice(0, 40)).toContain(status);
      expect(performance.now() - startedAt).toBeLessThan(5000);
    }
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    await isWell(server);
  });
});

describe('bodies', () => {
  test('that are larger than a route takes are 413, larger for those whom one knows (AU-08)', async () => {
    const server = await startTestServer();
    const large = (bytes: number) => ({ name: 'x', password: 'x'.repeat(bytes) });
    await server.as().post('/api/v1/session').send(large(10_000)).expect(400);
    await server.as().post('/api/v1/session').send(large(17_000)).expect(413);
    const from = Array.from({ length: 10_000 }, (_, index) => `storage:${'x'.repeat(200)}${index}`);
    await server
      .as(server.bob)
      .post('/api/v1/moves')
      .send({ from, to: 'storage:none', into: true })
      .expect(404);
    await server
      .as(server.bob)
      .post('/api/v1/moves')
      .send({ from: ['x'.repeat(5_000_000)] })
      .expect(413);
  });

  test('of unknown users are not read at all where one must be signed in (AU-08)', async () => {
    const server = await startTestServer();
    const connection = new RawConnection(server.origin);
    connection.send(
      requestHead('POST', '/api/v1/moves', [
        ...usual(server.origin),
        ['Content-Type', 'application/json'],
        ['Content-Length', '4000000'],
        ['Expect', '100-continue'],
      ]),
    );
    await connection.closed();
    expect(connection.statuses).toEqual([401]);
  });

  test('in another form or coding than JSON are refused (PT-19)', async () => {
    const server = await startTestServer();
    const post = () => server.as(server.bob).post('/api/v1/moves');
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=latin1',
    ]) {
      const { status } = await post()
        .set('Content-Type', type)
        .send('{"from":["storage:a"],"to":"storage:b"}');
      expect(status, type).toBe(400);
    }
    const bomb = await post()
      .set('Content-Type', 'application/json')
      .set('Content-Encoding', 'gzip')
      .send(Buffer.from('not gzip'));
    expect(bomb.status).toBe(400);
  });
});

describe('the OpenAPI document', () => {
  test('has every row of the route table, and every reference leads somewhere', async () => {
    const server = await startTestServer();
    const { body } = await server.as().get('/api/openapi.json').expect(200);
    expect(body.openapi).toBe('3.1.0');
    for (const [operationId, route] of Object.entries(routes) as [string, Route][]) {
      const path = `${route.base ?? '/api/v1'}${route.path}`.replace(/[:*](\w+)/g, '{$1}');
      const operation = body.paths[path]?.[route.method.toLowerCase()];
      expect(operation?.operationId, path).toBe(operationId);
      expect(operation.description).toMatch(/\w{4}/);
      const names = operation.parameters.filter((one: { in: string }) => one.in === 'path').length;
      expect(names, path).toBe((path.match(/\{/g) ?? []).length);
    }
    const references = JSON.stringify(body).match(/"\$ref":"[^"]+"/g) ?? [];
    for (const reference of new Set(references)) {
      const path = reference.slice('"$ref":"#/'.length, -1).split('/');
      let target: unknown = body;
      for (const key of path) target = (target as Record<string, unknown> | undefined)?.[key];
      expect(target, reference).toBeDefined();
    }
  });
});

describe('many connections', () => {
  test('that say nothing, or little at a time, keep nobody else waiting (DS-01)', async () => {
    const server = await startTestServer();
    const silent = Array.from({ length: 100 }, (_, index) => {
      const connection = new RawConnection(server.origin);
      return connection.send(
        index % 2 === 0
          ? 'GET /heal'
          : requestHead('PUT', '/api/v1/content/bob/a', [
              ...usual(server.origin, server.bob),
              ['Content-Length', '1000'],
            ]),
      );
    });
    await isWell(server);
    await server.put(server.bob, 'bob/b.txt', 'x');
    for (const { socket } of silent) socket.destroy();
    await isWell(server);
  });

  test('may ask several things one after the other without an answer being mixed up (UP-01)', async () => {
    const server = await startTestServer();
    for (const name of ['1', '2', '3']) await server.put(server.bob, `bob/${name}`, `text ${name}`);
    const connection = new RawConnection(server.origin);
    const heads = ['1', '2', '3'].map((name) =>
      requestHead('GET', `/api/v1/content/bob/${name}`, [
        ...usual(server.origin, server.bob),
        ...(name === '3' ? [['Connection', 'close'] as [string, string]] : []),
      ]),
    );
    connection.send(heads.join(''));
    await connection.closed();
    const bodies = connection.received.toString('latin1').match(/text \d/g);
    expect(bodies).toEqual(['text 1', 'text 2', 'text 3']);
  });

  test('to another host name are served the same, for a name proves nothing (WB-15)', async () => {
    const server = await startTestServer();
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${server.origin}/healthz`, { headers: { Host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.once('error', reject).end();
    });
    expect(status).toBe(200);
  });
});
