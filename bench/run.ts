import { existsSync } from 'node:fs';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Daemon } from './child-process.ts';
import { DreyServer } from './drey-server.ts';
import { findNginx, startNginx } from './nginx-server.ts';
import { writeReadme } from './readme.ts';
import { measureDownload } from './rows/download.ts';
import { measureLinkPage } from './rows/link-page.ts';
import { measureListing } from './rows/listing.ts';
import { measureMemory } from './rows/memory.ts';
import { measureSmallFile } from './rows/small-file.ts';
import { measureUpload } from './rows/upload.ts';
import { toMarkdown, type Row } from './table.ts';
import { gibibyte } from './test-files.ts';
import type { Workbench } from './workbench.ts';

const usage = `npm run bench [-- [--write] [ROW…]]
  Measures Drey beside nginx and prints a table; with --write it also goes into bench/README.md.
  ROW is one of: download small-file listing upload link-page. Without any, all.`;

/** In the order in which they are done. */
const contests = {
  download: measureDownload,
  'small-file': measureSmallFile,
  upload: measureUpload,
  listing: measureListing,
  'link-page': measureLinkPage,
};
type Contest = keyof typeof contests;

const neededBytes = 6 * gibibyte;
const longestMs = 20 * 60_000;

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.find((name) => !Object.hasOwn(contests, name));
if (values.help || unknown !== undefined || (values.write && positionals.length > 0)) {
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
  const rows = await Promise.race([measure(), interrupted]);
  process.stdout.write(`${toMarkdown(rows)}\n`);
  if (values.write) await writeReadme(rows);
  process.exitCode = rows.some((row) => row.isMet === false) ? 1 : 0;
} catch (error) {
  process.stderr.write(`bench: ${(error as Error).message}\n`);
  process.exitCode = 70;
} finally {
  for (const cleanUp of cleanUps.reverse()) await cleanUp().catch(() => {});
  process.exit();
}

async function measure(): Promise<Row[]> {
  const workbench = await setUp();
  const rows: Row[] = [];
  const names = positionals.length > 0 ? (positionals as Contest[]) : (Object.keys(contests) as Contest[]);
  for (const name of names) {
    process.stderr.write(`${name} …\n`);
    rows.push(...(await contests[name](workbench)));
  }
  return [...rows, ...(await measureMemory(workbench))];
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
