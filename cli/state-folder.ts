import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where a program of this user keeps its files of one sort (XDG Base Directory Specification). */
export function xdgFolder(variable: 'XDG_CONFIG_HOME' | 'XDG_STATE_HOME', fallback: string): string {
  const set = process.env[variable];
  return join(set?.startsWith('/') ? set : join(homedir(), fallback), 'drey');
}

/** Writes a file that only its owner can read, whole or not at all. */
export async function writePrivateFile(path: string, folder: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, text, { mode: 0o600 });
  await rename(unfinished, path);
}

/** Small records that outlive the process: how far a transfer came. One file each, named by the hash of its key. */
export class StateFolder<T> {
  readonly #folder: string;

  constructor(kind: 'uploads' | 'downloads' | 'copies') {
    this.#folder = join(xdgFolder('XDG_STATE_HOME', '.local/state'), kind);
  }

  async find(key: readonly unknown[]): Promise<T | undefined> {
    try {
      return JSON.parse(await readFile(this.#pathOf(key), 'utf8')) as T;
    } catch {
      return undefined;
    }
  }

  async put(key: readonly unknown[], value: T): Promise<void> {
    await writePrivateFile(this.#pathOf(key), this.#folder, JSON.stringify(value));
  }

  async remove(key: readonly unknown[]): Promise<void> {
    await rm(this.#pathOf(key), { force: true });
  }

  #pathOf(key: readonly unknown[]): string {
    const hash = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32);
    return join(this.#folder, `${hash}.json`);
  }
}
