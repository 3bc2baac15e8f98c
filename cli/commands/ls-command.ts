import type { Entry } from '../../server/contract/schemas.ts';
import { addExamples, type CommandContext, type DefineCommand } from '../command-context.ts';
import { isClusterUri, parseStorageLocation } from '../location.ts';
import { listRootEntries } from '../root-entries.ts';
import type { StorageApi } from '../storage-api.ts';
import { EntryListing, type ListedEntry, type ListingOptions } from '../terminal/entry-listing.ts';
import { JsonArray } from '../terminal/json-array.ts';
import { forEachSubject } from '../subject-loop.ts';
import { sortOption, sortOrderOf, type SortChoice } from './sort-choice.ts';

type Options = ListingOptions & {
  all?: true;
  directory?: true;
  fullUri?: true;
  json?: true;
  sort: SortChoice;
};

export const define: DefineCommand = (command, context) => {
  command
    .argument('[uris...]', 'what to list; your home without any')
    .option('-l, --long', 'with kind, your level, size and time')
    .option('-h, --human-readable', 'with -l, sizes such as 1.2M')
    .option('-a, --all', 'also names that begin with a dot')
    .option('-d, --directory', 'folders themselves, not what they hold')
    .addOption(sortOption())
    .option('--full-uri', 'whole URIs instead of names')
    .option('--json', 'as a JSON array');
  addExamples(command, [
    ['drey ls', 'your home'],
    ['drey ls -lh --sort time storage:runs', 'with sizes and times, newest first'],
    ['drey ls storage://', 'all roots that you can see, with what is shared with you'],
    ['drey ls storage:/alice/data', "in another one's home"],
    ["drey ls --json storage:runs | jq -r '.[].name'", 'for programs'],
  ]);
  command.action(async (typed: string[], options: Options) => {
    const api = await context.connect();
    await listAll(context, api, typed.length === 0 ? ['storage:'] : typed, options);
  });
};

async function listAll(
  { terminal }: CommandContext,
  api: StorageApi,
  typed: readonly string[],
  options: Options,
): Promise<void> {
  const json = options.json ? new JsonArray(terminal) : undefined;
  const printEntries = async (listing: EntryListing, listed: readonly ListedEntry[]) => {
    if (json) await json.add(listed.map(({ entry }) => entry));
    else await listing.print(listed);
  };
  let isFirst = true;
  const printing = forEachSubject(terminal, typed, async (text) => {
    const listing = new EntryListing(terminal, options);
    let heading = typed.length > 1 && !json && !options.directory ? `${terminal.show(text)}:\n` : '';
    for await (const page of pagesOf(api, text, options)) {
      if (heading) await terminal.print(`${isFirst ? '' : '\n'}${heading}`);
      heading = '';
      isFirst = false;
      await printEntries(listing, page);
    }
  });
  await printing.finally(() => json?.close());
}

async function* pagesOf(api: StorageApi, text: string, options: Options): AsyncGenerator<ListedEntry[]> {
  const base = await api.uriBase();
  const named = (entries: readonly Entry[]) =>
    entries.map((entry) => ({ entry, name: options.fullUri ? entry.uri : entry.name }));
  if (isClusterUri(text, base)) {
    yield named(await listRootEntries(api));
    return;
  }
  const { path } = parseStorageLocation(text, base);
  const isShown = ({ name }: Entry) => options.all === true || !name.startsWith('.');
  const entry = options.directory ? await api.get(path) : undefined;
  if (entry) yield [{ entry, name: options.fullUri ? entry.uri : text }];
  else {
    for await (const { entry: listed, children } of api.listPages(path, sortOrderOf(options.sort))) {
      if (children) yield named(children.filter(isShown));
      else yield [{ entry: listed, name: options.fullUri ? listed.uri : text }];
    }
  }
}
