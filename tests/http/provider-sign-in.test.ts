import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AuditEvent } from '../../server/contract/schemas.ts';
import { startWatchedServer, type WatchedServer } from '../support/canaries.ts';
import { CookieBrowser } from '../support/cookie-browser.ts';
import { clientSettings, startOpenidProvider, type Account } from '../support/openid-provider.ts';
import { password } from '../support/test-server.ts';

const ada: Account = { sub: 'subject-1', preferred_username: 'Ada@example.org', groups: ['ml-team'] };

async function start(settings: Record<string, string> = {}, account: Account = { ...ada }) {
  const provider = await startOpenidProvider(account);
  const server = await startWatchedServer({
    DREY_OIDC_ISSUER: provider.issuer,
    DREY_OIDC_CREATE_USERS: 'yes',
    ...clientSettings,
    ...settings,
  });
  provider.admit(server.origin);
  return { server, provider };
}

const isCallback = (url: URL) => url.pathname === '/api/v1/sign-in/callback';
/** To the provider and back, as far as the address that it sends the browser to. */
function callbackOf(server: WatchedServer, browser: CookieBrowser, next = '/'): Promise<URL> {
  return browser.follow(
    `${server.origin}/api/v1/sign-in/provider?next=${encodeURIComponent(next)}`,
    isCallback,
  );
}
/** Where the server sends the browser when it comes back. */
async function come(browser: CookieBrowser, callback: URL): Promise<string> {
  const response = await browser.ask(callback.href);
  expect(response.status).toBe(302);
  return response.headers.get('location') ?? '';
}
async function signIn(server: WatchedServer, browser = new CookieBrowser(), next = '/') {
  return { browser, place: await come(browser, await callbackOf(server, browser, next)) };
}
async function nameIn(server: WatchedServer, browser: CookieBrowser): Promise<string | number> {
  const response = await browser.ask(`${server.origin}/api/v1/session`);
  return response.status === 200
    ? ((await response.json()) as { user: { name: string } }).user.name
    : response.status;
}
async function signInByPassword(server: WatchedServer, browser: CookieBrowser, name: string) {
  const response = await browser.ask(`${server.origin}/api/v1/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, password }),
  });
  expect(response.status).toBe(201);
}
async function beginLinking(server: WatchedServer, browser: CookieBrowser): Promise<string> {
  const response = await browser.ask(`${server.origin}/api/v1/identities`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{}',
  });
  return ((await response.json()) as { url: string }).url;
}

describe('signing in with a provider', () => {
  test('is said to the sign-in page, and makes an account by the subject at the first time only', async () => {
    const { server, provider } = await start({ DREY_OIDC_NAME: 'the lab' });
    const told = await server.ask('GET', '/api/v1/sign-in');
    expect(JSON.parse(told.text)).toEqual({ password: true, provider: { name: 'the lab' } });
    const { browser, place } = await signIn(server, undefined, '/browse/x?y=1');
    expect(place).toBe('/browse/x?y=1');
    expect(await nameIn(server, browser)).toBe('ada');
    provider.account.preferred_username = 'countess';
    const again = await signIn(server);
    expect(await nameIn(server, again.browser), 'whatever they are called by then').toBe('ada');
    const user = await server.ask('GET', '/api/v1/users/ada', { as: server.alice });
    expect(JSON.parse(user.text)).toMatchObject({ hasPassword: false, isAdmin: false });
    const log = await server.ask('GET', '/api/v1/audit?user=ada', { as: server.alice });
    const events = (JSON.parse(log.text).items as AuditEvent[]).map(({ action }) => action).toReversed();
    expect(events).toEqual(['user.create', 'identity.create', 'session.create', 'session.create']);
  });

  test('asks for a code with PKCE, state and nonce, all new each time (AU-13)', async () => {
    const { server } = await start();
    const query = async () => {
      const url = await new CookieBrowser().follow(
        `${server.origin}/api/v1/sign-in/provider`,
        ({ origin }) => origin !== server.origin,
      );
      return Object.fromEntries(url.searchParams);
    };
    const [one, two] = [await query(), await query()];
    expect(one).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: `${server.origin}/api/v1/sign-in/callback`,
    });
    for (const key of ['state', 'nonce', 'code_challenge']) {
      expect(one[key], key).toMatch(/^[\w-]{43}$/);
      expect(one[key], key).not.toBe(two[key]);
    }
  });

  test('is refused with another state, another issuer, an error, or in another browser (AU-13)', async () => {
    const { server } = await start();
    const changed = async (change: (url: URL) => void, browser = new CookieBrowser()) => {
      const callback = await callbackOf(server, browser);
      change(callback);
      const place = await come(browser, callback);
      expect(await nameIn(server, browser)).toBe(401);
      return place;
    };
    const failed = '/login?problem=provider_failed';
    expect(await changed((url) => url.searchParams.set('state', 'A'.repeat(43)))).toBe(failed);
    expect(await changed((url) => url.searchParams.delete('state'))).toBe(failed);
    expect(await changed((url) => url.searchParams.set('iss', 'https://other.example'))).toBe(failed);
    expect(await changed((url) => url.searchParams.delete('iss'))).toBe(failed);
    expect(await changed((url) => url.searchParams.set('code', 'A'.repeat(43)))).toBe(failed);
    expect(await changed((url) => url.searchParams.set('error', 'access_denied'))).toBe(failed);
    const stranger = new CookieBrowser();
    expect(await come(stranger, await callbackOf(server, new CookieBrowser()))).toBe(
      '/login?problem=expired',
    );
    expect(await nameIn(server, stranger)).toBe(401);
    const log = await server.ask('GET', '/api/v1/audit?action=session.fail', { as: server.alice });
    expect(JSON.parse(log.text).items).toHaveLength(7);
  });

  test('is good once: neither the address nor the code comes a second time (AU-13)', async () => {
    const { server } = await start();
    const browser = new CookieBrowser();
    const callback = await callbackOf(server, browser);
    expect(await come(browser, callback)).toBe('/');
    expect(await come(browser, callback)).toBe('/login?problem=expired');
    const thief = new CookieBrowser();
    const other = await callbackOf(server, thief);
    other.searchParams.set('code', callback.searchParams.get('code') as string);
    expect(await come(thief, other)).toBe('/login?problem=provider_failed');
    expect(await nameIn(server, thief)).toBe(401);
  });

  test('is over after ten minutes (AU-13)', async () => {
    const { server } = await start();
    const browser = new CookieBrowser();
    const callback = await callbackOf(server, browser);
    server.time.now = new Date(server.time.now.getTime() + 600_000);
    expect(await come(browser, callback)).toBe('/login?problem=expired');
  });

  test("opens nobody's account by a name or an e-mail address that happens to be theirs (AU-13)", async () => {
    const { server } = await start(
      {},
      { sub: 'mallory', preferred_username: 'bob', email: 'bob@example.org' },
    );
    await server.ask('PATCH', '/api/v1/users/bob', {
      as: server.alice,
      body: { email: 'bob@example.org' },
    });
    const { browser, place } = await signIn(server);
    expect(place).toBe('/login?problem=name_taken');
    expect(await nameIn(server, browser)).toBe(401);
  });

  test('leads only to places of this site afterwards (AU-13)', async () => {
    const { server } = await start();
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '/.//evil.example',
      'x',
    ]) {
      expect((await signIn(server, undefined, next)).place, next).toBe('/');
    }
  });

  test('gives a new session each time, and drops what the browser brought (AU-04)', async () => {
    const { server } = await start();
    const { browser } = await signIn(server);
    const before = browser.cookies(server.origin).get('drey');
    await signIn(server, browser);
    const after = browser.cookies(server.origin);
    expect(after.get('drey')).not.toBe(before);
    expect([...after.keys()]).toEqual(['drey']);
  });

  test('is over at once for who is disabled', async () => {
    const { server } = await start();
    const { browser } = await signIn(server);
    await server.ask('PATCH', '/api/v1/users/ada', { as: server.alice, body: { isDisabled: true } });
    expect(await nameIn(server, browser)).toBe(401);
    expect((await signIn(server)).place).toBe('/login?problem=disabled');
  });

  test('without accounts being made is for those who linked theirs', async () => {
    const { server } = await start({ DREY_OIDC_CREATE_USERS: 'no' });
    expect((await signIn(server)).place).toBe('/login?problem=no_account');
    const browser = new CookieBrowser();
    await signInByPassword(server, browser, 'bob');
    const callback = await browser.follow(await beginLinking(server, browser), isCallback);
    expect(await come(browser, callback)).toBe('/account?linked=1');
    const elsewhere = await signIn(server);
    expect(elsewhere.place).toBe('/');
    expect(await nameIn(server, elsewhere.browser)).toBe('bob');
  });

  test('is written down: what was linked and unlinked, and by which way somebody came', async () => {
    const { server, provider } = await start();
    const browser = new CookieBrowser();
    await signInByPassword(server, browser, 'bob');
    await come(browser, await browser.follow(await beginLinking(server, browser), isCallback));
    const elsewhere = (await signIn(server)).browser;
    const rows = await elsewhere.ask(`${server.origin}/api/v1/identities`);
    const { items } = (await rows.json()) as { items: { id: string }[] };
    await elsewhere.ask(`${server.origin}/api/v1/identities/${items[0]?.id}`, { method: 'DELETE' });
    const query = 'user=bob&action=identity&action=session';
    const { text } = await server.ask('GET', `/api/v1/audit?${query}`, { as: server.alice });
    const events = (JSON.parse(text).items as AuditEvent[]).toReversed();
    const bob = { kind: 'user', name: 'bob', via: 'session' };
    expect(events).toMatchObject([
      { action: 'session.create', target: 'user:bob', detail: { way: 'password' } },
      { action: 'identity.create', actor: bob, target: 'user:bob', detail: { issuer: provider.issuer } },
      { action: 'session.create', target: 'user:bob', detail: { way: 'provider' } },
      { action: 'identity.delete', actor: bob, target: 'user:bob' },
    ]);
  });
});

describe('linking', () => {
  test('is begun by a request of our own page, and ended by the same user in the same browser (AU-13)', async () => {
    const { server } = await start({ DREY_OIDC_CREATE_USERS: 'no' });
    const browser = new CookieBrowser();
    await signInByPassword(server, browser, 'bob');
    const forged = await browser.ask(`${server.origin}/api/v1/identities`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'cross-site' },
      body: '{}',
    });
    expect(forged.status).toBe(403);
    const callback = await browser.follow(await beginLinking(server, browser), isCallback);
    await signInByPassword(server, browser, 'alice');
    expect(await come(browser, callback)).toBe('/account?problem=expired');
    expect((await signIn(server)).place).toBe('/login?problem=no_account');
  });

  test('takes no identity that is linked to another, and leaves nobody without a way in', async () => {
    const { server } = await start();
    const { browser } = await signIn(server);
    const other = new CookieBrowser();
    await signInByPassword(server, other, 'bob');
    const callback = await other.follow(await beginLinking(server, other), isCallback);
    expect(await come(other, callback)).toBe('/account?problem=identity_taken');
    const rows = await browser.ask(`${server.origin}/api/v1/identities`);
    const { items } = (await rows.json()) as { items: { id: string }[] };
    expect(items).toHaveLength(1);
    const unlink = (by: CookieBrowser) =>
      by.ask(`${server.origin}/api/v1/identities/${items[0]?.id}`, { method: 'DELETE' });
    expect((await unlink(other)).status, "somebody else's").toBe(404);
    expect((await unlink(browser)).status, 'the only way in').toBe(409);
    await server.ask('PATCH', '/api/v1/users/ada', { as: server.alice, body: { password } });
    const again = new CookieBrowser();
    await signInByPassword(server, again, 'ada');
    expect((await unlink(again)).status).toBe(204);
    expect((await signIn(server)).place).toBe('/login?problem=name_taken');
  });
});

describe('groups of the provider', () => {
  test('decide who may sign in, and which groups here they are in, each time anew', async () => {
    const { server, provider } = await start({
      DREY_OIDC_ALLOWED_GROUPS: 'staff, ml-team',
      DREY_OIDC_GROUPS: 'ml-team=vision, staff=everyone',
    });
    await server.services.groups.create({ kind: 'system' }, 'own');
    await signIn(server);
    await server.services.groups.addMember({ kind: 'system' }, 'own', 'ada');
    const groups = async () =>
      Object.fromEntries((await server.services.groups.list()).map(({ name, members }) => [name, members]));
    expect(await groups()).toEqual({ own: ['ada'], vision: ['ada'] });
    provider.account.groups = ['staff'];
    await signIn(server);
    expect(await groups()).toEqual({ everyone: ['ada'], own: ['ada'], vision: [] });
    provider.account.groups = ['guests'];
    expect((await signIn(server)).place).toBe('/login?problem=not_allowed');
  });

  test('are left, every one that is tied to one there, by whose claim is empty or gone', async () => {
    const { server, provider } = await start({ DREY_OIDC_GROUPS: 'ml-team=vision, staff=everyone' });
    const membersAfter = async (groups: string[] | undefined) => {
      provider.account = { ...ada, ...(groups && { groups }) };
      if (!groups) delete provider.account.groups;
      expect((await signIn(server)).place).toBe('/');
      return (await server.services.groups.list()).flatMap(({ members }) => members);
    };
    for (const none of [[], undefined]) {
      expect(await membersAfter(['ml-team', 'staff'])).toEqual(['ada', 'ada']);
      expect(await membersAfter(none), JSON.stringify(none)).toEqual([]);
    }
  });
});

/** A provider that answers whatever the test wants. */
async function startForger(
  forge: (claims: JWTPayload, nonce: string) => Promise<string>,
  settings: Record<string, string> = {},
) {
  const answers = { isDown: false, userinfo: undefined as object | undefined };
  const tokenRequests: { authorization: string | undefined; body: string }[] = [];
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void http.close());
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  let nonce = '';
  http.on('request', (request, response) => {
    const url = new URL(request.url ?? '', issuer);
    const json = (body: object) =>
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));
    if (answers.isDown) response.writeHead(503).end();
    else if (url.pathname === '/.well-known/openid-configuration') {
      json({
        issuer,
        ...(answers.userinfo && { userinfo_endpoint: `${issuer}/userinfo` }),
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
    } else if (url.pathname === '/jwks') {
      void exportJWK(publicKey).then((key) =>
        json({ keys: [{ ...key, kid: 'k', alg: 'RS256', use: 'sig' }] }),
      );
    } else if (url.pathname === '/userinfo') {
      json(answers.userinfo ?? {});
    } else if (url.pathname === '/auth') {
      nonce = url.searchParams.get('nonce') ?? '';
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      back.search = String(new URLSearchParams({ code: 'c', state: url.searchParams.get('state') ?? '' }));
      response.writeHead(302, { Location: back.href }).end();
    } else {
      const { authorization } = request.headers;
      void text(request).then((body) => tokenRequests.push({ authorization, body }));
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: issuer, sub: 'bob', aud: 'drey', nonce, iat: now, exp: now + 60 };
      void forge({ ...claims, preferred_username: 'eve' }, nonce).then((idToken) =>
        json({ access_token: 'a', token_type: 'Bearer', id_token: idToken }),
      );
    }
  });
  const server = await startWatchedServer({
    DREY_OIDC_ISSUER: issuer,
    DREY_OIDC_CREATE_USERS: 'yes',
    ...clientSettings,
    ...settings,
  });
  const sign = (claims: JWTPayload, key = privateKey) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(key);
  return { server, sign, answers, tokenRequests };
}

test('a forged identity is none: audience, issuer, nonce, time, algorithm and signature all count (AU-13)', async () => {
  let forge: (claims: JWTPayload) => Promise<string> = async () => '';
  const { server, sign } = await startForger((claims) => forge(claims));
  const stranger = (await generateKeyPair('RS256')).privateKey;
  const forgeries: Record<string, typeof forge> = {
    audience: (claims) => sign({ ...claims, aud: 'another' }),
    issuer: (claims) => sign({ ...claims, iss: 'https://other.example' }),
    nonce: (claims) => sign({ ...claims, nonce: 'another' }),
    'no nonce': ({ nonce: _nonce, ...claims }) => sign(claims),
    time: (claims) => sign({ ...claims, exp: 1 }),
    'no subject': ({ sub: _sub, ...claims }) => sign(claims),
    'alg none': async (claims) => new UnsecuredJWT(claims).encode(),
    'HS256 by the public secret': (claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode(clientSettings.DREY_OIDC_CLIENT_SECRET)),
    "a stranger's key": (claims) => sign(claims, stranger),
  };
  for (const [what, forged] of Object.entries(forgeries)) {
    forge = forged;
    const { browser, place } = await signIn(server);
    expect(place, what).toBe('/login?problem=provider_failed');
    expect(await nameIn(server, browser), what).toBe(401);
  }
  forge = (claims) => sign(claims);
  const { browser } = await signIn(server);
  expect(await nameIn(server, browser), 'and a true one is one').toBe('eve');
});

describe('a provider', () => {
  type Forger = Awaited<ReturnType<typeof startForger>>;
  /** One that says the truth, and `more` in its ID token. */
  async function startHonest(more: JWTPayload = {}, settings: Record<string, string> = {}): Promise<Forger> {
    const forger: Forger = await startForger((claims) => forger.sign({ ...claims, ...more }), settings);
    return forger;
  }

  test('that was down is asked again', async () => {
    const { server, answers } = await startHonest();
    answers.isDown = true;
    const { status } = await server.ask('GET', '/api/v1/sign-in/provider', { mayBeUnavailable: true });
    expect(status).toBe(503);
    answers.isDown = false;
    expect(await nameIn(server, (await signIn(server)).browser)).toBe('eve');
  });

  test('may tell one group as a plain string', async () => {
    const { server } = await startHonest({ groups: 'staff' }, { DREY_OIDC_ALLOWED_GROUPS: 'staff' });
    expect(await nameIn(server, (await signIn(server)).browser)).toBe('eve');
  });

  test('may tell more by its userinfo, which never replaces what its ID token says', async () => {
    const { server, answers } = await startHonest({}, { DREY_OIDC_ALLOWED_GROUPS: 'staff' });
    answers.userinfo = { sub: 'bob', preferred_username: 'mallory', groups: ['staff'] };
    expect(await nameIn(server, (await signIn(server)).browser)).toBe('eve');
  });

  test('signs in a public client, which has no secret', async () => {
    const { server, tokenRequests } = await startHonest({}, { DREY_OIDC_CLIENT_SECRET: '' });
    expect(await nameIn(server, (await signIn(server)).browser)).toBe('eve');
    expect(tokenRequests).toEqual([
      { authorization: undefined, body: expect.stringContaining('client_id=drey') },
    ]);
  });
});

test('a provider without TLS, or without a client, refuses to start', async () => {
  const { createServices } = await import('../../server/services.ts');
  const { loadConfig } = await import('../../server/config/settings.ts');
  const { server } = await start();
  const open = (settings: Record<string, string>) =>
    createServices(loadConfig({ DREY_DATA: `${server.dataFolder}/other`, ...settings }), {
      log: server.services.log,
    });
  await expect(open({ DREY_OIDC_ISSUER: 'http://127.0.0.1:1', ...clientSettings })).rejects.toThrow('https:');
  await expect(open({ DREY_OIDC_ISSUER: 'https://sso.example.org' })).rejects.toThrow('DREY_OIDC_CLIENT_ID');
});
