import type { Command } from 'commander';
import type { Grant } from '../../server/contract/schemas.ts';
import { formatUri } from '../../server/contract/uri.ts';
import { addExamples, type CommandContext } from '../command-context.ts';
import { about } from '../exit-code.ts';
import { parseStorageLocation, shortenUri } from '../location.ts';
import type { StorageApi } from '../storage-api.ts';
import { layOutTable } from '../terminal/column-layout.ts';

type Options = { shared?: true; fullUri?: true; json?: true };
type Row = Pick<Grant, 'uri' | 'level'> & Partial<Grant>;

export function defineAclList(command: Command, context: CommandContext): void {
  command
    .description('list access: to one entry, or what you have, or what you gave')
    .argument('[uri]', 'who has access here, and from where')
    .option('--shared', 'what you gave to others')
    .option('--full-uri', 'whole URIs')
    .option('--json', 'as JSON');
  addExamples(command, [
    ['drey acl ls', 'what is yours or shared with you, and your level there'],
    ['drey acl ls storage:cifar-10', 'who has access to a folder, and from where'],
    ['drey acl ls --shared', 'what you gave to others'],
  ]);
  command.action(async (typed: string | undefined, { shared, fullUri, json }: Options) => {
    const { terminal } = context;
    const api = await context.connect();
    const base = await api.uriBase();
    const rows = await findRows(api, typed, shared === true);
    if (json) return terminal.printLine(JSON.stringify(rows, null, 2));
    const table = rows.map(({ uri, grantee, level, grantedBy }) => {
      const shown = terminal.show(fullUri ? uri : shortenUri(uri, base));
      return grantee === undefined ? [shown, level] : [shown, grantee, level, `by ${grantedBy}`];
    });
    const lines = terminal.isInteractive ? layOutTable(table) : table.map((row) => row.join('\t'));
    await terminal.print(lines.map((line) => `${line}\n`).join(''));
  });
}

async function findRows(api: StorageApi, typed: string | undefined, isGiven: boolean): Promise<Row[]> {
  if (typed !== undefined) {
    const base = await api.uriBase();
    const uri = formatUri(base.cluster, parseStorageLocation(typed, base).path);
    return api.listGrants({ uri }).catch((error: unknown) => {
      throw about(typed, error);
    });
  }
  if (isGiven) return api.listGrants({ direction: 'given' });
  const [roots, received] = await Promise.all([api.listRoots(), api.listGrants({ direction: 'received' })]);
  const grantedUris = new Set(received.map(({ uri }) => uri));
  // A root that is only passed through says nothing; what is granted in it does.
  return [...roots.filter(({ uri, level }) => level !== 'list' && !grantedUris.has(uri)), ...received].map(
    (row) => row as Row,
  );
}
