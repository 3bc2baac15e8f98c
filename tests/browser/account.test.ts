import { expect, test } from 'vitest';
import {
  expectAccessible,
  openPage,
  openSignedIn,
  startPageServer,
  useBrowser,
} from '../support/page-test.ts';
import { password } from '../support/test-server.ts';

useBrowser();

test('signing in tells nothing about which part was wrong, leads to where one wanted to go, and nowhere else', async () => {
  const server = await startPageServer();
  const page = await openPage(server);
  await page.goto('/links');
  await page.waitForURL('**/login?next=*');
  await expectAccessible(page);
  await page.getByLabel('Name').fill('bob');
  await page.getByLabel('Password', { exact: true }).fill('not this one');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('The name or the password is not right.').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/links');

  const elsewhere = await openPage(server);
  await elsewhere.goto('/login?next=//example.org/');
  await elsewhere.getByLabel('Name').fill('bob');
  await elsewhere.getByLabel('Password', { exact: true }).fill(password);
  await elsewhere.keyboard.press('Enter');
  await elsewhere.waitForURL('**/browse/bob');
});

test('the password is changed with the current one, which ends the other sessions and leaves this one', async () => {
  const server = await startPageServer();
  const other = await openSignedIn(server, server.bob, '/browse/bob');
  await other.getByText('Nothing in here yet').waitFor();
  const page = await openSignedIn(server, server.bob, '/account');
  await expect.poll(() => page.getByRole('list', { name: 'Sessions' }).getByRole('listitem').count()).toBe(2);
  await expectAccessible(page);
  await page.getByLabel('Current password').fill('wrong one entirely');
  await page.getByLabel('New password').fill('a brand new password');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('The current password is not right.').waitFor();
  await page.getByLabel('Current password').fill(password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page
    .getByText(/The password is changed/)
    .first()
    .waitFor();
  await other.reload();
  await other.waitForURL('**/login?next=*');
  await page.reload();
  await page.getByLabel('Current password').waitFor();
});

test('signing out ends the session for good', async () => {
  const server = await startPageServer();
  const page = await openSignedIn(server, server.bob, '/browse/bob');
  const [cookie] = await page.context().cookies();
  await page.getByRole('button', { name: /account, theme, sign out/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL('**/login');
  await page.context().addCookies([{ name: cookie!.name, value: cookie!.value, url: server.origin }]);
  await page.goto('/browse/bob');
  await page.waitForURL('**/login?next=*');
});
