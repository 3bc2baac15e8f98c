import { Option } from 'commander';
import { hostname } from 'node:os';
import type { Token } from '../../server/contract/schemas.ts';
import { addExamples, type CommandContext, type DefineCommand } from '../command-context.ts';
import { loginByBrowser, type MadeToken } from '../login/browser-login.ts';
import { parseServerUrl, profilePath, writeProfile } from '../profile.ts';
import { StorageApi } from '../storage-api.ts';
import { ask, readSecret } from '../terminal/prompt.ts';

type Options = { token?: string; tokenStdin?: true; user?: string; browser: boolean };

export const define: DefineCommand = (command, context) => {
  command
    .argument('<url>', 'the address of the server')
    .option('--no-browser', 'print the address to open, and ask for the code it shows')
    .addOption(
      new Option('--user <name>', 'by password: sign in as this user, and be asked for it').conflicts([
        'token',
        'tokenStdin',
      ]),
    )
    .addOption(
      new Option('--token <token>', 'use an API token, as made on the account page').conflicts('tokenStdin'),
    )
    .option('--token-stdin', 'read the API token from standard input');
  addExamples(command, [
    ['drey login https://drey.example.org', 'asks in the web browser'],
    ['drey login https://drey.example.org --no-browser', 'on a machine that you reach by ssh'],
    ['drey login https://drey.example.org --user bob', 'asks for the password'],
    ['drey login https://drey.example.org --token-stdin < token.txt', 'for machines'],
    ['DREY_URL=https://drey.example.org DREY_TOKEN=drey_… drey ls', 'without signing in at all'],
  ]);
  command.action(async (address: string, options: Options) => {
    const url = parseServerUrl(address);
    const token = options.tokenStdin ? await readSecret(context.terminal) : options.token;
    const made =
      token !== undefined
        ? { token }
        : options.user === undefined
          ? await loginByBrowser(context, url, options.browser)
          : await loginByPassword(context, url, options.user);
    const { user, cluster } = await new StorageApi(context.createClient(url, made.token)).getSession();
    await writeProfile({ url, ...made, user: user.name, cluster });
    context.terminal.say(`Signed in to ${url} as ${user.name}. The token is in ${profilePath()}`);
  });
};

/** Exchanges a password for an API token that is named after this machine. */
async function loginByPassword(context: CommandContext, url: string, name: string): Promise<MadeToken> {
  const { terminal, signal } = context;
  const client = context.createClient(url);
  const password = await ask(terminal, 'Password: ', { isSecret: true, signal });
  const response = await client.send('POST', '/api/v1/session', { json: { name, password } });
  response.resume();
  // The session only lives for as long as it takes to make the token.
  const Cookie = (response.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';', 1)[0]).join('; ');
  const { id, token } = await client.json<Token & { token: string }>('POST', '/api/v1/tokens', {
    json: { label: `drey on ${hostname()}` },
    headers: { Cookie },
    wants: 'token',
  });
  await client.json('DELETE', '/api/v1/session', { headers: { Cookie } });
  return { token, tokenId: id };
}
