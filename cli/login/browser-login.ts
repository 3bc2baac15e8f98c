import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '../../server/contract/app-error.ts';
import type { Token } from '../../server/contract/schemas.ts';
import type { CommandContext } from '../command-context.ts';
import { ask } from '../terminal/prompt.ts';
import { openInBrowser } from '../terminal/web-browser.ts';
import { listenOnLoopback } from './loopback-listener.ts';

export type MadeToken = { token: string; tokenId: string };

const patienceMs = 5 * 60_000;
const random = () => randomBytes(32).toString('base64url');

/**
 * Signs in by the browser: a page of the server asks whether to let us, and hands a code to a port of this machine, which
 * only whoever knows the verifier can exchange for a token (RFC 8252, RFC 7636). Without a browser here, the code is typed.
 */
export async function loginByBrowser(
  context: CommandContext,
  url: string,
  mayOpenBrowser: boolean,
): Promise<MadeToken> {
  const client = context.createClient(url);
  const verifier = random();
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const query = { challenge, client: hostname().slice(0, 100) };
  const code =
    (mayOpenBrowser ? await receiveCode(context, url, query) : undefined) ??
    (await askForCode(context, url, query));
  const { id, token } = await client.json<Token & { token: string }>(
    'POST',
    '/api/v1/client-approvals/redemption',
    { json: { code, verifier }, wants: 'token' },
  );
  return { token, tokenId: id };
}

/** The code as the browser brings it, or undefined when there is no browser to open. */
async function receiveCode(
  { terminal, signal }: CommandContext,
  url: string,
  query: Record<string, string>,
): Promise<string | undefined> {
  const state = random();
  const listener = await listenOnLoopback(state);
  try {
    const address = addressOf(url, { ...query, port: String(listener.port), state });
    if (!(await openInBrowser(address))) return undefined;
    terminal.say(`Allow it in the browser. If none opened, open ${address}`);
    return await Promise.race([listener.code, giveUp(signal)]);
  } finally {
    listener.close();
  }
}

async function giveUp(signal: AbortSignal): Promise<never> {
  try {
    await wait(patienceMs, undefined, { signal, ref: true });
  } catch {
    throw signal.reason as Error;
  }
  throw new AppError('unavailable', 'No answer came from the browser. Run it again.');
}

async function askForCode(
  { terminal, signal }: CommandContext,
  url: string,
  query: Record<string, string>,
): Promise<string> {
  terminal.say(`Open this address in any browser, allow it, and copy the code:\n${addressOf(url, query)}`);
  return (await ask(terminal, 'Code: ', { signal })).trim();
}

function addressOf(url: string, query: Record<string, string>): string {
  return `${url}/login/cli?${new URLSearchParams(query)}`;
}
