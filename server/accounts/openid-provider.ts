import * as client from 'openid-client';
import { AppError } from '../contract/app-error.ts';

export type ProviderOptions = {
  issuer: string;
  clientId: string;
  clientSecret: string;
  scopes: string;
  /** For a provider of a test, on this machine, without TLS. */
  allowsPlainHttp: boolean;
};

/** What is kept of a sign-in while the browser is at the provider. */
export type ProviderChecks = { state: string; nonce: string; verifier: string };

/** Who the provider says somebody is. */
export type ProviderClaims = { issuer: string; subject: string; claims: Readonly<Record<string, unknown>> };

const timeoutSeconds = 10;

/**
 * One OpenID provider (OpenID Connect Core 1.0, Authorization Code with PKCE, RFC 7636). What comes back is believed when
 * state, nonce, issuer, audience, signature and verifier all fit, which is the library's to check.
 */
export class OpenidProvider {
  readonly #options: ProviderOptions;
  #configuration: Promise<client.Configuration> | undefined;

  constructor(options: ProviderOptions) {
    if (!options.issuer.startsWith('https:') && !options.allowsPlainHttp) {
      throw new AppError('invalid', 'DREY_OIDC_ISSUER: it is an https: address.');
    }
    if (options.clientId === '') throw new AppError('invalid', 'DREY_OIDC_CLIENT_ID: it cannot be empty.');
    this.#options = options;
  }

  get issuer(): string {
    return this.#options.issuer;
  }

  createChecks(): ProviderChecks {
    return {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
    };
  }

  /** Where to send the browser. */
  async addressFor({ state, nonce, verifier }: ProviderChecks, redirectUri: string): Promise<string> {
    const url = client.buildAuthorizationUrl(await this.#discover(), {
      redirect_uri: redirectUri,
      scope: this.#options.scopes,
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return url.href;
  }

  /** Who came back. `callback` is the redirect URI with the query that the browser brought. */
  async readCallback(callback: URL, { state, nonce, verifier }: ProviderChecks): Promise<ProviderClaims> {
    const configuration = await this.#discover();
    const tokens = await client.authorizationCodeGrant(configuration, callback, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (!claims) throw new AppError('unauthenticated', 'The provider said nothing of who this is.');
    const more = configuration.serverMetadata().userinfo_endpoint
      ? await client.fetchUserInfo(configuration, tokens.access_token, claims.sub)
      : {};
    return { issuer: claims.iss, subject: claims.sub, claims: { ...more, ...claims } };
  }

  /** The provider's own description; one that could not be had is asked for again. */
  #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret, allowsPlainHttp } = this.#options;
    this.#configuration ??= client
      .discovery(
        new URL(issuer),
        clientId,
        undefined,
        clientSecret === '' ? client.None() : client.ClientSecretBasic(clientSecret),
        {
          timeout: timeoutSeconds,
          execute: [
            // Of what came by TLS the library would take the signature on trust.
            client.enableNonRepudiationChecks,
            ...(allowsPlainHttp ? [client.allowInsecureRequests] : []),
          ],
        },
      )
      .catch((error: unknown) => {
        this.#configuration = undefined;
        throw error;
      });
    return this.#configuration;
  }
}
