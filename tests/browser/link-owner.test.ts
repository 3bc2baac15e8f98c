import { describe, expect, test } from 'vitest';
import type { Link } from '../../server/contract/schemas.ts';
import {
  expectAccessible,
  openPage,
  openSignedIn,
  rowOf,
  startPageServer,
  useBrowser,
} from '../support/page-test.ts';
import type { TestServer, TestUser } from '../support/test-server.ts';

useBrowser();

const curl = { 'User-Agent': 'curl/8.5.0' };
const pathOf = (link: Link) => new URL(link.url).pathname;

async function startWithFiles(settings: Record<string, string> = {}) {
  const server = await startPageServer(settings);
  await server.as(server.bob).put('/api/v1/directories/bob/data').expect(201);
  await server.as(server.bob).put('/api/v1/directories/bob/data/train').expect(201);
  await server.put(server.bob, 'bob/data/labels.csv', 'a,b\n'.repeat(300));
  await server.put(server.bob, 'bob/data/train/1.txt', 'one');
  return server;
}

async function openShare(server: TestServer, user: TestUser, folder: string, name: string) {
  const page = await openSignedIn(server, user, `/browse/${folder}`);
  await rowOf(page, name).click();
  await page.getByRole('region', { name: 'Selection' }).getByRole('button', { name: 'Share' }).click();
  return { page, dialog: page.getByRole('dialog', { name: `Share ${name}` }) };
}

describe('the page of a link', () => {
  test('tells its owner that it was never opened, then who came, what they took and how it ended', async () => {
    const server = await startWithFiles();
    const link = await server.link(server.bob, { items: ['storage:data'], label: 'For the review' });
    const page = await openSignedIn(server, server.bob, '/links');
    await page.getByText('never opened').waitFor();
    await page.getByRole('link', { name: 'data', exact: true }).click();
    await page.getByRole('heading', { name: 'For the review' }).waitFor();
    await page.getByRole('heading', { name: 'Never opened' }).waitFor();
    await expectAccessible(page);

    const visitor = await openPage(server);
    await visitor.goto(pathOf(link));
    await visitor.getByText('labels.csv').first().waitFor();
    await server
      .as()
      .get(`${pathOf(link)}/raw/data/labels.csv`)
      .set(curl)
      .expect(200);
    await page.getByRole('button', { name: 'Read again' }).click();
    const today = page.getByRole('region', { name: 'Today' });
    const download = today.getByRole('listitem').filter({ hasText: 'Downloaded data/labels.csv' });
    await download.waitFor();
    expect(await download.innerText()).toMatch(/1\.2 KB, finished\s+· curl, from 127\.0\.0\.0\/24/);
    await today.getByRole('listitem').filter({ hasText: 'Opened' }).filter({ hasText: 'Chrome' }).waitFor();
    await expectAccessible(page);

    await page.getByRole('button', { name: 'Edit' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('For the second review');
    await dialog.getByRole('button', { name: 'Add files or folders' }).click();
    const picker = page.getByRole('dialog', { name: 'Add to the link' });
    await picker.getByRole('button', { name: 'Open data' }).click();
    await picker.getByLabel('Choose train').check();
    await picker.getByRole('button', { name: 'Add' }).click();
    await dialog.getByRole('button', { name: 'Take bob/data out' }).click();
    await expectAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'For the second review' }).waitFor();
    await server
      .as()
      .get(`${pathOf(link)}/raw/train/1.txt`)
      .expect(200);
    await server
      .as()
      .get(`${pathOf(link)}/raw/data/labels.csv`)
      .expect(404);
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('button', { name: 'Undo the revocation' }).click();
    await page.getByRole('button', { name: 'Revoke' }).waitFor();
    await server
      .as()
      .get(`${pathOf(link)}/raw/train/1.txt`)
      .set(curl)
      .expect(200);
  });
});

describe('what a link gives', () => {
  test('is added to by keyboard alone: files and folders, several at once, from more than one folder', async () => {
    const server = await startWithFiles();
    await server.put(server.bob, 'bob/notes.md', '# Notes');
    await server.as(server.alice).put('/api/v1/directories/alice/lent').expect(201);
    const grant = { uri: 'storage:lent', grantee: 'user:bob', level: 'write' };
    await server.as(server.alice).post('/api/v1/grants').send(grant).expect(201);
    const link = await server.link(server.bob, { items: ['storage:data/labels.csv'] });
    const page = await openSignedIn(server, server.bob, `/links/${link.id}`);
    const press = (key: string) => page.keyboard.press(key);
    await page.getByRole('button', { name: 'Edit' }).focus();
    await press('Enter');
    const add = page.getByRole('button', { name: 'Add files or folders' });
    await add.focus();
    await press('Enter');
    const picker = page.getByRole('dialog', { name: 'Add to the link' });

    // It opens where the link's first item lies; that item is ticked and stays so.
    await picker.getByRole('heading', { name: 'data' }).waitFor();
    const labels = picker.getByLabel(/labels\.csv/);
    expect([await labels.isChecked(), await labels.isDisabled()]).toEqual([true, true]);
    await picker.getByLabel('Choose train').focus();
    await press('Space');
    await picker.getByText('1 item chosen').waitFor();
    await expectAccessible(page);

    await picker.getByRole('button', { name: 'Up one folder' }).focus();
    await press('Enter');
    await picker.getByLabel('Choose data').and(page.locator(':focus')).waitFor();
    await press('ArrowDown');
    await press('Space');
    await picker.getByText('2 items chosen').waitFor();

    // What is somebody else's, and may not be shared, can be walked into and not be chosen.
    await picker.getByRole('button', { name: 'Up one folder' }).focus();
    await press('Enter');
    await picker.getByRole('heading', { name: 'All roots' }).waitFor();
    expect(await picker.getByRole('checkbox').count()).toBe(0);
    await picker.getByRole('button', { name: 'alice' }).focus();
    await press('Enter');
    await picker.getByRole('button', { name: 'Open lent' }).and(page.locator(':focus')).waitFor();
    expect(await picker.getByLabel('Choose lent').isDisabled()).toBe(true);

    await picker.getByRole('button', { name: 'Add' }).focus();
    await press('Enter');
    await add.and(page.locator(':focus')).waitFor();
    await page.getByRole('button', { name: 'Save' }).focus();
    await press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const { body } = await server.as(server.bob).get(`/api/v1/links/${link.id}`).expect(200);
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual(['labels.csv', 'train', 'notes.md']);
  });
});

describe("everyone's links", () => {
  test("are an administrator's to see, to narrow and to end; their creator sees who did it", async () => {
    const server = await startWithFiles();
    const link = await server.link(server.bob, { items: ['storage:data'] });
    await server.put(server.alice, 'alice/own.txt', 'x');
    await server.link(server.alice, { items: ['storage:own.txt'] });
    const page = await openSignedIn(server, server.alice, '/links');
    await page.getByRole('link', { name: "Everyone's" }).click();
    await page.getByText('by bob').waitFor();
    expect(await page.content()).not.toContain(pathOf(link));
    await page.getByLabel('Made by').fill('bob');
    await expect.poll(() => page.getByText('by alice').count()).toBe(0);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Revoke the link on data' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('heading', { name: 'No link matches' }).waitFor();
    await server.as().get(pathOf(link)).expect(410);

    const bobs = await openSignedIn(server, server.bob, '/links');
    expect(await bobs.getByRole('link', { name: "Everyone's" }).count()).toBe(0);
    await bobs.getByText('Ended', { exact: true }).click();
    await bobs.getByText('revoked by an administrator').waitFor();
    expect(await bobs.getByRole('button', { name: /Undo/ }).count()).toBe(0);
  });
});

describe('the share dialog', () => {
  test('offers only what the rules allow, says whose rule it is, and wants the password that they want', async () => {
    const server = await startWithFiles({ DREY_LINK_POLICY: 'life=7d, password=required' });
    const { page, dialog } = await openShare(server, server.bob, 'bob', 'data');
    await dialog
      .getByText('lasts 7 days at most and has a password: an administrator set this rule')
      .waitFor();
    expect(await dialog.getByRole('button', { name: 'Get Permanent Link' }).count()).toBe(0);
    expect(await dialog.getByRole('button', { name: '30 days' }).count()).toBe(0);
    await dialog.getByLabel('How long').fill('8');
    await dialog.getByText('7 days at most: an administrator').waitFor();
    await dialog.getByRole('button', { name: '7 days' }).click();
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByText('Here, every link has a password.').waitFor();
    await expectAccessible(page);
    await dialog.getByLabel('Password', { exact: true }).fill('swordfish');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByLabel('Address of the link').waitFor();
  });

  test('lists links that reach the entry with a folder above, and the folder says that it is linked', async () => {
    const server = await startWithFiles();
    const above = await server.link(server.bob, { items: ['storage:data'] });
    const { page, dialog } = await openShare(server, server.bob, 'bob/data', 'train');
    await page.getByText('linked', { exact: true }).waitFor();
    const also = dialog.getByRole('region', { name: 'Also reached by' });
    await also.getByText(/A link on the folder/).waitFor();
    expect(await also.getByRole('link').getAttribute('href')).toBe(`/links/${above.id}`);
    await expectAccessible(page);
    await page.goto('/browse/bob/data/train');
    await page.getByText('linked with data').waitFor();
    await expectAccessible(page);
  });

  test("offers mail where it can be sent, and says where one's address is wanted", async () => {
    const server = await startWithFiles({
      DREY_SMTP_URL: 'smtp://127.0.0.1:9',
      DREY_MAIL_FROM: 'drey@example.org',
    });
    const { page, dialog } = await openShare(server, server.bob, 'bob', 'data');
    await dialog.getByText('Name, note, password, download limit').click();
    await dialog.getByText('write your address').waitFor();
    await dialog.getByRole('link', { name: 'in your account' }).click();
    const field = page.getByLabel('Address');
    await field.fill('not an address');
    const form = page.getByRole('region', { name: 'E-mail' });
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('That is not an e-mail address.').waitFor();
    await expectAccessible(page);
    await field.fill('bob@example.org');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The address is saved.').waitFor();
    await page.goto('/browse/bob');
    await rowOf(page, 'data').click();
    await page.getByRole('region', { name: 'Selection' }).getByRole('button', { name: 'Share' }).click();
    await dialog.getByText('Name, note, password, download limit').click();
    await dialog.getByLabel('Mail me about it').check();
    await dialog.getByRole('button', { name: 'Get Permanent Link' }).click();
    await dialog.getByLabel('Address of the link').waitFor();
    const { body } = await server.as(server.bob).get('/api/v1/links');
    expect(body.items[0].notify).toBe(true);
  });
});
