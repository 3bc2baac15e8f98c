import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';

test('a link is on a path of the disk: it gives what is written or saved there, nothing while it is away, and no other kind of thing (SH-19)', async () => {
  const server = await startTestServer();
  const home = server.homeOf('bob');
  const file = join(home, 'f.txt');
  await writeFile(file, 'first');
  await mkdir(join(home, 'folder'));
  await writeFile(join(home, 'folder/in.txt'), 'in');
  const link = await server.link(server.bob, { items: ['storage:f.txt', 'storage:folder'] });
  const base = new URL(link.url).pathname;
  const get = (path: string) => server.as().get(`${base}/${path}`).buffer(true);

  await writeFile(file, 'in place');
  await get('raw/f.txt').expect(200, 'in place');
  await writeFile(`${file}~`, 'saved atomically');
  await rename(`${file}~`, file);
  await get('raw/f.txt').expect(200, 'saved atomically');

  await rename(file, join(home, 'renamed.txt'));
  await get('raw/f.txt').expect(404);
  expect((await get('entries')).text).not.toMatch(/f\.txt|renamed/);
  await rename(join(home, 'renamed.txt'), file);
  await get('raw/f.txt').expect(200, 'saved atomically');

  await rm(file);
  await mkdir(file);
  await writeFile(join(file, 'secret.txt'), 'secret');
  await rm(join(home, 'folder'), { recursive: true });
  await writeFile(join(home, 'folder'), 'secret');
  for (const path of [
    'raw/f.txt',
    'raw/f.txt/secret.txt',
    'raw/folder',
    'entries/f.txt',
    'zip',
    'zip?item=f.txt',
    'SHA256SUMS',
    'entries',
    'raw/',
    'raw/f.txt/',
    'urls',
  ]) {
    const { status, text } = await get(path);
    expect(status, path).toBeGreaterThanOrEqual(400);
    expect(text, path).not.toContain('secret');
  }
});
