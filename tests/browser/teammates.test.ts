import { describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import {
  expectAccessible,
  openPage,
  openSignedIn,
  rowOf,
  startPageServer,
  useBrowser,
} from '../support/page-test.ts';
import { password, type TestServer } from '../support/test-server.ts';

useBrowser();

async function startWithTeam() {
  const server = await startPageServer();
  const { alice, bob } = server;
  const carol = await server.createUser('carol');
  await server.createUser('dave');
  await server.as(alice).post('/api/v1/groups').send({ name: 'vision' }).expect(201);
  await server.as(alice).put('/api/v1/groups/vision/members/dave').expect(204);
  for (const folder of ['datasets', 'datasets/cifar-10'])
    await server.as(bob).put(`/api/v1/directories/bob/${folder}`).expect(201);
  await server.put(bob, 'bob/datasets/cifar-10/labels.txt', 'labels');
  await server.put(bob, 'bob/datasets/notes.txt', 'notes');
  return { server, carol };
}

const grant = (server: TestServer, uri: string, grantee: string, level: string) =>
  server.as(server.bob).post('/api/v1/grants').send({ uri, grantee, level }).expect(201);

async function openTeammates(page: Page, names: string[]) {
  for (const name of names) {
    await rowOf(page, name).waitFor();
    await rowOf(page, name).click({ modifiers: name === names[0] ? [] : ['Control'] });
  }
  await page.getByRole('region', { name: 'Selection' }).getByRole('button', { name: 'Share' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('tab', { name: 'Teammates' }).click();
  await dialog.getByRole('list', { name: 'Who has access' }).waitFor();
  return dialog;
}

/** Types until the one suggestion is there, and takes it with Enter. */
async function pick(page: Page, typed: string, name: string) {
  const field = page.locator('input:focus');
  await page.keyboard.type(typed);
  await page.getByRole('option', { name }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('option').waitFor({ state: 'detached' });
  expect(await field.inputValue()).toBe('');
}

async function levelsOn(server: TestServer, uri: string): Promise<Record<string, string>> {
  const { body } = await server.as(server.bob).get('/api/v1/grants').query({ uri });
  return Object.fromEntries(
    body.items.map(({ grantee, level }: { grantee: string; level: string }) => [grantee, level]),
  );
}

describe('the Teammates side of the share dialog', () => {
  test('gives a person and a group a level, changes it, takes it away and back, by keyboard alone', async () => {
    const { server } = await startWithTeam();
    const page = await openSignedIn(server, server.bob, '/browse/bob/datasets');
    await rowOf(page, 'cifar-10').click();
    await page.getByRole('region', { name: 'Selection' }).getByRole('button', { name: 'Share' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Get Permanent Link' }).waitFor();
    await page.getByRole('tab', { name: 'Link' }).focus();
    await page.keyboard.press('ArrowRight');
    const who = page.getByLabel('Give access to');
    await who.waitFor();
    await page.keyboard.press('Tab');
    expect(await who.evaluate((field) => field === document.activeElement)).toBe(true);
    await pick(page, 'ca', 'carol');
    await pick(page, 'vi', 'vision');
    await expectAccessible(page);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: /^Write/ }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: 'Level of carol: Write' }).waitFor();
    const uri = 'storage:datasets/cifar-10';
    await expect
      .poll(() => levelsOn(server, uri))
      .toEqual({ 'user:carol': 'write', 'group:vision': 'write' });

    await page.getByRole('combobox', { name: 'Level of carol: Write' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: /^Manage/ }).waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await levelsOn(server, uri))['user:carol']).toBe('manage');

    await page.getByRole('button', { name: 'Take the access of carol away' }).focus();
    await page.keyboard.press('Enter');
    const undo = page.getByRole('button', { name: /^Undo/ });
    await undo.waitFor();
    await expect.poll(() => undo.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(await levelsOn(server, uri)).toEqual({ 'group:vision': 'write' });
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await levelsOn(server, uri))['user:carol']).toBe('manage');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  });

  test('takes nobody but who was typed, however fast, also while the server is slow', async () => {
    const { server } = await startWithTeam();
    const page = await openSignedIn(server, server.bob, '/browse/bob/datasets');
    const dialog = await openTeammates(page, ['cifar-10']);
    await page.getByLabel('Give access to').focus();
    await pick(page, 'da', 'dave');
    let slow = Promise.withResolvers<void>();
    // One that was asked and is not waited for any more cannot go on.
    await page.route('**/api/v1/teammates**', (route) =>
      slow.promise.then(() => route.continue()).catch(() => {}),
    );
    const chips = page.getByRole('button', { name: /^Leave .* out$/ });

    let asked = page.waitForRequest('**/api/v1/teammates**');
    await page.keyboard.type('car');
    await page.keyboard.press('Enter');
    await asked;
    expect(await chips.count()).toBe(1);
    slow.resolve();
    await page.getByRole('option', { name: 'carol' }).waitFor();
    expect(await chips.count()).toBe(1);

    slow = Promise.withResolvers();
    asked = page.waitForRequest('**/api/v1/teammates**');
    await page.keyboard.type('ol');
    await page.keyboard.press('Enter');
    await asked;
    slow.resolve();
    await page.getByRole('button', { name: 'Leave carol out' }).waitFor();
    expect(await chips.count()).toBe(2);
    expect(await levelsOn(server, 'storage:datasets/cifar-10')).toEqual({});
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    await page.getByText(': “Read” given').waitFor();
    expect(await levelsOn(server, 'storage:datasets/cifar-10')).toEqual({
      'user:carol': 'read',
      'user:dave': 'read',
    });
  });

  test('says who has access and why, and that a lesser grant takes nothing away', async () => {
    const { server } = await startWithTeam();
    await grant(server, 'storage:datasets', 'group:vision', 'write');
    await grant(server, 'storage:datasets/cifar-10', 'public', 'list');
    const page = await openSignedIn(server, server.bob, '/browse/bob/datasets');
    const dialog = await openTeammates(page, ['cifar-10']);
    const lines = dialog.getByRole('list', { name: 'Who has access' }).getByRole('listitem');
    await expect.poll(() => lines.allInnerTexts()).toHaveLength(3);
    const [owner, group, all] = await lines.allInnerTexts();
    expect(owner).toMatch(/bob\s*you\s+it is in your home\s+Owner/);
    expect(group).toMatch(/vision\s*group\s+from datasets, granted by bob\s+Write/);
    expect(all).toMatch(/Everyone/);

    await dialog.getByText('Can somebody see this, and why?').click();
    await dialog.getByLabel('Who', { exact: true }).focus();
    await pick(page, 'da', 'dave');
    await dialog
      .getByText(
        'dave may change this: “Write” was granted to the group vision, which dave is in, on “datasets”, which holds it.',
      )
      .waitFor();

    await dialog.getByLabel('Give access to').focus();
    await pick(page, 'dav', 'dave');
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    await expect
      .poll(() => dialog.innerText())
      .toContain('dave has “Write” here by another grant. “Read” takes nothing away.');
    await expectAccessible(page);
  });

  test('works for several entries at once, and tells what is on some of them only', async () => {
    const { server } = await startWithTeam();
    await grant(server, 'storage:datasets/notes.txt', 'user:dave', 'read');
    const page = await openSignedIn(server, server.bob, '/browse/bob/datasets');
    const dialog = await openTeammates(page, ['cifar-10', 'notes.txt']);
    await dialog.getByText('on 1 of 2 items').waitFor();
    await dialog.getByLabel('Give access to').focus();
    await pick(page, 'car', 'carol');
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    await dialog.getByRole('combobox', { name: 'Level of carol: Read' }).waitFor();
    for (const name of ['cifar-10', 'notes.txt'])
      expect((await levelsOn(server, `storage:datasets/${name}`))['user:carol']).toBe('read');
    expect((await levelsOn(server, 'storage:datasets/cifar-10'))['user:dave']).toBeUndefined();
    expect(await dialog.getByLabel('Where they find it').inputValue()).toBe(
      `${server.origin}/open?uri=storage://home/bob/datasets`,
    );
  });

  test('asks before one takes away what lets oneself share, and a name that is nobody is refused', async () => {
    const { server, carol } = await startWithTeam();
    await grant(server, 'storage:datasets', 'user:carol', 'manage');
    const page = await openSignedIn(server, carol, '/browse/bob');
    const dialog = await openTeammates(page, ['datasets']);
    await dialog.getByLabel('Give access to').fill('nobody-of-that-name');
    await dialog.getByText(/Nobody else is called/).waitFor();
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    await dialog.getByText('Choose a name from the list.').waitFor();
    await dialog.getByRole('button', { name: 'Take the access of carol away' }).click();
    await dialog.getByText(/Your own right to share this comes from here/).waitFor();
    expect((await levelsOn(server, 'storage:datasets'))['user:carol']).toBe('manage');
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Take the access of carol away' }).waitFor();
    expect((await levelsOn(server, 'storage:datasets'))['user:carol']).toBe('manage');
  });

  test('whose own access ends has nothing to undo or change, and leaves', async () => {
    const { server, carol } = await startWithTeam();
    await grant(server, 'storage:datasets', 'user:carol', 'manage');
    await grant(server, 'storage:datasets', 'user:dave', 'read');
    const page = await openSignedIn(server, carol, '/browse/bob');
    const dialog = await openTeammates(page, ['datasets']);
    await dialog
      .getByRole('listitem')
      .filter({ hasText: 'carol' })
      .getByText('you', { exact: true })
      .waitFor();
    expect(await dialog.getByRole('combobox', { name: 'Level of carol' }).count()).toBe(0);
    await dialog.getByRole('button', { name: 'Take the access of carol away' }).click();
    await dialog.getByRole('button', { name: 'Take away' }).click();
    await dialog.getByText('You have no access to “datasets” any more.').waitFor();
    expect(await dialog.getByRole('combobox').count()).toBe(0);
    expect(await dialog.getByRole('button', { name: /^Undo/ }).count()).toBe(0);
    const close = dialog.getByRole('button', { name: 'Close' }).last();
    await expect.poll(() => close.evaluate((button) => button === document.activeElement)).toBe(true);
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /is not here/ }).waitFor();
  });

  test('who lowers the grant to their group is told what they may do still', async () => {
    const { server } = await startWithTeam();
    const dave = { name: 'dave', token: '' };
    await grant(server, 'storage:datasets', 'group:vision', 'manage');
    const page = await openSignedIn(server, dave, '/browse/bob');
    const dialog = await openTeammates(page, ['datasets']);
    await dialog.getByRole('combobox', { name: 'Level of vision: Manage' }).click();
    await page.getByRole('option', { name: /^Read/ }).click();
    await dialog.getByRole('button', { name: 'Lower' }).click();
    await dialog.getByText('You may read “datasets” but not share it.').waitFor();
    expect(await levelsOn(server, 'storage:datasets')).toEqual({ 'group:vision': 'read' });
  });

  test('an answer to “why” comes into view below many who have access', async () => {
    const { server } = await startWithTeam();
    for (let number = 1; number <= 12; number += 1) {
      const { name } = await server.createUser(`member-${number}`);
      await grant(server, 'storage:datasets/cifar-10', `user:${name}`, 'read');
    }
    const page = await openSignedIn(server, server.bob, '/browse/bob/datasets');
    const dialog = await openTeammates(page, ['cifar-10']);
    await dialog.getByText('Can somebody see this, and why?').click();
    const who = dialog.getByLabel('Who', { exact: true });
    await who.focus();
    await who.evaluate((field) => field.scrollIntoView({ block: 'end' }));
    await pick(page, 'da', 'dave');
    const answer = dialog.getByText('dave cannot see this.');
    await answer.waitFor();
    const edge = (await dialog.boundingBox())!;
    await expect
      .poll(async () => {
        const { y, height } = (await answer.boundingBox())!;
        return y + height <= edge.y + edge.height;
      })
      .toBe(true);
  });

  test('a refusal of what was typed goes when something else is typed', async () => {
    const { server } = await startWithTeam();
    const page = await openSignedIn(server, server.bob, '/browse/bob/datasets');
    const dialog = await openTeammates(page, ['cifar-10']);
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    await dialog.getByText('Type the beginning of a name first.').waitFor();
    await page.keyboard.type('zzz');
    await dialog.getByText('Nobody else is called “zzz…”.').waitFor();
  });
});

describe('shared with me', () => {
  test('a teammate in a second browser finds what was given, opens it, and reads why', async () => {
    const { server, carol } = await startWithTeam();
    const bobs = await openSignedIn(server, server.bob, '/browse/bob/datasets');
    const theirs = await openSignedIn(server, carol, '/shared');
    await theirs.getByText('Nothing is shared with you yet').waitFor();
    await expectAccessible(theirs);

    const dialog = await openTeammates(bobs, ['cifar-10']);
    await dialog.getByLabel('Give access to').focus();
    await pick(bobs, 'carol', 'carol');
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    await dialog.getByRole('combobox', { name: 'Level of carol: Read' }).waitFor();

    await theirs.reload();
    const row = theirs.getByRole('row').filter({ hasText: 'cifar-10' });
    await row.waitFor();
    expect(await row.innerText()).toMatch(/in bob \/ datasets[\s\S]*bob[\s\S]*Read/);
    await expectAccessible(theirs);
    await row.getByRole('link', { name: 'cifar-10' }).click();
    await theirs.waitForURL('**/browse/bob/datasets/cifar-10');
    await rowOf(theirs, 'labels.txt').waitFor();
    await theirs.getByRole('button', { name: /Why can I see this/ }).click();
    await theirs
      .getByText(/You may read this: “Read” was granted to you by name, on it. bob granted it/)
      .waitFor();
    expect(await theirs.getByRole('dialog').innerText()).toContain('can change that: ask bob.');
    await expectAccessible(theirs);
  });

  test('who manages what they were given is sent to nobody else', async () => {
    const { server, carol } = await startWithTeam();
    await grant(server, 'storage:datasets', 'user:carol', 'manage');
    const page = await openSignedIn(server, carol, '/browse/bob/datasets');
    await page.getByRole('button', { name: /Why can I see this/ }).click();
    await page.getByText(/You may manage this/).waitFor();
    expect(await page.getByRole('dialog').innerText()).not.toContain('ask bob');
  });

  test('what was given stands in the order of a folder: run 2 before run 10', async () => {
    const { server, carol } = await startWithTeam();
    for (const name of ['run10', 'run2', 'Run1']) {
      await server.as(server.bob).put(`/api/v1/directories/bob/${name}`).expect(201);
      await grant(server, `storage:${name}`, 'user:carol', 'read');
    }
    const page = await openSignedIn(server, carol, '/shared');
    await expect
      .poll(() => page.getByRole('row').getByRole('link').allInnerTexts())
      .toEqual(['Run1', 'run2', 'run10']);
  });

  test('what was given says what one may do there in all, not what the lesser grant says', async () => {
    const { server, carol } = await startWithTeam();
    await grant(server, 'storage:datasets', 'user:carol', 'manage');
    await grant(server, 'storage:datasets/cifar-10', 'user:carol', 'read');
    const page = await openSignedIn(server, carol, '/shared');
    for (const name of ['datasets', 'cifar-10']) {
      await rowOf(page, name).getByRole('cell', { name: 'Manage' }).waitFor();
    }
  });

  test('what I gave is listed, lowered, revoked and given back', async () => {
    const { server, carol } = await startWithTeam();
    await grant(server, 'storage:datasets', 'user:carol', 'write');
    const page = await openSignedIn(server, server.bob, '/shared?by-me');
    await page.getByRole('combobox', { name: 'Level of carol on datasets: Write' }).click();
    await page.getByRole('option', { name: /^Read/ }).click();
    await expect.poll(async () => (await levelsOn(server, 'storage:datasets'))['user:carol']).toBe('read');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Take the access of carol to datasets away' }).click();
    await page.getByText('You share nothing with teammates yet').waitFor();
    await server.as(carol).get('/api/v1/entries/bob/datasets').expect(404);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('combobox', { name: 'Level of carol on datasets: Read' }).waitFor();
    const heading = page.getByRole('heading', { name: 'Shared by me' });
    await expect.poll(() => heading.evaluate((title) => title === document.activeElement)).toBe(true);
    await server.as(carol).get('/api/v1/entries/bob/datasets').expect(200);
  });

  test('a URI opens in the browser after signing in: a folder, a file, or words on why not', async () => {
    const { server } = await startWithTeam();
    const page = await openPage(server);
    await page.goto('/open?uri=storage://home/bob/datasets/cifar-10');
    await page.waitForURL('**/login?next=*');
    await page.getByLabel('Name').fill('bob');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/browse/bob/datasets/cifar-10');
    await page.goto('/open?uri=storage:datasets/notes.txt');
    await page.waitForURL('**/browse/bob/datasets/notes.txt');
    await page.getByRole('link', { name: 'Download' }).waitFor();
    await page.goto('/open?uri=storage://lab/bob/datasets');
    await page.getByRole('heading', { name: 'This is on another installation' }).waitFor();
    await expectAccessible(page);
    await page.goto('/open?uri=storage://home/alice/secret');
    await page.getByRole('heading', { name: '“secret” is not here' }).waitFor();
    await page.goto('/open?uri=https://example.org/');
    await page.getByRole('heading', { name: 'This cannot be opened' }).waitFor();
  });
});
