import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { CrashRun } from '../crash/crash-run.ts';
import { createAccount, ServerProcess } from '../crash/server-process.ts';
import { UploadClient } from '../crash/upload-client.ts';
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

test('an upload that was just begun when the power went is gone on with (DB-02)', async () => {
  const volume = await Volume.ext4(512);
  const environment = { DREY_DATA: `${volume.path}/data`, DREY_FREE_RESERVE: '0' };
  const account = await createAccount('alice', environment);
  const server = await ServerProcess.start(environment);
  const address = await new UploadClient({ origin: server.origin, account }).create('new.bin', 5, 'fail');
  await server.kill();
  await volume.losePower();

  const restarted = await ServerProcess.start(environment);
  onTestFinished(() => restarted.stop());
  const client = new UploadClient({ origin: restarted.origin, account });
  expect(await client.offsetOf(address)).toBe(0);
  await client.append(address, 0, Buffer.from('hello'));
  expect(await readFile(`${volume.path}/data/storage/alice/new.bin`, 'utf8')).toBe('hello');
});
