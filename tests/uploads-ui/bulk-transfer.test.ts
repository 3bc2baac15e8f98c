import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BodyAnswer } from '../../src/lib/features/uploads/body-request.ts';
import { startBulkTransfer } from '../../src/lib/features/uploads/bulk-transfer.ts';
import { changedOnDisk } from '../../src/lib/features/uploads/local-file.ts';
import type { Refusal, Transfer, UploadItem } from '../../src/lib/features/uploads/upload-item.ts';

type Request = {
  paths: string[];
  key: string;
  isAborted: () => boolean;
  tell: (share: number) => void;
  answer: (answer: BodyAnswer) => Promise<void>;
};

const exists: Refusal = { code: 'precondition_failed', reason: 'exists', message: 'It is there.' };
const lost: BodyAnswer = { status: 0, body: '' };

let items: UploadItem[];
let requests: Request[];
let unreadable: Set<string>;
let settled: string[];
let progress: string[];
let stalls: number;
let network: EventTarget;

const settle = () => new Promise((resolve) => setImmediate(resolve));
const waitFor = (count: number) => vi.waitFor(() => expect(requests).toHaveLength(count));

beforeEach(() => {
  items = ['a', 'b/c', 'd'].map((path) => ({ ...fileOf('12345'), path }) as UploadItem);
  requests = [];
  unreadable = new Set();
  settled = [];
  progress = [];
  stalls = 0;
  network = new EventTarget();
  vi.stubGlobal('navigator', { onLine: true });
  vi.stubGlobal('addEventListener', network.addEventListener.bind(network));
  vi.stubGlobal('removeEventListener', network.removeEventListener.bind(network));
});
afterEach(() => vi.unstubAllGlobals());

function fileOf(text: string): Partial<UploadItem> {
  const file = new File([text], 'x');
  return { file, size: file.size, sentBytes: 0, mayBeStored: false };
}

function start(): Transfer {
  const transfer = startBulkTransfer(
    items,
    {
      onProgress: (item, sentBytes) => {
        item.sentBytes = sentBytes;
        progress.push(`${item.path} ${sentBytes}`);
      },
      onStalled: () => (stalls += 1),
      onSettled: (item, refusal) => void settled.push(`${item.path} ${refusal?.code ?? 'stored'}`),
    },
    {
      isReadable: async (item) => !unreadable.has(item.path),
      pack: async (load) => {
        if (load.some(({ path }) => unreadable.has(path))) throw changedOnDisk;
        const body = new TextEncoder().encode(JSON.stringify(load.map(({ path }) => path)));
        return { body, contentType: '' };
      },
      post: ({ body }, key, tell, signal) => {
        const { promise, resolve } = Promise.withResolvers<BodyAnswer>();
        signal.addEventListener('abort', () => resolve(lost));
        requests.push({
          paths: JSON.parse(new TextDecoder().decode(body)) as string[],
          key,
          isAborted: () => signal.aborted,
          tell,
          answer: (answer) => (resolve(answer), settle().then(() => {})),
        });
        return promise;
      },
    },
  );
  // A test looks at a refusal when it is there.
  transfer.done.catch(() => {});
  return transfer;
}

/** The server's answer to a request of so many files; what is not named is stored. */
function answerOf(count: number, refusals: Record<number, Refusal> = {}): BodyAnswer {
  const entries = Array.from({ length: count }, (_, index) => ({ error: refusals[index] }));
  return { status: 200, body: JSON.stringify({ items: entries, next: null }) };
}

describe('a load of small files', () => {
  test('goes in one request, and each file is settled by what is said of it', async () => {
    const { done } = start();
    await settle();
    expect(requests[0]!.paths).toEqual(['a', 'b/c', 'd']);
    await requests[0]!.answer(answerOf(3, { 1: exists }));
    await done;
    expect(settled).toEqual(['a stored', 'b/c precondition_failed', 'd stored']);
  });

  test('shows bytes in the order in which the files are sent', async () => {
    start();
    await settle();
    progress = [];
    requests[0]!.tell(0.5);
    expect(progress).toEqual(['a 5', 'b/c 2']);
  });

  test('whose answer was lost is sent again as it was, so that the server knows it', async () => {
    const { done } = start();
    await settle();
    await requests[0]!.answer(lost);
    await waitFor(2);
    expect(stalls).toBe(1);
    expect(requests[1]).toMatchObject({ paths: requests[0]!.paths, key: requests[0]!.key });
    await requests[1]!.answer(answerOf(3));
    await done;
    expect(settled).toHaveLength(3);
  });

  test('of which one was damaged on the way sends that one again', async () => {
    const { done } = start();
    await settle();
    const damaged = { code: 'invalid', reason: 'digest_mismatch', message: 'Damaged.' };
    await requests[0]!.answer(answerOf(3, { 1: damaged }));
    expect(settled).toEqual(['a stored', 'd stored']);
    expect(requests[1]!.paths).toEqual(['b/c']);
    expect(requests[1]!.key).not.toBe(requests[0]!.key);
    await requests[1]!.answer(answerOf(1));
    await done;
  });

  test('of which one stays damaged gives that one up', async () => {
    const { done } = start();
    const damaged = { code: 'invalid', reason: 'digest_mismatch', message: 'Damaged.' };
    for (const count of [3, 1, 1]) {
      await settle();
      await requests.at(-1)!.answer(answerOf(count, { 0: damaged }));
    }
    await done;
    expect(settled).toContain('a invalid');
  });

  test('that is answered by something that is not Drey is sent again', async () => {
    start();
    await settle();
    await requests[0]!.answer({ status: 200, body: '<html>Sign in to the Wi-Fi</html>' });
    await waitFor(2);
    expect(settled).toEqual([]);
  });

  test('without a connection waits until it is back', async () => {
    vi.stubGlobal('navigator', { onLine: false });
    start();
    await settle();
    await requests[0]!.answer(lost);
    expect(stalls).toBe(1);
    expect(requests).toHaveLength(1);
    network.dispatchEvent(new Event('online'));
    await waitFor(2);
  });

  test('goes on without a file that cannot be read', async () => {
    unreadable.add('a');
    start();
    await settle();
    expect(settled).toEqual(['a invalid']);
    expect(requests[0]!.paths).toEqual(['b/c', 'd']);
  });

  test.each([
    [401, 'unauthenticated'],
    [413, 'too_large'],
    [404, 'not_found'],
  ])('that is refused with %i as a whole is not sent again', async (status, code) => {
    const { done } = start();
    await settle();
    await requests[0]!.answer({ status, body: '' });
    await expect(done).rejects.toMatchObject({ code });
    expect(requests).toHaveLength(1);
  });

  test('ends when it is cancelled', async () => {
    const { done, cancel } = start();
    await settle();
    await cancel();
    await done;
    expect(requests[0]!.isAborted()).toBe(true);
    expect(settled).toEqual([]);
    expect(items.every((item) => item.mayBeStored)).toBe(true);
  });
});
