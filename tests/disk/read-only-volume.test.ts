import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Installation } from './installation.ts';
import { Volume } from './volume.ts';

const bytes = randomBytes(200_000);

/** Uploads by all doors at once until one is refused, and answers what each was answered last. */
async function uploadUntilRefused(drey: Installation, root: string, turnReadOnly: () => Promise<void>) {
  let isReadOnly = false;
  const senders = Object.entries(drey.doors).map(async ([door, send]) => {
    for (let index = 0; ; index += 1) {
      const wasReadOnly = isReadOnly;
      const status = await send(`${root}/${door} ${index}`, bytes);
      if (wasReadOnly || status >= 400) return { door, status };
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await turnReadOnly();
  isReadOnly = true;
  return Promise.all(senders);
}

describe('a volume that becomes read-only under load', () => {
  test('refuses what is to be written, lets the rest be read, and the server goes on (CR-05)', async () => {
    const volume = await Volume.ext4(64);
    const drey = await Installation.start({ mounts: [`small=${volume.path}`] });
    expect(await drey.doors.PUT('small/a.bin', bytes)).toBe(201);
    const answers = await uploadUntilRefused(drey, 'small', () => volume.becomeReadOnly());
    for (const { door, status } of answers) {
      // 423 is how a tus client is told to try again (see tus-endpoint.ts).
      expect(door === 'tus' ? [503, 423] : [503]).toContain(status);
    }
    expect(await drey.bytesOf('small/a.bin')).toEqual(bytes);
    expect(await drey.status('GET', '/api/v1/entries/small')).toBe(200);
    expect(await drey.status('DELETE', '/api/v1/entries/small/a.bin')).toBe(503);
    expect(await drey.doors.PUT('alice/elsewhere', bytes)).toBe(201);
    expect(drey.isRunning).toBe(true);
  });

  test('and that holds the database too, still lets files be read (CR-05)', async () => {
    const volume = await Volume.ext4(64);
    const drey = await Installation.start({ dataFolder: volume.path });
    expect(await drey.doors.PUT('alice/a.bin', bytes)).toBe(201);
    const answers = await uploadUntilRefused(drey, 'alice', () => volume.becomeReadOnly());
    for (const { status } of answers) expect([503, 423]).toContain(status);
    expect(await drey.bytesOf('alice/a.bin')).toEqual(bytes);
    const signIn = await drey.status('POST', '/api/v1/session', {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'alice', password: 'correct horse battery' }),
    });
    expect(signIn).toBe(503);
    expect(await drey.status('GET', '/healthz')).toBe(200);
    expect(drey.isRunning).toBe(true);
  });
});
