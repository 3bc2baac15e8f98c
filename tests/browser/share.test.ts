import { describe, expect, test } from 'vitest';
import {
  expectAccessible,
  openPage,
  openSignedIn,
  rowOf,
  startPageServer,
  useBrowser,
} from '../support/page-test.ts';

useBrowser();

async function startWithFiles() {
  const server = await startPageServer();
  await server.as(server.bob).put('/api/v1/directories/bob/train').expect(201);
  await server.put(server.bob, 'bob/train/1.txt', 'one');
  await server.put(server.bob, 'bob/labels.txt', 'labels');
  const page = await openSignedIn(server, server.bob, '/browse/bob');
  await rowOf(page, 'labels.txt').waitFor();
  return { server, page };
}

describe('sharing', () => {
  test('several things by Get Permanent Link: the address is shown, selected and copied, and works for an outsider', async () => {
    const { server, page } = await startWithFiles();
    await rowOf(page, 'train').click();
    await rowOf(page, 'labels.txt').click({ modifiers: ['Control'] });
    await page.getByRole('region', { name: 'Selection' }).getByRole('button', { name: 'Share' }).click();
    const dialog = page.getByRole('dialog', { name: 'Share 2 items' });
    await dialog.getByRole('button', { name: 'Get Permanent Link' }).click();
    const address = dialog.getByLabel('Address of the link');
    await address.waitFor();
    const url = await address.inputValue();
    expect(url).toMatch(new RegExp(`^${server.origin}/s/`));
    await expect
      .poll(() =>
        page.evaluate(() => getSelection()?.toString() || (document.activeElement as HTMLInputElement).value),
      )
      .toBe(url);
    await dialog.getByRole('button', { name: 'QR code' }).click();
    await dialog.getByRole('img', { name: /QR/ }).waitFor();
    await expectAccessible(page);

    // Asked again, it is the same link, not a twin of it.
    await dialog.getByRole('button', { name: 'Get Permanent Link' }).click();
    expect(await dialog.getByLabel('Address of the link').count()).toBe(1);
    const visitor = await openPage(server);
    await visitor.goto(url);
    await visitor.getByText('labels.txt').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('linked').first().waitFor();
  });

  test('for a time: quick choices and units say in words until when, and the link knows it', async () => {
    const { server, page } = await startWithFiles();
    await rowOf(page, 'labels.txt').click();
    await page.getByRole('region', { name: 'Selection' }).getByRole('button', { name: 'Share' }).click();
    const dialog = page.getByRole('dialog', { name: /Share/ });
    expect(await dialog.getByLabel('How long').inputValue()).toBe('1');
    expect(await dialog.getByLabel('Unit').inputValue()).toBe('days');
    await dialog.getByRole('button', { name: '7 days' }).click();
    expect(await dialog.getByLabel('How long').inputValue()).toBe('7');
    await dialog
      .getByText(/until \w{3} \d/)
      .first()
      .waitFor();
    await dialog.getByLabel('How long').fill('90');
    await dialog.getByLabel('Unit').selectOption('minutes');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByLabel('Address of the link').waitFor();
    const { body } = await server.as(server.bob).get('/api/v1/links');
    const life = Date.parse(body.items[0].expiresAt) - Date.parse(body.items[0].createdAt);
    expect(Math.round(life / 60_000)).toBe(90);
  });
});

describe('my links', () => {
  test('are listed with what became of them, filtered, and revoked one by one or many at once', async () => {
    const { server, page } = await startWithFiles();
    const links = [];
    for (const item of ['train', 'labels.txt', 'train/1.txt'])
      links.push(await server.link(server.bob, { items: [`storage:${item}`] }));
    await page.goto('/links');
    await page.getByText('labels.txt').first().waitFor();
    await expectAccessible(page);
    await page.getByLabel('Filter links').fill('labels');
    await expect.poll(() => page.getByText('1.txt', { exact: true }).count()).toBe(0);
    await page.getByLabel('Filter links').fill('');
    await page.getByText('1.txt', { exact: true }).first().waitFor();

    await page.getByLabel('Select all').check();
    await page
      .getByRole('region', { name: 'Selected links' })
      .getByRole('button', { name: 'Revoke selected' })
      .click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Revoke/ })
      .click();
    for (const link of links)
      await expect.poll(async () => (await server.as().get(new URL(link.url).pathname)).status).toBe(410);
    await page
      .getByRole('button', { name: 'Ended' })
      .or(page.getByRole('radio', { name: 'Ended' }))
      .or(page.getByText('Ended', { exact: true }))
      .first()
      .click();
    await page.getByText('labels.txt').first().waitFor();
    await expectAccessible(page);
  });
});

describe('links of other kinds in the share dialog', () => {
  test('a link for receiving files is made by keyboard, and shows who sent what', async () => {
    const server = await startPageServer();
    await server.as(server.bob).put('/api/v1/directories/bob/inbox').expect(201);
    const page = await openSignedIn(server, server.bob, '/browse/bob');
    await rowOf(page, 'inbox').click();
    await page.getByRole('region', { name: 'Selection' }).getByRole('button', { name: 'Share' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Give files').focus();
    await page.keyboard.press('ArrowDown');
    await dialog.getByLabel('Kinds of files').fill('.txt');
    await dialog.getByRole('button', { name: 'Get Permanent Link' }).focus();
    await page.keyboard.press('Enter');
    await dialog.getByText('Receives files: 0 so far').waitFor();
    const { body } = await server.as(server.bob).get('/api/v1/links');
    expect(body.items[0]).toMatchObject({ mode: 'drop', drop: { types: ['txt'] } });
    await expectAccessible(page);
  });
});
