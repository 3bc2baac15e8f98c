import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { onTestFinished, vi } from 'vitest';

/** Someone at the provider, and what it says of them. */
export type Account = { sub: string; preferred_username?: string; groups?: string[]; email?: string };

export type TestProvider = {
  issuer: string;
  /** Who is signed in at the provider's page from now on. */
  account: Account;
  /** Lets a server be a client; to be called once its origin is known. */
  admit(origin: string): void;
};

export const clientSettings = {
  DREY_OIDC_CLIENT_ID: 'drey',
  DREY_OIDC_CLIENT_SECRET: 'a secret of the client',
};

/** A real OpenID provider on this machine, whose pages sign in whoever `account` says without asking. */
export async function startOpenidProvider(account: Account): Promise<TestProvider> {
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const made: TestProvider = {
    issuer,
    account,
    admit(origin) {
      // It warns of what only matters beyond a test.
      const warning = vi.spyOn(console, 'warn').mockImplementation(() => {});
      const provider = new Provider(issuer, {
        ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
        clients: [
          {
            client_id: clientSettings.DREY_OIDC_CLIENT_ID,
            client_secret: clientSettings.DREY_OIDC_CLIENT_SECRET,
            redirect_uris: [`${origin}/api/v1/sign-in/callback`],
          },
        ],
        claims: { openid: ['sub'], profile: ['preferred_username', 'groups', 'email', 'email_verified'] },
        cookies: { keys: ['a key of the provider'] },
        features: { devInteractions: { enabled: false } },
        findAccount: (_context, sub) => ({
          accountId: sub,
          claims: async () => ({ ...made.account, email_verified: true, sub }),
        }),
        interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      });
      warning.mockRestore();
      const callback = provider.callback();
      http.on('request', (request, response) => {
        if (!request.url?.startsWith('/interaction/')) return void callback(request, response);
        void (async () => {
          const { prompt, params, session } = await provider.interactionDetails(request, response);
          if (prompt.name === 'login') {
            await provider.interactionFinished(request, response, { login: { accountId: made.account.sub } });
            return;
          }
          const grant = new provider.Grant({
            accountId: session?.accountId as string,
            clientId: params.client_id as string,
          });
          grant.addOIDCScope(params.scope as string);
          await provider.interactionFinished(request, response, {
            consent: { grantId: await grant.save() },
          });
        })();
      });
    },
  };
  return made;
}
