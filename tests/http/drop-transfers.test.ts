import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DropResult, Link } from '../../server/contract/schemas.ts';
import { DropVisitor } from '../support/drop-visitor.ts';
import { RawConnection, requestHead } from '../support/raw-http.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { waitUntil } from '../support/wait-until.ts';

const boundary = 'the-border';
const size = 6 << 20;

async function start() {
  const server = await startTestServer();
  await server.as(server.bob).put('/api/v1/directories/bob/inbox').expect(201);
  const link = await server.link(server.bob, { items: ['storage:inbox'], mode: 'drop' });
  const visitor = new DropVisitor(server, link);
  await visitor.page();
  const headers = (length: number, rest: [string, string][]): [string, string][] => [
    ['Host', new URL(server.origin).host],
    ['Cookie', visitor.cookie ?? ''],
    ['Content-Length', `${length}`],
    ...rest,
  ];
  const received = async () =>
    ((await server.as(server.bob).get(`/api/v1/links/${link.id}`).expect(200)).body as Link).drop;
  return { server, link, visitor, headers, received, inbox: join(server.homeOf('bob'), 'inbox') };
}

/** What waits on the disk under a temporary name, or to be resumed. */
async function stagedFiles(server: TestServer): Promise<string[]> {
  const folders = ['temporary', 'staging'].map((part) => join(server.homeOf('bob'), '.drey', part));
  const found = folders.map(async (folder) =>
    (await readdir(folder).catch(() => [])).map((name) => join(folder, name)),
  );
  return (await Promise.all(found)).flat();
}

async function stagedBytes(server: TestServer): Promise<number> {
  const sizes = await Promise.all((await stagedFiles(server)).map(async (path) => (await stat(path)).size));
  return sizes.reduce((sum, one) => sum + one, 0);
}

type Started = Awaited<ReturnType<typeof start>>;

/** Each sends all but the end of a body, and waits until the server has a part of it. */
const ways: Record<string, (started: Started) => Promise<RawConnection>> = {
  'a piece of an upload by tus': async ({ server, visitor, headers }) => {
    const location = await visitor.beginUpload('a.bin', size);
    const connection = new RawConnection(server.origin).send(
      requestHead(
        'PATCH',
        location,
        headers(size, [
          ['Tus-Resumable', '1.0.0'],
          ['Upload-Offset', '0'],
          ['Content-Type', 'application/offset+octet-stream'],
        ]),
      ),
      Buffer.alloc(size / 2),
    );
    await waitUntil('some of it is staged', async () => (await stagedBytes(server)) > 0);
    return connection;
  },
  'a request of small files': async ({ server, visitor, headers, inbox }) => {
    const part = (name: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;
    const sent = `${part('first.txt')}whole\r\n${part('second.txt')}${'x'.repeat(size / 2)}`;
    const connection = new RawConnection(server.origin).send(
      requestHead(
        'POST',
        `${visitor.base}/bulk`,
        headers(size, [['Content-Type', `multipart/form-data; boundary=${boundary}`]]),
      ),
      sent,
    );
    await waitUntil('the first is stored', async () => (await readdir(inbox)).includes('first.txt'));
    return connection;
  },
};

describe.each(Object.entries(ways))('%s by a link for dropping', (_, begin) => {
  test('is cut when the link is revoked in the middle of it, and leaves nothing half there (SH-05)', async () => {
    const started = await start();
    const { server, link, inbox } = started;
    const connection = await begin(started);
    const before = (await readdir(inbox)).toSorted();
    await server.as(server.bob).delete(`/api/v1/links/${link.id}`).expect(204);
    await waitUntil('it is cut, as promised within five seconds', () => connection.isClosed, 5000);
    expect(connection.statuses.filter((status) => status < 300 && status !== 100)).toEqual([]);
    expect((await readdir(inbox)).toSorted()).toEqual(before);
    // What could have been resumed goes with the next clean-up after its time.
    server.time.now = new Date(server.time.now.getTime() + 8 * 86_400_000);
    await server.services.sweep();
    await waitUntil('its remains are gone', async () => (await stagedFiles(server)).length === 0);
  });
});

test('a file sent by a link with another SHA-256 than it says is refused', async () => {
  const { visitor, inbox } = await start();
  const send = async (sha256: string) => {
    const { headers } = await visitor.creation('a.txt', 5, { sha256 }).expect(201);
    return (await visitor.append(headers.location as string, 0, 'hello')).status;
  };
  const sha256 = createHash('sha256').update('hello').digest('hex');
  expect(await send(sha256.replace(/./, (digit) => (digit === '0' ? '1' : '0')))).toBe(460);
  expect(await readdir(inbox)).toEqual([]);
  expect(await send(sha256)).toBe(204);
});

describe("a sender's key of one request", () => {
  const send = async ({ server, visitor }: Started, as: DropVisitor, key: string, text = 'hello') => {
    const response = await server
      .as()
      .post(`${visitor.base}/bulk`)
      .set('Cookie', as.cookie ?? '')
      .set('Idempotency-Key', key)
      .attach('file', Buffer.from(text), 'a.txt');
    return { status: response.status, body: response.body as DropResult };
  };

  test('stores what comes twice under it once, and answers as it did', async () => {
    const started = await start();
    const first = await send(started, started.visitor, 'a-key-of-one-request');
    expect(first).toMatchObject({ status: 200, body: { items: [{ storedPath: 'a.txt' }] } });
    expect(await send(started, started.visitor, 'a-key-of-one-request')).toEqual(first);
    expect(await readdir(started.inbox)).toEqual(['a.txt']);
    expect(await started.received()).toMatchObject({ takenFiles: 1, takenBytes: 5 });
  });

  test('is remembered by the file as well, when the answer itself is long forgotten', async () => {
    const started = await start();
    const first = await send(started, started.visitor, 'a-key-of-one-request');
    started.server.time.now = new Date(started.server.time.now.getTime() + 20 * 60_000);
    expect(await send(started, started.visitor, 'a-key-of-one-request')).toEqual(first);
    expect(await readdir(started.inbox)).toEqual(['a.txt']);
    expect((await started.visitor.page()).items).toHaveLength(1);
  });

  test("is theirs alone: another's request under the same key is another one", async () => {
    const started = await start();
    const ben = new DropVisitor(started.server, started.link);
    await ben.page();
    await send(started, started.visitor, 'a-key-of-one-request', "anna's");
    const { body } = await send(started, ben, 'a-key-of-one-request', "ben's");
    expect(body.items).toMatchObject([{ storedPath: 'a (2).txt' }]);
    expect(await readFile(join(started.inbox, 'a.txt'), 'utf8')).toBe("anna's");
    expect(await readFile(join(started.inbox, 'a (2).txt'), 'utf8')).toBe("ben's");
  });
});
