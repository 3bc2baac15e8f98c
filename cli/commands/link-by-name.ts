import type { Command } from 'commander';
import { AppError } from '../../server/contract/app-error.ts';
import { breachWords, eventWords, visitorWords } from '../../server/contract/link-event-words.ts';
import type { ForeignLink, Link, LinkEvent } from '../../server/contract/schemas.ts';
import { addExamples, type CommandContext } from '../command-context.ts';
import { shortenUri } from '../location.ts';
import type { StorageApi } from '../storage-api.ts';
import { forEachSubject } from '../subject-loop.ts';
import { formatBytes, formatCount, formatDate } from '../terminal/quantity.ts';
import type { Terminal } from '../terminal/terminal.ts';

export function defineLinkShow(command: Command, context: CommandContext): void {
  command
    .description('show all that is known of a link')
    .argument('<link>', 'its id, or its address')
    .option('--everyone', "anybody's link, by its id, as an administrator")
    .option('--json', 'as JSON');
  addExamples(command, [
    ['drey link show https://drey.example.org/s/eyJ…', 'what a link gives, and to what use'],
  ]);
  command.action(async (named: string, { json, everyone }: { json?: true; everyone?: true }) => {
    const { terminal } = context;
    const api = await context.connect();
    const link: ShownLink = everyone ? await api.getAnyLink(named) : await getLinkByName(api, named);
    const events = await api.listLinkEvents(link.id, everyone === true);
    if (json) return terminal.printLine(JSON.stringify({ ...link, events }, null, 2));
    const base = await api.uriBase();
    const facts: [string, string][] = [
      ['ID', link.id],
      ['Address', link.url ?? ''],
      ['State', stateWords(link)],
      ['Mode', link.mode],
      ['Label', link.label ?? ''],
      ['Note', link.note ?? ''],
      ['Made', `${formatDate(link.createdAt)} by ${link.createdBy}`],
      ['Expires', link.expiresAt === null ? 'never' : formatDate(link.expiresAt)],
      ['Limit', link.maxDownloads == null ? '' : `${link.maxDownloads} downloads`],
      ['Used', usesWords(link)],
      ['Mail', link.notify ? 'first download, files dropped, a day before it ends' : ''],
      ...link.items.map(({ uri }): [string, string] => ['Item', shortenUri(uri, base)]),
    ];
    for (const [name, value] of facts) {
      if (value !== '') await terminal.printLine(`${name.padStart(8)}: ${terminal.show(value)}`);
    }
    for (const event of events) await terminal.printLine(eventLine(event, terminal));
  });
}

type ShownLink = ForeignLink & { url?: string };

function stateWords({ state, orphanedBy, isRevokedByAdmin, breaches }: ShownLink): string {
  if (orphanedBy === 'lost_right') return 'dead: its creator may not share this any more';
  if (orphanedBy === 'deletion') return 'dead: its items are gone';
  if (state === 'revoked' && isRevokedByAdmin) return 'revoked by an administrator';
  const words = state.replace('_', ' ');
  if (breaches.length === 0) return words;
  return `${words}, against the rules: ${breaches.map((breach) => breachWords[breach]).join(', ')}`;
}

function usesWords({ opens, downloads, bytesSent, lastUsedAt }: ShownLink): string {
  if (lastUsedAt === null) return 'never';
  return `opened ${formatCount(opens, 'time')}, ${formatCount(downloads, 'download')}, ${formatBytes(bytesSent)} in all`;
}

/** `2026-11-22 16:14  Downloaded a.bin: 9 MB, finished (curl, from 203.0.113.0/24)` */
function eventLine(event: LinkEvent, terminal: Terminal): string {
  const { verb, name, rest, outcome } = eventWords(event, formatBytes);
  const what = `${[verb, name].filter(Boolean).join(' ')}${rest}${outcome && `: ${outcome}`}`;
  return `${formatDate(event.lastAt)}  ${terminal.show(`${what} (${visitorWords(event)})`)}`;
}

export function defineLinkRevoke(command: Command, context: CommandContext): void {
  command
    .description('end links, at once and for good')
    .argument('<links...>', 'their ids, or addresses')
    .option('--everyone', "anybody's links, by their ids, as an administrator");
  addExamples(command, [
    ['drey link revoke https://drey.example.org/s/eyJ…', 'whoever has the address gets nothing more'],
  ]);
  command.action(async (named: string[], { everyone }: { everyone?: true }) => {
    const api = await context.connect();
    await forEachSubject(context.terminal, named, async (name) => {
      if (everyone) await api.revokeAnyLink(name);
      else await api.revokeLink((await getLinkByName(api, name)).id);
    });
  });
}

export function defineLinkRestore(command: Command, context: CommandContext): void {
  command
    .description('take a revocation back, within ten minutes of it')
    .argument('<links...>', 'their ids, or addresses');
  addExamples(command, [
    ['drey link restore https://drey.example.org/s/eyJ…', 'the address works again, as if nothing had been'],
  ]);
  command.action(async (named: string[]) => {
    const api = await context.connect();
    await forEachSubject(context.terminal, named, async (name) => {
      await api.updateLink((await getLinkByName(api, name)).id, { revoked: false });
    });
  });
}

export function defineLinkRenew(command: Command, context: CommandContext): void {
  command
    .description('give a link a new address, and print it; the old one stops working at once')
    .argument('<link>', 'its id, or its address');
  addExamples(command, [
    ['drey link renew https://drey.example.org/s/eyJ…', 'for an address that went too far around'],
  ]);
  command.action(async (named: string) => {
    const api = await context.connect();
    const { url } = await api.renewLink((await getLinkByName(api, named)).id);
    await context.terminal.printLine(url);
  });
}

/** The link with this id or address. */
export async function getLinkByName(api: StorageApi, name: string): Promise<Link> {
  const token = /\/s\/([^/?#]+)/.exec(name)?.[1];
  if (token === undefined) return api.getLink(name);
  for await (const link of api.listLinks()) if (link.url.endsWith(`/s/${token}`)) return link;
  throw new AppError('not_found', 'None of your links has this address.');
}
