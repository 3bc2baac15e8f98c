import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { expectAccessible, openPage, useBrowser } from '../support/page-test.ts';
import { startProgram } from '../support/program.ts';
import type { TestServer } from '../support/test-server.ts';

useBrowser();

test('a newcomer opens the printed address, chooses a name and a password, and is in an empty home; a restart finds everything', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'drey-first-run-'));
  const mounted = await mkdtemp(join(tmpdir(), 'datasets-'));
  onTestFinished(() => rm(dataFolder, { recursive: true, force: true }));
  onTestFinished(() => rm(mounted, { recursive: true, force: true }));
  const first = await startProgram(dataFolder, `papers=${mounted}`);
  expect(first.address).toMatch(/\/setup#[\w-]{40,}$/);

  const page = await openPage({ origin: first.origin } as TestServer);
  await page.goto(first.address);
  await page.getByLabel('Name').fill('ada');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Begin' }).click();
  await page
    .getByText(/at least 8 characters/i)
    .first()
    .waitFor();
  await expectAccessible(page);
  await page.getByLabel('Password', { exact: true }).fill('a good long password');
  await page.getByRole('button', { name: 'Begin' }).click();
  await page.waitForURL('**/browse/ada');
  await page.getByText('Nothing in here yet').waitFor();
  await page.getByRole('link', { name: 'papers' }).waitFor();
  await expectAccessible(page);

  expect(await first.stop()).toBe(0);
  const second = await startProgram(dataFolder);
  expect(second.address).not.toContain('setup');
  const { origin } = second;
  const used = await page.request.post(`${origin}/api/v1/setup`, {
    data: { token: first.address.split('#')[1], name: 'eve', password: 'a good long password' },
  });
  expect(used.status()).toBe(404);
  const signIn = await page.request.post(`${origin}/api/v1/session`, {
    data: { name: 'ada', password: 'a good long password' },
  });
  expect(signIn.status()).toBe(201);
  await page.goto(`${origin}/browse/ada`);
  await page.getByText('Nothing in here yet').waitFor();
});
