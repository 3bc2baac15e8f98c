import type { Command } from 'commander';
import { confirm, printRows, type LocalInstallation } from './local-installation.ts';

/** `drey key …` */
export function defineKeyCommands(key: Command, installation: LocalInstallation): void {
  const { operator } = installation;

  key
    .command('ls')
    .description('list the keys that links are signed with, newest first')
    .option('--json', 'as JSON')
    .action(({ json }: { json?: true }) =>
      installation.run(async ({ keys }) => {
        const all = await keys.list();
        printRows(
          all.map(({ kid, isCurrent, liveLinks }) => ({
            kid,
            use: isCurrent ? 'new links' : 'old links',
            'live links': String(liveLinks),
          })),
          json && all,
        );
      }),
    );

  key
    .command('rotate')
    .description('sign new links with a new key; links that are out there work on')
    .action(() =>
      installation.run(async ({ keys }) => {
        process.stdout.write(`${await keys.rotate(operator)}\n`);
      }),
    );

  key
    .command('retire <kid>')
    .description('destroy an old key: every address that was signed with it ends')
    .option('--yes', 'do not ask', false)
    .action((kid: string, { yes }: { yes: boolean }) =>
      installation.run(async ({ keys }) => {
        const { liveLinks } = await keys.requireOld(kid);
        const what = `${liveLinks} live link${liveLinks === 1 ? '' : 's'}`;
        await confirm(`Retire ${kid}? The addresses of ${what} end at once and for good.`, yes);
        await keys.retire(operator, kid);
        process.stderr.write(`${what} ended. Their owners see new addresses under Links.\n`);
      }),
    );
}
