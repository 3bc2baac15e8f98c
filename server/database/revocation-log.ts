import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sql } from 'kysely';
import { z } from 'zod';
import { AppError } from '../contract/app-error.ts';
import type { Db, Tx } from './connection.ts';

/** What was taken away, or given back, and must stay so whatever backup the database is restored from. */
const revocationSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('link_revoked'), id: z.string(), at: z.number(), by: z.string().nullable() }),
  z.object({ kind: z.literal('link_restored'), id: z.string() }),
  z.object({ kind: z.literal('link_renewed'), id: z.string(), generation: z.number() }),
  z.object({ kind: z.literal('token_deleted'), id: z.string() }),
  z.object({ kind: z.literal('user_disabled'), id: z.string() }),
  z.object({ kind: z.literal('user_enabled'), id: z.string() }),
  z.object({ kind: z.literal('user_deleted'), id: z.string() }),
  z.object({ kind: z.literal('password_changed'), id: z.string() }),
]);
export type Revocation = z.infer<typeof revocationSchema>;

/** What a file beside the log takes up, to be given up for the log's next lines when the volume is full. */
const roomBytes = 64 * 1024;

/**
 * A log beside the database of what was revoked, on the disk before the database commits. The database remembers how much
 * of the log it knows; one that knows less than there is was restored from a backup, and is brought up to date.
 */
export class RevocationLog {
  readonly #file: string;
  readonly #roomFile: string;

  constructor(file: string) {
    this.#file = file;
    this.#roomFile = `${file}.room`;
    this.#reserveRoom();
    if (existsSync(file)) return;
    closeSync(openSync(file, 'ax', 0o600));
    const folder = openSync(dirname(file), 'r');
    fsyncSync(folder);
    closeSync(folder);
  }

  /** Writes it down within the transaction that does it. */
  async note(tx: Tx, revocation: Revocation): Promise<void> {
    const handle = await open(this.#file, 'a', 0o600);
    try {
      await this.#append(handle, `${JSON.stringify(revocation)}\n`);
      const { size } = await handle.stat();
      await tx
        .updateTable('instance')
        .set({ revocations: sql`CASE WHEN revocations < ${size} THEN ${size} ELSE revocations END` })
        .execute();
    } finally {
      await handle.close();
    }
  }

  /** To revoke must be possible when nothing else is. */
  async #append(handle: FileHandle, line: string): Promise<void> {
    const write = async (text: string) => {
      await handle.appendFile(text);
      await handle.datasync();
    };
    try {
      await write(line);
      this.#reserveRoom();
    } catch (error) {
      if (!isFull(error)) throw error;
      await rm(this.#roomFile, { force: true });
      // What came of the line already is no line then, and is passed over.
      await write(`\n${line}`).catch((again: unknown) => {
        throw isFull(again) ? outOfSpace(again) : again;
      });
    }
  }

  #reserveRoom(): void {
    if (existsSync(this.#roomFile)) return;
    try {
      writeFileSync(this.#roomFile, Buffer.alloc(roomBytes), { mode: 0o600 });
    } catch (error) {
      if (!isFull(error)) throw error;
    }
  }

  /** Does again what the database does not know of, and answers how many revocations that were. */
  async catchUp(db: Db): Promise<number> {
    const row = await db.selectFrom('instance').select('revocations').executeTakeFirst();
    const known = row?.revocations ?? 0;
    this.#dropTornEnd();
    const size = statSync(this.#file).size;
    if (size === known) return 0;
    const missed = size < known ? [] : parseLines(readFileSync(this.#file).subarray(known).toString('utf8'));
    await db.transaction().execute(async (tx) => {
      for (const revocation of missed) await repeat(tx, revocation);
      // Which of the sessions had been ended is not known any more.
      if (missed.length > 0) await tx.deleteFrom('sessions').execute();
      await tx.updateTable('instance').set({ revocations: size }).execute();
    });
    return missed.length;
  }

  /** A line that a loss of power left without its end was never answered. */
  #dropTornEnd(): void {
    const bytes = readFileSync(this.#file);
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end < bytes.length) truncateSync(this.#file, end);
  }
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function outOfSpace(cause: unknown): AppError {
  return new AppError('out_of_space', 'The volume is full. Free some space, and try again.', {
    reason: 'volume',
    cause,
  });
}

function parseLines(text: string): Revocation[] {
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    try {
      return [revocationSchema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}

async function repeat(tx: Tx, revocation: Revocation): Promise<void> {
  const { kind, id } = revocation;
  const links = () => tx.updateTable('links').where('id', '=', id);
  const users = () => tx.updateTable('users').where('id', '=', id);
  if (kind === 'link_revoked') {
    await links()
      .set({ revoked_at: revocation.at, revoked_by: revocation.by })
      .where('revoked_at', 'is', null)
      .execute();
  } else if (kind === 'link_restored') await links().set({ revoked_at: null }).execute();
  else if (kind === 'link_renewed') {
    await links()
      .set({ generation: revocation.generation })
      .where('generation', '<', revocation.generation)
      .execute();
  } else if (kind === 'token_deleted') await tx.deleteFrom('api_tokens').where('id', '=', id).execute();
  else if (kind === 'user_disabled') await users().set({ is_disabled: 1 }).execute();
  else if (kind === 'user_enabled') await users().set({ is_disabled: 0 }).execute();
  // The old password is good no longer, and the new one is lost with the newer database.
  else if (kind === 'password_changed') await users().set({ password_hash: '' }).execute();
  else {
    await tx
      .deleteFrom('grants')
      .where((eb) => eb.or([eb('grantee', '=', `user:${id}`), eb('granted_by', '=', id)]))
      .execute();
    await tx.deleteFrom('users').where('id', '=', id).execute();
  }
}
