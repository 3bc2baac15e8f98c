import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const hostile = [
  "it's $(id).csv",
  '"quoted" & <b>.txt',
  'javascript:alert(1)',
  '-rf',
  'back\\slash.txt',
  '50% #1?.txt',
  '<script>alert(1)<',
  'Übersicht.txt',
];

async function startWithTree(): Promise<{ server: TestServer; base: string }> {
  const server = await startTestServer();
  const folder = join(server.homeOf('bob'), 'data');
  await mkdir(join(folder, 'deep'), { recursive: true });
  for (const name of hostile) await writeFile(join(folder, 'deep', name), name);
  await writeFile(join(server.homeOf('bob'), 'one.txt'), 'one');
  await writeFile(join(server.homeOf('bob'), 'private.txt'), 'private');
  const link = await server.link(server.bob, { items: ['storage:data', 'storage:one.txt'] });
  return { server, base: new URL(link.url).pathname };
}

/** The addresses that a listing leads to. */
const hrefsOf = (html: string) => [...html.matchAll(/<a href="([^"]*)"/g)].map(([, href]) => href as string);

test('a listing can be walked by relative addresses to every file, and leads nowhere else', async () => {
  const { server, base } = await startWithTree();
  const found = new Map<string, string>();
  const walk = async (address: URL): Promise<void> => {
    const { text, headers } = await server.as().get(address.pathname).expect(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    for (const href of hrefsOf(text)) {
      const next = new URL(href, address);
      if (href === '../') continue;
      expect(next.origin, href).toBe(server.origin);
      expect(next.pathname.startsWith(address.pathname), href).toBe(true);
      if (href.endsWith('/')) await walk(next);
      else
        found.set(
          decodeURIComponent(next.pathname.slice(`${base}/raw/`.length)),
          (await server.as().get(next.pathname).buffer().responseType('blob').expect(200)).body.toString(),
        );
    }
  };
  await walk(new URL(`${base}/raw/`, server.origin));
  expect(Object.fromEntries(found)).toEqual({
    'one.txt': 'one',
    ...Object.fromEntries(hostile.map((name) => [`data/deep/${name}`, name])),
  });
});

test('no name in a listing becomes markup, and nothing in it could run (XS-02)', async () => {
  const { server, base } = await startWithTree();
  const { text, headers } = await server.as().get(`${base}/raw/data/deep/`).expect(200);
  expect(text).not.toMatch(/<script|<b>|href="javascript:/);
  expect(headers['content-security-policy']).toBe("sandbox; default-src 'none'; frame-ancestors 'none'");
  expect(headers['x-content-type-options']).toBe('nosniff');
});

test('a file has no listing, and what is not shared has none either', async () => {
  const { server, base } = await startWithTree();
  for (const path of ['one.txt/', 'data/deep/-rf/', 'private.txt/', 'data//', '../', 'data/../'])
    expect((await server.as().get(`${base}/raw/${path}`)).status, path).toBeGreaterThanOrEqual(400);
});

test('the list of addresses names every file once, in the words of the program that reads it', async () => {
  const { server, base } = await startWithTree();
  const { text: plain } = await server.as().get(`${base}/urls`).expect(200);
  const urls = plain.trimEnd().split('\n');
  expect(urls).toHaveLength(hostile.length + 1);
  for (const url of urls) {
    expect(url).toMatch(new RegExp(`^${server.origin}${base}/raw/[\\w%.~/!'()*-]+$`));
    await server.as().get(new URL(url).pathname).expect(200);
  }
  const { text: forCurl } = await server.as().get(`${base}/urls?for=curl&item=data%2Fdeep`).expect(200);
  expect(forCurl).toContain(`output = "./deep/\\"quoted\\" & <b>.txt"\n`);
  expect(forCurl).toContain(`output = "./deep/back\\\\slash.txt"\n`);
  expect(forCurl).not.toContain('one.txt');
  const { text: forAria } = await server.as().get(`${base}/urls?for=aria2c&item=one.txt`).expect(200);
  expect(forAria).toBe(`${server.origin}${base}/raw/one.txt\n  out=./one.txt\n`);
  await server.as().get(`${base}/urls?for=wget`).expect(400);
  await server.as().get(`${base}/urls?item=private.txt`).expect(404);
});

test('addresses are those that people use, where that is configured', async () => {
  const server = await startTestServer({ DREY_PUBLIC_URL: 'https://files.example.org' });
  await server.put(server.bob, 'bob/a.txt', 'a');
  const link = await server.link(server.bob, { items: ['storage:a.txt'] });
  const { pathname } = new URL(link.url);
  const { text } = await server.as().get(`${pathname}/urls`).expect(200);
  expect(text).toBe(`https://files.example.org${pathname}/raw/a.txt\n`);
});

test('checksums can be asked for a part of a link, named as its zip names it', async () => {
  const { server, base } = await startWithTree();
  const { text } = await server.as().get(`${base}/SHA256SUMS?item=data%2Fdeep%2F-rf`).expect(200);
  expect(text).toBe(`${createHash('sha256').update('-rf').digest('hex')}  -rf\n`);
  const { text: folder } = await server.as().get(`${base}/SHA256SUMS?item=data%2Fdeep`).expect(200);
  expect(folder.trimEnd().split('\n')).toHaveLength(hostile.length);
  expect(folder).toContain('  deep/-rf\n');
  await server.as().get(`${base}/SHA256SUMS?item=private.txt`).expect(404);
});

test('a locked link lists nothing before its password is given', async () => {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/secret-name.txt', 'a');
  const link = await server.link(server.bob, {
    items: ['storage:secret-name.txt'],
    password: 'the password',
  });
  const { pathname } = new URL(link.url);
  for (const address of ['raw/', 'urls', 'urls?for=curl', 'SHA256SUMS?item=secret-name.txt']) {
    const { text } = await server.as().get(`${pathname}/${address}`).expect(401);
    expect(text).not.toContain('secret-name');
    await server.as().get(`${pathname}/${address}`).auth('', 'the password').expect(200);
  }
});
