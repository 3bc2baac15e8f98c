/** A command line that asks for a token, as the address that it opened says. */
export type ClientRequest = {
  challenge: string;
  /** The machine it runs on, by its own word. */
  host: string;
  /** Where it listens on this machine; absent where it waits for the code to be pasted. */
  answerAt?: { port: number; state: string };
};

const bits256 = /^[\w-]{43}$/;
const maxHostLength = 100;
const [minPort, maxPort] = [1024, 65_535];

/** What the query of the address asks for, or undefined when it is not whole. */
export function parseClientRequest(query: URLSearchParams): ClientRequest | undefined {
  const challenge = query.get('challenge') ?? '';
  const host = query.get('client')?.trim() ?? '';
  if (!bits256.test(challenge) || host === '' || host.length > maxHostLength) return undefined;
  if (!query.has('port')) return { challenge, host };
  const [port, state] = [query.get('port') ?? '', query.get('state') ?? ''];
  if (!/^\d{4,5}$/.test(port) || !bits256.test(state)) return undefined;
  const number = Number(port);
  if (number < minPort || number > maxPort) return undefined;
  return { challenge, host, answerAt: { port: number, state } };
}

/** Where the answer goes: only ever this machine itself. */
export function answerAddress(
  { port, state }: NonNullable<ClientRequest['answerAt']>,
  answer: { code: string } | { error: 'access_denied' },
): string {
  return `http://127.0.0.1:${port}/?${new URLSearchParams({ ...answer, state })}`;
}
