import type { Command } from 'commander';
import { parseDuration } from '../contract/duration.ts';
import type { EntryName } from '../contract/path.ts';
import { levelSchema, newTokenSchema } from '../contract/schemas.ts';
import { parseUri } from '../contract/uri.ts';
import { presentToken } from '../http/presenters.ts';
import type { Services } from '../services.ts';
import { check, printRows, shownTime, usageError, type LocalInstallation } from './local-installation.ts';

type CreateOptions = {
  user?: string;
  label: string;
  expires?: string;
  readOnly?: true;
  level?: string;
  uri: string[];
};

/** `drey token …` */
export function defineTokenCommands(token: Command, installation: LocalInstallation): void {
  const { operator, config } = installation;

  token
    .command('create')
    .description('make an API token and print it, alone')
    .option('--user <name>', 'whose; not needed where there is one user')
    .option('--label <label>', 'what it is for', '')
    .option('--expires <duration>', 'such as 12h or 30d; never without it')
    .option('--read-only', 'it may only read')
    .option('--level <level>', 'the most it may do: list, read, write or manage')
    .option('--uri <uri...>', 'the only places where it may do anything', [])
    .action((options: CreateOptions) =>
      installation.run(async (services) => {
        if (options.readOnly && options.level !== undefined) throw usageError('--read-only is --level read.');
        const expiresIn = options.expires === undefined ? undefined : parseDuration(options.expires);
        if (options.expires !== undefined && expiresIn === undefined) {
          throw usageError('--expires looks like 90m, 12h, 30d or 2w.');
        }
        const level = options.readOnly ? 'read' : options.level;
        if (level !== undefined && !levelSchema.safeParse(level).success) {
          throw usageError('--level is list, read, write or manage.');
        }
        const uris = options.uri.length > 0 ? options.uri : undefined;
        const terms = check(newTokenSchema, { label: options.label, expiresIn, level, uris });
        const user = await ownerOf(services, options.user);
        const base = { cluster: config.cluster, home: user.name as EntryName };
        const made = await services.tokens.create(operator, user, {
          label: terms.label,
          expiresInSeconds: terms.expiresIn,
          level: terms.level,
          paths: terms.uris?.map((uri) => parseUri(uri, base)),
        });
        process.stdout.write(`${made.token}\n`);
      }),
    );

  token
    .command('ls')
    .description('list API tokens, without their secrets')
    .option('--user <name>', 'whose; everybody’s without it')
    .option('--json', 'as JSON')
    .action(({ user, json }: { user?: string; json?: true }) =>
      installation.run(async ({ users, tokens }) => {
        const owners = user === undefined ? await users.list() : [await users.get(user)];
        const listed = [];
        for (const { id, name } of owners) {
          for (const row of await tokens.listOf(id)) {
            listed.push({ row, token: { ...presentToken(config.cluster, row), user: name } });
          }
        }
        printRows(
          listed.map(({ row, token: { id, user, label, level, uris } }) => ({
            id,
            user,
            label,
            level: level ?? '-',
            places: uris?.join(' ') ?? '-',
            expires: shownTime(row.expires_at, 'never'),
            'last used': shownTime(row.last_used_at, 'never'),
          })),
          json && listed.map(({ token }) => token),
        );
      }),
    );

  token
    .command('revoke <id...>')
    .description('end API tokens, by the id that ls shows')
    .action((ids: string[]) =>
      installation.run(async ({ tokens }) => {
        for (const id of ids) await tokens.remove(operator, await tokens.ownerOf(id), id);
      }),
    );
}

async function ownerOf({ users }: Services, name: string | undefined) {
  if (name !== undefined) return users.get(name);
  const [first, second] = await users.list();
  if (!first || second) throw usageError('Say whose token it is: --user NAME.');
  return first;
}
