import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { encodePath, explainBadName } from '../../server/contract/path.ts';
import type { BulkEvents } from '../../src/lib/features/uploads/bulk-transfer.ts';
import type { TransferEvents } from '../../src/lib/features/uploads/tus-transfer.ts';
import {
  createUploadBatch,
  onConflictOf,
  type Existing,
  type Refusal,
  type UploadBatch,
  type UploadItem,
} from '../../src/lib/features/uploads/upload-item.ts';
import { UploadRun } from '../../src/lib/features/uploads/upload-run.ts';

type Begun = {
  uri: string;
  onConflict: string;
  uploadUrl: string | undefined;
  events: TransferEvents;
  store: () => Promise<void>;
  refuse: (refusal: Refusal) => Promise<void>;
  isCancelled: boolean;
  isPaused: boolean;
};

type Load = {
  items: readonly UploadItem[];
  paths: string[];
  events: BulkEvents;
  end: () => Promise<void>;
  refuse: (refusal: Refusal) => Promise<void>;
};

/** Large enough to go by itself. */
const largeFile = new File([new Uint8Array(2 ** 20), '12345'], 'x');
const smallFile = new File(['12345'], 'x');
const target = 'storage://home/alice/data';
const exists: Refusal = { code: 'precondition_failed', reason: 'exists', message: 'It is there.' };

let begun: Begun[];
let loads: Load[];
let folders: string[];
let refusedFolder: string | undefined;
let stored: string[];
let run: UploadRun;
let batch: UploadBatch;
/** What the server has, by path; and the digest of every file here. */
let present: Map<string, Existing>;
let digests: Map<string, string>;
let comparisons: string[][];
let isAway: boolean;

/** Lets everything that waits for nothing but other promises happen. */
async function settle() {
  for (let round = 0; round < 3; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(() => {
  begun = [];
  loads = [];
  folders = [];
  stored = [];
  refusedFolder = undefined;
  present = new Map();
  digests = new Map();
  comparisons = [];
  isAway = false;
  batch = createUploadBatch(target, 'drop-1');
  run = new UploadRun(
    {
      rules: { explainBadName, encodePath },
      makeDirectory: async (uri) => {
        folders.push(uri);
        if (uri === refusedFolder) throw { ...exists, code: 'conflict', message: 'A file has that name.' };
      },
      findExisting: async (items) => {
        if (isAway) throw { code: 'unavailable', message: 'Away.' };
        comparisons.push(items.map(({ path }) => path));
        return items.map(({ path }) => present.get(path));
      },
      isFree: async (_, name) => ![...present.keys()].some((path) => path.startsWith(`${name}/`)),
      digestThere: async () => null,
      digest: async ({ path }) => digests.get(path) ?? 'other',
      startTransfer: async (item, uri, events) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const one: Begun = {
          uri,
          onConflict: onConflictOf(item),
          uploadUrl: item.uploadUrl,
          events,
          isCancelled: false,
          isPaused: false,
          store: () => (resolve(), settle()),
          refuse: (refusal) => (reject(refusal), settle()),
        };
        begun.push(one);
        const cancel = async () => {
          one.isCancelled = true;
          resolve();
        };
        const pause = () => {
          one.isPaused = true;
          resolve();
        };
        return { done: promise, cancel, pause };
      },
      startBulkTransfer: (items, events) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const load: Load = {
          items,
          paths: items.map((item) => item.path),
          events,
          end: () => (resolve(), settle()),
          refuse: (refusal) => (reject(refusal), settle()),
        };
        loads.push(load);
        return { done: promise, cancel: async () => resolve(), pause: () => resolve() };
      },
    },
    {
      onChange: () => {},
      onBytes: () => {},
      onSettled: () => {},
      onStored: (folderUri) => void stored.push(folderUri),
    },
  );
});

async function add(...paths: string[]) {
  for (const path of paths) run.add(batch, { kind: 'file', path, file: largeFile });
  await settle();
}

async function addSmall(...paths: string[]) {
  for (const path of paths) run.add(batch, { kind: 'file', path, file: smallFile });
  await settle();
}

const stateOf = (path: string) => [...run.items].find((item) => item.path === path)?.state;
const itemAt = (path: string) => [...run.items].find((item) => item.path === path)!;
const begunUris = () => begun.map((one) => one.uri.slice(target.length + 1));

describe('uploads', () => {
  test('three go at once and the next begins when one is stored', async () => {
    await add('a', 'b', 'c', 'd', 'e');
    expect(begunUris()).toEqual(['a', 'b', 'c']);
    await begun[1]!.store();
    expect(begunUris()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('names are encoded in the address segment by segment', async () => {
    await add('50% done/ä #1?.txt');
    expect(begunUris()).toEqual(['50%25%20done/%C3%A4%20%231%3F.txt']);
  });

  test('folders are made once, parents first, before the files inside', async () => {
    await add('a/b/1', 'a/b/2', 'a/3');
    expect(folders).toEqual([`${target}/a`, `${target}/a/b`]);
    expect(begun).toHaveLength(3);
  });

  test('an empty folder is made and counts as stored', async () => {
    run.add(batch, { kind: 'directory', path: 'a/empty' });
    await settle();
    expect(folders).toEqual([`${target}/a`, `${target}/a/empty`]);
    expect(stateOf('a/empty')).toBe('stored');
  });

  test('whoever looks at a folder is told of what came into it', async () => {
    await add('new/1');
    await begun[0]!.store();
    expect(stored).toEqual([target, `${target}/new`]);
  });

  test('a name that the server refuses fails with the reason and the rest goes on', async () => {
    await add('bad\u0000name', 'good');
    expect(stateOf('bad\u0000name')).toBe('failed');
    expect(itemAt('bad\u0000name').message).toContain('control character');
    expect(begunUris()).toEqual(['good']);
  });

  test('a name that is not valid Unicode fails instead of stopping everything', async () => {
    await add('half \ud83d', 'good');
    expect(stateOf('half \ud83d')).toBe('failed');
    expect(begunUris()).toEqual(['good']);
  });

  test('a file that fails shows the words of the server and can be tried again', async () => {
    await add('a');
    await begun[0]!.refuse({ code: 'too_large', message: 'Too large.' });
    expect(itemAt('a')).toMatchObject({ state: 'failed', message: 'Too large.' });
    run.retry(run.items);
    await settle();
    await begun[1]!.store();
    expect(stateOf('a')).toBe('stored');
  });

  test('a full disk begins nothing further until it is tried again', async () => {
    await add('a', 'b', 'c', 'd');
    await begun[0]!.refuse({ code: 'out_of_space', message: 'Full.' });
    expect(run.halted?.message).toBe('Full.');
    expect(begun).toHaveLength(3);
    run.retry(run.items);
    await settle();
    expect(begunUris()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a folder that cannot be made fails its files without asking about them', async () => {
    refusedFolder = `${target}/taken`;
    await add('taken/1', 'other/2');
    expect(itemAt('taken/1')).toMatchObject({ state: 'failed', message: 'A file has that name.' });
    expect(stateOf('other/2')).toBe('uploading');
  });
});

/** A version of `size` bytes, of which `sha256` is known or not. */
function existing(facts: Partial<Existing> = {}): Existing {
  const modifiedAt = new Date(largeFile.lastModified - 86_400_000).toISOString();
  return { kind: 'file', size: 7, modifiedAt, etag: 'e1', sha256: null, ...facts };
}

describe('a taken name', () => {
  test('asks before anything of it is sent, and the others go on meanwhile', async () => {
    present.set('a', existing());
    await add('a', 'b', 'c', 'd');
    expect(stateOf('a')).toBe('asking');
    expect(itemAt('a').existing).toMatchObject({ size: 7 });
    expect(begunUris()).toEqual(['b', 'c', 'd']);
  });

  test.each(['rename', 'replace'] as const)('is uploaded after the answer to %s', async (choice) => {
    present.set('a', existing());
    await add('a');
    run.answer(batch, choice);
    await settle();
    expect(begun.map((one) => one.onConflict)).toEqual([choice]);
  });

  test('that is skipped is not uploaded', async () => {
    present.set('a', existing());
    await add('a');
    run.answer(batch, 'skip');
    await settle();
    expect(stateOf('a')).toBe('skipped');
    expect(begun).toHaveLength(0);
  });

  test('is replaced only where ours is newer, if so answered', async () => {
    const later = new Date(largeFile.lastModified + 60_000).toISOString();
    present.set('old', existing()).set('new', existing({ modifiedAt: later }));
    await add('old', 'new');
    run.answer(batch, 'newer');
    await settle();
    expect(begunUris()).toEqual(['old']);
    expect(begun[0]!.onConflict).toBe('replace');
    expect(stateOf('new')).toBe('skipped');
  });

  test('is asked about once for a drop: the answer holds for those that are found later', async () => {
    present.set('a', existing()).set('b', existing());
    await add('a');
    run.answer(batch, 'skip');
    await add('b');
    expect(run.asking.size).toBe(0);
    expect(['a', 'b'].map(stateOf)).toEqual(['skipped', 'skipped']);
  });

  test('may be answered otherwise for one file', async () => {
    present.set('a', existing()).set('b', existing());
    await add('a', 'b');
    run.answer(batch, 'skip', new Map([[itemAt('b'), 'rename']]));
    await settle();
    expect(stateOf('a')).toBe('skipped');
    expect(begun[0]).toMatchObject({ uri: `${target}/b`, onConflict: 'rename' });
  });

  test('that was answered for one drop is asked about in the next', async () => {
    present.set('a', existing()).set('b', existing());
    await add('a');
    run.answer(batch, 'skip');
    batch = createUploadBatch(target, 'drop-2');
    await add('b');
    expect(stateOf('b')).toBe('asking');
  });

  test('with the same content is there already, and not asked about', async () => {
    present.set('a', existing({ size: largeFile.size, sha256: 'same' }));
    present.set('b', existing({ size: largeFile.size, sha256: 'same' }));
    digests.set('a', 'same');
    await add('a', 'b');
    expect(['a', 'b'].map(stateOf)).toEqual(['skipped', 'asking']);
    expect(begun).toHaveLength(0);
  });

  test('that someone else took meanwhile is compared and asked about', async () => {
    await add('a');
    present.set('a', existing());
    await begun[0]!.refuse(exists);
    expect(stateOf('a')).toBe('asking');
  });

  test('that stays taken after the answer is a failure, not the same question again', async () => {
    await add('a');
    present.set('a', existing());
    await begun[0]!.refuse(exists);
    run.answer(batch, 'replace');
    await settle();
    await begun[1]!.refuse({ ...exists, message: 'It changed again.' });
    expect(itemAt('a')).toMatchObject({ state: 'failed', message: 'It changed again.' });
  });

  test('that a folder has is a failure', async () => {
    present.set('a', existing({ kind: 'directory' }));
    await add('a');
    expect(itemAt('a')).toMatchObject({ state: 'failed', message: 'A folder has that name already.' });
  });

  test('is not looked for below a folder that is new', async () => {
    await addSmall('new/1', 'new/2');
    present.set('old/1', existing());
    await addSmall('old/1');
    expect(comparisons).toEqual([['old/1']]);
  });

  test('cannot be asked about while the server is away, and is when it is back', async () => {
    const network = new EventTarget();
    vi.stubGlobal('navigator', { onLine: false });
    vi.stubGlobal('addEventListener', network.addEventListener.bind(network));
    vi.stubGlobal('removeEventListener', network.removeEventListener.bind(network));
    onTestFinished(() => void vi.unstubAllGlobals());
    isAway = true;
    await add('a');
    expect(run.tally.stalled).toBe(1);
    isAway = false;
    network.dispatchEvent(new Event('online'));
    await settle();
    expect(begunUris()).toEqual(['a']);
  });
});

describe('a sign-in that ends', () => {
  const signedOut: Refusal = { code: 'unauthenticated', message: 'You are signed out.' };

  test('fails nothing: all waits, and goes on from where it was', async () => {
    await add('a', 'b', 'c', 'd');
    begun[0]!.events.onBegun('/api/v1/uploads/1');
    await begun[0]!.refuse(signedOut);
    expect(run.halted).toEqual(signedOut);
    expect(run.tally.counts).toMatchObject({ failed: 0, waiting: 2, uploading: 2 });
    run.goOn();
    await begun[1]!.store();
    expect(begun.map((one) => one.uploadUrl)).toContain('/api/v1/uploads/1');
  });
});

describe('pausing', () => {
  test('all ends what is under way, and begins nothing, until it goes on', async () => {
    await add('a', 'b', 'c', 'd');
    begun[0]!.events.onBegun('/api/v1/uploads/1');
    run.pauseAll();
    await settle();
    expect(begun.every((one) => one.isPaused)).toBe(true);
    expect(run.tally.counts).toMatchObject({ waiting: 4, uploading: 0, stored: 0 });
    run.goOn();
    await settle();
    expect(begun).toHaveLength(6);
    expect(begun.slice(3).some((one) => one.uploadUrl === '/api/v1/uploads/1')).toBe(true);
  });

  test('one lets the next begin', async () => {
    await add('a', 'b', 'c', 'd');
    run.pause(itemAt('a'));
    await settle();
    expect(stateOf('a')).toBe('paused');
    expect(begunUris()).toEqual(['a', 'b', 'c', 'd']);
    run.resume(itemAt('a'));
    await begun[1]!.store();
    expect(begunUris()).toEqual(['a', 'b', 'c', 'd', 'a']);
  });
});

test('a drop is read on only when there is little left to send', async () => {
  let isRoom = false;
  run.pauseAll();
  for (let index = 0; index < 10_000; index += 1) {
    run.add(batch, { kind: 'file', path: `${index}`, file: smallFile });
  }
  void run.room().then(() => (isRoom = true));
  await settle();
  expect(isRoom).toBe(false);
  run.goOn();
  await settle();
  expect(isRoom).toBe(true);
});

describe('cancelling', () => {
  test('ends the transfer, tells the server and makes room for the next', async () => {
    await add('a', 'b', 'c', 'd');
    run.cancel([itemAt('b')]);
    await settle();
    expect(begun[1]!.isCancelled).toBe(true);
    expect(stateOf('b')).toBeUndefined();
    expect(begunUris()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('takes a waiting file off the list before it begins', async () => {
    await add('a', 'b', 'c', 'd', 'e');
    run.cancel([itemAt('d')]);
    await begun[0]!.store();
    expect(begunUris()).toEqual(['a', 'b', 'c', 'e']);
  });

  test('what arrives afterwards changes no count', async () => {
    await add('a');
    run.cancel([itemAt('a')]);
    begun[0]!.events.onProgress(5, false);
    await begun[0]!.store();
    expect(run.tally).toMatchObject({ sentBytes: 0, totalBytes: 0, storedFiles: 0 });
  });
});

describe('the counts', () => {
  test('follow files from the first byte to the last', async () => {
    await add('a', 'b');
    const { size } = largeFile;
    begun[0]!.events.onProgress(3, true);
    expect(run.tally).toMatchObject({ sentBytes: 3, totalBytes: 2 * size });
    await begun[0]!.store();
    expect(run.tally).toMatchObject({ sentBytes: size, totalBytes: 2 * size, storedFiles: 1, unfinished: 1 });
  });

  test('leave out the bytes of what failed', async () => {
    await add('a', 'b');
    begun[0]!.events.onProgress(3, true);
    await begun[0]!.refuse({ code: 'forbidden', message: 'No.' });
    expect(run.tally).toMatchObject({ sentBytes: 0, totalBytes: largeFile.size });
  });

  test('know how many wait for the connection', async () => {
    await add('a', 'b');
    begun[0]!.events.onStalled();
    expect(run.tally.stalled).toBe(1);
    begun[0]!.events.onProgress(1, true);
    expect(run.tally.stalled).toBe(0);
  });
});

describe('small files', () => {
  /** Three loads of one file each are under way; what comes now waits for them. */
  async function fillSlots() {
    await addSmall('1', '2', '3');
    expect(loads.map((load) => load.paths)).toEqual([['1'], ['2'], ['3']]);
  }

  async function storeAll(load: Load) {
    for (const item of load.items) load.events.onSettled(item);
    await load.end();
  }

  test('travel together, each settled by itself', async () => {
    await fillSlots();
    await addSmall('a', 'b', 'c');
    await storeAll(loads[0]!);
    expect(loads[3]!.paths).toEqual(['a', 'b', 'c']);
    const [a, b, c] = loads[3]!.items;
    loads[3]!.events.onSettled(a!);
    present.set('b', existing());
    loads[3]!.events.onSettled(b!, exists);
    loads[3]!.events.onSettled(c!, { code: 'too_large', message: 'Too large.' });
    await loads[3]!.end();
    expect(['a', 'b', 'c'].map(stateOf)).toEqual(['stored', 'asking', 'failed']);
  });

  test('take turns with large ones', async () => {
    await fillSlots();
    await addSmall('a', 'b');
    await add('large');
    await storeAll(loads[0]!);
    await storeAll(loads[1]!);
    expect(stateOf('large')).toBe('uploading');
    expect(loads[3]!.paths).toEqual(['a', 'b']);
  });

  test('make no folder by themselves, and tell whoever looks at one of each new folder', async () => {
    await addSmall('new/deep/1');
    await storeAll(loads[0]!);
    expect(folders).toEqual([]);
    expect(stored.toSorted()).toEqual([target, `${target}/new`, `${target}/new/deep`]);
  });

  test('are sent again by a retry without those that were stored', async () => {
    await fillSlots();
    await addSmall('a', 'b');
    await storeAll(loads[0]!);
    loads[3]!.events.onSettled(loads[3]!.items[0]!);
    await loads[3]!.refuse({ code: 'unavailable', message: 'Lost.' });
    expect(['a', 'b'].map(stateOf)).toEqual(['stored', 'failed']);
    run.retry(run.items);
    await settle();
    expect(loads[4]!.paths).toEqual(['b']);
  });

  test('go again when one that travelled with them is cancelled', async () => {
    await fillSlots();
    await addSmall('a', 'b', 'c');
    await storeAll(loads[0]!);
    run.cancel([itemAt('b')]);
    await settle();
    expect(loads[4]!.paths).toEqual(['a', 'c']);
    expect(stateOf('b')).toBeUndefined();
  });

  test('whose request is refused for lack of space all fail, and nothing further begins', async () => {
    await fillSlots();
    await addSmall('a', 'b');
    await storeAll(loads[0]!);
    await addSmall('c');
    await loads[3]!.refuse({ code: 'out_of_space', message: 'Full.' });
    await storeAll(loads[1]!);
    expect(['a', 'b', 'c'].map(stateOf)).toEqual(['failed', 'failed', 'waiting']);
    expect(run.halted?.message).toBe('Full.');
  });
});
