import type { Command } from 'commander';
import type { EntryName } from '../contract/path.ts';
import { parseDuration } from '../contract/duration.ts';
import { newInviteSchema, newUserSchema, passwordSchema } from '../contract/schemas.ts';
import { parseSize, shortSize, writeSize } from '../contract/size.ts';
import { formatUri } from '../contract/uri.ts';
import type { QuotaStanding } from '../files/quotas.ts';
import { presentUser } from '../http/presenters.ts';
import {
  check,
  confirm,
  printRows,
  readPassword,
  shownTime,
  usageError,
  type LocalInstallation,
} from './local-installation.ts';
import { shownOrigin } from './serve-command.ts';

function shownStanding({ quotaBytes, usedBytes }: QuotaStanding): string {
  if (quotaBytes === null) return 'none';
  return `${usedBytes === null ? '?' : shortSize(usedBytes)} of ${writeSize(quotaBytes)}`;
}

/** `drey user …` */
export function defineUserCommands(user: Command, installation: LocalInstallation): void {
  const { operator, config } = installation;

  user
    .command('add <name>')
    .description('create a user with an empty home; asks for the password')
    .option('--admin', 'make them an administrator', false)
    .option('--password-stdin', 'read the password from standard input', false)
    .action(async (name: string, options: { admin: boolean; passwordStdin: boolean }) => {
      check(newUserSchema.shape.name, name);
      const password = check(passwordSchema, await readPassword(options.passwordStdin));
      await installation.run(async ({ users }) => {
        await users.create(operator, { name, password, isAdmin: options.admin });
      });
    });

  user
    .command('ls')
    .description('list users, and homes that are nobody’s')
    .option('--json', 'as JSON')
    .action(({ json }: { json?: true }) =>
      installation.run(async ({ users, homes, quotas }) => {
        const listed = await Promise.all(
          (await users.list()).map(async (row) => ({
            row,
            standing: await quotas.standing(row.name as EntryName),
          })),
        );
        printRows(
          listed.map(({ row, standing }) => ({
            name: row.name,
            role: row.is_admin ? 'admin' : 'user',
            state: row.is_disabled ? 'disabled' : 'active',
            'last seen': shownTime(row.last_seen_at, 'never'),
            created: shownTime(row.created_at),
            'used of quota': shownStanding(standing),
          })),
          json && listed.map(({ row, standing }) => presentUser(row, standing)),
        );
        const orphans = await homes.orphans();
        if (orphans.length > 0 && !json) {
          process.stderr.write(
            `Homes that are nobody's: ${orphans.join(', ')}. Give one: drey user give-home NAME OTHER\n`,
          );
        }
      }),
    );

  for (const [verb, isDisabled, what] of [
    ['disable', true, 'end all they have: sessions, links, transfers; tokens and files wait'],
    ['enable', false, 'let them in again'],
  ] as const) {
    user
      .command(`${verb} <name>`)
      .description(what)
      .action((name: string) =>
        installation.run(async ({ users }) => void (await users.update(operator, name, { isDisabled }))),
      );
  }

  for (const [verb, isAdmin] of [
    ['promote', true],
    ['demote', false],
  ] as const) {
    user
      .command(`${verb} <name>`)
      .description(isAdmin ? 'make them an administrator' : 'make them a user like any other')
      .action((name: string) =>
        installation.run(async ({ users }) => void (await users.update(operator, name, { isAdmin }))),
      );
  }

  user
    .command('quota <name> <size>')
    .description(
      'what the files in their home may have together: such as 500G, none, or default (DREY_USER_QUOTA)',
    )
    .action(async (name: string, text: string) => {
      const quota = text === 'none' || text === 'default' ? text : parseSize(text);
      if (quota === undefined) throw usageError('A quota looks like 500G, 1048576, none or default.');
      await installation.run(async ({ users }) => void (await users.update(operator, name, { quota })));
    });

  user
    .command('passwd <name>')
    .description('set a password, and end their sessions')
    .option('--password-stdin', 'read the password from standard input', false)
    .action(async (name: string, { passwordStdin }: { passwordStdin: boolean }) => {
      const password = check(passwordSchema, await readPassword(passwordStdin));
      await installation.run(async ({ users }) => void (await users.update(operator, name, { password })));
    });

  user
    .command('rm <name>')
    .description('delete a user with their sessions, tokens, links and grants; the files stay')
    .option('--give-home-to <other>', 'make their home a folder in that user’s')
    .option('--yes', 'do not ask', false)
    .action((name: string, { giveHomeTo, yes }: { giveHomeTo?: string; yes: boolean }) =>
      installation.run(async ({ users, homes }) => {
        await users.get(name);
        if (giveHomeTo !== undefined) await homes.requireReceiver(name, giveHomeTo);
        await confirm(`Delete the user "${name}"? Their links and tokens end for good.`, yes);
        await users.remove(operator, name);
        if (!(await homes.isOrphan(name))) return;
        if (giveHomeTo === undefined) {
          process.stderr.write(`Their files stay. Give them to someone: drey user give-home ${name} OTHER\n`);
          return;
        }
        const path = await homes.give(operator, name, giveHomeTo);
        process.stderr.write(`Their files are at ${formatUri(config.cluster, path)}\n`);
      }),
    );

  user
    .command('give-home <name> <to>')
    .description('make the home of a user who is gone a folder in somebody else’s')
    .action((name: string, to: string) =>
      installation.run(async ({ homes }) => {
        const path = await homes.give(operator, name, to);
        process.stdout.write(`${formatUri(config.cluster, path)}\n`);
      }),
    );

  user
    .command('invite [name]')
    .description('print a one-time link by which someone makes their account')
    .option('--admin', 'as an administrator', false)
    .option('--group <group...>', 'who is in these groups at once', [])
    .option('--expires <duration>', 'such as 12h or 7d', '7d')
    .action(
      async (name: string | undefined, options: { admin: boolean; group: string[]; expires: string }) => {
        const expiresIn = parseDuration(options.expires);
        if (expiresIn === undefined) throw usageError('--expires looks like 90m, 12h, 7d or 2w.');
        const terms = check(newInviteSchema, {
          name,
          isAdmin: options.admin,
          groups: options.group,
          expiresIn,
        });
        await installation.run(async ({ invites }) => {
          const { token } = await invites.create(operator, {
            name: terms.name ?? null,
            isAdmin: terms.isAdmin,
            groups: terms.groups,
            expiresInSeconds: terms.expiresIn,
          });
          process.stdout.write(`${shownOrigin(config)}/invite#${token}\n`);
        });
      },
    );
}
