import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import {
  expectAccessible,
  openPage,
  openSignedIn,
  rowOf,
  startPageServer,
  useBrowser,
} from '../support/page-test.ts';
import { redPng } from '../support/red-png.ts';
import type { TestServer } from '../support/test-server.ts';
import { silence, smallPdf } from '../support/small-files.ts';

useBrowser();

const fixture = (name: string) => readFile(fileURLToPath(new URL(`fixtures/${name}`, import.meta.url)));

/** A link on one file, opened by somebody outside. Nothing may be asked of anybody else, and nothing in it may run. */
async function openShared(name: string, bytes: string | Buffer): Promise<{ page: Page; server: TestServer }> {
  const server = await startPageServer();
  await server.put(server.bob, `bob/${encodeURIComponent(name)}`, bytes);
  const link = await server.link(server.bob, { items: [`storage:${encodeURIComponent(name)}`] });
  const page = await openPage(server);
  page.on('dialog', () => expect.fail('A script of the file ran.'));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http')) expect(origin, request.url()).toBe(server.origin);
  });
  await page.goto(link.url);
  return { page, server };
}

const contentsOf = (page: Page, name: string) => page.getByRole('region', { name: `Contents of ${name}` });
const alerts = () => (globalThis as unknown as { alerts?: number }).alerts;

describe('a film', () => {
  test('plays from where one jumps to, and is fetched by ranges', async () => {
    const { page } = await openShared('clip.webm', await fixture('clip.webm'));
    const film = page.getByLabel('clip.webm', { exact: true });
    await expect.poll(() => film.evaluate((video: HTMLVideoElement) => video.readyState)).toBeGreaterThan(0);
    const ranged = page.waitForResponse(
      (response) => response.url().includes('/raw') && response.status() === 206,
    );
    await page.reload();
    expect((await ranged).headers()['content-range']).toMatch(/^bytes 0-\d+\/1404$/);
    await expect.poll(() => film.evaluate((video: HTMLVideoElement) => video.readyState)).toBeGreaterThan(0);
    const at = await film.evaluate(async (video: HTMLVideoElement) => {
      const seeked = new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
      video.currentTime = 9;
      await seeked;
      return [video.duration > 11, video.currentTime, video.videoWidth, video.error];
    });
    expect(at).toEqual([true, 9, 32, null]);
    await expectAccessible(page);
  });

  test('that is none says that it cannot be shown', async () => {
    const { page } = await openShared('clip.mp4', 'no film at all');
    await page.getByText('This file cannot be shown here. Download it to open it.').waitFor();
  });
});

test('a recording plays from where one jumps to', async () => {
  const { page } = await openShared('sound.wav', silence(4));
  const sound = page.getByLabel('sound.wav', { exact: true });
  await expect.poll(() => sound.evaluate((audio: HTMLAudioElement) => audio.duration)).toBe(4);
  const at = await sound.evaluate(async (audio: HTMLAudioElement) => {
    const seeked = new Promise((resolve) => audio.addEventListener('seeked', resolve, { once: true }));
    audio.currentTime = 3;
    await seeked;
    return audio.currentTime;
  });
  expect(at).toBe(3);
  await expectAccessible(page);
});

describe('a PDF', () => {
  test('is drawn page by page, and no script in it runs (XS-09)', async () => {
    const { page } = await openShared('paper.pdf', smallPdf(3));
    await page.getByText('3 pages').waitFor();
    const canvas = page.getByRole('img', { name: 'Page 1' }).locator('canvas');
    // Black words on white.
    const darkest = () =>
      canvas.evaluate((drawn: HTMLCanvasElement) => {
        const { data } = drawn.getContext('2d')!.getImageData(0, 0, drawn.width, drawn.height);
        let dark = 255;
        for (let at = 0; at < data.length; at += 4) if (data[at + 3]! > 0) dark = Math.min(dark, data[at]!);
        return dark;
      });
    await expect.poll(darkest).toBeLessThan(64);
    await expectAccessible(page);
  });

  test('that is broken says that it cannot be shown', async () => {
    const { page } = await openShared('paper.pdf', smallPdf(1).subarray(0, 200));
    await page.getByText('This file cannot be shown here. Download it to open it.').waitFor();
  });
});

test('code has its colours, and markup in it stays text (XS-01)', async () => {
  const { page } = await openShared(
    'train.py',
    'def train(rate=0.1):\n    return "<img src=x onerror=alert(1)>"\n',
  );
  const code = contentsOf(page, 'train.py');
  await code.locator('.hljs-keyword', { hasText: 'def' }).waitFor();
  expect(await code.innerText()).toContain('<img src=x onerror=alert(1)>');
  expect(await code.locator('img').count()).toBe(0);
  await expectAccessible(page);
});

test('code that takes too long to colour is shown without colours, and the page stays alive', async () => {
  const { page } = await openShared('deep.json', '['.repeat(250_000));
  await expect.poll(() => contentsOf(page, 'deep.json').innerText()).toContain('[[[[');
  await page.getByRole('link', { name: 'Download', exact: true }).hover();
});

describe('Markdown', () => {
  test('is rendered, its pictures are those beside it, and its code has colours', async () => {
    const server = await startPageServer();
    await server.as(server.bob).put('/api/v1/directories/bob/docs').expect(201);
    await server.put(server.bob, 'bob/docs/red.png', redPng());
    const text =
      '# Weights\n\n- **bold** and [a site](https://example.org)\n\n![red](red.png) ![gone](../../../etc.png)\n\n' +
      '```python\nimport os\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n';
    await server.put(server.bob, 'bob/docs/README.md', text);
    const link = await server.link(server.bob, { items: ['storage:docs'] });
    const page = await openPage(server);
    await page.goto(`${link.url}?path=docs/README.md`);
    const shown = contentsOf(page, 'README.md');
    await shown.getByRole('heading', { name: 'Weights' }).waitFor();
    await shown.locator('.hljs-keyword', { hasText: 'import' }).waitFor();
    const picture = shown.getByRole('img', { name: 'red' });
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
    expect(await shown.getByAltText('gone').getAttribute('src')).toBeNull();
    const site = shown.getByRole('link', { name: 'a site' });
    expect(await site.getAttribute('rel')).toBe('noopener noreferrer nofollow');
    expect(await shown.getByRole('cell').allInnerTexts()).toEqual(['1', '2']);
    await expectAccessible(page);
  });

  test('runs nothing, loads nothing from elsewhere, and leads to no script (XS-04)', async () => {
    const hostile = [
      '# Safe',
      '<script>alerts = 1</script><img src=x onerror="alerts=1"><iframe srcdoc="<script>parent.alerts=1</script>"></iframe>',
      '[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html,<script>alert(1)</script>) [d](vbscript:x)',
      '![i](https://tracker.example/pixel.png) ![j](//tracker.example/pixel.png) ![k](/api/v1/session)',
      '<svg><style><img src=x onerror=alert(1)></style></svg><math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
      '[ref]: javascript:alert(1)\n[ref]',
      '```js"><img src=x onerror=alert(1)>\ncode\n```',
      '&lt;img src=x onerror=alert(1)&gt; <a href="x" style="position:fixed">y</a>',
      `${'>'.repeat(5000)} deep ${'[('.repeat(2000)} ${'*a **b '.repeat(2000)}`,
    ].join('\n\n');
    const { page } = await openShared('hostile.md', hostile);
    const shown = contentsOf(page, 'hostile.md');
    await shown.getByRole('heading', { name: 'Safe' }).waitFor();
    const found = await shown.evaluate((document) => ({
      elements: document.querySelectorAll('script, iframe, svg, math, style, form, object, embed, [style]')
        .length,
      handlers: [...document.querySelectorAll('*')].filter((node) =>
        node.getAttributeNames().some((name) => name.startsWith('on')),
      ).length,
      addresses: [...document.querySelectorAll('[href]')].map((node) => node.getAttribute('href')),
      sources: [...document.querySelectorAll('[src]')].map((node) => node.getAttribute('src')),
    }));
    expect(found).toEqual({ elements: 0, handlers: 0, addresses: [], sources: [] });
    expect(await page.evaluate(alerts)).toBeUndefined();
  });
});

describe('a table', () => {
  test('shows its rows by the names of its columns, markup as text, and only those in sight', async () => {
    const rows = Array.from(
      { length: 5000 },
      (_, n) => `${n},"squirrel, ${n}",${n === 0 ? '<img src=x onerror=alert(1)>' : n / 4}`,
    );
    const { page } = await openShared('nuts.csv', ['id,name,"=cmd()"', ...rows].join('\n'));
    const table = page.getByRole('table', { name: 'Contents of nuts.csv' });
    await table.getByRole('columnheader', { name: '=cmd()' }).waitFor();
    await table.getByRole('cell', { name: 'squirrel, 3', exact: true }).waitFor();
    await table.getByText('<img src=x onerror=alert(1)>').waitFor();
    await page.getByText('5,000 rows, 3 columns.').waitFor();
    expect(await table.getByRole('row').count()).toBeLessThan(100);
    await page.getByRole('region', { name: 'Contents of nuts.csv' }).press('End');
    await table.getByRole('cell', { name: 'squirrel, 4999' }).waitFor();
    await expectAccessible(page);
  });

  test('of which only the beginning is fetched says so', async () => {
    const { page } = await openShared('long.tsv', `a\tb\n${'1234567\tx\n'.repeat(100_000)}`);
    await page.getByText(/^The first 51,199 rows, 2 columns: what the first 512 KB of 1 MB hold\./).waitFor();
  });

  test('that is a single open quotation, or very wide, does not hold the page up', async () => {
    const { page } = await openShared('wide.csv', `${'x,'.repeat(100_000)}\n"${'a,'.repeat(50_000)}`);
    await page.getByText(/the first 100 of 100,00\d columns/).waitFor();
    await page.getByRole('link', { name: 'Download', exact: true }).hover();
  });
});

describe('a notebook', () => {
  const png = redPng().toString('base64');
  const notebook = {
    nbformat: 4,
    metadata: { language_info: { name: 'python' } },
    cells: [
      { cell_type: 'markdown', source: ['# Results\n', '<script>alerts = 1</script>'] },
      {
        cell_type: 'code',
        execution_count: 7,
        source: 'import torch\nprint(1)',
        outputs: [
          { output_type: 'stream', name: 'stdout', text: ['\u001b[31mred\u001b[0m words\n'] },
          { output_type: 'display_data', data: { 'image/png': png, 'text/plain': '<Figure>' } },
          {
            output_type: 'execute_result',
            data: {
              'text/html': '<script>alerts = 1</script><b>bold</b>',
              'application/javascript': 'alerts = 1',
            },
          },
          {
            output_type: 'display_data',
            data: {
              'image/svg+xml':
                '<svg xmlns="http://www.w3.org/2000/svg" onload="alerts=1"><script>alert(1)</script></svg>',
            },
          },
          { output_type: 'display_data', data: { 'application/javascript': 'alerts = 1' } },
          {
            output_type: 'error',
            ename: 'ValueError',
            evalue: 'x',
            traceback: ['\u001b[0;31mValueError\u001b[0m: x'],
          },
        ],
      },
    ],
  };

  test('shows its cells and what they gave, and runs none of it (XS-01)', async () => {
    const { page } = await openShared('results.ipynb', JSON.stringify(notebook));
    const cells = page.getByRole('region', { name: 'Cells of results.ipynb' });
    await cells.getByRole('heading', { name: 'Results' }).waitFor();
    await cells.locator('.hljs-keyword', { hasText: 'import' }).waitFor();
    await cells.getByText('red words').waitFor();
    await cells.getByText('<b>bold</b>').waitFor();
    await cells.getByText('An output of the kind application/javascript is not shown.').waitFor();
    await cells.getByText('ValueError: x').waitFor();
    const picture = cells.getByAltText('Output of cell 2').first();
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
    expect(await page.evaluate(alerts)).toBeUndefined();
    await expectAccessible(page);
  });

  test.each([
    ['broken', '{"cells": [', 'This is no notebook that can be read. Download it to open it.'],
    ['empty', '{"cells": []}', 'This notebook has no cells.'],
    ['odd', '{"cells": [null, 3, {"source": {}}], "metadata": 5}', ''],
  ])('that is %s says so', async (name, text, words) => {
    const { page } = await openShared(`${name}.ipynb`, text);
    if (words) await page.getByText(words).waitFor();
    else await page.getByRole('region', { name: `Cells of ${name}.ipynb` }).waitFor();
  });
});

/** A `.safetensors` file with this header, followed by so many bytes. */
function safetensors(header: string, dataBytes: number, length = Buffer.byteLength(header)): Buffer {
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(length));
  return Buffer.concat([prefix, Buffer.from(header), Buffer.alloc(dataBytes)]);
}

describe('the header of weights', () => {
  const header = JSON.stringify({
    __metadata__: { format: 'pt<b>' },
    'layer.weight': { dtype: 'F32', shape: [3, 4], data_offsets: [0, 48] },
    'layer.bias': { dtype: 'BF16', shape: [4], data_offsets: [48, 56] },
  });

  test('lists tensors with their types, shapes and sizes', async () => {
    const { page } = await openShared('model.safetensors', safetensors(header, 56));
    const table = page.getByRole('table', { name: 'Tensors of model.safetensors' });
    await table.getByRole('cell', { name: '3 × 4' }).waitFor();
    expect(await table.getByRole('row').nth(2).getByRole('cell').allInnerTexts()).toEqual([
      'layer.bias',
      'BF16',
      '4',
      '8 B',
    ]);
    await page.getByText('pt<b>').waitFor();
    expect(await page.getByText('not as long as its header says').count()).toBe(0);
    await expectAccessible(page);
  });

  test.each<[string, Buffer, string]>([
    ['cut off', safetensors(header, 20), 'The file is not as long as its header says'],
    ['with a huge length', safetensors(header, 56, 2 ** 50), 'The header would be longer than the file'],
    ['with a broken header', safetensors('{"a": {"dtype": 1}}', 0), 'The header is damaged.'],
    ['with no JSON', safetensors('not JSON at all', 0), 'It is damaged.'],
    ['too short', Buffer.from('abc'), 'The file is too short to hold a header.'],
  ])('%s is told in a clear word', async (_, bytes, words) => {
    const { page } = await openShared('model.safetensors', bytes);
    await page.getByText(words).waitFor();
  });
});

/** A `.npy` file with this header and so many bytes of values. */
function npy(header: string, dataBytes: number): Buffer {
  const text = `${header}\n`;
  const prefix = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8]);
  return Buffer.concat([prefix, Buffer.from(text), Buffer.alloc(dataBytes)]);
}

describe('the header of an array', () => {
  test('tells its shape and type', async () => {
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (100, 3), }";
    const { page } = await openShared('points.npy', npy(header, 1200));
    await page.getByText('100 × 3').waitFor();
    await page.getByText('float32 (<f4)').waitFor();
    expect(await page.getByText('not as long as its header says').count()).toBe(0);
    await expectAccessible(page);
  });

  test.each<[string, Buffer, string]>([
    [
      'cut off',
      npy("{'descr': '<f8', 'fortran_order': True, 'shape': (9,), }", 8),
      'not as long as its header says',
    ],
    ['that is none', Buffer.alloc(100, 65), 'It does not begin as a NumPy file does.'],
    ['with a broken header', npy('{}', 0), 'The header is damaged.'],
  ])('%s is told in a clear word', async (_, bytes, words) => {
    const { page } = await openShared('points.npy', bytes);
    await page.getByText(words).waitFor();
  });
});

describe('a Parquet file', () => {
  test('tells its rows and columns, and shows the first ones', async () => {
    const { page } = await openShared('rows.parquet', await fixture('rows.parquet'));
    const table = page.getByRole('table', { name: 'First rows of rows.parquet' });
    await table.getByRole('cell', { name: 'squirrel 3', exact: true }).waitFor();
    await table.getByText('<img src=x onerror=alert(1)> 1').waitFor();
    await page.getByText('The first 100 rows.').waitFor();
    await page.getByText('250', { exact: true }).waitFor();
    await page.getByText('Columns', { exact: true }).last().click();
    await page
      .getByRole('table', { name: 'Columns of rows.parquet' })
      .getByRole('cell', { name: 'seen' })
      .waitFor();
    await expectAccessible(page);
  });

  test.each(['zstd.parquet', 'gzip.parquet'])('shows its rows however they are packed: %s', async (name) => {
    const { page } = await openShared(name, await fixture(name));
    const table = page.getByRole('table', { name: `First rows of ${name}` });
    await table.getByRole('cell', { name: 'squirrel 2', exact: true }).waitFor();
  });

  test('that is compressed in a way that is not read here says which, what to do, and its columns', async () => {
    const { page } = await openShared('brotli.parquet', await fixture('brotli.parquet'));
    await page
      .getByText(
        'Its rows are compressed with Brotli, which cannot be unpacked in a preview. Below are its columns; to see its rows, download it.',
      )
      .waitFor();
    await page.getByRole('link', { name: /^Download/ }).waitFor();
    await page
      .getByRole('table', { name: 'Columns of brotli.parquet' })
      .getByRole('cell', { name: 'name' })
      .waitFor();
  });

  test('that is damaged, in its end or in its middle, is told in a clear word', async () => {
    const whole = await fixture('rows.parquet');
    const huge = Buffer.from(whole);
    huge.writeUInt32LE(0xfffffff0, huge.length - 8);
    const holed = Buffer.from(whole);
    holed.fill(0xff, 4, 1500);
    for (const bytes of [whole.subarray(0, -3), huge, Buffer.from('PAR1PAR1'), Buffer.alloc(5000, 7)]) {
      const { page } = await openShared('rows.parquet', bytes);
      await page.getByText('This file cannot be shown here: it is damaged, or no Parquet file.').waitFor();
    }
    const { page } = await openShared('rows.parquet', holed);
    await page.getByText('Its rows cannot be read: the file is damaged.').waitFor();
  });
});

test('who is signed in sees the same previews', async () => {
  const server = await startPageServer();
  await server.put(server.bob, 'bob/README.md', '# Signed in');
  await server.put(server.bob, 'bob/rows.parquet', await fixture('rows.parquet'));
  await server.put(server.bob, 'bob/clip.webm', await fixture('clip.webm'));
  const page = await openSignedIn(server, server.bob, '/browse/bob/README.md');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('dialog').getByRole('heading', { name: 'Signed in' }).waitFor();
  await expectAccessible(page);
  await page.goto('/browse/bob/rows.parquet');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('dialog').getByRole('cell', { name: 'squirrel 3', exact: true }).waitFor();
  await page.goto('/browse/bob/clip.webm');
  await page.getByRole('button', { name: 'Preview' }).click();
  const film = page.getByRole('dialog').getByLabel('clip.webm', { exact: true });
  await expect.poll(() => film.evaluate((video: HTMLVideoElement) => video.readyState)).toBeGreaterThan(0);
});

test('a folder of pictures is a gallery of small ones, fetched as they come near (XS-11)', async () => {
  const server = await startPageServer();
  await server.as(server.bob).put('/api/v1/directories/bob/photos').expect(201);
  const names = Array.from({ length: 60 }, (_, number) => `${String(number).padStart(2, '0')}.png`);
  for (const name of names) await server.put(server.bob, `bob/photos/${name}`, redPng());
  await server.put(server.bob, 'bob/photos/broken.png', 'no picture');
  const link = await server.link(server.bob, { items: ['storage:photos'] });
  const page = await openPage(server, { viewport: { width: 390, height: 600 } });
  const asked = new Set<string>();
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.includes('/thumbnails/')) asked.add(pathname);
    expect(pathname).not.toMatch(/\/raw\//);
  });
  await page.goto(link.url);
  const first = page.getByRole('listitem').first().locator('img');
  await expect
    .poll(() => first.evaluate((image: HTMLImageElement) => image.naturalWidth), { timeout: 15_000 })
    .toBe(1);
  expect(asked.size).toBeLessThan(names.length);
  await expectAccessible(page);
  const broken = page.getByRole('listitem').filter({ hasText: 'broken.png' });
  // What is far down is only drawn when one comes there.
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await broken.waitFor();
  await expect.poll(() => broken.locator('img').count(), { timeout: 15_000 }).toBe(0);
  await broken.locator('svg').first().waitFor();
});

test('a file that is out of reach by the time it is opened is said to be, with nothing to download', async () => {
  const server = await startPageServer();
  const carol = await server.createUser('carol');
  await server.as(server.bob).put('/api/v1/directories/bob/team').expect(201);
  for (const name of ['notes.txt', 'table.csv', 'weights.bin'])
    await server.put(server.bob, `bob/team/${name}`, 'a,b');
  const granted = { uri: 'storage:team', grantee: 'user:carol' };
  await server
    .as(server.bob)
    .post('/api/v1/grants')
    .send({ ...granted, level: 'read' })
    .expect(201);
  const page = await openSignedIn(server, carol, '/browse/bob/team');
  await rowOf(page, 'notes.txt').waitFor();
  await server.as(server.bob).delete('/api/v1/grants').query(granted).expect(204);
  for (const name of ['notes.txt', 'table.csv', 'weights.bin']) {
    await rowOf(page, name).dblclick();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/This file is not here any more/).waitFor();
    expect(await dialog.getByRole('link', { name: 'Download' }).count()).toBe(0);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  }
});
