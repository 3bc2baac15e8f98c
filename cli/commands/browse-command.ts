import { encodePath } from '../../server/contract/path.ts';
import { addExamples, type DefineCommand } from '../command-context.ts';
import { parseStorageLocation } from '../location.ts';
import { openInBrowser } from '../terminal/web-browser.ts';

export const define: DefineCommand = (command, context) => {
  command
    .argument('[uri]', 'your home without it', 'storage:')
    .option('--print', 'print the address instead of opening it');
  addExamples(command, [['drey browse storage:runs/7', 'open a folder in the web browser']]);
  command.action(async (typed: string, { print }: { print?: true }) => {
    const api = await context.connect();
    const { path } = parseStorageLocation(typed, await api.uriBase());
    // Asked first, so that the shell and not a page says when there is nothing.
    await api.requireThere(path, typed);
    const address = `${api.client.url}/browse/${encodePath(path)}`;
    if (print || !(await openInBrowser(address))) await context.terminal.printLine(address);
  });
};
