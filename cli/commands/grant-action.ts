import type { Command } from 'commander';
import { levels, type Level } from '../../server/contract/level.ts';
import { formatUri } from '../../server/contract/uri.ts';
import type { CommandContext } from '../command-context.ts';
import { about, usageError } from '../exit-code.ts';
import { parseStorageLocation } from '../location.ts';

/** `share` and `acl grant` are one. */
export function defineGrant(command: Command, { connect, terminal }: CommandContext): void {
  command
    .argument('<uri>', 'a file or folder; all below it is included')
    .argument('<user>', 'the name of a user, group:NAME, or public for everyone who is signed in')
    .argument('<level>', `one of ${levels.join(', ')}`)
    .action(async (typed: string, user: string, level: string) => {
      if (!levels.includes(level as Level)) {
        throw usageError(`"${level}" is no level. It is one of ${levels.join(', ')}.`);
      }
      const api = await connect();
      const base = await api.uriBase();
      const uri = formatUri(base.cluster, parseStorageLocation(typed, base).path);
      const answer = await api.grant(uri, parseGrantee(user), level as Level).catch((error: unknown) => {
        throw about(typed, error);
      });
      if (answer.warning) terminal.say(`drey: ${answer.warning}`);
    });
}

/** `alice` is short for `user:alice`. */
export function parseGrantee(typed: string): string {
  return typed === 'public' || typed.includes(':') ? typed : `user:${typed}`;
}
