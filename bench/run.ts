import { existsSync } from 'node:fs';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Daemon } from './child-process.ts';
import { sets, type ContestSet } from './contests.ts';
import { DreyServer } from './drey-server.ts';
import { findNginx, startNginx } from './nginx-server.ts';
import { writeReadme } from './readme.ts';
import { measureMemory } from './rows/memory.ts';
import { toMarkdown, type Row } from './table.ts';
import { gibibyte } from './test-files.ts';
import type { Workbench } from './workbench.ts';

const names = Object.entries(sets).map(
  ([set, { contests }]) => `    ${set.padEnd(10)}${Object.keys(contests).join(' ')}`,
);
const usage = `npm run bench [-- [--write] [SET [ROW…]]]
  Measures Drey beside its peers and prints a table; with --write it also goes into bench/README.md.
  SET is one of these, the first unless another is named; without a ROW, all of its rows:
${names.join('\n')}`;

const neededBytes = 24 * gibibyte;
const longestMs = 40 * 60_000;

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [setName = 'serving', ...rowNames] = positionals;
const set = Object.hasOwn(sets, setName) ? sets[setName] : undefined;
const isKnown = set !== undefined && rowNames.every((name) => Object.hasOwn(set.contests, name));
if (values.help || !isKnown || (values.write && rowNames.length > 0)) {
  process.stdout.write(`${usage}\n`);
  process.exit(values.help ? 0 : 2);
}

const cleanUps: (() => Promise<unknown>)[] = [];
try {
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Error(`Stopped by ${signal}.`)));
    setTimeout(() => reject(new Error('It takes too long; stopped.')), longestMs).unref();
  });
  const rows = await Promise.race([measure(set), interrupted]);
  process.stdout.write(`${toMarkdown(rows)}\n`);
  if (values.write) await writeReadme(setName, rows);
  process.exitCode = rows.some((row) => row.isMet === false) ? 1 : 0;
} catch (error) {
  process.stderr.write(`bench: ${(error as Error).message}\n`);
  process.exitCode = 70;
} finally {
  for (const cleanUp of cleanUps.reverse()) await cleanUp().catch(() => {});
  process.exit();
}

async function measure({ contests, maxServerBytes }: ContestSet): Promise<Row[]> {
  const workbench = await setUp();
  const rows: Row[] = [];
  for (const [name, contest] of Object.entries(contests)) {
    if (rowNames.length > 0 && !rowNames.includes(name)) continue;
    process.stderr.write(`${name} …\n`);
    rows.push(...(await contest(workbench)));
  }
  return [...rows, ...measureMemory(workbench, maxServerBytes)];
}

async function setUp(): Promise<Workbench> {
  const nginxProgram = await findNginx();
  if (!existsSync(new URL('../build/handler.js', import.meta.url)))
    throw new Error('The pages are not built yet. Run: npm run build');
  const { bavail, bsize } = await statfs(tmpdir());
  if (bavail * bsize < neededBytes)
    throw new Error(`Needs ${neededBytes / gibibyte} GiB of free space for temporary files.`);

  const folder = await mkdtemp(join(tmpdir(), 'drey-bench-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  const drey = await DreyServer.install(join(folder, 'data'));
  cleanUps.push(() => drey.stop());
  await drey.start();
  const putFolder = join(folder, 'dav');
  const nginx = await startNginx(nginxProgram, {
    folder: join(folder, 'nginx'),
    filesFolder: drey.home,
    putFolder,
  });
  cleanUps.push(() => nginx.daemon.stop());
  const express = await Daemon.start(
    process.execPath,
    [fileURLToPath(new URL('static-server.ts', import.meta.url)), drey.home],
    /(http:\/\/\S+)/,
  );
  cleanUps.push(() => express.daemon.stop());
  return { drey, nginx, expressOrigin: express.word, putFolder, scratch: join(folder, 'scratch') };
}
