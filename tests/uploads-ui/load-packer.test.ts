import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { packLoad } from '../../src/lib/features/uploads/load-packer.ts';

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

test('a load is a form whose manifest has the digest of each file, the bytes as they are', async () => {
  const contents = ['first\r\n--', '', 'ü\u0000'];
  const bytes = new TextEncoder().encode(contents.join(''));
  const entries = contents.map((text, index) => ({
    path: `folder/${index} "quoted".txt`,
    size: new TextEncoder().encode(text).length,
    modifiedAt: '2026-01-02T03:04:05.000Z',
    onConflict: 'fail' as const,
    ifMatch: undefined,
  }));
  const { body, contentType } = packLoad(entries, bytes, sha256);
  const form = await new Response(body, { headers: { 'content-type': contentType } }).formData();
  expect(JSON.parse(form.get('manifest') as string)).toEqual(
    entries.map(({ ifMatch: _, ...entry }, index) => ({ ...entry, sha256: sha256(contents[index]!) })),
  );
  const files = form.getAll('file') as File[];
  expect(await Promise.all(files.map((file) => file.text()))).toEqual(contents);
});
