import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { openProxy } from '../support/counting-proxy.ts';
import { dropFromDisk, limitUpload, readTree, temporaryFolder, trayOf } from '../support/file-drop.ts';
import { expectAccessible, openSignedIn, rowOf, startPageServer, useBrowser } from '../support/page-test.ts';
import { startProgram } from '../support/program.ts';
import { password, startServerOn, type TestServer } from '../support/test-server.ts';

useBrowser();

const hostileNames = [
  '100% übel #1?.txt',
  '-rf *',
  '..hidden',
  ' leading and trailing ',
  'quote " \' ` quote',
  'semi;colon&amp;.txt',
  'back\\slash',
  '%2e%2e%2fescaped',
  '<img src=x onerror=alert(1)>',
  'CON',
  'עברית ← العربية',
  '日本語 👩‍👩‍👧 e\u0301',
  'x'.repeat(255),
];

/** A nested folder of `count` small files, empty folders and hostile names. */
async function makeTree(folder: string, count: number): Promise<void> {
  for (let part = 0; part < count / 250; part += 1) {
    const place = join(folder, `part ${part}`, 'deep', 'er');
    await mkdir(place, { recursive: true });
    await mkdir(join(folder, `part ${part}`, 'empty'));
    const names = Array.from({ length: 250 }, (_, index) => `n ${index}.txt`);
    await Promise.all(names.map((name) => writeFile(join(place, name), `${part} ${name}`)));
  }
  await mkdir(join(folder, 'hostile', 'empty %20 #'), { recursive: true });
  await Promise.all(hostileNames.map((name) => writeFile(join(folder, 'hostile', name), name)));
}

async function signInAgain(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await dialog.waitFor();
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

/** What the server has of large files that are not whole yet. */
async function unfinishedOf(page: Page): Promise<{ offset: number }[]> {
  const answer = await page.request.get('/api/v1/uploads');
  return ((await answer.json()) as { items: { offset: number }[] }).items;
}

/** The page asks before it is left while it uploads; here it is left all the same. */
function leaveAnyway(page: Page): void {
  page.on('dialog', (dialog) => void dialog.accept());
}

describe('a dropped folder', () => {
  test('of 2,500 files, empty folders and hostile names is on the server as it was on the disk', async () => {
    const server = await startPageServer();
    const folder = join(await temporaryFolder(), 'dataset');
    await makeTree(folder, 2500);
    const page = await openSignedIn(server, server.bob, '/browse/bob');
    await page.getByText('Nothing in here yet').waitFor();
    await dropFromDisk(page, [folder]);
    const count = 2500 + hostileNames.length;
    await trayOf(page)
      .getByText(`Uploaded ${count.toLocaleString('en')} files`)
      .waitFor({ timeout: 80_000 });
    expect(await readTree(join(server.homeOf('bob'), 'dataset'))).toEqual(await readTree(folder));
  });

  test('that is dropped again sends nothing twice, and asks once about what differs', async () => {
    const server = await startPageServer();
    const folder = join(await temporaryFolder(), 'report');
    await mkdir(folder);
    await server.as(server.bob).put('/api/v1/directories/bob/report').expect(201);
    for (const name of ['one.txt', 'two.txt', 'three.txt', 'same.txt']) {
      await writeFile(join(folder, name), `${name} mine`);
      await server.put(server.bob, `bob/report/${name}`, `${name} old`);
    }
    await server.put(server.bob, 'bob/report/same.txt', 'same.txt mine');
    const daysAway = (days: number) => new Date(Date.now() + days * 86_400_000);
    await utimes(join(folder, 'two.txt'), daysAway(1), daysAway(1));
    await utimes(join(folder, 'three.txt'), daysAway(-1), daysAway(-1));
    const page = await openSignedIn(server, server.bob, '/browse/bob');
    await rowOf(page, 'report').waitFor();
    await dropFromDisk(page, [folder]);
    const dialog = page.getByRole('dialog', { name: '3 files are there already' });
    await dialog.getByText('yours is older').waitFor();
    await expectAccessible(page);
    await dialog.getByLabel('What to do with report/one.txt').selectOption('Keep both');
    await dialog.getByRole('button', { name: 'Replace if newer' }).click();
    await trayOf(page).getByText('Uploaded 2 files').waitFor();
    await trayOf(page).getByText('2 skipped, there already').waitFor();
    expect(await readTree(join(server.homeOf('bob'), 'report'))).toEqual({
      'one.txt': 'one.txt old',
      'one (2).txt': 'one.txt mine',
      'two.txt': 'two.txt mine',
      'three.txt': 'three.txt old',
      'same.txt': 'same.txt mine',
    });
  });
});

describe('an upload goes on', () => {
  test('after 5 seconds without a network', async () => {
    const server = await startPageServer();
    const network = await openProxy(server.origin);
    const folder = join(await temporaryFolder(), 'dataset');
    await makeTree(folder, 250);
    await writeFile(join(folder, 'large.bin'), randomBytes(12_000_000));
    const page = await openSignedIn(server, server.bob, '/browse/bob', { baseURL: network.url });
    await page.getByText('Nothing in here yet').waitFor();
    await limitUpload(page, 3_000_000);
    await dropFromDisk(page, [folder]);
    await trayOf(page).getByText(/B\/s/).waitFor();
    await page.context().setOffline(true);
    network.cut({ refuses: true });
    await trayOf(page).getByText('Waiting for the connection').waitFor();
    await page.waitForTimeout(5000);
    network.cut();
    await page.context().setOffline(false);
    await trayOf(page)
      .getByText(`Uploaded ${250 + hostileNames.length + 1} files`)
      .waitFor({ timeout: 60_000 });
    expect(await readTree(join(server.homeOf('bob'), 'dataset'))).toEqual(await readTree(folder));
  });

  test('after the server was killed and started again', async () => {
    const data = await temporaryFolder();
    const users = await startServerOn(data);
    await users.close();
    let program = await startProgram(data);
    const network = await openProxy(program.origin);
    const folder = join(await temporaryFolder(), 'dataset');
    await makeTree(folder, 250);
    await writeFile(join(folder, 'large.bin'), randomBytes(12_000_000));
    const page = await openSignedIn(users, users.bob, '/browse/bob', { baseURL: network.url });
    await page.getByText('Nothing in here yet').waitFor();
    await limitUpload(page, 3_000_000);
    await dropFromDisk(page, [folder]);
    await expect
      .poll(async () => (await unfinishedOf(page))[0]?.offset ?? 0, { timeout: 30_000 })
      .toBeGreaterThan(1_000_000);
    await program.kill();
    await trayOf(page).getByText('Waiting for the connection').waitFor();
    program = await startProgram(data);
    network.leadTo(program.origin);
    await trayOf(page)
      .getByText(`Uploaded ${250 + hostileNames.length + 1} files`)
      .waitFor({ timeout: 60_000 });
    expect(await readTree(join(users.homeOf('bob'), 'dataset'))).toEqual(await readTree(folder));
  });

  test('over a line that breaks before a part of full size is through', async () => {
    const server = await startPageServer();
    const network = await openProxy(server.origin);
    const folder = await temporaryFolder();
    const bytes = randomBytes(12_000_000);
    await writeFile(join(folder, 'large.bin'), bytes);
    const page = await openSignedIn(server, server.bob, '/browse/bob', { baseURL: network.url });
    await page.getByText('Nothing in here yet').waitFor();
    network.cutEvery(5_000_000);
    await limitUpload(page, 3_000_000);
    await dropFromDisk(page, [join(folder, 'large.bin')]);
    await trayOf(page).getByText('Uploaded 1 file').waitFor({ timeout: 60_000 });
    expect(bytes.equals(await readFile(join(server.homeOf('bob'), 'large.bin')))).toBe(true);
    expect(network.sent).toBeGreaterThan(12_000_000);
  });

  test('when the person signs in again in place, with what was sent kept', async () => {
    const server = await startPageServer({ DREY_UPLOAD_CHUNK_SIZE: '2M' });
    const folder = await temporaryFolder();
    const bytes = randomBytes(12_000_000);
    await writeFile(join(folder, 'large.bin'), bytes);
    const page = await openSignedIn(server, server.bob, '/browse/bob');
    await page.getByText('Nothing in here yet').waitFor();
    await limitUpload(page, 3_000_000);
    await dropFromDisk(page, [join(folder, 'large.bin')]);
    await trayOf(page).getByText(/MB\/s/).waitFor();
    await page.context().clearCookies();
    await page.getByRole('dialog', { name: 'Sign in again' }).waitFor();
    await expectAccessible(page);
    await signInAgain(page);
    await trayOf(page).getByText('Uploaded 1 file').waitFor({ timeout: 30_000 });
    expect(bytes.equals(await readFile(join(server.homeOf('bob'), 'large.bin')))).toBe(true);
  });

  test('after the page was closed, with only what is missing sent', async () => {
    const server = await startPageServer({ DREY_UPLOAD_CHUNK_SIZE: '2M' });
    const network = await openProxy(server.origin);
    const folder = join(await temporaryFolder(), 'dataset');
    await makeTree(folder, 250);
    const bytes = randomBytes(12_000_000);
    await writeFile(join(folder, 'large.bin'), bytes);
    const page = await openSignedIn(server, server.bob, '/browse/bob', { baseURL: network.url });
    await page.getByText('Nothing in here yet').waitFor();
    await limitUpload(page, 2_500_000);
    await dropFromDisk(page, [folder]);
    await expect
      .poll(async () => (await unfinishedOf(page))[0]?.offset ?? 0, { timeout: 30_000 })
      .toBeGreaterThan(3_000_000);
    leaveAnyway(page);
    await page.goto('about:blank');
    // What the server counts does not go back when the line is found to be broken: it was verified.
    const offset = (await unfinishedOf(page))[0]!.offset;
    expect(offset).toBeGreaterThan(3_000_000);

    network.reset();
    await page.goto('/browse/bob');
    await trayOf(page).getByText('2 unfinished uploads').waitFor();
    await expectAccessible(page);
    await dropFromDisk(page, [folder]);
    await trayOf(page)
      .getByText(/Uploaded [\d,]+ files?/)
      .waitFor({ timeout: 40_000 });
    expect(await readTree(join(server.homeOf('bob'), 'dataset'))).toEqual(await readTree(folder));
    // The pages themselves and the comparison cost something too.
    expect(network.sent).toBeLessThan(12_000_000 - offset + 500_000);
  });
});

describe('in the tray', () => {
  test('one file and all of them pause and resume', async () => {
    const server = await startPageServer({ DREY_UPLOAD_CHUNK_SIZE: '1M' });
    const folder = await temporaryFolder();
    const bytes = randomBytes(8_000_000);
    await writeFile(join(folder, 'one.bin'), bytes);
    const page = await openSignedIn(server, server.bob, '/browse/bob');
    await page.getByText('Nothing in here yet').waitFor();
    await limitUpload(page, 2_000_000);
    await dropFromDisk(page, [join(folder, 'one.bin')]);
    const tray = trayOf(page);
    await tray.getByText(/MB\/s/).waitFor();
    await tray.getByRole('button', { name: 'Show the files' }).click();
    await tray.getByRole('button', { name: 'Pause one.bin' }).click();
    await tray.getByText(/paused at/).waitFor();
    await tray.getByRole('button', { name: 'Resume one.bin' }).click();
    await tray.getByRole('button', { name: 'Pause all uploads' }).click();
    await tray.getByText('Paused, 0 of 1 uploaded').waitFor();
    await expectAccessible(page);
    const before = (await unfinishedOf(page))[0]!.offset;
    await limitUpload(page, undefined);
    await tray.getByRole('button', { name: 'Resume all uploads' }).click();
    await tray.getByText('Uploaded 1 file').waitFor({ timeout: 30_000 });
    expect(before).toBeGreaterThan(0);
    expect(bytes.equals(await readFile(join(server.homeOf('bob'), 'one.bin')))).toBe(true);
  });

  test('an upload that another browser began goes on with the file chosen again, or is given up', async () => {
    const server = await startPageServer();
    const folder = await temporaryFolder();
    const bytes = randomBytes(3_000_000);
    await writeFile(join(folder, 'large.bin'), bytes);
    for (const name of ['large.bin', 'other.bin']) await beginUpload(server, name, bytes);
    const page = await openSignedIn(server, server.bob, '/browse/bob');
    const tray = trayOf(page);
    await tray.getByText('2 unfinished uploads').waitFor();
    await tray.getByRole('button', { name: 'Cancel other.bin' }).click();
    await tray.getByText('1 unfinished upload').waitFor();
    const chooser = page.waitForEvent('filechooser');
    await tray.getByRole('button', { name: 'Choose the file again to go on…' }).click();
    await (await chooser).setFiles(join(folder, 'large.bin'));
    await tray.getByText('Uploaded 1 file').waitFor({ timeout: 30_000 });
    expect(bytes.equals(await readFile(join(server.homeOf('bob'), 'large.bin')))).toBe(true);
    expect(await unfinishedOf(page)).toEqual([]);
  });
});

/** Begins an upload and sends its first million bytes. */
async function beginUpload(server: TestServer, name: string, bytes: Buffer): Promise<void> {
  const encode = (text: string) => Buffer.from(text).toString('base64');
  const tus = { 'Tus-Resumable': '1.0.0' };
  const { headers } = await server
    .as(server.bob)
    .post('/api/v1/uploads')
    .set({ ...tus, 'Upload-Length': `${bytes.length}` })
    .set('Upload-Metadata', `uri ${encode(`storage://home/bob/${name}`)},onConflict ${encode('fail')}`)
    .expect(201);
  await server
    .as(server.bob)
    .patch(new URL(headers.location!, server.origin).pathname)
    .set({ ...tus, 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' })
    .send(bytes.subarray(0, 1_000_000))
    .expect(204);
}

test('a large file goes up in parts, each with the checksum of everything up to its end', async () => {
  const chunkBytes = 5 * 1024 * 1024;
  const server = await startPageServer({ DREY_UPLOAD_CHUNK_SIZE: String(chunkBytes) });
  const bytes = randomBytes(2 * chunkBytes + 1000);
  const file = join(await temporaryFolder(), 'large.bin');
  await writeFile(file, bytes);
  const page = await openSignedIn(server, server.bob, '/browse/bob');
  await page.getByText('Nothing in here yet').waitFor();
  const parts: { offset: number; checksum: string | undefined }[] = [];
  page.on('request', (request) => {
    const headers = request.headers();
    if (request.method() !== 'PATCH') return;
    parts.push({ offset: Number(headers['upload-offset']), checksum: headers['upload-checksum'] });
  });
  await dropFromDisk(page, [file]);
  await trayOf(page).getByText('Uploaded 1 file').waitFor({ timeout: 30_000 });
  const upTo = (end: number) => createHash('sha256').update(bytes.subarray(0, end)).digest('base64');
  const ends = [...parts.map(({ offset }) => offset).slice(1), bytes.length];
  const lengths = ends.map((end, index) => end - parts[index]!.offset);
  expect(parts.map(({ checksum }) => checksum)).toEqual(ends.map((end) => `sha256-from-start ${upTo(end)}`));
  // Small until the line is known, and then as large as they may be.
  expect(lengths[0]).toBe(1024 * 1024);
  expect(Math.max(...lengths)).toBe(chunkBytes);
  expect(bytes.equals(await readFile(join(server.homeOf('bob'), 'large.bin')))).toBe(true);
});

test('a file that is pasted is uploaded, a picture under a name of its own', async () => {
  const server = await startPageServer();
  const page = await openSignedIn(server, server.bob, '/browse/bob');
  await page.getByText('Nothing in here yet').waitFor();
  await page.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(['notes'], 'notes.txt'));
    clipboardData.items.add(new File(['picture'], 'image.png', { type: 'image/png' }));
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
  });
  await trayOf(page).getByText('Uploaded 2 files').waitFor();
  const names = (await readdir(server.homeOf('bob'))).filter((name) => name !== '.drey').toSorted();
  expect(names).toEqual([
    expect.stringMatching(/^Pasted \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.png$/),
    'notes.txt',
  ]);
});

test('the details of a file tell its checksum', async () => {
  const server = await startPageServer();
  await server.put(server.bob, 'bob/notes.txt', 'hello');
  const page = await openSignedIn(server, server.bob, '/browse/bob');
  await rowOf(page, 'notes.txt').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Details' }).click();
  const dialog = page.getByRole('dialog', { name: 'notes.txt' });
  await dialog.getByText(createHash('sha256').update('hello').digest('hex')).waitFor();
  await dialog.getByText('5 B (5 bytes)').waitFor();
  await expectAccessible(page);
});
