import { execFileSync } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Installation, scratchFolder } from './installation.ts';
import { Volume } from './volume.ts';

/** Mounts a volume a second time at `folder`. */
async function bind(volume: Volume, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  execFileSync('mount', ['--bind', volume.path, folder]);
  onTestFinished(() => void execFileSync('umount', [folder]));
}

describe('a place for unfinished files on another device than where they go', () => {
  const places = { 'a volume inside a root': 'inner', 'the hidden folder is a volume': '.drey' };
  for (const [what, at] of Object.entries(places)) {
    test(`is refused as it begins, and nothing is left of it: ${what} (CR-10)`, async () => {
      const root = await scratchFolder();
      const volume = await Volume.tmpfs('size=8m');
      await bind(volume, join(root, at));
      const drey = await Installation.start({ mounts: [`outer=${root}`] });
      const target = at === 'inner' ? 'outer/inner/a.bin' : 'outer/a.bin';

      const put = await drey.ask('PUT', `/api/v1/content/${target}`, { body: new Uint8Array(1000) });
      expect(put.status).toBe(409);
      expect(await put.json()).toMatchObject({ error: { reason: 'other_volume' } });
      const encode = (text: string) => Buffer.from(text).toString('base64');
      const created = await drey.ask('POST', '/api/v1/uploads', {
        headers: {
          'Tus-Resumable': '1.0.0',
          'Upload-Length': '1000000',
          'Upload-Metadata': `uri ${encode(`storage:/${target}`)}`,
        },
      });
      // A tus client would take a 409 for a passing trouble.
      expect(created.status).toBe(412);
      expect(await created.json()).toMatchObject({ error: { reason: 'other_volume' } });

      const names = (await readdir(root, { recursive: true })).filter((name) => name.includes('a.bin'));
      expect(names).toEqual([]);
      expect(await readdir(volume.path)).not.toContain('a.bin');
    });
  }
});
