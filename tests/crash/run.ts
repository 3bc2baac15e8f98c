import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CrashRun } from './crash-run.ts';
import { createAccount } from './server-process.ts';

const usage = `npm run test:crash [-- [--times N] [--seed S]]
  Kills the server in the middle of uploads, N times (25 unless said), starts it again and looks at what is there.
  The same seed makes the same uploads and the same moments.`;

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '25' },
    seed: { type: 'string', default: String(Math.trunc(Math.random() * 1e9)) },
    help: { type: 'boolean', default: false },
  },
});
const [times, seed] = [Number(values.times), Number(values.seed)];
if (values.help || !Number.isSafeInteger(times) || times < 1 || !Number.isSafeInteger(seed)) {
  process.stdout.write(`${usage}\n`);
  process.exit(values.help ? 0 : 2);
}
if (!existsSync(new URL('../../build/handler.js', import.meta.url))) {
  process.stderr.write('test:crash: the pages are not built yet. Run: npm run build\n');
  process.exit(2);
}

const dataFolder = await mkdtemp(join(tmpdir(), 'drey-crash-'));
const environment = { DREY_DATA: dataFolder };
const account = await createAccount('alice', environment);
const run = new CrashRun({ dataFolder, account, environment, strike: (server) => server.kill() }, seed);
process.stdout.write(`test:crash: ${times} times, --seed ${seed}\n`);

let problems: string[] = [];
let cycle = 1;
for (; cycle <= times; cycle += 1) {
  problems = await run.cycle(cycle).catch((error: unknown) => [String((error as Error).stack)]);
  if (problems.length > 0) break;
  if (cycle % 10 === 0) process.stdout.write(`  ${cycle} of ${times}, all well\n`);
}
await run.end();
report();
if (problems.length === 0) await rm(dataFolder, { recursive: true, force: true });
process.exit(problems.length === 0 ? 0 : 1);

function report(): void {
  const { acknowledged } = run.ledger;
  const { crashes, duringStart, kept, wholeUnanswered, absent } = run.tally;
  const lines = [
    `crashes                                          ${crashes}, ${duringStart} of them during a start`,
    `acknowledged: by PUT / in bulk / by tus          ${acknowledged.put} / ${acknowledged.bulk} / ${acknowledged.tus}`,
    `uploads gone on with after a crash, to their end ${acknowledged.resumed}`,
    `folders acknowledged                             ${acknowledged.folder}`,
    `files found as acknowledged, SHA-256 right       ${kept}`,
    `unanswered: absent / there, whole                ${absent} / ${wholeUnanswered}`,
    `lost, half there or left over                    ${problems.length}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (problems.length === 0) return;
  const shown = problems.slice(0, 20).map((line) => `  ${line}`);
  process.stdout.write(
    `In cycle ${cycle} of seed ${seed}; the data folder is kept: ${dataFolder}\n${shown.join('\n')}\n`,
  );
}
