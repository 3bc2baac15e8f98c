import { addExamples, type DefineCommand } from '../command-context.ts';
import { parseStorageLocation } from '../location.ts';
import { forEachSubject } from '../subject-loop.ts';
import { printContent } from '../transfer/content-print.ts';

export const define: DefineCommand = (command, context) => {
  command.argument('<uris...>', 'files, printed one after the other');
  addExamples(command, [
    ['drey cat storage:runs/7/log.txt', 'a file'],
    ['drey cat storage:data.csv.gz | gunzip | head', 'into another program'],
  ]);
  command.action(async (typed: string[]) => {
    const api = await context.connect();
    const base = await api.uriBase();
    await forEachSubject(context.terminal, typed, async (text) => {
      await printContent(api, parseStorageLocation(text, base), (bytes) => context.terminal.write(bytes));
    });
  });
};
