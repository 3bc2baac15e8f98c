import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const tests = new URL('.', import.meta.url);

test('every test that docs/advisories.md names exists', async () => {
  const files = (await readdir(tests, { recursive: true })).filter((name) => name.endsWith('.test.ts'));
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, tests), 'utf8')));
  const all = texts.join('\n').replaceAll("\\'", "'");
  const table = await readFile(new URL('../docs/advisories.md', tests), 'utf8');
  const rows = table.split('\n').filter((line) => /^\| (CVE|GHSA)-/.test(line));
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) {
    const name = row.split('|').at(-2)!.trim();
    expect(all.includes(name), name).toBe(true);
  }
});
