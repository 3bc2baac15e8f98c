import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { SharedEntry, SharedListing } from '../../server/contract/schemas.ts';
import { LinkAddress } from '../../src/lib/features/link-page/link-address.ts';
import { fetchTools, listCommands, type FetchTool } from '../../src/lib/features/link-page/fetch-commands.ts';
import { fetchTargetOf } from '../../src/lib/features/link-page/fetch-target.ts';
import { makeLinkView } from '../../src/lib/features/link-page/link-view.ts';

const address = new LinkAddress('tok', 'https://files.example.org');
const link = (itemCount: number): SharedListing['link'] => ({
  label: null,
  note: null,
  hasPassword: false,
  sharedBy: 'bob',
  mode: 'read',
  expiresAt: null,
  downloadsLeft: null,
  itemCount,
  pin: null,
  fileBytes: 0,
});
const entry = (path: string, kind: SharedEntry['kind'] = 'file'): SharedEntry => ({
  name: path.split('/').at(-1)!,
  path,
  kind,
  size: kind === 'file' ? 1 : null,
  modifiedAt: '2026-11-22T12:00:00Z',
  etag: 'e',
});

function commandsFor(listing: SharedListing, tool: FetchTool = 'curl'): string[] {
  const target = fetchTargetOf(makeLinkView(listing), address);
  return target ? listCommands(tool, target).map(({ text }) => text) : [];
}

/** The words that a shell makes of a command. */
const wordsOf = (command: string) =>
  execFileSync('sh', ['-c', `for word in ${command}; do printf '%s\\n' "$word"; done`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n');

test('a link on one file is fetched so that it can be resumed, and checked', () => {
  expect(commandsFor({ link: link(1), entry: entry('labels.csv') })).toEqual([
    "curl -f -C - -o 'labels.csv' 'https://files.example.org/s/tok/raw'",
    "curl -fsS 'https://files.example.org/s/tok/SHA256SUMS' | sha256sum -c",
  ]);
});

const hostile = [
  "it's $(id).csv",
  '-o.csv',
  '"; rm -rf ~ #.csv',
  "'''",
  'a b\\c',
  'remote:x',
  '`id`',
  '!!',
  '-',
];
const shellTools = fetchTools.filter((tool) => tool !== 'Python');
test.each(shellTools.flatMap((tool) => hostile.map((name) => [tool, name] as const)))(
  'to %s the file name %s comes through a shell as one word, in the name and in the address',
  (tool, name) => {
    const [command] = commandsFor({ link: link(2), entry: entry(`it's/${name}`) }, tool);
    const words = wordsOf(command!);
    const at = words.findIndex((word) => word.replace(/^\.\//, '') === name && word !== '-');
    expect(at, command).toBeGreaterThan(0);
    expect(words[at]).not.toMatch(/^-|^[^/]*:/);
    const url = words.find((word) => word.startsWith('https:'));
    expect(decodeURIComponent(new URL(url!).pathname)).toBe(`/s/tok/raw/it's/${name}`);
  },
);

test.each(fetchTools)(
  'every command of a locked link takes the password for %s from where it was typed',
  (tool) => {
    const locked = { ...link(1), hasPassword: true };
    const children = { items: [entry('data/a')], next: null, total: 1 };
    const folder = { link: locked, entry: entry('data', 'directory'), children };
    for (const listing of [{ link: locked, entry: entry('labels.csv') }, folder]) {
      const [first, ...others] = commandsFor(listing, tool);
      expect(first).toBe("printf 'Password: '; read -rs PASSWORD; export PASSWORD; echo");
      expect(others.length).toBeGreaterThan(0);
      for (const command of others) expect(command).toMatch(/"[^"]*\$PASSWORD|environ\['PASSWORD'\]/);
    }
  },
);

test('several items come file by file, or as one zip', () => {
  const children = { items: [entry('a'), entry('b')], next: null, total: 2 };
  expect(commandsFor({ link: link(2), children }).slice(0, 2)).toEqual([
    "curl -fsS 'https://files.example.org/s/tok/urls?for=curl' | curl -f -C - --create-dirs -K -",
    "curl -f -OJ 'https://files.example.org/s/tok/zip'",
  ]);
});

test('of a link with a limit the zip is offered alone, which uses up one download', () => {
  const children = { items: [entry('a'), entry('b')], next: null, total: 2 };
  const limited = { ...link(2), downloadsLeft: 3 };
  for (const tool of fetchTools)
    for (const command of commandsFor({ link: limited, children }, tool))
      expect(command).not.toMatch(/urls|\/raw/);
});

test('a folder inside a link comes as itself, and is checked as itself', () => {
  const listing = {
    link: link(1),
    entry: entry("data/it's", 'directory'),
    children: { items: [entry("data/it's/a")], next: null, total: 1 },
  };
  expect(commandsFor(listing).slice(1)).toEqual([
    "curl -f -OJ 'https://files.example.org/s/tok/zip?item=data%2Fit%27s'",
    "curl -fsS 'https://files.example.org/s/tok/SHA256SUMS?item=data%2Fit%27s' | sha256sum -c",
  ]);
});

test('an empty folder has nothing to fetch', () => {
  const children = { items: [], next: null, total: 0 };
  expect(commandsFor({ link: link(1), entry: entry('data', 'directory'), children })).toEqual([]);
});
