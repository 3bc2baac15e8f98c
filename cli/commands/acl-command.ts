import { formatUri } from '../../server/contract/uri.ts';
import { addExamples, type DefineCommand } from '../command-context.ts';
import { about } from '../exit-code.ts';
import { parseStorageLocation, shortenUri } from '../location.ts';
import { layOutTable } from '../terminal/column-layout.ts';
import { defineGrant, parseGrantee } from './grant-action.ts';

type ListOptions = { shared?: true; fullUri?: true; json?: true };

export const define: DefineCommand = (command, context) => {
  const grant = command.command('grant').description('give access; the same as drey share');
  defineGrant(grant, context);
  addExamples(grant, [
    ['drey acl grant storage:cifar-10 alice write', 'alice may read, write and delete there'],
  ]);

  const revoke = command
    .command('revoke')
    .description('take access back')
    .argument('<uri>', 'where it was given')
    .argument('<user>', 'whom to');
  addExamples(revoke, [['drey acl revoke storage:cifar-10 alice', 'take back what alice has there']]);
  revoke.action(async (typed: string, user: string) => {
    const api = await context.connect();
    const base = await api.uriBase();
    const { path } = parseStorageLocation(typed, base);
    await api.revokeGrant(formatUri(base.cluster, path), parseGrantee(user)).catch((error: unknown) => {
      throw about(typed, error);
    });
  });

  const list = command
    .command('ls')
    .alias('list')
    .description('list access: to one entry, or what you can see, or what you gave')
    .argument('[uri]', 'who has access here')
    .option('--shared', 'what you gave to others')
    .option('--full-uri', 'whole URIs')
    .option('--json', 'as JSON');
  addExamples(list, [
    ['drey acl ls', 'all roots that you can see, and your level there'],
    ['drey acl ls storage:cifar-10', 'who has access to a folder, and from where'],
    ['drey acl ls --shared', 'what you gave to others'],
  ]);
  list.action(async (typed: string | undefined, { shared, fullUri, json }: ListOptions) => {
    const { terminal } = context;
    const api = await context.connect();
    const base = await api.uriBase();
    const show = (uri: string) => terminal.show(fullUri ? uri : shortenUri(uri, base));
    let rows: unknown[];
    let table: string[][];
    if (typed === undefined && !shared) {
      const roots = await api.listRoots();
      rows = roots;
      table = roots.map(({ uri, level }) => [show(uri), level]);
    } else {
      const uri =
        typed === undefined ? undefined : formatUri(base.cluster, parseStorageLocation(typed, base).path);
      const grants = await api.listGrants(uri).catch((error: unknown) => {
        throw typed === undefined ? error : about(typed, error);
      });
      rows = grants;
      table = grants.map((row) => [show(row.uri), row.grantee, row.level, `by ${row.grantedBy}`]);
    }
    if (json) await terminal.printLine(JSON.stringify(rows, null, 2));
    else if (terminal.isInteractive)
      await terminal.print(
        layOutTable(table)
          .map((line) => `${line}\n`)
          .join(''),
      );
    else await terminal.print(table.map((row) => `${row.join('\t')}\n`).join(''));
  });
};
