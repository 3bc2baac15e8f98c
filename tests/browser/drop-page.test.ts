import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectAccessible, openPage, startPageServer, useBrowser } from '../support/page-test.ts';

useBrowser();

async function startDrop(terms: object = {}) {
  const server = await startPageServer();
  await server.as(server.bob).put('/api/v1/directories/bob/inbox').expect(201);
  const link = await server.link(server.bob, { items: ['storage:inbox'], mode: 'drop', ...terms });
  return { server, link, inbox: join(server.homeOf('bob'), 'inbox'), path: new URL(link.url).pathname };
}

const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });

describe('the page of a link for dropping', () => {
  test('takes files from a second, signed-out browser, and tells the names they are kept under', async () => {
    const { server, link, inbox, path } = await startDrop({
      label: 'Photos of the day',
      note: 'All of them, please.',
    });
    await writeFile(join(inbox, 'a.txt'), 'mine');
    const page = await openPage(server);
    await page.goto(path);
    await page.getByRole('heading', { name: 'Photos of the day' }).waitFor();
    await page.getByText('All of them, please.').waitFor();
    await expectAccessible(page);
    await page.getByLabel('Your name').fill('Anna');
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose files…' }).click();
    const large = 'x'.repeat(3 * 1024 * 1024);
    await (await chooser).setFiles([file('a.txt', 'from Anna'), file('large.bin', large)]);
    await page.getByText('Everything arrived').waitFor();
    await page.getByText('kept as a (2).txt').waitFor();
    await page.getByRole('heading', { name: 'You sent 2 files' }).waitFor();
    await expectAccessible(page);
    expect(await readFile(join(inbox, 'a (2).txt'), 'utf8')).toBe('from Anna');
    expect(await readFile(join(inbox, 'large.bin'), 'utf8')).toBe(large);
    const { body } = await server.as(server.bob).get(`/api/v1/links/${link.id}/drops`);
    expect(body.items.map((item: { sender: string }) => item.sender)).toEqual(['Anna', 'Anna']);

    const other = await openPage(server);
    await other.goto(path);
    await other.getByRole('button', { name: 'Choose files…' }).waitFor();
    expect(await other.getByText('large.bin').count()).toBe(0);
  });

  test('keeps the name and the files that were given before its scripts arrived', async () => {
    const { server, link, inbox, path } = await startDrop();
    const page = await openPage(server);
    let letScriptsThrough = () => {};
    const given = new Promise<void>((resolve) => (letScriptsThrough = resolve));
    await page.route('**/*.js', (route) => given.then(() => route.continue()));
    await page.goto(path, { waitUntil: 'commit' });
    await page.getByLabel('Your name').fill('Anna');
    await page.getByLabel('Files').setInputFiles([file('early.txt', 'early')]);
    letScriptsThrough();
    await page.getByText('Everything arrived').waitFor();
    expect(await page.getByLabel('Your name').inputValue()).toBe('Anna');
    expect(await readFile(join(inbox, 'early.txt'), 'utf8')).toBe('early');
    const { body } = await server.as(server.bob).get(`/api/v1/links/${link.id}/drops`);
    expect(body.items.map((item: { sender: string }) => item.sender)).toEqual(['Anna']);
  });

  test('takes files that are dropped on it', async () => {
    const { server, inbox, path } = await startDrop();
    const page = await openPage(server);
    await page.goto(path);
    const zone = page.getByRole('button', { name: 'Choose files…' });
    await zone.waitFor();
    const transfer = await page.evaluateHandle(() => {
      const dropped = new DataTransfer();
      dropped.items.add(new File(['one'], 'one.txt'));
      dropped.items.add(new File(['two'], 'two.txt'));
      return dropped;
    });
    await zone.dispatchEvent('drop', { dataTransfer: transfer });
    await page.getByText('Everything arrived').waitFor();
    expect((await readdir(inbox)).sort()).toEqual(['one.txt', 'two.txt']);
  });

  test('works by keyboard alone on a telephone, and says what is not taken', async () => {
    const { server, inbox, path } = await startDrop({ drop: { types: ['txt'], maxFiles: 5 } });
    const page = await openPage(server, {
      viewport: { width: 390, height: 780 },
      hasTouch: true,
      isMobile: true,
    });
    // Heard from the beginning: the browser is told to hand choosers over a moment after one begins to listen.
    const chooser = page.waitForEvent('filechooser');
    await page.goto(path);
    await page.getByText('only .txt · up to 5 files').waitFor();
    await page.getByRole('button', { name: 'Choose files…' }).focus();
    await page.keyboard.press('Enter');
    await (await chooser).setFiles([file('ok.txt', 'x'), file('no.exe', 'x')]);
    await page.getByText('1 file not sent').waitFor();
    await page.getByText('This link takes only files that end in .txt.').waitFor();
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    expect(await readdir(inbox)).toEqual(['ok.txt']);
    await page.getByRole('button', { name: 'Remove no.exe' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Choose files…' }).and(page.locator(':focus')).waitFor();
  });

  test('is a form that works where no script runs', async () => {
    const { server, inbox, path } = await startDrop({ password: 'sesame', drop: { types: ['txt'] } });
    const page = await openPage(server, { javaScriptEnabled: false });
    await page.goto(path);
    await page.getByLabel('Password', { exact: true }).fill('sesame');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByLabel('Files').setInputFiles([file('a.txt', 'plain'), file('b.exe', 'x')]);
    await page.getByLabel('Your name').fill('Ben');
    await page.getByRole('button', { name: 'Send' }).click();
    await page
      .getByText('1 file arrived. 1 file not stored: this link does not take files of that kind.')
      .waitFor();
    await page.getByRole('heading', { name: 'You sent 1 file' }).waitFor();
    expect(await readFile(join(inbox, 'a.txt'), 'utf8')).toBe('plain');
  });

  test('goes on with a large file where it was, when it is chosen again after a reload', async () => {
    const { server, inbox, path } = await startDrop();
    const page = await openPage(server);
    await page.goto(path);
    const large = join(server.dataFolder, 'large.bin');
    await writeFile(large, 'x'.repeat(4 * 1024 * 1024));
    const choose = async () => {
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Choose files…' }).click();
      await (await chooser).setFiles([large]);
    };
    const creations: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/uploads')) creations.push(request.url());
    });
    const appending = page.waitForRequest((request) => request.method() === 'PATCH');
    await page.route('**/uploads/*', (route) =>
      route.request().method() === 'PATCH' ? route.abort() : route.continue(),
    );
    await choose();
    await appending;
    page.on('dialog', (dialog) => void dialog.accept());
    await page.reload();
    await page.unroute('**/uploads/*');
    await page.goto(path);
    expect(await readdir(inbox)).toEqual([]);
    await choose();
    await page.getByText('Everything arrived').waitFor();
    expect(creations).toHaveLength(1);
    expect(await readdir(inbox)).toEqual(['large.bin']);
  });
});
