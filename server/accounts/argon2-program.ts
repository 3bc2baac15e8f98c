import { argon2Sync, type Argon2Parameters } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

/** Runs in the thread of `Argon2Thread`. */
export type Argon2Order = { id: number; parameters: Argon2Parameters };
export type Argon2Reply = { id: number; key?: Uint8Array; error?: unknown };

parentPort?.on('message', ({ id, parameters }: Argon2Order) => {
  try {
    reply({ id, key: argon2Sync('argon2id', parameters) });
  } catch (error) {
    reply({ id, error });
  }
});

function reply(reply: Argon2Reply): void {
  parentPort?.postMessage(reply);
}
