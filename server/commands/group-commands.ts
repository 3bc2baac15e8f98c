import type { Command } from 'commander';
import { newGroupSchema } from '../contract/schemas.ts';
import { check, confirm, printRows, type LocalInstallation } from './local-installation.ts';

/** `drey group …` */
export function defineGroupCommands(group: Command, installation: LocalInstallation): void {
  const { operator } = installation;

  group
    .command('add <name>')
    .description('create a group')
    .action((name: string) => {
      check(newGroupSchema, { name });
      return installation.run(async ({ groups }) => void (await groups.create(operator, name)));
    });

  group
    .command('ls')
    .description('list groups and who is in them')
    .option('--json', 'as JSON')
    .action(({ json }: { json?: true }) =>
      installation.run(async ({ groups }) => {
        const all = await groups.list();
        printRows(
          all.map(({ name, members }) => ({ name, members: members.join(', ') })),
          json && all.map(({ name, members }) => ({ name, members })),
        );
      }),
    );

  group
    .command('rm <name>')
    .description('delete a group; what was granted to it ends')
    .option('--yes', 'do not ask', false)
    .action((name: string, { yes }: { yes: boolean }) =>
      installation.run(async ({ groups }) => {
        await confirm(`Delete the group "${name}"? What was granted to it ends.`, yes);
        await groups.remove(operator, name);
      }),
    );

  group
    .command('join <group> <user...>')
    .description('put users into a group')
    .action((name: string, users: string[]) =>
      installation.run(async ({ groups }) => {
        for (const user of users) await groups.addMember(operator, name, user);
      }),
    );

  group
    .command('leave <group> <user...>')
    .description('take users out of a group')
    .action((name: string, users: string[]) =>
      installation.run(async ({ groups }) => {
        for (const user of users) await groups.removeMember(operator, name, user);
      }),
    );
}
