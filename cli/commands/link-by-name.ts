import type { Command } from 'commander';
import { AppError } from '../../server/contract/app-error.ts';
import type { Link } from '../../server/contract/schemas.ts';
import { addExamples, type CommandContext } from '../command-context.ts';
import { shortenUri } from '../location.ts';
import type { StorageApi } from '../storage-api.ts';
import { forEachSubject } from '../subject-loop.ts';
import { formatDate } from '../terminal/quantity.ts';

export function defineLinkShow(command: Command, context: CommandContext): void {
  command
    .description('show all that is known of a link')
    .argument('<link>', 'its id, or its address')
    .option('--json', 'as JSON');
  addExamples(command, [
    ['drey link show https://drey.example.org/s/eyJ…', 'what a link gives, and to what use'],
  ]);
  command.action(async (named: string, { json }: { json?: true }) => {
    const { terminal } = context;
    const api = await context.connect();
    const link = await getLinkByName(api, named);
    if (json) return terminal.printLine(JSON.stringify(link, null, 2));
    const base = await api.uriBase();
    const facts: [string, string][] = [
      ['ID', link.id],
      ['Address', link.url],
      ['State', link.state.replace('_', ' ')],
      ['Mode', link.mode],
      ['Label', link.label ?? ''],
      ['Made', formatDate(link.createdAt)],
      ['Expires', link.expiresAt === null ? 'never' : formatDate(link.expiresAt)],
      ['Limit', link.maxDownloads == null ? '' : `${link.maxDownloads} downloads`],
      ['Used', `opened ${link.opens} times, ${link.downloads} downloads`],
      ...link.items.map(({ uri }): [string, string] => ['Item', shortenUri(uri, base)]),
    ];
    for (const [name, value] of facts) {
      if (value !== '') await terminal.printLine(`${name.padStart(8)}: ${terminal.show(value)}`);
    }
  });
}

export function defineLinkRevoke(command: Command, context: CommandContext): void {
  command.description('end links, at once and for good').argument('<links...>', 'their ids, or addresses');
  addExamples(command, [
    ['drey link revoke https://drey.example.org/s/eyJ…', 'whoever has the address gets nothing more'],
  ]);
  command.action(async (named: string[]) => {
    const api = await context.connect();
    await forEachSubject(context.terminal, named, async (name) => {
      await api.revokeLink((await getLinkByName(api, name)).id);
    });
  });
}

/** The link with this id or address. */
export async function getLinkByName(api: StorageApi, name: string): Promise<Link> {
  const token = /\/s\/([^/?#]+)/.exec(name)?.[1];
  if (token === undefined) return api.getLink(name);
  for await (const link of api.listLinks()) if (link.url.endsWith(`/s/${token}`)) return link;
  throw new AppError('not_found', 'None of your links has this address.');
}
