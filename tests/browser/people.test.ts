import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { dropFromDisk, temporaryFolder } from '../support/file-drop.ts';
import {
  expectAccessible,
  openPage,
  openSignedIn,
  rowOf,
  startPageServer,
  useBrowser,
} from '../support/page-test.ts';

useBrowser();

const newPassword = 'a brand new password';

async function choose(page: Page, name: string, command: string | RegExp) {
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: command }).click();
}

const expectFocus = (target: Locator) =>
  expect.poll(() => target.evaluate((element) => element === document.activeElement)).toBe(true);

describe('people', () => {
  test('the administration is for administrators only', async () => {
    const server = await startPageServer();
    const page = await openSignedIn(server, server.bob, '/browse/bob');
    await page.getByRole('link', { name: 'Shared with me' }).waitFor();
    expect(await page.getByRole('link', { name: 'Audit log' }).count()).toBe(0);
    await page.goto('/admin/people');
    await page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
    await expectAccessible(page);
  });

  test('an account is made, disabled, which ends what runs elsewhere, enabled, and given a password', async () => {
    const server = await startPageServer();
    const page = await openSignedIn(server, server.alice, '/admin/people');
    await page.getByRole('button', { name: 'New account' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Carol');
    await page.getByText('Use small letters only.').waitFor();
    await page.getByRole('dialog').getByLabel('Name').fill('carol');
    await page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(newPassword);
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    await page.getByRole('row').filter({ hasText: 'carol' }).waitFor();

    const theirs = await openSignedIn(server, server.bob, '/browse/bob');
    await theirs.getByText('Nothing in here yet').waitFor();
    await choose(page, 'bob', /Disable/);
    await page.getByText('they are signed out everywhere, and cannot sign in;').waitFor();
    await expectAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('row').filter({ hasText: 'bob' }).getByText('disabled').waitFor();
    await expectAccessible(page);
    await theirs.reload();
    await theirs.waitForURL('**/login?next=*');

    await choose(page, 'bob', 'Enable');
    await expect
      .poll(() => page.getByRole('row').filter({ hasText: 'bob' }).getByText('disabled').count())
      .toBe(0);
    await choose(page, 'bob', /Set a password/);
    await page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(newPassword);
    await page.keyboard.press('Enter');
    await page.getByText('bob has a new password.').waitFor();
    await theirs.getByLabel('Name').fill('bob');
    await theirs.getByLabel('Password', { exact: true }).fill(newPassword);
    await theirs.keyboard.press('Enter');
    await theirs.waitForURL('**/browse/bob');
  });

  test('a new account or group with a taken name, or a short password, says so until something else is typed', async () => {
    const server = await startPageServer();
    await server.as(server.alice).post('/api/v1/groups').send({ name: 'vision' }).expect(201);
    const page = await openSignedIn(server, server.alice, '/admin/people');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'New account' }).click();
    await dialog.getByLabel('Name').fill('bob');
    await dialog.getByLabel('Password', { exact: true }).fill('abc');
    await page.keyboard.press('Enter');
    await dialog.getByText('At least 8 characters; this has 3.').waitFor();
    await expectFocus(dialog.getByLabel('Password', { exact: true }));
    await dialog.getByLabel('Password', { exact: true }).fill(newPassword);
    expect(await dialog.getByRole('alert').count()).toBe(0);
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('Name').fill('bobby');
    await expect.poll(() => dialog.getByRole('alert').count()).toBe(0);
    await page.keyboard.press('Escape');

    await choose(page, 'bob', /Set a password/);
    await dialog.getByLabel('Password', { exact: true }).fill('abcd');
    await page.keyboard.press('Enter');
    await dialog.getByText('At least 8 characters; this has 4.').waitFor();
    await expectAccessible(page);

    await page.goto('/admin/groups');
    await page.getByRole('button', { name: 'New group' }).click();
    await page.keyboard.press('Enter');
    await dialog.getByText('Choose a name.').waitFor();
    await dialog.getByLabel('Name').fill('vision');
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('Name').fill('vision-2');
    await expect.poll(() => dialog.getByRole('alert').count()).toBe(0);
  });

  test('somebody becomes administrator and is one no more', async () => {
    const server = await startPageServer();
    const page = await openSignedIn(server, server.alice, '/admin/people');
    await choose(page, 'bob', /Make administrator/);
    await page.getByRole('dialog').getByRole('button', { name: 'Make administrator' }).click();
    await page.getByRole('row').filter({ hasText: 'bob' }).getByText('administrator').waitFor();
    await server.as(server.bob).get('/api/v1/users').expect(200);
    await choose(page, 'bob', /No longer administrator/);
    await page.getByRole('dialog').getByRole('button', { name: 'Take it away' }).click();
    await expect.poll(async () => (await server.as(server.bob).get('/api/v1/users')).status).toBe(403);
  });

  test('a quota is set, and shown to whom it is for, whose upload is refused with it', async () => {
    const server = await startPageServer();
    await server.put(server.bob, 'bob/notes.txt', 'x'.repeat(600));
    const page = await openSignedIn(server, server.alice, '/admin/people');
    const row = page.getByRole('row').filter({ hasText: 'bob' });
    await row.getByText('no quota').waitFor();
    await choose(page, 'bob', /Set the quota/);
    await page.getByText('No quota: the server is set up without one.').waitFor();
    await page.getByRole('dialog').getByText('A size').click();
    await page.getByRole('textbox', { name: 'Size' }).fill('plenty');
    await page.getByText('Write a size such as 500M or 20G.').waitFor();
    await expectAccessible(page);
    await page.getByRole('textbox', { name: 'Size' }).fill('2');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'Which unit? Write 2G or 2M.' }).waitFor();
    await row.getByText('no quota').waitFor();
    await page.getByRole('textbox', { name: 'Size' }).fill('2k');
    await page.getByText('That is 2 KB.').waitFor();
    await page.keyboard.press('Enter');
    await row.getByText('600 B of 2 KB').waitFor();
    await choose(page, 'bob', /Set the quota/);
    await page.getByRole('textbox', { name: 'Size' }).fill('0.5k');
    await page.getByText('That is 500 B. They have 600 B already').waitFor();
    await page.getByRole('textbox', { name: 'Size' }).fill('1k');
    await page.keyboard.press('Enter');
    await row.getByText('600 B of 1 KB').waitFor();
    await expectAccessible(page);

    const theirs = await openSignedIn(server, server.bob, '/browse/bob');
    await theirs.getByText('600 B of 1 KB quota used').waitFor();
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'more.txt'), 'y'.repeat(500));
    await dropFromDisk(theirs, [join(folder, 'more.txt')]);
    await theirs
      .getByText(/The quota does not leave enough room for this/)
      .first()
      .waitFor();
    await expectAccessible(theirs);
  });

  test('an account is deleted: its files go to a teammate, or stay until they are given to one', async () => {
    const server = await startPageServer();
    const carol = await server.createUser('carol');
    await server.put(server.bob, 'bob/notes.txt', 'mine');
    await server.put(carol, 'carol/plan.txt', 'plan');
    const page = await openSignedIn(server, server.alice, '/admin/people');
    await choose(page, 'bob', /Delete/);
    await page.getByLabel('go to somebody').check();
    await page.getByLabel('To whom').pressSequentially('ali');
    await page.getByRole('option', { name: 'alice' }).waitFor();
    await page.keyboard.press('Enter');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Delete account' }).click();
    await page.getByText('The account of bob is deleted. The files are with alice.').waitFor();

    await choose(page, 'carol', /Delete/);
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await expectFocus(page.getByRole('button', { name: 'Actions for carol' }));
    await choose(page, 'carol', /Delete/);
    await page.getByRole('button', { name: 'Delete account' }).click();
    await page.getByRole('heading', { name: 'Homes without an owner' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Give to… the home of carol' }).click();
    await page.getByLabel('To whom').pressSequentially('alice');
    await page.getByRole('option', { name: 'alice' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Give', exact: true }).click();
    await page.getByText('The files of carol are with alice now.').waitFor();
    await expectFocus(page.getByRole('heading', { name: 'People' }));
    await page.goto('/browse/alice/from-bob');
    await rowOf(page, 'notes.txt').waitFor();
    await page.goto('/browse/alice/from-carol');
    await rowOf(page, 'plan.txt').waitFor();
  });
});

describe('an invitation', () => {
  test('is made with its address shown once, and accepted in a second browser, which is then signed in', async () => {
    const server = await startPageServer();
    await server.as(server.alice).post('/api/v1/groups').send({ name: 'vision' }).expect(201);
    const page = await openSignedIn(server, server.alice, '/admin/people');
    await page.getByRole('button', { name: 'Invite', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Groups').pressSequentially('vis');
    await page.getByRole('option', { name: 'vision' }).waitFor();
    await page.keyboard.press('Enter');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Make the invitation' }).click();
    const url = await page.getByLabel('Address of the invitation').inputValue();
    expect(url).toMatch(new RegExp(`^${server.origin}/invite#inv_`));
    const shown = await page
      .getByLabel('Address of the invitation')
      .evaluate(({ selectionStart, selectionEnd, scrollLeft }: HTMLInputElement) => ({
        length: selectionEnd! - selectionStart!,
        scrollLeft,
      }));
    expect(shown).toEqual({ length: url.length, scrollLeft: 0 });
    await page.getByRole('button', { name: 'QR code' }).click();
    await page.getByRole('img', { name: /QR code that opens/ }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Done' }).click();

    const theirs = await openPage(server);
    await theirs.goto(url);
    await theirs.getByText('alice invites you').waitFor();
    expect(theirs.url()).toBe(`${server.origin}/invite`);
    await expectAccessible(theirs);
    await theirs.getByLabel('Name').fill('bob');
    await theirs.getByLabel('Password', { exact: true }).fill(newPassword);
    await theirs.getByRole('button', { name: 'Make my account' }).click();
    await theirs.getByText('Somebody has this name already.').waitFor();
    await theirs.getByLabel('Name').fill('erin');
    await theirs.getByRole('button', { name: 'Make my account' }).click();
    await theirs.waitForURL('**/browse/erin');
    await theirs.getByText('Nothing in here yet').waitFor();
    const groups = (await server.as(server.alice).get('/api/v1/groups')).body.items;
    expect(groups).toMatchObject([{ name: 'vision', members: ['erin'] }]);

    const late = await openPage(server);
    await late.goto(url);
    await late.getByRole('heading', { name: 'This invitation is over' }).waitFor();
    await expectAccessible(late);
    await page.getByText('Invitations', { exact: true }).click();
    await page.getByText(/accepted by erin/).waitFor();
    await expectAccessible(page);
  });

  test('is withdrawn after a question, and then over', async () => {
    const server = await startPageServer();
    const made = await server.as(server.alice).post('/api/v1/invites').send({ name: 'erin' }).expect(201);
    const page = await openSignedIn(server, server.alice, '/admin/people');
    await page.getByText('Invitations', { exact: true }).click();
    const withdraw = page.getByRole('button', { name: 'Withdraw the invitation for erin' });
    await withdraw.click();
    await page.getByText('Withdraw the invitation for erin?').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    await expectFocus(withdraw);
    await withdraw.click();
    await page.getByRole('button', { name: 'Withdraw', exact: true }).click();
    await page.getByRole('heading', { name: 'No invitations' }).waitFor();
    const theirs = await openPage(server);
    await theirs.goto(made.body.url);
    await theirs.getByRole('heading', { name: 'This invitation is over' }).waitFor();
  });
});

test('a group is made, gets and loses members, and is deleted with what it was granted', async () => {
  const server = await startPageServer();
  const page = await openSignedIn(server, server.alice, '/admin/groups');
  await page.getByRole('heading', { name: 'No groups yet' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'New group' }).first().click();
  await page.getByRole('dialog').getByLabel('Name').fill('vision');
  await page.keyboard.press('Enter');
  await page.getByLabel('Add to vision').pressSequentially('bo');
  await page.getByRole('option', { name: 'bob' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('list', { name: 'Members of vision' }).getByText('bob').waitFor();
  await expectAccessible(page);
  const members = async () => (await server.as(server.alice).get('/api/v1/groups')).body.items[0].members;
  expect(await members()).toEqual(['bob']);
  await page.getByRole('button', { name: 'Take bob out of vision' }).click();
  await expect.poll(members).toEqual([]);
  await page.getByRole('button', { name: 'Delete the group vision' }).click();
  await page.keyboard.press('Escape');
  await expectFocus(page.getByRole('button', { name: 'Delete the group vision' }));
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: 'No groups yet' }).waitFor();
  await expectFocus(page.getByRole('heading', { name: 'Groups', exact: true }));
});

test('the rest of a large group takes the focus from the button that showed it', async () => {
  const server = await startPageServer();
  const asAlice = server.as(server.alice);
  await asAlice.post('/api/v1/groups').send({ name: 'vision' }).expect(201);
  for (let number = 10; number < 42; number += 1) {
    const { name } = await server.createUser(`member-${number}`);
    await asAlice.put(`/api/v1/groups/vision/members/${name}`).expect(204);
  }
  const page = await openSignedIn(server, server.alice, '/admin/groups');
  await page.getByRole('button', { name: '2 more in vision' }).click();
  await expectFocus(page.getByRole('button', { name: 'Take member-40 out of vision' }));
});

test('the audit log says who did what and from where, is narrowed, and is exported as JSON lines', async () => {
  const server = await startPageServer();
  await server.put(server.bob, 'bob/notes.txt', 'mine');
  const grant = { uri: 'storage:notes.txt', grantee: 'user:alice', level: 'read' };
  await server.as(server.bob).post('/api/v1/grants').send(grant).expect(201);
  const page = await openSignedIn(server, server.alice, '/admin/audit');
  await page.getByRole('row').filter({ hasText: 'bob, by an API token, gave access to alice' }).waitFor();
  await page.getByRole('row').filter({ hasText: 'alice signed in' }).waitFor();
  await expectAccessible(page);
  await page.getByLabel('About').selectOption('Access for teammates');
  await expect.poll(() => page.getByRole('row').count()).toBe(2);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export as JSON lines' }).click();
  const stream = await (await download).createReadStream();
  const lines = Buffer.concat(await stream.toArray())
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { action: string; uri: string });
  expect(lines).toMatchObject([{ action: 'grant.create', uri: 'storage://home/bob/notes.txt' }]);
  await page.getByLabel('Who', { exact: true }).fill('nobody');
  await page.getByRole('heading', { name: 'Nothing like that was done' }).waitFor();
});

test('the audit log is narrowed to a place and to days, and says when a place is none', async () => {
  const server = await startPageServer();
  const dayMs = 86_400_000;
  const today = new Date();
  // As the fields of the page take it: a day in local time.
  const dayBefore = (days: number) =>
    new Date(today.getTime() - days * dayMs - today.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
  for (const [days, folder] of [
    [4, 'team'],
    [2, 'team/deep'],
    [0, 'team-secret'],
  ] as const) {
    server.time.now = new Date(today.getTime() - days * dayMs);
    await server.as(server.bob).put(`/api/v1/directories/bob/${folder}`).expect(201);
    const grant = { uri: `storage:${folder}`, grantee: 'user:alice', level: 'read' };
    await server.as(server.bob).post('/api/v1/grants').send(grant).expect(201);
  }
  const page = await openSignedIn(server, server.alice, '/admin/audit');
  await page.getByLabel('About').selectOption('Access for teammates');
  const expectPlaces = (places: string[]) =>
    expect.poll(() => page.locator('td bdi').filter({ hasText: 'storage:' }).allInnerTexts()).toEqual(places);
  await expectPlaces(['storage:/bob/team-secret', 'storage:/bob/team/deep', 'storage:/bob/team']);

  await page.getByLabel('Where').fill('storage:/bob/team');
  await expectPlaces(['storage:/bob/team/deep', 'storage:/bob/team']);
  await page.getByLabel('From').fill(dayBefore(2));
  await expectPlaces(['storage:/bob/team/deep']);
  await page.getByLabel('From').fill('');
  await page.getByLabel('To', { exact: true }).fill(dayBefore(3));
  await expectPlaces(['storage:/bob/team']);
  await page.getByLabel('To', { exact: true }).fill(dayBefore(2));
  await expectPlaces(['storage:/bob/team/deep', 'storage:/bob/team']);
  await page.getByLabel('Where').fill('storage:/bob/team/deep');
  await expectPlaces(['storage:/bob/team/deep']);
  await page.getByLabel('Where').fill('bob/team');
  await page.getByText(/Not a storage URI.*all places are shown/).waitFor();
  await expectPlaces(['storage:/bob/team/deep', 'storage:/bob/team']);
  await expectAccessible(page);
  await page.getByLabel('Where').fill('storage:/bob/team-secret');
  await page.getByRole('button', { name: 'Show everything' }).click();
  await page.getByRole('row').filter({ hasText: 'alice signed in' }).waitFor();
});

test('the audit log goes on as one reads it, each event once', async () => {
  const server = await startPageServer();
  const names = Array.from({ length: 150 }, (_, index) => `group-${index}`);
  for (const name of names) await server.as(server.alice).post('/api/v1/groups').send({ name }).expect(201);
  const page = await openSignedIn(server, server.alice, '/admin/audit');
  await page.getByLabel('About').selectOption('Groups');
  const rows = page.locator('tbody tr');
  await rows.filter({ hasText: 'group-149' }).waitFor();
  expect(await rows.count()).toBe(100);
  await rows.last().scrollIntoViewIfNeeded();
  await rows.filter({ hasText: /group-0\b/ }).waitFor();
  const told = (await rows.allInnerTexts()).map((row) => /group-\d+/.exec(row)?.[0]);
  expect(told).toEqual(names.toReversed());
  expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
});

test('a token is narrowed to reading one place, shown once, used, and revoked after a question', async () => {
  const server = await startPageServer();
  for (const folder of ['papers', 'secret'])
    await server.as(server.bob).put(`/api/v1/directories/bob/${folder}`).expect(201);
  const page = await openSignedIn(server, server.bob, '/browse/bob');
  await page.getByRole('button', { name: /account, theme, sign out/ }).click();
  await page.getByRole('menuitem', { name: 'API tokens' }).click();
  await page.waitForURL('**/tokens');
  await page.getByLabel('What for').fill('nightly job');
  await page.getByLabel('May do').selectOption('read only');
  await page.getByLabel('Only in').fill('papers');
  await page.getByRole('button', { name: 'Create token' }).click();
  await page.getByText(/“papers”: Not a storage URI/).waitFor();
  await expectFocus(page.getByLabel('Only in'));
  await page.getByLabel('Only in').fill('storage:papers');
  await page.getByRole('button', { name: 'Create token' }).click();
  const token = await page.getByLabel('Secret of the token').inputValue();
  await expectAccessible(page);
  const as = server.as({ name: 'bob', token });
  await as.get('/api/v1/entries/bob/papers').expect(200);
  await as.get('/api/v1/entries/bob/secret').expect(404);
  await as.put('/api/v1/directories/bob/papers/new').expect(403);

  await page.reload();
  await page.getByText('at most “Read”, only in storage:/bob/papers').waitFor();
  expect(await page.getByLabel('Secret of the token').count()).toBe(0);
  await page.getByRole('button', { name: 'Revoke the token nightly job' }).click();
  await page.getByText(/Revoke the token “nightly job”\?/).waitFor();
  await as.get('/api/v1/entries/bob/papers').expect(200);
  await page.getByRole('button', { name: 'Revoke', exact: true }).click();
  await expect.poll(async () => (await as.get('/api/v1/entries/bob/papers')).status).toBe(401);
});

describe('the command line that asks to be let in', () => {
  const challenge = 'c'.repeat(43);

  test('gets a code after a sign-in and a click, never without', async () => {
    const server = await startPageServer();
    const page = await openSignedIn(server, server.bob, `/login/cli?challenge=${challenge}&client=laptop`);
    await page.getByRole('heading', { name: 'Let drey on laptop act as bob?' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Allow' }).click();
    expect(await page.getByLabel('Code for the terminal').inputValue()).toMatch(/^[\w-]{43}$/);
    await expectAccessible(page);
    await page.goto('/login/cli?challenge=short&client=laptop');
    await page.getByRole('heading', { name: 'This address is not complete' }).waitFor();

    const stranger = await openPage(server);
    await stranger.goto(`/login/cli?challenge=${challenge}&client=laptop`);
    await stranger.waitForURL('**/login?next=*');
  });

  test('is answered on this machine alone, also when it is refused', async () => {
    const server = await startPageServer();
    const page = await openSignedIn(server, server.bob, '/tokens');
    const answers: string[] = [];
    await page.route('http://127.0.0.1:45678/**', (route) => {
      answers.push(route.request().url());
      return route.fulfill({ body: 'Go back to the terminal.' });
    });
    const state = 's'.repeat(43);
    const address = `/login/cli?challenge=${challenge}&client=laptop&port=45678&state=${state}`;
    await page.goto(address);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.waitForURL('http://127.0.0.1:45678/**');
    await page.goto(`${server.origin}${address}`);
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL('http://127.0.0.1:45678/**');
    expect(answers).toEqual([
      `http://127.0.0.1:45678/?error=access_denied&state=${state}`,
      expect.stringMatching(new RegExp(`^http://127\\.0\\.0\\.1:45678/\\?code=[\\w-]{43}&state=${state}$`)),
    ]);
  });
});
