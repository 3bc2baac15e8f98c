import { expect, onTestFinished, test } from 'vitest';
import { CrashRun } from '../crash/crash-run.ts';
import { createAccount } from '../crash/server-process.ts';
import { Volume } from './volume.ts';

const cycles = 20;
const seed = 20_000;

test(`what was acknowledged survives ${cycles} losses of power, whole, and nothing else is half there (CR-03, DB-02)`, async () => {
  const volume = await Volume.ext4(512);
  const dataFolder = `${volume.path}/data`;
  const environment = { DREY_DATA: dataFolder, DREY_FREE_RESERVE: '0' };
  const account = await createAccount('alice', environment);
  const strike = async (server: { kill: () => Promise<void> }) => {
    await server.kill();
    await volume.losePower();
  };
  const run = new CrashRun({ dataFolder, account, environment, strike }, seed);
  onTestFinished(() => run.end());
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    expect(await run.cycle(cycle), `cycle ${cycle} of seed ${seed}`).toEqual([]);
  }
  expect(run.tally.kept).toBeGreaterThan(100);
});
