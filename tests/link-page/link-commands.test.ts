import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { SharedEntry, SharedListing } from '../../server/contract/schemas.ts';
import { LinkAddress } from '../../src/lib/features/link-page/link-address.ts';
import { listCommands } from '../../src/lib/features/link-page/link-commands.ts';
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
const commandsFor = (listing: SharedListing) =>
  listCommands(makeLinkView(listing), address).map(({ text }) => text);

/** The words that a shell makes of a command. */
const wordsOf = (command: string) =>
  execFileSync('sh', ['-c', `for word in ${command}; do printf '%s\\n' "$word"; done`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n');

test('a link on one file is fetched so that it can be resumed, and checked', () => {
  expect(commandsFor({ link: link(1), entry: entry('labels.csv') })).toEqual([
    "curl -C - -o 'labels.csv' 'https://files.example.org/s/tok/raw'",
    "curl -s 'https://files.example.org/s/tok/SHA256SUMS' | sha256sum -c",
  ]);
});

test.each(["it's $(id).csv", '-o.csv', '"; rm -rf ~ #.csv', "'''", 'a b\\c'])(
  'the file name %s comes through a shell as one word, in the name and in the address',
  (name) => {
    const [command] = commandsFor({ link: link(2), entry: entry(`it's/${name}`) });
    const words = wordsOf(command!);
    expect(words).toHaveLength(6);
    expect(words[4]!.replace(/^\.\//, '')).toBe(name);
    expect(words[4]).not.toMatch(/^-/);
    expect(decodeURIComponent(new URL(words[5]!).pathname)).toBe(`/s/tok/raw/it's/${name}`);
  },
);

test('every command of a locked link has a place for the password', () => {
  const locked = { ...link(1), hasPassword: true };
  expect(commandsFor({ link: locked, entry: entry('labels.csv') })).toEqual([
    "curl -u :PASSWORD -C - -o 'labels.csv' 'https://files.example.org/s/tok/raw'",
    "curl -u :PASSWORD -s 'https://files.example.org/s/tok/SHA256SUMS' | sha256sum -c",
  ]);
});

test('several items come as one zip', () => {
  const children = { items: [entry('a'), entry('b')], next: null, total: 2 };
  expect(commandsFor({ link: link(2), children })[0]).toBe("curl -OJ 'https://files.example.org/s/tok/zip'");
});

test('a folder inside a link comes as a zip of itself', () => {
  const listing = {
    link: link(1),
    entry: entry("data/it's", 'directory'),
    children: { items: [entry("data/it's/a")], next: null, total: 1 },
  };
  expect(commandsFor(listing)).toEqual(["curl -OJ 'https://files.example.org/s/tok/zip?item=data%2Fit%27s'"]);
});

test('an empty folder has nothing to fetch', () => {
  const children = { items: [], next: null, total: 0 };
  expect(commandsFor({ link: link(1), entry: entry('data', 'directory'), children })).toEqual([]);
});
