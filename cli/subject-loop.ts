import { describeError, ToldError } from './error-line.ts';
import type { Terminal } from './terminal/terminal.ts';
import { endsAll } from './transfer/transfer-pool.ts';

/** Does the same for each thing named. One that fails is told and leaves the others to go on; the exit code says so. */
export async function forEachSubject(
  terminal: Terminal,
  subjects: readonly string[],
  work: (subject: string) => Promise<void>,
): Promise<void> {
  let first: unknown;
  for (const subject of subjects) {
    try {
      await work(subject);
    } catch (error) {
      if (endsAll(error)) throw error;
      first ??= error;
      terminal.say(`drey: ${describeError(error, subject)}`);
    }
  }
  if (first !== undefined) throw new ToldError(first);
}
