import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type packageJson from '../package.json';
import { Daemon, runCommand } from './child-process.ts';
import { peakMemoryOf } from './process-usage.ts';

/** The folder of this revision of Drey. */
export const project = fileURLToPath(new URL('..', import.meta.url));
const owner = 'alice';
const password = 'correct horse battery';

/** What `npm start` gives to Node. */
async function startArgumentsOf(revision: string): Promise<string[]> {
  const { scripts } = JSON.parse(
    await readFile(join(revision, 'package.json'), 'utf8'),
  ) as typeof packageJson;
  return / && node (.+)$/.exec(scripts.start)![1]!.split(' ');
}

/** Drey as an operator starts it, in a process of its own over a data folder of its own. */
export class DreyServer {
  readonly #dataFolder: string;
  readonly #revision: string;
  #daemon: Daemon | undefined;
  #peakBytes = 0;
  origin = '';
  token = '';

  private constructor(dataFolder: string, revision: string) {
    this.#dataFolder = dataFolder;
    this.#revision = revision;
  }

  /** `revision` is the folder of the Drey to run. */
  static async install(dataFolder: string, revision = project): Promise<DreyServer> {
    const server = new DreyServer(dataFolder, revision);
    await server.#run(['user', 'add', owner, '--admin', '--password-stdin'], password);
    server.token = (await server.#run(['token', 'create', '--user', owner])).trim();
    return server;
  }

  /** Where the owner's files lie on the disk. */
  get home(): string {
    return join(this.#dataFolder, 'storage', owner);
  }

  /** What the owner signs in with. */
  get credentials(): { name: string; password: string } {
    return { name: owner, password };
  }

  /** Where its rows lie on the disk. */
  get databaseFile(): string {
    return join(this.#dataFolder, 'drey.db');
  }

  get pid(): number {
    return this.#daemon!.pid;
  }

  get authorization(): string {
    return `Authorization: Bearer ${this.token}`;
  }

  async start(): Promise<void> {
    const { daemon, word } = await Daemon.start(
      process.execPath,
      await startArgumentsOf(this.#revision),
      /(http:\/\/\S+)/,
      { cwd: this.#revision, env: this.#environment },
    );
    this.#daemon = daemon;
    this.origin = new URL(word).origin;
  }

  async stop(): Promise<void> {
    this.#notePeak();
    await this.#daemon?.stop();
    this.#daemon = undefined;
  }

  /** The most resident memory that any of the runs so far has had. */
  get peakBytes(): number {
    this.#notePeak();
    return this.#peakBytes;
  }

  contentUrl(name: string): string {
    return `${this.origin}/api/v1/content/${owner}/${name}`;
  }

  entriesUrl(name: string): string {
    return `${this.origin}/api/v1/entries/${owner}/${name}`;
  }

  uriOf(name: string): string {
    return `storage://home/${owner}/${name}`;
  }

  /** What the server says of a file's SHA-256; null while it does not know it. */
  async sha256(name: string): Promise<string | null> {
    const response = await fetch(`${this.origin}/api/v1/checksums/${owner}/${name}`, {
      headers: { Authorization: `Bearer ${this.token}` },
    });
    if (!response.ok) throw new Error(`No checksum of ${name}: ${await response.text()}`);
    return ((await response.json()) as { sha256: string | null }).sha256;
  }

  /** The path of a new permanent link on one entry; paths outlive a restart, ports do not. */
  async createLink(name: string): Promise<string> {
    const response = await fetch(`${this.origin}/api/v1/links`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ items: [this.uriOf(name)] }),
    });
    if (!response.ok) throw new Error(`No link on ${name}: ${await response.text()}`);
    return new URL(((await response.json()) as { url: string }).url).pathname;
  }

  #notePeak(): void {
    if (this.#daemon) this.#peakBytes = Math.max(this.#peakBytes, peakMemoryOf(this.#daemon.pid));
  }

  #run(args: string[], input?: string): Promise<string> {
    return runCommand(process.execPath, ['server/launcher.js', ...args], {
      cwd: this.#revision,
      env: this.#environment,
      ...(input !== undefined && { input }),
    });
  }

  get #environment(): Record<string, string> {
    return { DREY_DATA: this.#dataFolder, DREY_PORT: '0', DREY_HOST: '127.0.0.1' };
  }
}
