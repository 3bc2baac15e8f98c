import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { maxBulkFiles } from '../../server/contract/limits.ts';
import type { BulkResult } from '../../server/contract/schemas.ts';
import { bulkForm } from '../support/bulk-form.ts';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.ts';

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

type Sent = [name: string, content: string];

type Known = { sha256?: string; modifiedAt?: string };

/** Sends files as a browser does: `FormData` leaves the names as they are. */
async function send(server: TestServer, user: TestUser, target: string, form: FormData) {
  const response = await fetch(`${server.origin}/api/v1/bulk/${target}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${user.token}` },
    body: form,
  });
  return { status: response.status, body: (await response.json()) as BulkResult };
}

/** Without the sizes: then each file is stored as it comes. */
function plainForm(files: readonly Sent[], known?: readonly Known[]): FormData {
  const form = new FormData();
  if (known) form.set('manifest', JSON.stringify(known));
  for (const [name, content] of files) form.append('file', new Blob([content]), name);
  return form;
}

const forms = { 'whose sizes are announced': bulkForm, 'whose sizes are not announced': plainForm };

describe.each(Object.entries(forms))('a bulk upload %s', (_, formOf) => {
  const sendBulk = (
    server: TestServer,
    user: TestUser,
    target: string,
    files: readonly Sent[],
    known?: readonly Known[],
  ) => send(server, user, target, formOf(files, known));

  test('stores every file below the folder, making folders as needed, and answers one result a file in order', async () => {
    const server = await startTestServer();
    const { status, body } = await sendBulk(server, server.bob, 'bob', [
      ['a/b/one.txt', 'one'],
      ['empty', ''],
      ['übung 100%.txt', 'three'],
    ]);
    expect(status).toBe(200);
    expect(body.items.map(({ path }) => path)).toEqual(['a/b/one.txt', 'empty', 'übung 100%.txt']);
    const read = (name: string) => readFile(join(server.homeOf('bob'), name), 'utf8');
    expect(await Promise.all(['a/b/one.txt', 'empty', 'übung 100%.txt'].map(read))).toEqual([
      'one',
      '',
      'three',
    ]);
  });

  test('refuses a file that is not what its checksum says and stores the others (UP-16)', async () => {
    const server = await startTestServer();
    const manifest = [
      { sha256: sha256('other') },
      { sha256: sha256('two'), modifiedAt: '2020-01-02T03:04:05Z' },
    ];
    const files: Sent[] = [
      ['one', 'one'],
      ['two', 'two'],
    ];
    const { body } = await sendBulk(server, server.bob, 'bob', files, manifest);
    expect(body.items[0]?.error).toMatchObject({ code: 'invalid', reason: 'digest_mismatch' });
    expect(body.items[1]?.entry).toMatchObject({ name: 'two', modifiedAt: '2020-01-02T03:04:05.000Z' });
    expect((await readdir(server.homeOf('bob'))).filter((name) => name !== '.drey')).toEqual(['two']);
  });

  test('tells of names that leave the folder or are taken, and leaves what was there as it was (UP-06)', async () => {
    const server = await startTestServer();
    await server.as(server.bob).put('/api/v1/directories/bob/in').expect(201);
    await server.put(server.bob, 'bob/in/taken', 'old');
    await server.put(server.alice, 'alice/canary', 'canary');
    const { body } = await sendBulk(server, server.bob, 'bob/in', [
      ['../../alice/canary', 'x'],
      ['..', 'x'],
      ['/abs', 'x'],
      ['taken', 'new'],
      ['fine', 'fine'],
    ]);
    const codes = body.items.map(({ error }) => error?.code ?? 'stored');
    expect(codes).toEqual(['invalid', 'invalid', 'invalid', 'precondition_failed', 'stored']);
    expect(await readFile(join(server.homeOf('bob'), 'in/taken'), 'utf8')).toBe('old');
    expect(await readFile(join(server.homeOf('alice'), 'canary'), 'utf8')).toBe('canary');
  });

  test('keeps both files of one name when asked to rename', async () => {
    const server = await startTestServer();
    const { body } = await sendBulk(server, server.bob, 'bob?onConflict=rename', [
      ['a.txt', 'first'],
      ['a.txt', 'second'],
    ]);
    expect(body.items.map(({ entry }) => entry?.name).toSorted()).toEqual(['a (2).txt', 'a.txt']);
    const read = (name: string) => readFile(join(server.homeOf('bob'), name), 'utf8');
    const contents = await Promise.all(body.items.map(({ entry }) => read(entry?.name ?? '')));
    expect(contents).toEqual(['first', 'second']);
  });

  test('is refused as a whole where the caller may not write, or where it is not multipart', async () => {
    const server = await startTestServer();
    expect((await sendBulk(server, server.bob, 'alice', [['x', 'x']])).status).toBe(404);
    expect((await sendBulk(server, server.bob, 'bob/missing', [['x', 'x']])).status).toBe(404);
    expect((await sendBulk(server, server.bob, 'bob', [])).status).toBe(400);
    await server.as(server.bob).post('/api/v1/bulk/bob').send({ not: 'multipart' }).expect(400);
  });

  test(
    'of as many files as one takes tells of each, and one more is refused (UP-18)',
    { timeout: 120_000 },
    async () => {
      const server = await startTestServer();
      const isBad = (index: number) => index % 100 === 7;
      const files = Array.from({ length: maxBulkFiles }, (_, index): Sent => [
        isBad(index) ? `../${index}` : `${index}.txt`,
        `${index}`,
      ]);
      const { status, body } = await sendBulk(server, server.bob, 'bob', files);
      expect(status).toBe(200);
      expect(body.items.map(({ path }) => path)).toEqual(files.map(([name]) => name));
      const refused = body.items.flatMap(({ error }, index) => (error ? [index] : []));
      expect(refused).toEqual(files.flatMap((_, index) => (isBad(index) ? [index] : [])));
      const names = (await readdir(server.homeOf('bob'))).filter((name) => name !== '.drey');
      expect(names).toHaveLength(maxBulkFiles - refused.length);

      const tooMany = Array.from({ length: maxBulkFiles + 1 }, (_, index): Sent => [`more/${index}`, 'x']);
      expect(await sendBulk(server, server.bob, 'bob', tooMany)).toMatchObject({
        status: 400,
        body: { error: { code: 'invalid' } },
      });
    },
  );
});

describe('a bulk upload', () => {
  test('refuses a file that has not the size that was announced, however small or large, and stores the others', async () => {
    const server = await startTestServer();
    const form = new FormData();
    form.set('manifest', JSON.stringify([{ size: 4 }, { size: 2 }, { size: 2 }, { size: 3 }]));
    const contents = ['abc', 'abc', 'x'.repeat(3_000_000), 'abc'];
    for (const [index, content] of contents.entries()) form.append('file', new Blob([content]), `${index}`);
    const { body } = await send(server, server.bob, 'bob', form);
    const told = body.items.map(({ error }) => error?.reason ?? 'stored');
    expect(told).toEqual(['wrong_size', 'wrong_size', 'wrong_size', 'stored']);
    expect((await readdir(server.homeOf('bob'))).filter((name) => name !== '.drey')).toEqual(['3']);
  });

  test('takes the name that filename* says, whatever else a form says of names (UP-19)', async () => {
    const server = await startTestServer();
    const part = (headers: string, content: string) =>
      `--b\r\nContent-Disposition: form-data; ${headers}\r\n\r\n${content}\r\n`;
    const send = async (...parts: string[]) => {
      const { body } = await server
        .as(server.bob)
        .post('/api/v1/bulk/bob')
        .set('Content-Type', 'multipart/form-data; boundary=b')
        .send(Buffer.from(`${parts.join('')}--b--\r\n`));
      return (body as BulkResult).items.map(({ path, error }) => [path, error?.code ?? 'stored']);
    };
    const both = (plain: string, extended: string) =>
      `name="file"; filename="${plain}"; filename*=UTF-8''${extended}`;
    expect(await send(part(both('plain.txt', '%C3%BCber.txt'), 'x'))).toEqual([['über.txt', 'stored']]);
    expect(await send(part(`name="file"; filename*=UTF-8''first.txt; filename="second.txt"`, 'x'))).toEqual([
      ['first.txt', 'stored'],
    ]);
    // Neither of the two is a way round the rules for names.
    expect(await send(part(both('fine.txt', '..%2Fout.txt'), 'x'))).toEqual([['../out.txt', 'invalid']]);
    expect(await send(part(both('../out.txt', 'fine.txt'), 'x'))).toEqual([['fine.txt', 'stored']]);
    // A name is UTF-8, whatever charset the form says of itself.
    expect(
      await send(part('name="_charset_"', 'iso-8859-1'), part('name="file"; filename="größe.txt"', 'x')),
    ).toEqual([['größe.txt', 'stored']]);
    expect((await readdir(server.homeOf('bob'))).filter((name) => name !== '.drey').toSorted()).toEqual(
      ['fine.txt', 'first.txt', 'größe.txt', 'über.txt'].toSorted(),
    );
  });
});
