import { readFile, writeFile } from 'node:fs/promises';
import { toMarkdown, type Row } from './table.ts';

const readme = new URL('README.md', import.meta.url);

/** Puts what was measured in the place of the set's table. */
export async function writeReadme(set: string, rows: readonly Row[]): Promise<void> {
  const text = await readFile(readme, 'utf8');
  const place = new RegExp(`(<!-- ${set} -->\n)[^]*?(<!-- /${set} -->)`);
  if (!place.test(text)) throw new Error(`README.md has no place for the table of "${set}".`);
  await writeFile(readme, text.replace(place, `$1\n${toMarkdown(rows)}\n\n$2`));
}
