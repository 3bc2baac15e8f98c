import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { Installation } from './installation.ts';
import { Volume } from './volume.ts';

const bytes = randomBytes(300_000);

test('a volume that answers no writes keeps its own users waiting, and nobody else (CR-09)', async () => {
  const volume = await Volume.ext4(64);
  const drey = await Installation.start({ mounts: [`slow=${volume.path}`] });
  expect(await drey.doors.PUT('slow/a.bin', bytes)).toBe(201);
  expect(await drey.doors.PUT('alice/a.bin', bytes)).toBe(201);
  await volume.freeze();
  try {
    const waiting = Promise.all(
      Array.from({ length: 20 }, (_, index) => drey.doors.PUT(`slow/${index}`, bytes)),
    );
    waiting.catch(() => {});
    for (let index = 0; index < 20; index += 1) {
      const signal = AbortSignal.timeout(5000);
      expect(await drey.status('GET', '/api/v1/content/alice/a.bin', { signal })).toBe(200);
      expect(await drey.status('PUT', `/api/v1/content/alice/${index}`, { body: 'x', signal })).toBe(201);
    }
    await volume.thaw();
    expect(new Set(await waiting)).toEqual(new Set([201]));
  } finally {
    await volume.thaw().catch(() => {});
  }
});
