import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { includesLevel, levels } from '../../server/contract/level.ts';
import { tokenOf } from '../support/canaries.ts';
import { DropVisitor } from '../support/drop-visitor.ts';
import {
  decodedPath,
  encodedPath,
  hostilePaths,
  liesIn,
  parentOf,
  plantTree,
  trees,
  type Secret,
} from '../support/random-tree.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { visibleEntries } from '../support/visible-entries.ts';

const effort = { numRuns: 12, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false };
const picks = fc.array(fc.nat(), { minLength: 1, maxLength: 3 });

type Question = [method: string, target: string, body?: object];

/** Every place under a link where a path can be written. */
function underLink(token: string, path: string): Question[] {
  const item = encodeURIComponent(decodedPath(path));
  return [
    ['GET', `/s/${token}/raw/${path}`],
    ['GET', `/s/${token}/raw/${path}/`],
    ['GET', `/s/${token}/raw/${path}?inline=1`],
    ['GET', `/s/${token}/entries/${path}`],
    ['GET', `/s/${token}/thumbnails/${path}`],
    ['GET', `/s/${token}/zip?item=${item}`],
    ['POST', `/s/${token}/zip`, { item: decodedPath(path) }],
    ['GET', `/s/${token}/SHA256SUMS?item=${item}`],
    ['GET', `/s/${token}/urls?item=${item}`],
  ];
}

/** Every place where someone who is signed in can name what they want to read or know of. */
function underApi(path: string): Question[] {
  const uri = `storage:/${decodedPath(path)}`;
  const query = encodeURIComponent(`storage:/${path}`);
  return [
    ...['content', 'entries', 'sizes', 'thumbnails', 'checksums'].map<Question>((door) => [
      'GET',
      `/api/v1/${door}/${path}${door === 'checksums' ? '?compute=1' : ''}`,
    ]),
    ['HEAD', `/api/v1/content/${path}`],
    ['GET', `/api/v1/content/${path}?inline=1`],
    ['GET', `/api/v1/entries/${path}?filter=e&sort=size`],
    ['GET', `/api/v1/archive?item=${query}`],
    ['POST', '/api/v1/archive', { item: uri }],
    ['GET', `/api/v1/links/covering?uri=${query}`],
    ['GET', `/api/v1/links/rules?uri=${query}`],
    ['GET', `/api/v1/grants?uri=${query}`],
    ['GET', `/api/v1/grants/explanation?uri=${query}&user=carol`],
    ['POST', '/api/v1/comparisons', { folder: uri, items: [{ path: 'a.txt', size: 30 }] }],
  ];
}

/** Asks all, fails with an answer that tells what is hidden, and answers what was told of that which may be known. */
async function askAll(
  server: TestServer,
  questions: readonly Question[],
  secrets: readonly Secret[],
  mayKnow: (secret: Secret) => boolean,
  headers: Record<string, string> = {},
): Promise<Set<Secret>> {
  const told = new Set<Secret>();
  for (const [method, target, body] of questions) {
    const reply = await sendRaw(server.origin, method, target, { headers, ...(body && { body }) });
    const answer = reply.bytes.toString('latin1') + JSON.stringify(reply.headers);
    expect(reply.status, target).toBeLessThan(500);
    expect(answer.includes('root:x:0:0'), target).toBe(false);
    for (const secret of secrets) {
      if (!answer.includes(secret.text)) continue;
      const what = `${method} ${target} tells the ${secret.kind} of ${secret.path}`;
      expect(mayKnow(secret), what).toBe(true);
      told.add(secret);
    }
  }
  return told;
}

/** That the questions were the right ones: what may be known of the files that were asked for was told. */
function expectTold(
  told: ReadonlySet<Secret>,
  secrets: readonly Secret[],
  files: readonly string[],
  mayKnow: (secret: Secret) => boolean,
) {
  const bytes = secrets.filter(({ path, text }) => files.includes(path) && text.startsWith('bytes-'));
  expect(bytes.filter(mayKnow).filter((secret) => !told.has(secret))).toEqual([]);
}

describe('what comes out', () => {
  test('by a link is never a byte or a name from outside its items, whatever tree, items and path (SH-01, SH-02, SH-03, SH-04, PT-09)', async () => {
    const server = await startTestServer();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        trees,
        picks,
        hostilePaths,
        fc.boolean(),
        async (paths, chosen, attempts, isPinned) => {
          const place = `run${(run += 1)}`;
          const home = join(server.homeOf('bob'), place);
          const { files, secrets } = await plantTree(home, paths);
          const items = placesIn(files, chosen);
          const link = await server.link(server.bob, {
            items: items.map((path) => uriOf(`bob/${place}/${path}`)),
            pinned: isPinned,
          });
          if (isPinned) await server.services.pinMaker.settled();
          const isInside = ({ path }: Secret) => items.some((item) => liesIn(path, item));
          // Below a link a path begins with the name of an item, and not with the way to it.
          const asked = [
            ...[...attempts, ...files.map(encodedPath), ...items.map((item) => encodedPath(basename(item)))],
            ...items.flatMap((item) => attempts.map((path) => `${encodedPath(basename(item))}/${path}`)),
            ...items.flatMap((item) =>
              files.map((path) => encodedPath(`${basename(item)}/${path.slice(item.length + 1)}`)),
            ),
          ];
          const questions = asked.flatMap((path) => underLink(tokenOf(link), path));
          const told = await askAll(server, questions, secrets, isInside);
          // Of two items with one name the second is shown under another.
          const names = items.map((item) => basename(item));
          const plain = items.filter((_, index) => names.indexOf(names[index]!) === index);
          expectTold(told, secrets, files, ({ path }) => plain.some((item) => liesIn(path, item)));
          // Who knows the name of something outside learns nothing more of it.
          const twins = [...pathsOf(secrets)].flatMap((path) =>
            underLink(tokenOf(link), encodedPath(basename(path))),
          );
          await askAll(server, twins, secrets.filter(isBytes), isInside);
          await rm(home, { recursive: true });
        },
      ),
      effort,
    );
    expect(run).toBeGreaterThan(3);
  }, 120_000);

  test('to a teammate is never a byte or a name from outside their grants but the way to them, whatever tree, grants and path (AZ-02, PT-09)', async () => {
    const server = await startTestServer();
    const carol = await server.createUser('carol');
    await server.as(server.alice).post('/api/v1/groups').send({ name: 'vision' }).expect(201);
    await server.as(server.alice).put('/api/v1/groups/vision/members/carol').expect(204);
    const headers = { Authorization: `Bearer ${carol.token}` };
    const grantees = fc.constantFrom('user:carol', 'group:vision', 'public');
    const grants = fc.array(
      fc.record({ pick: fc.nat(), level: fc.constantFrom(...levels), grantee: grantees }),
      { maxLength: 3 },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(trees, grants, hostilePaths, async (paths, chosen, attempts) => {
        const place = `run${(run += 1)}`;
        const home = join(server.homeOf('bob'), place);
        const { files, secrets } = await plantTree(home, paths);
        const places = placesIn(
          files,
          chosen.map(({ pick }) => pick),
          { isEach: true },
        );
        for (const [index, { level, grantee }] of chosen.entries()) {
          const uri = uriOf(`bob/${place}/${places[index]!}`);
          await server.as(server.bob).post('/api/v1/grants').send({ uri, grantee, level }).expect(201);
        }
        // Who is granted another level on the same place has that one alone.
        const grantsThere = new Map(
          chosen.map(({ grantee, level }, index) => [
            `${grantee} ${places[index]!}`,
            { place: places[index]!, level },
          ]),
        );
        const mayKnow = ({ kind, path }: Secret) =>
          [...grantsThere.values()].some(
            (grant) =>
              liesIn(path, grant.place) && includesLevel(grant.level, kind === 'name' ? 'list' : 'read'),
          );
        const asked = [
          ...attempts.flatMap((path) => [path, `bob/${path}`, `bob/${place}/${path}`]),
          ...['bob', `bob/${place}`],
          ...[...files, ...files.map(parentOf)].map((path) => `bob/${place}/${encodedPath(path)}`),
        ];
        const questions: Question[] = [['GET', '/api/v1/roots'], ...asked.flatMap(underApi)];
        const told = await askAll(server, questions, secrets, mayKnow, headers);
        expectTold(told, secrets, files, mayKnow);
        const known = [...pathsOf(secrets)].flatMap((path) => underApi(`bob/${place}/${encodedPath(path)}`));
        await askAll(server, known, secrets.filter(isBytes), mayKnow, headers);
        await rm(home, { recursive: true });
      }),
      effort,
    );
    expect(run).toBeGreaterThan(3);
  }, 120_000);

  test('by a link for dropping is what this visitor sent and nothing else, and what they send stays in its folder (SH-01, SH-02, PT-09)', async () => {
    const server = await startTestServer();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(trees, fc.nat(), hostilePaths, async (paths, pick, attempts) => {
        const place = `run${(run += 1)}`;
        const home = join(server.homeOf('bob'), place);
        const { files, secrets } = await plantTree(home, paths);
        const inbox = join(parentOf(files[pick % files.length]!), `inbox-${randomBytes(8).toString('hex')}`);
        await server
          .as(server.bob)
          .put(`/api/v1/directories/bob/${place}/${encodedPath(inbox)}`)
          .expect(201);
        const link = await server.link(server.bob, {
          items: [uriOf(`bob/${place}/${inbox}`)],
          mode: 'drop',
        });
        const [anna, ben] = [new DropVisitor(server, link), new DropVisitor(server, link)];
        const sentBy = async (visitor: DropVisitor): Promise<Secret[]> => {
          const names = [...attempts, 'plain'].map(
            (path) => [path, `sent-${randomBytes(8).toString('hex')}`] as const,
          );
          await visitor.send(
            Object.fromEntries(
              names.map(([path, end]) => [`${decodedPath(path)}/${end}`, `bytes of ${end}`]),
            ),
          );
          return names.map(([path, text]) => ({ kind: 'name', path: `${path}/${text}`, text }));
        };
        const annas = await sentBy(anna);
        const bens = await sentBy(ben);
        const hidden: Secret = { kind: 'name', path: inbox, text: basename(inbox) };
        const upload = (await ben.beginUpload('ben.bin', 3)).split('/').at(-1)!;
        const token = tokenOf(link);
        const questions: Question[] = [
          ...[...attempts, ...files.map(encodedPath)].flatMap((path) => underLink(token, path)),
          ...['', 'inbox', encodedPath(inbox)].flatMap((path) => underLink(token, path)),
          ...['', '/drops', '/raw/', '/raw', '/zip', '/entries', `/uploads/${upload}`, '/bulk'].map<Question>(
            (door) => ['GET', `/s/${token}${door}`],
          ),
        ];
        const told = await askAll(
          server,
          questions,
          [...secrets, hidden, ...annas, ...bens],
          (secret) => annas.includes(secret),
          { Cookie: anna.cookie! },
        );
        expect(told.has(annas.at(-1)!)).toBe(true);
        for (const entry of await visibleEntries(home)) {
          const path = join(entry.parentPath, entry.name);
          if (entry.name.startsWith('sent-')) expect(liesIn(path, join(home, inbox)), path).toBe(true);
        }
        for (const { path, text } of secrets) {
          if (text.startsWith('bytes-')) expect(await readFile(join(home, path), 'utf8')).toBe(text);
        }
        await rm(home, { recursive: true });
      }),
      effort,
    );
    expect(run).toBeGreaterThan(3);
  }, 120_000);
});

/** Now a file, now the folder it is in. */
function placesIn(files: readonly string[], chosen: readonly number[], { isEach = false } = {}): string[] {
  const places = chosen.map((pick, index) => {
    const file = files[pick % files.length]!;
    return index % 2 === 0 ? file : parentOf(file) || file;
  });
  return isEach ? places : [...new Set(places)];
}

const isBytes = ({ kind }: Secret) => kind === 'bytes';
const pathsOf = (secrets: readonly Secret[]) => new Set(secrets.map(({ path }) => path));
const uriOf = (path: string) => `storage:/${encodedPath(path)}`;
