import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BulkResult, Entry } from '../../server/contract/schemas.ts';
import { bulkForm } from '../support/bulk-form.ts';
import { ModelTree, type OnConflict } from '../support/model-tree.ts';
import { encodedPath } from '../support/random-tree.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { visibleEntries } from '../support/visible-entries.ts';

/** A folder of its own on a server, in which the commands of one run do their work. */
class Workplace {
  readonly server: TestServer;
  readonly root: string;

  constructor(server: TestServer, root: string) {
    this.server = server;
    this.root = root;
  }

  get as() {
    return this.server.as(this.server.bob);
  }

  address(collection: string, path: string): string {
    return `/api/v1/${collection}/bob/${encodedPath(`${this.root}/${path}`)}`;
  }

  uri(path: string): string {
    return `storage:${encodedPath(`${this.root}/${path}`)}`;
  }

  /** What lies on the disk. */
  async tree(): Promise<Map<string, string | null>> {
    const folder = join(this.server.homeOf('bob'), this.root);
    const entries = await visibleEntries(folder);
    const read = entries.map(async (entry): Promise<[string, string | null]> => {
      const file = join(entry.parentPath, entry.name);
      return [relative(folder, file), entry.isFile() ? await readFile(file, 'utf8') : null];
    });
    return new Map(await Promise.all(read));
  }

  /** What the listings tell, with sizes in place of texts. */
  async listed(path = ''): Promise<[string, number | null][]> {
    const { body } = await this.as.get(this.address('entries', path).replace(/\/$/, '')).expect(200);
    const found: [string, number | null][] = [];
    for (const { name, kind, size } of body.children.items as Entry[]) {
      const child = path === '' ? name : `${path}/${name}`;
      found.push([child, kind === 'file' ? size : null]);
      if (kind === 'directory') found.push(...(await this.listed(child)));
    }
    return found;
  }
}

/** What a command is for the tree that it meets. */
type Step = {
  words: string;
  /** Whether it is done, in the model. */
  foretell: () => boolean;
  ask: (place: Workplace) => Promise<{ status: number }>;
};
type Command = fc.AsyncCommand<ModelTree, Workplace>;

/** A command that the model foretells: done or refused, and then the tree is the model's either way. */
function command(stepFor: (model: ModelTree) => Step | undefined): Command {
  let words = 'not run';
  return {
    check: (model) => stepFor(model as ModelTree) !== undefined,
    toString: () => words,
    async run(model, place) {
      const step = stepFor(model)!;
      words = step.words;
      const isDone = step.foretell();
      const { status } = await step.ask(place);
      if (isDone) expect([200, 201, 204], words).toContain(status);
      else expect([400, 404, 409, 412], words).toContain(status);
      expect(await place.tree(), words).toEqual(model.entries);
    },
  };
}

const names = fc.constantFrom('a', 'b', 'c.txt');
const paths = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const texts = fc.string({ maxLength: 5 });
const rules = fc.constantFrom<OnConflict>('fail', 'rename', 'replace');
/** Mostly the path of something that is there; where nothing is, or now and then, any path. */
const placesAmong = (isMeant: (text: string | null) => boolean) =>
  fc
    .tuple(fc.nat(), fc.integer({ min: 0, max: 5 }), paths)
    .map(([pick, die, path]) => ({ entries }: ModelTree): string => {
      const there = [...entries.keys()].filter((at) => isMeant(entries.get(at)!)).toSorted();
      return (die > 0 && there[pick % there.length]) || path;
    });
const places = placesAmong(() => true);
const folderPlaces = placesAmong((text) => text === null);

const puts = fc
  .tuple(paths, texts, fc.constantFrom<'fail' | 'replace'>('fail', 'replace'))
  .map(([path, text, rule]) =>
    command((model) => ({
      words: `put ${path} ${rule}`,
      foretell: () => model.put(path, text, rule),
      ask: async (place) =>
        place.as
          .put(place.address('content', path))
          .set(rule === 'fail' ? { 'If-None-Match': '*' } : {})
          .send(Buffer.from(text)),
    })),
  );

const bulks = fc.tuple(paths, texts, rules).map(([path, text, rule]) =>
  command((model) => ({
    words: `bulk ${path} ${rule}`,
    foretell: () => model.putDeep(path, text, rule),
    ask: async ({ server, root }) => {
      const response = await fetch(`${server.origin}/api/v1/bulk/bob/${root}?onConflict=${rule}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${server.bob.token}` },
        body: bulkForm([[path, text]]),
      });
      const { items } = (await response.json()) as BulkResult;
      return { status: items[0]?.error ? 409 : response.status };
    },
  })),
);

const folders = paths.map((path) =>
  command((model) => ({
    words: `mkdir ${path}`,
    foretell: () => model.makeFolder(path),
    ask: async (place) => place.as.put(place.address('directories', path)),
  })),
);

const removals = places.map((at) =>
  command((model) => {
    const path = at(model);
    return {
      words: `remove ${path}`,
      foretell: () => model.remove(path),
      ask: async (place) => place.as.delete(place.address('entries', path)),
    };
  }),
);

const transfersOf = (among: typeof places, onConflicts: typeof rules) =>
  fc
    .tuple(fc.constantFrom<'moves' | 'copies'>('moves', 'copies'), among, among, names, onConflicts)
    .chain(([verb, fromAt, toAt, name, onConflict]) =>
      fc.constantFrom('over', 'into', 'below').map((way) =>
        command((model) => {
          const from = fromAt(model);
          const to = way === 'below' ? `${toAt(model)}/${name}` : toAt(model);
          const into = way === 'into';
          const target = into ? `${to}/${from.slice(from.lastIndexOf('/') + 1)}` : to;
          // How far a merge comes that stops halfway depends on the order in which the disk tells the names.
          if (onConflict === 'replace' && from !== target && model.clashes(from, target)) return undefined;
          return {
            words: `${verb} ${from} ${into ? 'into' : 'to'} ${to} ${onConflict}`,
            foretell: () => model.transfer(verb, from, target, onConflict),
            ask: async (place) =>
              place.as
                .post(`/api/v1/${verb}`)
                .send({ from: [place.uri(from)], to: place.uri(to), into, onConflict }),
          };
        }),
      ),
    );

const transfers = transfersOf(places, rules);
const merges = transfersOf(folderPlaces, fc.constant('replace'));

test('whatever is put, made, moved, copied and removed, the tree is as a plain model of it foretells (CC-10)', async () => {
  const server = await startTestServer();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.commands([bulks, bulks, puts, folders, removals, transfers, transfers, merges, merges], {
        maxCommands: 60,
        size: 'max',
      }),
      async (commands) => {
        runs += 1;
        const place = new Workplace(server, `run${runs}`);
        await place.as.put(place.address('directories', '').replace(/\/$/, '')).expect(201);
        const model = new ModelTree();
        await fc.asyncModelRun(() => ({ model, real: place }), commands);
        const sizes = [...model.entries].map(([path, text]) => [
          path,
          text === null ? null : Buffer.byteLength(text),
        ]);
        expect(new Map(await place.listed())).toEqual(new Map(sizes as [string, number | null][]));
      },
    ),
    { numRuns: 25, interruptAfterTimeLimit: 6000, markInterruptAsFailure: false },
  );
}, 60_000);
