import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FormAnswer } from '../../src/lib/features/uploads/form-request.ts';
import { startBulkTransfer } from '../../src/lib/features/uploads/bulk-transfer.ts';
import type { Transfer } from '../../src/lib/features/uploads/tus-transfer.ts';
import type { Refusal, UploadItem } from '../../src/lib/features/uploads/upload-item.ts';

type Request = {
  paths: string[];
  contents: Promise<string[]>;
  isAborted: () => boolean;
  tell: (share: number) => void;
  answer: (answer: FormAnswer) => Promise<void>;
};

const exists: Refusal = { code: 'precondition_failed', reason: 'exists', message: 'It is there.' };
const lost: FormAnswer = { status: 0, body: '' };

let items: UploadItem[];
let requests: Request[];
let arrived: Set<string>;
let settled: string[];
let progress: string[];
let stalls: number;
let network: EventTarget;

const settle = () => new Promise((resolve) => setImmediate(resolve));
const waitFor = (count: number) => vi.waitFor(() => expect(requests).toHaveLength(count));

beforeEach(() => {
  items = ['a', 'b/c', 'd'].map((path) => ({ ...fileOf('12345'), path }) as UploadItem);
  requests = [];
  arrived = new Set();
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
  const file = new File([text], 'x', { lastModified: 1_700_000_000_000 });
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
      isStored: async (item) => arrived.has(item.path),
      post: (form, tell, signal) => {
        const { promise, resolve } = Promise.withResolvers<FormAnswer>();
        const manifest = JSON.parse(form.get('manifest') as string) as { path: string }[];
        signal.addEventListener('abort', () => resolve(lost));
        requests.push({
          paths: manifest.map(({ path }) => path),
          contents: Promise.all(form.getAll('file').map((part) => (part as File).text())),
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
function answerOf(count: number, refusals: Record<number, Refusal> = {}): FormAnswer {
  const entries = Array.from({ length: count }, (_, index) => ({ error: refusals[index] }));
  return { status: 200, body: JSON.stringify({ items: entries, next: null }) };
}

describe('a load of small files', () => {
  test('goes in one request, and each file is settled by what is said of it', async () => {
    const { done } = start();
    await settle();
    expect(requests[0]!.paths).toEqual(['a', 'b/c', 'd']);
    expect(await requests[0]!.contents).toEqual(['12345', '12345', '12345']);
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

  test('whose answer was lost is sent again without the files that had arrived', async () => {
    const { done } = start();
    await settle();
    arrived.add('a').add('d');
    await requests[0]!.answer(lost);
    await waitFor(2);
    expect(stalls).toBe(1);
    expect(settled).toEqual(['a stored', 'd stored']);
    expect(requests[1]!.paths).toEqual(['b/c']);
    await requests[1]!.answer(answerOf(1));
    await done;
  });

  test('that had arrived as a whole is not sent again', async () => {
    const { done } = start();
    await settle();
    for (const { path } of items) arrived.add(path);
    await requests[0]!.answer(lost);
    await done;
    expect(requests).toHaveLength(1);
    expect(settled).toHaveLength(3);
  });

  test('asks about no file that was never sent', async () => {
    arrived.add('a');
    start();
    await settle();
    expect(requests[0]!.paths).toContain('a');
  });

  test('remembers after giving up that files may have arrived', async () => {
    const { done } = start();
    await settle();
    await requests[0]!.answer({ status: 500, body: '' });
    await waitFor(2);
    await requests[1]!.answer({
      status: 507,
      body: JSON.stringify({ error: { code: 'out_of_space', message: 'Full.' } }),
    });
    await expect(done).rejects.toMatchObject({ code: 'out_of_space', message: 'Full.' });
    arrived.add('a');
    start();
    await waitFor(3);
    expect(requests[2]!.paths).toEqual(['b/c', 'd']);
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

  test('goes on without a file that cannot be read any more', async () => {
    const unreadable = { slice: () => ({ arrayBuffer: () => Promise.reject(new Error('gone')) }) };
    start();
    await settle();
    Object.defineProperty(items[0]!.file!, 'slice', { value: unreadable.slice });
    await requests[0]!.answer(lost);
    await waitFor(2);
    expect(settled).toEqual(['a invalid']);
    expect(requests[1]!.paths).toEqual(['b/c', 'd']);
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
