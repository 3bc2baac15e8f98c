import type { Command } from 'commander';
import { formatUri } from '../../server/contract/uri.ts';
import { addExamples, type CommandContext } from '../command-context.ts';
import { about } from '../exit-code.ts';
import { parseStorageLocation, shortenUri } from '../location.ts';

export function defineAclExplain(command: Command, context: CommandContext): void {
  command
    .description('say what someone may do with an entry, and by which grant')
    .argument('<uri>')
    .argument('<user>')
    .option('--json', 'as JSON');
  addExamples(command, [
    ['drey acl explain storage:cifar-10/data alice', 'the level of alice there, and why'],
  ]);
  command.action(async (typed: string, user: string, { json }: { json?: true }) => {
    const { terminal } = context;
    const api = await context.connect();
    const base = await api.uriBase();
    const uri = formatUri(base.cluster, parseStorageLocation(typed, base).path);
    const name = user.replace(/^user:/, '');
    const explanation = await api.explainGrant(uri, name).catch((error: unknown) => {
      throw about(typed, error);
    });
    if (json) return terminal.printLine(JSON.stringify(explanation, null, 2));
    const { level, cause } = explanation;
    const why =
      cause?.kind === 'own'
        ? 'it is theirs'
        : cause
          ? `${cause.grantee} was given ${cause.level} on ${terminal.show(shortenUri(cause.uri, base))}`
          : level
            ? 'on the way to something that was shared'
            : 'nothing was shared';
    await terminal.printLine(`${level ?? 'none'}: ${why}`);
  });
}
