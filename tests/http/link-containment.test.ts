import { randomBytes } from 'node:crypto';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokenOf } from '../support/canaries.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestServer } from '../support/test-server.ts';

const names = ['a', 'b', 'team', 'team-secret', 'a.txt', '%2e%2e', 'x\\y', 'ü', '...', 'zip', 'raw'];
const name = fc.constantFrom(...names);
/** A tree as the paths of its files; a path that runs into a file is left out when it is made. */
const tree = fc.uniqueArray(fc.array(name, { minLength: 1, maxLength: 4 }), {
  minLength: 3,
  maxLength: 12,
  selector: (path) => path.join('/'),
});
const hostile = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: name.map(encodeURIComponent) },
    fc.constantFrom(
      '..',
      '.',
      '',
      '%2e%2e',
      '%252e%252e',
      '..%2f',
      '..%5c',
      '%00',
      '.drey',
      'CANARY',
      'bob',
      ';',
      '~',
      '*',
    ),
  ),
  { maxLength: 5 },
);

/** Every place where a path can be written. */
function targetsOf(token: string, path: string): [method: string, target: string, body?: object][] {
  const item = encodeURIComponent(safelyDecoded(path));
  return [
    ['GET', `/s/${token}/raw/${path}`],
    ['GET', `/s/${token}/raw/${path}/`],
    ['GET', `/s/${token}/raw/${path}?inline=1`],
    ['GET', `/s/${token}/entries/${path}`],
    ['GET', `/s/${token}/thumbnails/${path}`],
    ['GET', `/s/${token}/zip?item=${item}`],
    ['POST', `/s/${token}/zip`, { item: safelyDecoded(path) }],
    ['GET', `/s/${token}/SHA256SUMS?item=${item}`],
    ['GET', `/s/${token}/urls?item=${item}`],
  ];
}

function safelyDecoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

describe('what comes out by a link', () => {
  test('is never a byte or a name from outside its items, whatever tree, grant, link and path (SH-01, SH-02, SH-03, SH-04, PT-09)', async () => {
    const server = await startTestServer();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        tree,
        fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
        fc.array(hostile, { minLength: 4, maxLength: 8 }),
        fc.boolean(),
        async (paths, picks, attempts, isPinned) => {
          run += 1;
          const place = `run${run}`;
          const home = join(server.homeOf('bob'), place);
          // What each file holds, and a name beside it that only it has, tell on whoever lets them out.
          const made = new Map<string, { bytes: string; sibling: string }>();
          for (const segments of paths) {
            const path = segments.join('/');
            try {
              await mkdir(join(home, ...segments.slice(0, -1)), { recursive: true });
              const bytes = `bytes-${randomBytes(12).toString('hex')}`;
              await writeFile(join(home, path), bytes);
              const sibling = `name-${randomBytes(8).toString('hex')}`;
              await writeFile(join(home, ...segments.slice(0, -1), sibling), bytes);
              made.set(path, { bytes, sibling });
            } catch {
              // A file stands where a folder would have to, or the other way round.
            }
          }
          await symlink('/etc', join(home, 'out')).catch(() => {});
          const known = [...made.keys()];
          const items = [...new Set(picks.map((pick) => known[pick % known.length]!))];
          // Now a file, now the folder it is in.
          const chosen = [
            ...new Set(items.map((path, index) => (index % 2 === 0 ? path : parentOf(path)))),
          ].filter(Boolean);
          const link = await server.link(server.bob, {
            items: chosen.map((path) => `storage:${encodeURI(`${place}/${path}`).replaceAll('\\', '%5C')}`),
            pinned: isPinned,
          });
          if (isPinned) await server.services.pinMaker.settled();
          const isInside = (path: string) =>
            chosen.some((item) => path === item || path.startsWith(`${item}/`));
          const secrets = known.flatMap((path) => {
            const { bytes, sibling } = made.get(path)!;
            const folder = parentOf(path);
            const isFolderInside = folder !== '' && isInside(folder);
            return [...(isInside(path) ? [] : [bytes]), ...(isFolderInside ? [] : [sibling])];
          });
          const token = tokenOf(link);
          const asked = [...attempts.map((segments) => segments.join('/')), ...known.map(encodeURI)];
          for (const path of asked) {
            for (const [method, target, body] of targetsOf(token, path)) {
              const reply = await sendRaw(server.origin, method, target, body === undefined ? {} : { body });
              const told = reply.bytes.toString('latin1') + JSON.stringify(reply.headers);
              expect(reply.status, target).toBeLessThan(500);
              for (const secret of secrets) expect(told.includes(secret), `${method} ${target}`).toBe(false);
              expect(told.includes('root:x:0:0'), target).toBe(false);
            }
          }
          await rm(home, { recursive: true });
        },
      ),
      { numRuns: 12, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
    );
    expect(run).toBeGreaterThan(3);
  }, 120_000);
});

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}
