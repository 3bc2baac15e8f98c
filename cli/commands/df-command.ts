import { AppError } from '../../server/contract/app-error.ts';
import { rootOf } from '../../server/contract/path.ts';
import { addExamples, type DefineCommand } from '../command-context.ts';
import { parseStorageLocation } from '../location.ts';
import { layOutTable } from '../terminal/column-layout.ts';
import { shortBytes } from '../terminal/quantity.ts';

type Options = { bytes?: true; json?: true };

export const define: DefineCommand = (command, context) => {
  command
    .argument('[uri]', 'only the root that this is in')
    .option('-b, --bytes', 'in bytes')
    .option('--json', 'as JSON');
  addExamples(command, [
    ['drey df', 'the space of all roots that you can see'],
    ['drey df storage:runs', 'of the one with this folder'],
  ]);
  command.action(async (typed: string | undefined, { bytes, json }: Options) => {
    const { terminal } = context;
    const api = await context.connect();
    const place = typed === undefined ? undefined : parseStorageLocation(typed, await api.uriBase()).path;
    const only = place && rootOf(place);
    const roots = (await api.listRoots()).filter(({ name }) => only === undefined || name === only);
    if (only !== undefined && roots.length === 0) {
      throw new AppError('not_found', `${typed}: There is no such root.`);
    }
    if (place !== undefined) await api.requireThere(place, typed!);
    if (json) return terminal.printLine(JSON.stringify(roots, null, 2));
    const format = (count: number | null) =>
      count === null ? '-' : bytes ? String(count) : shortBytes(count);
    const rows = roots.map(({ name, freeBytes, totalBytes, level }) => {
      const used = totalBytes === null || freeBytes === null ? null : totalBytes - freeBytes;
      const share = used === null || !totalBytes ? '-' : `${Math.ceil((used * 100) / totalBytes)}%`;
      return [terminal.show(name), format(totalBytes), format(used), format(freeBytes), share, level];
    });
    const table = layOutTable(
      [['Root', 'Size', 'Used', 'Free', 'Use%', 'Level'], ...rows],
      new Set([1, 2, 3, 4]),
    );
    await terminal.print(`${table.join('\n')}\n`);
  });
};
