import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startWatchedServer, tokenOf, type WatchedServer } from '../support/canaries.ts';

const names = {
  'other scripts and marks': [
    '😀🏴‍☠️.txt',
    '漢字テスト',
    'ملف عربي',
    'e\u0301',
    'नमस्ते',
    'a\u202etxt.exe',
    '\u200b',
  ],
  'signs that URLs use': [
    '%',
    '100%',
    '%2e',
    'a%20b',
    'a+b',
    'a b',
    '?',
    '#',
    '&',
    ';',
    '=',
    'a?b#c',
    'x;v=1',
    ':',
    '@',
    '[x]',
  ],
  'signs that shells use': [
    '..x',
    '...',
    '.hidden',
    '-rf',
    '--help',
    '~',
    '$HOME',
    '`id`',
    "it's",
    '"q"',
    '*',
    '|',
    '<b>',
    '{{7*7}}',
  ],
  'words that JavaScript uses': [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'null',
    'undefined',
    'NaN',
  ],
  'what other systems reserve': [
    'CON',
    'NUL.txt',
    'COM1',
    'LPT¹',
    'AUX.tar.gz',
    'CONOUT$',
    'a.txt::$DATA',
    'a.txt:stream',
    'dot.',
    'space ',
    ' space',
    'back\\slash',
  ],
};

const put = (server: WatchedServer, name: string, body: string) =>
  server.ask('PUT', `/api/v1/content/bob/${encodeURIComponent(name)}`, { as: server.bob, body });

async function namesIn(server: WatchedServer, target: string): Promise<string[]> {
  const { text } = await server.ask('GET', target, { as: server.bob });
  return JSON.parse(text).children.items.map((item: { name: string }) => item.name);
}

describe.each(Object.entries(names))('a name with %s', (_, list) => {
  test('keeps its bytes on the disk, in listings, in zips and under a link (NM-01, NM-03, NM-04, NM-08, PT-17, PT-20)', async () => {
    const server = await startWatchedServer();
    for (const name of list) expect((await put(server, name, `I am ${name}`)).status, name).toBe(201);
    const onDisk = (await readdir(server.homeOf('bob'))).filter((name) => name !== '.drey');
    expect(onDisk.sort()).toEqual([...list].sort());
    expect((await namesIn(server, '/api/v1/entries/bob')).sort()).toEqual([...list].sort());

    const { text } = await server.ask('GET', '/api/v1/entries/bob', { as: server.bob });
    const uris = JSON.parse(text).children.items.map((item: { uri: string }) => item.uri) as string[];
    const link = await server.link(server.bob, { items: uris });
    expect(link.items.map((item) => item.name).sort()).toEqual([...list].sort());
    const zip = await server.ask('GET', `/s/${tokenOf(link)}/zip`);
    expect(zip.status).toBe(200);
    for (const name of list) {
      const reply = await server.ask('GET', `/s/${tokenOf(link)}/raw/${encodeURIComponent(name)}`);
      expect([reply.status, reply.text], name).toEqual([200, `I am ${name}`]);
      expect(reply.headers['content-disposition'], name).toMatch(
        /^attachment; filename=("[ -~]*"|[!-~]+)(; filename\*=UTF-8''[^ ;]+)?$/,
      );
      const asItem = await server.ask('GET', `/s/${tokenOf(link)}/zip?item=${encodeURIComponent(name)}`);
      expect(asItem.text, name).toContain(`I am ${name}`);
      // A backslash is a border to some unpackers.
      expect(zip.text, name).toContain(name.replaceAll('\\', '_'));
    }
  });

  test('is the same by its URI, in tus metadata, as a folder, and after a rename (NM-01, NM-03, NM-04, NM-08)', async () => {
    const server = await startWatchedServer();
    const as = server.bob;
    for (const [index, name] of list.entries()) {
      const encoded = encodeURIComponent(name);
      const folder = await server.ask('PUT', `/api/v1/directories/bob/d%20${index}`, { as });
      expect(folder.status).toBe(201);
      const upload = await server.ask('POST', '/api/v1/uploads', {
        as,
        headers: {
          'Tus-Resumable': '1.0.0',
          'Upload-Length': '0',
          'Upload-Metadata': `uri ${Buffer.from(`storage:d%20${index}/${encoded}`).toString('base64')}`,
        },
      });
      expect(upload.status, name).toBe(201);
      const renamed = await server.ask('POST', '/api/v1/moves', {
        as,
        body: { from: [`storage:d%20${index}`], to: `storage:/bob/${encoded}`, into: false },
      });
      expect(renamed.status, name).toBe(200);
      expect(await namesIn(server, `/api/v1/entries/bob/${encoded}`)).toEqual([name]);
    }
    expect((await namesIn(server, '/api/v1/entries/bob')).sort()).toEqual([...list].sort());
  });
});

describe('a name', () => {
  test('that is a dot, two dots, empty, only spaces or holds a control character is refused at every door (NM-02, NM-05)', async () => {
    const server = await startWatchedServer();
    const as = server.bob;
    await server.put(as, 'bob/free.txt', 'free');
    for (const name of [
      '.',
      '..',
      '',
      ' ',
      '\u2003',
      'a\nb',
      'a\rb',
      'a\tb',
      'a\x1bb',
      'a\x7fb',
      'a\x00b',
      'a\u0085b',
      '.drey',
    ]) {
      // `.` as it is would be resolved by many a client, `%2E` by none.
      const encoded = encodeURIComponent(name).replaceAll('.', '%2E');
      const uri = `storage:/bob/${encoded}`;
      const answers = [
        await server.ask('PUT', `/api/v1/content/bob/${encoded}`, { as, body: 'x' }),
        await server.ask('PUT', `/api/v1/directories/bob/${encoded}`, { as }),
        await server.ask('POST', '/api/v1/copies', {
          as,
          body: { from: ['storage:free.txt'], to: uri, into: false },
        }),
        await server.ask('POST', '/api/v1/moves', {
          as,
          body: { from: ['storage:free.txt'], to: uri, into: false },
        }),
        await server.ask('POST', '/api/v1/uploads', {
          as,
          headers: {
            'Tus-Resumable': '1.0.0',
            'Upload-Length': '0',
            'Upload-Metadata': `uri ${Buffer.from(uri).toString('base64')}`,
          },
        }),
      ];
      for (const { status } of answers) expect([400, 404], JSON.stringify(name)).toContain(status);
    }
    expect((await readdir(server.homeOf('bob'))).filter((name) => name !== '.drey')).toEqual(['free.txt']);
  });

  test('that is on the disk but cannot be told is left out of the listing and counted (NM-02)', async () => {
    const server = await startWatchedServer();
    const home = Buffer.from(`${server.homeOf('bob')}/`);
    for (const name of [Buffer.from('line\nbreak'), Buffer.from([0x66, 0xff, 0xfe])]) {
      await writeFile(Buffer.concat([home, name]), 'x');
    }
    const { text } = await server.ask('GET', '/api/v1/entries/bob', { as: server.bob });
    expect(JSON.parse(text).children).toMatchObject({ items: [], total: 0, omitted: 2 });
  });

  test('differs from its twin in another case or another Unicode form, and neither overwrites the other (PT-15, PT-16)', async () => {
    const server = await startWatchedServer();
    const twins = ['\u00e9', 'e\u0301', '\ufb01', 'fi', 'K', '\u212a', 'A.txt', 'a.txt'];
    for (const name of twins)
      expect((await put(server, name, `I am ${encodeURIComponent(name)}`)).status, name).toBe(201);
    for (const name of twins) {
      expect(await readFile(join(server.homeOf('bob'), name), 'utf8')).toBe(
        `I am ${encodeURIComponent(name)}`,
      );
    }
    const link = await server.link(server.bob, { items: ['storage:A.txt'] });
    const other = await server.ask('GET', `/s/${tokenOf(link)}/raw/a.txt`);
    expect(other.status).toBe(404);
  });

  test('of a user takes no placeholder, no path and no other case, and stands for no member of an object (NM-08, NM-11)', async () => {
    const server = await startWatchedServer();
    const bad = [
      '%username%',
      '../x',
      'a/b',
      '..',
      '.',
      '',
      ' ',
      'A',
      '__proto__',
      '-a',
      'a-',
      'a\n',
      'ａ',
      'x'.repeat(33),
      '${x}',
      '.drey',
    ];
    for (const name of bad) {
      const { status } = await server.ask('POST', '/api/v1/users', {
        as: server.alice,
        body: { name, password: 'long enough 1' },
      });
      expect(status, JSON.stringify(name)).toBe(400);
    }
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const { status } = await server.ask('GET', `/api/v1/users/${name}`, { as: server.alice });
      expect(status, name).toBe(404);
      const session = await server.ask('POST', '/api/v1/session', {
        body: { name, password: 'long enough 1' },
      });
      expect(session.status, name).toBe(401);
    }
    const made = await server.ask('POST', '/api/v1/users', {
      as: server.alice,
      body: JSON.parse('{"name":"constructor","password":"long enough 1","__proto__":{"isAdmin":true}}'),
    });
    expect([made.status, JSON.parse(made.text).isAdmin]).toEqual([201, false]);
  });
});
