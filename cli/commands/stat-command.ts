import { addExamples, type DefineCommand } from '../command-context.ts';
import { parseStorageLocation } from '../location.ts';
import { forEachSubject } from '../subject-loop.ts';
import { JsonArray } from '../terminal/json-array.ts';
import { formatBytes } from '../terminal/quantity.ts';

export const define: DefineCommand = (command, context) => {
  command.argument('<uris...>').option('--json', 'as a JSON array');
  addExamples(command, [
    ['drey stat storage:runs/7/model.pt', 'size, time, version and your level'],
    ["drey stat --json storage:a.txt | jq -r '.[0].etag'", 'for programs'],
  ]);
  command.action(async (typed: string[], { json }: { json?: true }) => {
    const { terminal } = context;
    const api = await context.connect();
    const base = await api.uriBase();
    const array = json ? new JsonArray(terminal) : undefined;
    await array?.open();
    await forEachSubject(terminal, typed, async (text) => {
      const entry = await api.get(parseStorageLocation(text, base).path);
      if (array) return array.add([entry]);
      const size = entry.size === null ? '' : `\n    Size: ${entry.size} bytes (${formatBytes(entry.size)})`;
      await terminal.printLine(
        `    Name: ${terminal.show(entry.name)}\n     URI: ${entry.uri}\n    Kind: ${entry.kind}${size}\n` +
          `Modified: ${entry.modifiedAt}\n    ETag: ${entry.etag}\n   Level: ${entry.level}`,
      );
    });
    await array?.close();
  });
};
