import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { usageError } from '../exit-code.ts';
import type { Terminal } from './terminal.ts';

/** Asks on the terminal; what is typed stays hidden when it is a secret. */
export async function ask(
  terminal: Terminal,
  question: string,
  { isSecret = false, signal }: { isSecret?: boolean; signal?: AbortSignal } = {},
): Promise<string> {
  if (!terminal.stdin.isTTY)
    throw usageError(`There is no terminal to ask on (${question.trim()} is wanted).`);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = isSecret ? silent : terminal.stderr;
  const prompt = createInterface({ input: terminal.stdin, output, terminal: true });
  if (isSecret) terminal.stderr.write(question);
  // In raw mode Ctrl-C is only a key: hand it on as the signal it stands for.
  prompt.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return await prompt.question(isSecret ? '' : question, signal ? { signal } : {});
  } finally {
    prompt.close();
    if (isSecret) terminal.stderr.write('\n');
  }
}

/** A secret from standard input: all of it, without the line end. */
export async function readSecret(terminal: Terminal): Promise<string> {
  return (await text(terminal.stdin)).replace(/\r?\n$/, '');
}
