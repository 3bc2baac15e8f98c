import { Interrupted } from '../exit-code.ts';
import type { CommandContext } from '../command-context.ts';
import { printable } from '../terminal/printable.ts';
import { ProgressDisplay } from '../terminal/progress-display.ts';
import type { StorageApi } from '../storage-api.ts';
import { describeError, ToldError } from '../error-line.ts';
import type { TransferContext } from './transfer-context.ts';
import { TransferTally } from './transfer-tally.ts';

export type SessionOptions = {
  /** Undefined: on a terminal, not on a pipe. */
  progress?: boolean | undefined;
  verbose?: boolean | undefined;
};

/**
 * Runs transfers with progress shown, failures told as they come, and Ctrl-C heard. Throws the first failure at the end,
 * when all that could be done is done.
 */
export async function withTransfer(
  { terminal, signal }: CommandContext,
  api: StorageApi,
  { progress = terminal.stderr.isTTY, verbose = false }: SessionOptions,
  work: (context: TransferContext) => Promise<void>,
): Promise<void> {
  const tally = new TransferTally({
    onFailed: (subject, error) => terminal.say(`drey: ${describeError(error, subject)}`),
    ...(verbose && { onCopied: (subject) => terminal.say(printable(subject)) }),
  });
  const abort = new AbortController();
  const stop = () => abort.abort(new Interrupted('stopped. Run the same command again to go on from here.'));
  signal.addEventListener('abort', stop);
  const display = progress ? new ProgressDisplay(terminal, tally, () => api.client.isAway) : undefined;
  display?.start();
  try {
    await work({ api, tally, abort });
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : error;
  } finally {
    signal.removeEventListener('abort', stop);
    display?.stop();
  }
  if (progress || verbose) terminal.say(tally.summary());
  if (tally.failures > 0) throw new ToldError(tally.firstError);
}
