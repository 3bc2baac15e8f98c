import type { Command } from 'commander';
import type { ForeignLink } from '../../server/contract/schemas.ts';
import { formatUri, type UriBase } from '../../server/contract/uri.ts';
import { addExamples, type CommandContext } from '../command-context.ts';
import { usageError } from '../exit-code.ts';
import { parseStorageLocation, shortenUri } from '../location.ts';
import { layOutTable } from '../terminal/column-layout.ts';
import { JsonArray } from '../terminal/json-array.ts';
import { formatDate } from '../terminal/quantity.ts';
import type { Terminal } from '../terminal/terminal.ts';

type Options = { all?: true; json?: true; everyone?: true; creator?: string; root?: string };

export function defineLinkList(command: Command, context: CommandContext): void {
  command
    .description('list your links, newest first')
    .argument('[uri]', 'only links on this entry alone')
    .option('-a, --all', 'also those that have ended')
    .option('--everyone', "everybody's, as an administrator; without their addresses")
    .option('--creator <name>', 'with --everyone: only links that this user made')
    .option('--root <name>', 'with --everyone: only links on something in this root')
    .option('--json', 'as a JSON array');
  addExamples(command, [
    ['drey link ls', 'all that are live'],
    ["drey link ls --json storage:results.zip | jq -r '.[].url'", 'the addresses of links on a file'],
  ]);
  command.action(async (typed: string | undefined, options: Options) => {
    const { all, json, everyone, creator, root } = options;
    const { terminal } = context;
    const api = await context.connect();
    const base = await api.uriBase();
    const query: [string, string][] = all ? [] : [['state', 'live']];
    if (typed !== undefined) {
      const { path } = parseStorageLocation(typed, base);
      await api.requireThere(path, typed);
      query.push(['uri', formatUri(base.cluster, path)]);
    }
    if (!everyone && (creator !== undefined || root !== undefined))
      throw usageError('Say --everyone with --creator and --root.');
    if (everyone && typed !== undefined) throw usageError('With --everyone, narrow by --creator and --root.');
    if (creator !== undefined) query.push(['creator', creator]);
    if (root !== undefined) query.push(['root', root]);
    const links: ForeignLink[] = [];
    for await (const link of everyone ? api.listAllLinks(query) : api.listLinks(query)) links.push(link);
    if (json) {
      const array = new JsonArray(terminal);
      await array.add(links);
      return array.close();
    }
    const rows = links.map((link) => [...(everyone ? [link.createdBy] : []), ...rowOf(link, base, terminal)]);
    const heads = [...(everyone ? ['By'] : []), 'ID', 'State', 'Expires', 'Items', 'Label'];
    const lines = terminal.isInteractive
      ? layOutTable(rows.length === 0 ? [] : [heads, ...rows])
      : rows.map((row) => row.join('\t'));
    await terminal.print(lines.map((line) => `${line}\n`).join(''));
  });
}

function rowOf(link: ForeignLink, base: UriBase, terminal: Terminal): string[] {
  const [first, ...others] = link.items;
  const items = first ? terminal.show(shortenUri(first.uri, base)) : '-';
  return [
    link.id,
    link.state,
    link.expiresAt === null ? 'never' : formatDate(link.expiresAt),
    others.length === 0 ? items : `${items} and ${others.length} more`,
    terminal.show(link.label ?? ''),
  ];
}
