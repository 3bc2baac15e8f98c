import type { Token } from '$contract/schemas.ts';
import { levelWords } from '../teammates/level-words.ts';

/** What a narrowed token may do and where: `at most “Read”, only in storage:/bob/datasets`; nothing for one that may do all. */
export function narrowingWords({ level, uris }: Pick<Token, 'level' | 'uris'>): string {
  if (level === null && uris === null) return '';
  const power = level === null ? 'everything' : `at most “${levelWords[level].name}”`;
  const places = uris?.map((uri) => uri.replace(/^storage:\/\/[^/]+\//, 'storage:/').replaceAll('%20', ' '));
  return `${power}${places ? `, only in ${places.join(', ')}` : ''}`;
}
