import type { Command } from 'commander';
import { formatUri } from '../../server/contract/uri.ts';
import { addExamples, type CommandContext } from '../command-context.ts';
import { about } from '../exit-code.ts';
import { parseStorageLocation } from '../location.ts';
import { parseGrantee } from './grant-action.ts';

export function defineAclRevoke(command: Command, context: CommandContext): void {
  command
    .description('take access back')
    .argument('<uri>', 'where it was given')
    .argument('<user>', 'whom to: a user, group:NAME or public');
  addExamples(command, [['drey acl revoke storage:cifar-10 alice', 'take back what alice was given there']]);
  command.action(async (typed: string, user: string) => {
    const api = await context.connect();
    const base = await api.uriBase();
    const uri = formatUri(base.cluster, parseStorageLocation(typed, base).path);
    await api.revokeGrant(uri, parseGrantee(user)).catch((error: unknown) => {
      throw about(typed, error);
    });
  });
}
