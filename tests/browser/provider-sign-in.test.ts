import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dropFromDisk, limitUpload, temporaryFolder, trayOf } from '../support/file-drop.ts';
import { clientSettings, startOpenidProvider } from '../support/openid-provider.ts';
import {
  expectAccessible,
  openPage,
  openSignedIn,
  startPageServer,
  useBrowser,
} from '../support/page-test.ts';

useBrowser();

async function startWithProvider(settings: Record<string, string> = {}) {
  const provider = await startOpenidProvider({ sub: 'subject-1', preferred_username: 'ada' });
  const server = await startPageServer({
    DREY_OIDC_ISSUER: provider.issuer,
    DREY_OIDC_NAME: 'the lab',
    ...clientSettings,
    ...settings,
  });
  provider.admit(server.origin);
  return server;
}

test('the sign-in page offers the provider, which leads to where one wanted to go; without one there is no button', async () => {
  const server = await startWithProvider({ DREY_OIDC_CREATE_USERS: 'yes' });
  const page = await openPage(server);
  await page.goto('/tokens');
  await page.waitForURL('**/login?next=*');
  await page.getByRole('link', { name: 'Sign in with the lab' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Sign in with the lab' }).click();
  await page.waitForURL('**/tokens');
  await page.getByRole('button', { name: /^ada/ }).waitFor();
  await page.goto('/account');
  await page.getByText('Leads to this account. It has no password.').waitFor();

  const plain = await startPageServer();
  const other = await openPage(plain);
  const told = other.waitForResponse('**/api/v1/sign-in');
  await other.goto('/login');
  await told;
  await other.getByRole('button', { name: 'Sign in' }).waitFor();
  expect(await other.getByText(/Sign in with/).count()).toBe(0);
});

test('whom nobody knows is told so, and gets in once the sign-in is linked on the account page', async () => {
  const server = await startWithProvider();
  const stranger = await openPage(server);
  await stranger.goto('/login');
  await stranger.getByRole('link', { name: 'Sign in with the lab' }).click();
  await stranger.getByText('There is no account here for you yet.').waitFor();
  await expectAccessible(stranger);

  const page = await openSignedIn(server, server.bob, '/account');
  await page.getByText('None is linked to your account.').waitFor();
  await page.getByRole('button', { name: 'Link a sign-in with the lab' }).click();
  await page.getByText('Linked. You can sign in with it from now on.').waitFor();
  await page.getByText('Leads to this account, beside the password.').waitFor();
  const linked = page.getByRole('list', { name: 'Linked sign-ins' });
  await linked.getByText('the lab', { exact: true }).waitFor();
  expect(await linked.innerText()).not.toContain('http');
  await expectAccessible(page);
  await stranger.getByRole('link', { name: 'Sign in with the lab' }).click();
  await stranger.waitForURL('**/browse/bob');
  await page.getByRole('button', { name: /^Unlink/ }).click();
  await page.getByText('None is linked to your account.').waitFor();
});

test('somebody without a password signs in again beside an upload, which waited and goes on', async () => {
  const server = await startWithProvider({ DREY_OIDC_CREATE_USERS: 'yes', DREY_UPLOAD_CHUNK_SIZE: '2M' });
  const page = await openPage(server);
  await page.goto('/login');
  await page.getByRole('link', { name: 'Sign in with the lab' }).click();
  await page.getByText('Nothing in here yet').waitFor();
  const file = join(await temporaryFolder(), 'large.bin');
  const bytes = randomBytes(12_000_000);
  await writeFile(file, bytes);
  await limitUpload(page, 3_000_000);
  await dropFromDisk(page, [file]);
  await trayOf(page).getByText(/MB\/s/).waitFor();
  await page.context().clearCookies();
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await dialog.getByText('Without a password, sign in with the lab in a new tab').waitFor();
  await expectAccessible(page);
  const opened = page.waitForEvent('popup');
  await dialog.getByRole('link', { name: 'Sign in with the lab' }).click();
  const tab = await opened;
  await tab.waitForURL('**/browse/ada');
  await tab.close();
  // Without a window of its own, Chromium tells no page that it has been come back to.
  await page.evaluate(() => dispatchEvent(new Event('focus')));
  await dialog.waitFor({ state: 'hidden' });
  await trayOf(page).getByText('Uploaded 1 file').waitFor({ timeout: 30_000 });
  expect(bytes.equals(await readFile(join(server.homeOf('ada'), 'large.bin')))).toBe(true);
});
