import { AppError } from '../../contract/app-error.ts';
import { nextPath } from '../../contract/next-path.ts';
import { attemptMs } from '../../accounts/provider-sign-in.ts';
import {
  clearBrowserSecret,
  findSessionUser,
  readBrowserSecret,
  setBrowserSecret,
  setSessionCookie,
} from '../authentication.ts';
import type { HttpDependencies } from '../http-dependencies.ts';
import { addressOf, originOf, type Context } from '../request-context.ts';
import type { Handlers } from '../route-router.ts';
import { clientOf } from './account-handlers.ts';

const callbackPath = '/api/v1/sign-in/callback';
const cookie = 'sign-in';

function requireProvider({ providerSignIn }: HttpDependencies) {
  if (!providerSignIn) throw new AppError('not_found', 'Signing in with a provider is not set up here.');
  return providerSignIn;
}

function redirectUriOf({ request, services }: Pick<Context, 'request' | 'services'>): string {
  return `${originOf(request, services.config.publicUrl)}${callbackPath}`;
}

/** Signing in with an OpenID provider, beside passwords. */
export const signInHandlers = {
  async describeSignIn({ services }) {
    const { providerSignIn } = services;
    return { body: { password: true, provider: providerSignIn ? { name: providerSignIn.name } : null } };
  },

  async beginSignIn({ services, query, request, response }) {
    const origin = originOf(request, services.config.publicUrl);
    const next = nextPath(query.next ?? null, origin);
    const redirectUri = redirectUriOf({ request, services });
    const { url, secret } = await requireProvider(services).begin(redirectUri, next, addressOf(request));
    setBrowserSecret(response, cookie, secret, attemptMs, services);
    response.redirect(302, url);
    return undefined;
  },

  async finishSignIn({ services, request, response }) {
    const provider = requireProvider(services);
    const secret = readBrowserSecret(request, cookie, services);
    clearBrowserSecret(response, cookie, services);
    const callback = new URL(redirectUriOf({ request, services }));
    callback.search = new URL(request.originalUrl, 'http://localhost').search;
    const current = await findSessionUser(request, services);
    const outcome = await provider.finish(secret, callback, addressOf(request), current);
    const { nextPath: next, isLinking, problem } = outcome;
    if (problem === undefined && !isLinking) {
      const opened = await services.sessions.open(outcome.user, clientOf(request), 'provider');
      setSessionCookie(response, opened, services);
      response.redirect(302, next);
      return undefined;
    }
    const target = new URL(isLinking ? next : '/login', 'http://localhost');
    if (problem === undefined) target.searchParams.set('linked', '1');
    else target.searchParams.set('problem', problem);
    if (!isLinking && next !== '/') target.searchParams.set('next', next);
    response.redirect(302, `${target.pathname}${target.search}`);
    return undefined;
  },

  async listIdentities({ services, user }) {
    const { providerSignIn } = services;
    const rows = (await providerSignIn?.listIdentities(user)) ?? [];
    const items = rows.map(({ id, issuer, created_at }) => ({
      id,
      issuer,
      provider: issuer === providerSignIn?.issuer ? providerSignIn.name : null,
      createdAt: new Date(created_at).toISOString(),
    }));
    return { body: { items, next: null } };
  },

  async linkIdentity({ services, user, body, request, response }) {
    if (user.via.kind !== 'session') {
      throw new AppError('forbidden', 'Only someone signed in with the browser can link an account.', {
        reason: 'session_needed',
      });
    }
    const next = nextPath(body.next, originOf(request, services.config.publicUrl));
    const redirectUri = redirectUriOf({ request, services });
    const provider = requireProvider(services);
    const { url, secret } = await provider.begin(redirectUri, next, addressOf(request), user);
    setBrowserSecret(response, cookie, secret, attemptMs, services);
    return { body: { url } };
  },

  async deleteIdentity({ services, user, params }) {
    await requireProvider(services).unlink(user, params.id as string);
    return undefined;
  },
} satisfies Partial<Handlers>;
