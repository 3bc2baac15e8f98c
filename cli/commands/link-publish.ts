import type { Command } from 'commander';
import { AppError } from '../../server/contract/app-error.ts';
import { addExamples, type CommandContext } from '../command-context.ts';
import { getLinkByName } from './link-by-name.ts';

const lookEveryMs = 500;

export function defineLinkPublish(command: Command, context: CommandContext): void {
  command
    .description('pin a link to the bytes that are there now, and print the hash of its list of checksums')
    .argument('<link>', 'its id, or its address')
    .option('--no-wait', 'do not wait until every file has been read');
  addExamples(command, [['drey link publish 0Xc…', 'after a new version has been put in place']]);
  command.action(async (named: string, { wait }: { wait: boolean }) => {
    const { terminal, signal } = context;
    const api = await context.connect();
    let link = await api.publishLink((await getLinkByName(api, named)).id);
    if (!wait) return;
    for (let pin = link.nextPin ?? link.pin; pin?.state === 'preparing'; pin = link.nextPin ?? link.pin) {
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      signal.throwIfAborted();
      link = await api.getLink(link.id);
    }
    const { state, problem, sha256 } = link.nextPin ?? link.pin ?? {};
    if (state !== 'ready') throw new AppError('conflict', problem ?? 'The link is not pinned.');
    await terminal.printLine(sha256 ?? '');
  });
}
