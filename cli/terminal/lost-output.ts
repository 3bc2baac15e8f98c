import { exitCodeOf } from '../../server/contract/exit-codes.ts';
import { describeError } from '../error-line.ts';

/** Ends the process: whoever read our output, such as `head`, has had enough; or there is no room for it where it goes. */
export function endForLostOutput(error: NodeJS.ErrnoException, say: (line: string) => void): never {
  if (error.code === 'EPIPE') process.exit(0);
  say(`drey: ${describeError(error, 'standard output')}`);
  process.exit(exitCodeOf.unavailable);
}
