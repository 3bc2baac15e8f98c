import { mkdir, readdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runCommand } from '../child-process.ts';
import type { DreyServer } from '../drey-server.ts';
import { compete, medianOf, ratioOf, type Measured } from '../pairs.ts';
import { cpuSecondsOf } from '../process-usage.ts';
import { times, type Row } from '../table.ts';
import { gibibyte, mebibyte, writeFileOf } from '../test-files.ts';
import type { Workbench } from '../workbench.ts';

const target = 0.8;
const name = 'pinned';
const totalBytes = 10 * gibibyte;
const fileBytes = 256 * mebibyte;
const filesEach = 8;
const rounds = 3;
const lookEveryMs = 20;

type Pin = { state: 'preparing' | 'ready' | 'failed'; bytes: number };

/** A link on ten gibibytes is pinned, of which nothing is known yet: until its manifest is made. */
export async function measurePins({ drey }: Workbench): Promise<Row[]> {
  const top = join(drey.home, name);
  for (let index = 0; index < totalBytes / fileBytes; index += 1) {
    const folder = join(top, `part ${Math.floor(index / filesEach)}`);
    await mkdir(folder, { recursive: true });
    await writeFileOf(fileBytes, join(folder, `${index}.bin`));
  }
  const files = (await readdir(top, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  try {
    const results = await compete(
      {
        sha256sum: () => timed(() => runCommand('sha256sum', files)),
        async drey() {
          // Touched, so that no checksum of an earlier round holds.
          for (const file of files) await utimes(file, new Date(), new Date());
          const cpuBefore = cpuSecondsOf(drey.pid);
          const { seconds } = await timed(() => pinTree(drey));
          return { seconds, cpu: (cpuSecondsOf(drey.pid) - cpuBefore) / (totalBytes / gibibyte) };
        },
      },
      rounds,
    );
    const ratio = ratioOf(results.sha256sum, results.drey, 'seconds');
    const rate = (measured: readonly Measured[]) =>
      `${(totalBytes / gibibyte / medianOf(measured, 'seconds')).toFixed(2)} GiB/s`;
    return [
      {
        work: `a link on ${totalBytes / gibibyte} GiB is pinned`,
        drey: `${rate(results.drey)}, ${medianOf(results.drey, 'cpu').toFixed(2)} CPU s/GiB`,
        peer: `\`sha256sum\`: ${rate(results.sha256sum)}`,
        ratio: times(ratio),
        target: `≥ ${target} ×`,
        isMet: ratio >= target,
      },
    ];
  } finally {
    await rm(top, { recursive: true });
  }
}

async function timed(work: () => Promise<unknown>): Promise<{ seconds: number }> {
  const startedAt = performance.now();
  await work();
  return { seconds: (performance.now() - startedAt) / 1000 };
}

async function pinTree(drey: DreyServer): Promise<void> {
  const { id } = await ask<{ id: string }>(drey, '', { items: [drey.uriOf(name)], pinned: true });
  for (;;) {
    const { pin } = await ask<{ pin: Pin }>(drey, `/${id}`);
    if (pin.state === 'failed') throw new Error('The link could not be pinned.');
    if (pin.state === 'ready') {
      if (pin.bytes !== totalBytes) throw new Error(`Pinned ${pin.bytes} bytes of ${totalBytes}.`);
      return;
    }
    await pause(lookEveryMs);
  }
}

async function ask<Answer>(drey: DreyServer, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${drey.origin}/api/v1/links${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { Authorization: `Bearer ${drey.token}`, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}
