import { runCommand } from './child-process.ts';

/** The client of every transfer, the same for all servers: answers the seconds that one GET took. */
export async function timeGet(url: string, headers: readonly string[] = []): Promise<number> {
  return timeTransfer([...headers.flatMap((header) => ['-H', header]), url]);
}

/** The seconds that one transfer took, the start of curl not counted. Throws unless it is answered with success. */
export async function timeTransfer(args: readonly string[]): Promise<number> {
  const output = await runCommand('curl', ['-sSf', '-o', '/dev/null', '-w', '%{time_total}', ...args]);
  return Number(output);
}
