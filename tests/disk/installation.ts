import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createAccount, ServerProcess, type Account } from '../crash/server-process.ts';

type Asking = { headers?: Record<string, string>; body?: BodyInit; signal?: AbortSignal };

/** Drey in a process of its own with one administrator, for one test. */
export class Installation {
  readonly account: Account;
  readonly server: ServerProcess;
  readonly #hasEnded: () => boolean;

  private constructor(account: Account, server: ServerProcess, hasEnded: () => boolean) {
    this.account = account;
    this.server = server;
    this.#hasEnded = hasEnded;
  }

  static async start({
    dataFolder,
    mounts = [],
    settings = {},
  }: {
    dataFolder?: string;
    mounts?: string[];
    settings?: Record<string, string>;
  }): Promise<Installation> {
    const folder = dataFolder ?? (await scratchFolder());
    const environment = { DREY_DATA: folder, DREY_FREE_RESERVE: '0', ...settings };
    const account = await createAccount('alice', environment);
    const server = await ServerProcess.start(environment, ...mounts);
    let hasEnded = false;
    const ended = server.ended.then(() => (hasEnded = true));
    onTestFinished(async () => {
      await server.kill();
      await ended;
    });
    return new Installation(account, server, () => hasEnded);
  }

  get isRunning(): boolean {
    return !this.#hasEnded();
  }

  /** Asks as the administrator. */
  ask(method: string, path: string, { headers = {}, body, signal }: Asking = {}): Promise<Response> {
    return fetch(new URL(path, this.server.origin), {
      method,
      headers: { Authorization: `Bearer ${this.account.token}`, ...headers },
      ...(body !== undefined && { body, duplex: 'half' }),
      ...(signal && { signal }),
    } as RequestInit);
  }

  async status(method: string, path: string, asking?: Asking): Promise<number> {
    const response = await this.ask(method, path, asking);
    await response.arrayBuffer();
    return response.status;
  }

  async bytesOf(path: string): Promise<Buffer> {
    const response = await this.ask('GET', `/api/v1/content/${path}`);
    if (response.status !== 200) throw new Error(`${path} was answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** Each way to store a file, as a function that answers the status that ended it. */
  get doors(): Record<'PUT' | 'bulk' | 'tus', (path: string, bytes: Buffer) => Promise<number>> {
    return {
      // Without a length, so that it is not refused before it begins.
      PUT: (path, bytes) =>
        this.status('PUT', `/api/v1/content/${path}`, { body: new Blob([new Uint8Array(bytes)]).stream() }),
      bulk: async (path, bytes) => {
        const [root, ...rest] = path.split('/');
        const form = new FormData();
        form.append('file', new Blob([new Uint8Array(bytes)]), rest.join('/'));
        const response = await this.ask('POST', `/api/v1/bulk/${root}?onConflict=replace`, { body: form });
        if (response.status !== 200) return response.status;
        const { items } = (await response.json()) as { items: { error?: { code: string } }[] };
        const code = items[0]!.error?.code;
        return code === undefined ? 200 : code === 'out_of_space' ? 507 : code === 'unavailable' ? 503 : 500;
      },
      tus: async (path, bytes) => {
        const encode = (text: string) => Buffer.from(text).toString('base64');
        const version = { 'Tus-Resumable': '1.0.0' };
        const created = await this.ask('POST', '/api/v1/uploads', {
          headers: {
            ...version,
            'Upload-Length': String(bytes.length),
            'Upload-Metadata': `uri ${encode(`storage:/${path}`)},onConflict ${encode('replace')}`,
          },
        });
        if (created.status !== 201) return created.status;
        const address = created.headers.get('location')!;
        const status = await this.status('PATCH', address, {
          headers: { ...version, 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' },
          body: new Uint8Array(bytes),
        });
        if (status !== 204) await this.status('DELETE', address, { headers: version });
        return status;
      },
    };
  }
}

export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'drey-disk-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
