import { once } from 'node:events';
import { readdir, rm, mkdtemp } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startProgram, type Program } from '../support/program.ts';

async function startWithUser() {
  const dataFolder = await mkdtemp(join(tmpdir(), 'drey-stopping-'));
  onTestFinished(() => rm(dataFolder, { recursive: true, force: true }));
  const program = await startProgram(dataFolder);
  const setUp = await fetch(`${program.origin}/api/v1/setup`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      token: program.address.split('#')[1],
      name: 'ada',
      password: 'a good long password',
    }),
  });
  const cookie = setUp.headers.get('set-cookie')?.split(';')[0] ?? '';
  const stored = async () =>
    (await readdir(join(dataFolder, 'storage/ada'))).filter((name) => name !== '.drey');
  return { program, cookie, stored, dataFolder };
}

/** Begins to store a file of ten bytes and sends five of them. */
async function beginUpload({ origin }: Program, cookie: string) {
  const upload = request(`${origin}/api/v1/content/ada/file.txt`, {
    method: 'PUT',
    headers: { Cookie: cookie, 'Content-Length': 10, Expect: '100-continue' },
  });
  upload.on('error', () => {});
  upload.flushHeaders();
  await once(upload, 'continue');
  upload.write('12345');
  return upload;
}

test('Ctrl-C lets a transfer that is under way end, takes no new one, and exits clean (OP-07)', async () => {
  const { program, cookie, stored } = await startWithUser();
  const upload = await beginUpload(program, cookie);
  const exit = program.stop();
  await expect
    .poll(() =>
      fetch(`${program.origin}/healthz`).then(
        () => 'open',
        () => 'closed',
      ),
    )
    .toBe('closed');
  upload.end('67890');
  const [response] = (await once(upload, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(201);
  response.resume();
  expect(await exit).toBe(0);
  expect(await stored()).toEqual(['file.txt']);
});

test('Ctrl-C waits ten seconds at most, and leaves no half of a file under its name (OP-07)', async () => {
  const { program, cookie, stored } = await startWithUser();
  await beginUpload(program, cookie);
  const startedAt = Date.now();
  expect(await program.stop()).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(20_000);
  expect(await stored()).toEqual([]);
});
