import { randomBytes } from 'node:crypto';
import { readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { waitUntil } from '../support/wait-until.ts';
import { Installation } from './installation.ts';
import { Volume } from './volume.ts';

const old = randomBytes(100_000);
const large = randomBytes(1_500_000);

async function freeBytesOf(path: string): Promise<number> {
  const { bfree, bsize } = await statfs(path);
  return bfree * bsize;
}

async function leftoversIn(folder: string): Promise<string[]> {
  const entries = await readdir(join(folder, '.drey'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('a full volume', () => {
  for (const door of ['PUT', 'bulk', 'tus'] as const) {
    test(`ends an upload by ${door} with 507, keeps the old file, takes back its space, and goes on when there is room (CR-03)`, async () => {
      const volume = await Volume.ext4(16);
      const drey = await Installation.start({ mounts: [`small=${volume.path}`] });
      const send = drey.doors[door];
      expect(await drey.doors.PUT('small/a.bin', old)).toBe(201);
      // Room for the beginning, not for all of it.
      await writeFile(join(volume.path, 'gap'), randomBytes(700_000));
      const giveBack = await volume.fill();
      await rm(join(volume.path, 'gap'));
      const free = await freeBytesOf(volume.path);

      expect(await send('small/a.bin', large)).toBe(507);
      expect(await send('small/new.bin', large)).toBe(507);
      expect(await drey.bytesOf('small/a.bin')).toEqual(old);
      expect(await drey.status('GET', '/api/v1/content/small/new.bin')).toBe(404);
      expect(await leftoversIn(volume.path)).toEqual([]);
      await waitUntil(
        'the space is given back',
        async () => (await freeBytesOf(volume.path)) >= free - 20_000,
      );

      await giveBack();
      expect([200, 201, 204]).toContain(await send('small/a.bin', large));
      expect(await drey.bytesOf('small/a.bin')).toEqual(large);
      expect(drey.isRunning).toBe(true);
    });
  }

  test('without a single inode left refuses new files, and takes them again when some are gone (CR-08)', async () => {
    const volume = await Volume.ext4(16, '-N', '64');
    const drey = await Installation.start({ mounts: [`small=${volume.path}`] });
    const statuses: number[] = [];
    for (let index = 0; index < 70; index += 1)
      statuses.push(await drey.doors.PUT(`small/${index}`, Buffer.from('x')));
    expect(new Set(statuses)).toEqual(new Set([201, 507]));
    expect(await drey.doors.bulk('small/one more', Buffer.from('x'))).toBe(507);
    expect(await drey.doors.tus('small/one more', Buffer.from('x'))).toBe(507);
    expect(await drey.bytesOf('small/0')).toEqual(Buffer.from('x'));
    for (const index of [0, 1, 2])
      expect(await drey.status('DELETE', `/api/v1/entries/small/${index}`)).toBe(204);
    await waitUntil('the inodes are given back', async () => (await statfs(volume.path)).ffree >= 3);
    expect(await drey.doors.PUT('small/one more', Buffer.from('x'))).toBe(201);
  });
});

describe('a full volume that holds the database too', () => {
  test('lets people read, sign in and revoke; what cannot be kept is 507; all goes on when there is room (CR-03, CR-04)', async () => {
    const volume = await Volume.ext4(64);
    const drey = await Installation.start({ dataFolder: volume.path });
    expect(await drey.doors.PUT('alice/a.bin', old)).toBe(201);
    const json = { 'Content-Type': 'application/json' };
    const createLink = () =>
      drey.ask('POST', '/api/v1/links', {
        headers: json,
        body: JSON.stringify({ items: ['storage:a.bin'], note: 'x'.repeat(1900) }),
      });
    const link = (await (await createLink()).json()) as { id: string; url: string };
    const linkPath = `${new URL(link.url).pathname}/raw`;
    const giveBack = await volume.fill();

    for (const send of Object.values(drey.doors)) expect(await send('alice/b.bin', large)).toBe(507);
    expect(await drey.bytesOf('alice/a.bin')).toEqual(old);
    expect(await drey.status('GET', linkPath)).toBe(200);
    const signIn = () =>
      drey.status('POST', '/api/v1/session', {
        headers: json,
        body: JSON.stringify({ name: 'alice', password: 'correct horse battery' }),
      });
    expect(await signIn()).toBe(201);
    expect(await drey.status('DELETE', `/api/v1/links/${link.id}`)).toBe(204);
    expect(await drey.status('GET', linkPath)).toBe(410);

    // Whatever room the database has is used up in the end: then it says so, and means it.
    const statuses: number[] = [];
    while (!statuses.includes(507) && statuses.length < 6000) {
      const answers = await Promise.all(Array.from({ length: 32 }, createLink));
      statuses.push(...answers.map(({ status }) => status));
    }
    expect(new Set(statuses)).toEqual(new Set([201, 507]));
    const { items } = (await (await drey.ask('GET', '/api/v1/links?limit=1')).json()) as { items: unknown[] };
    expect(items).toHaveLength(1);
    await giveBack();
    expect((await createLink()).status).toBe(201);
    expect(await signIn()).toBe(201);
    expect(await drey.doors.PUT('alice/b.bin', large)).toBe(201);
    expect(drey.isRunning).toBe(true);
  });
});
