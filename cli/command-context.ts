import { addExamples } from '../server/base/command-examples.ts';
import type { Command } from 'commander';
import { loadProfile } from './profile.ts';
import { ServerClient } from './server-client.ts';
import { StorageApi } from './storage-api.ts';
import type { Terminal } from './terminal/terminal.ts';

const defaultPatienceSeconds = 30;

/** What a command works with. */
export type CommandContext = {
  terminal: Terminal;
  /** Aborted when the person asks to stop. */
  signal: AbortSignal;
  /** Connects to the server that one is signed in to. */
  connect: () => Promise<StorageApi>;
  /** A client of any server, for signing in. */
  createClient: (url: string, token?: string) => ServerClient;
};

/** Gives a command its arguments, options, examples and action. */
export type DefineCommand = (command: Command, context: CommandContext) => void;

export function createContext(terminal: Terminal, signal: AbortSignal, isDebug: boolean): CommandContext {
  const trace = isDebug ? { trace: (line: string) => terminal.say(line) } : {};
  const createClient = (url: string, token?: string) =>
    new ServerClient({ url, ...(token && { token }), patienceMs: patienceMs(), signal, ...trace });
  return {
    terminal,
    signal,
    createClient,
    async connect() {
      const { url, token, cluster, user } = await loadProfile();
      const base = cluster && user ? { cluster, home: user } : undefined;
      return new StorageApi(createClient(url, token), base);
    },
  };
}

/** For how long a lost connection is tried again: `DREY_RETRY_SECONDS`. */
function patienceMs(): number {
  const set = Number(process.env.DREY_RETRY_SECONDS ?? defaultPatienceSeconds);
  return (Number.isFinite(set) && set >= 0 ? set : defaultPatienceSeconds) * 1000;
}

export { addExamples };
