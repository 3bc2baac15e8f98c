import { addExamples, type DefineCommand } from '../command-context.ts';
import { parseStorageLocation } from '../location.ts';
import { forEachSubject } from '../subject-loop.ts';
import { JsonArray } from '../terminal/json-array.ts';
import { formatBytes } from '../terminal/quantity.ts';

export const define: DefineCommand = (command, context) => {
  command.argument('<uris...>').option('--json', 'as a JSON array');
  addExamples(command, [
    [
      'drey stat storage:runs/7/model.pt',
      'size, time, version, your level, and the SHA-256 where it is known',
    ],
    ["drey stat --json storage:a.txt | jq -r '.[0].etag'", 'for programs'],
  ]);
  command.action(async (typed: string[], { json }: { json?: true }) => {
    const { terminal } = context;
    const api = await context.connect();
    const base = await api.uriBase();
    const array = json ? new JsonArray(terminal) : undefined;
    const printing = forEachSubject(terminal, typed, async (text) => {
      const { path } = parseStorageLocation(text, base);
      const entry = await api.get(path);
      // Whoever may only see the name is not told what is in it.
      const isReadable = entry.kind === 'file' && entry.level !== 'list';
      const sha256 = isReadable ? (await api.checksumOf(path)).sha256 : null;
      if (array) return array.add([{ ...entry, sha256 }]);
      const size = entry.size === null ? '' : `\n    Size: ${entry.size} bytes (${formatBytes(entry.size)})`;
      const checksum = sha256 === null ? '' : `\n SHA-256: ${sha256}`;
      await terminal.printLine(
        `    Name: ${terminal.show(entry.name)}\n     URI: ${entry.uri}\n    Kind: ${entry.kind}${size}\n` +
          `Modified: ${entry.modifiedAt}\n    ETag: ${entry.etag}${checksum}\n   Level: ${entry.level}`,
      );
    });
    await printing.finally(() => array?.close());
  });
};
