import type { Command } from 'commander';
import type { ReceivedDrop } from '../../server/contract/schemas.ts';
import { addExamples, type CommandContext } from '../command-context.ts';
import { layOutTable } from '../terminal/column-layout.ts';
import { JsonArray } from '../terminal/json-array.ts';
import { formatDate } from '../terminal/quantity.ts';
import { getLinkByName } from './link-by-name.ts';

export function defineLinkDrops(command: Command, context: CommandContext): void {
  command
    .description('list what was sent by a link for dropping, newest first')
    .argument('<link>', 'its id, or its address')
    .option('--json', 'as a JSON array');
  addExamples(command, [['drey link drops 0Xc…', 'who sent what, and when']]);
  command.action(async (named: string, { json }: { json?: true }) => {
    const { terminal } = context;
    const api = await context.connect();
    const drops: ReceivedDrop[] = [];
    for await (const drop of api.listDrops((await getLinkByName(api, named)).id)) drops.push(drop);
    if (json) {
      const array = new JsonArray(terminal);
      await array.add(drops);
      return array.close();
    }
    const rows = drops.map(({ receivedAt, size, sender, storedPath }) => [
      formatDate(receivedAt),
      String(size),
      terminal.show(sender ?? ''),
      terminal.show(storedPath),
    ]);
    const lines = terminal.isInteractive
      ? layOutTable(rows.length === 0 ? [] : [['Received', 'Bytes', 'From', 'File'], ...rows])
      : rows.map((row) => row.join('\t'));
    await terminal.print(lines.map((line) => `${line}\n`).join(''));
  });
}
