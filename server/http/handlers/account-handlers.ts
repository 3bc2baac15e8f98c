import { AppError } from '../../contract/app-error.ts';
import type { Session, User } from '../../contract/schemas.ts';
import { formatUri } from '../../contract/uri.ts';
import type { EntryName, EntryPath } from '../../contract/path.ts';
import type { UserRow } from '../../accounts/users-repository.ts';
import { clearSessionCookie, setSessionCookie } from '../authentication.ts';
import type { HttpDependencies } from '../http-dependencies.ts';
import { presentSession, presentToken, presentUser } from '../presenters.ts';
import { addressOf } from '../request-context.ts';
import type { Request } from 'express';
import type { Handlers } from '../route-router.ts';
import { pathOfUri } from './entry-handlers.ts';

export function clientOf(request: Request) {
  return { address: addressOf(request), userAgent: request.headers['user-agent'] ?? '' };
}

async function presentWithQuota({ quotas }: HttpDependencies, user: UserRow): Promise<User> {
  return presentUser(user, await quotas.standing(user.name as EntryName, user));
}

export async function presentSelf(services: HttpDependencies, user: UserRow): Promise<Session> {
  const { config } = services;
  return {
    user: await presentWithQuota(services, user),
    cluster: config.cluster,
    home: formatUri(config.cluster, user.name as EntryPath),
    uploads: { chunkBytes: config.uploadChunkBytes, undoSeconds: config.undoMinutes * 60 },
  };
}

export const accountHandlers = {
  async setUp({ services, body, request, response }) {
    const user = await services.setup.createFirstAdmin(addressOf(request), body);
    setSessionCookie(response, await services.sessions.open(user, clientOf(request), 'setup'), services);
    services.log.info({ user: user.name }, 'the first administrator was created');
    return { body: await presentSelf(services, user) };
  },

  async createSession({ services, body, request, response }) {
    const { user, secret } = await services.sessions.signIn(body.name, body.password, clientOf(request));
    setSessionCookie(response, secret, services);
    services.log.info({ user: user.name, address: addressOf(request) }, 'signed in');
    return { body: await presentSelf(services, user) };
  },

  async getSession({ services, user }) {
    return { body: await presentSelf(services, await services.users.get(user.name)) };
  },

  async deleteSession({ services, user, response }) {
    if (user.via.kind !== 'session') {
      throw new AppError(
        'invalid',
        'You came with an API token, which is no session. Delete the token instead.',
      );
    }
    await services.sessions.end(user, user.via.id);
    clearSessionCookie(response, services);
    return undefined;
  },

  async listSessions({ services, user }) {
    const rows = await services.sessions.list(user);
    return { body: { items: rows.map((row) => presentSession(row, user.via.id)), next: null } };
  },

  async deleteSessionRow({ services, user, params }) {
    await services.sessions.end(user, params.id as string);
    return undefined;
  },

  async listUsers({ services }) {
    const users = await services.users.list();
    return {
      body: {
        items: await Promise.all(users.map((row) => presentWithQuota(services, row))),
        next: null,
      },
    };
  },

  async createUser({ services, body, user }) {
    const created = await services.users.create(user, body);
    services.log.info({ user: created.name, by: user.name }, 'a user was created');
    return { body: await presentWithQuota(services, created) };
  },

  async getUser({ services, user, params }) {
    const name = params.name as string;
    if (name !== user.name && !user.isAdmin) throw new AppError('not_found', 'There is no such user.');
    return { body: await presentWithQuota(services, await services.users.get(name)) };
  },

  async updateUser({ services, user, params, body }) {
    const changed = await services.users.update(user, params.name as string, body);
    return { body: await presentWithQuota(services, changed) };
  },

  async deleteUser({ services, params, user, query }) {
    const name = params.name as string;
    const { giveHomeTo } = query;
    if (giveHomeTo !== undefined) await services.homes.requireReceiver(name, giveHomeTo);
    await services.users.remove(user, name);
    services.log.info({ user: name, by: user.name }, 'a user was deleted');
    if (giveHomeTo !== undefined && (await services.homes.isOrphan(name))) {
      await services.homes.give(user, name, giveHomeTo);
    }
    return undefined;
  },

  async listOrphanedHomes({ services }) {
    return { body: { items: (await services.homes.orphans()).map((name) => ({ name })), next: null } };
  },

  async giveOrphanedHome({ services, user, params, body }) {
    const path = await services.homes.give(user, params.name as string, body.to);
    return { body: { uri: formatUri(services.config.cluster, path) } };
  },

  async listTokens({ services, user }) {
    const rows = await services.tokens.listOf(user.id);
    return {
      body: { items: rows.map((row) => presentToken(services.config.cluster, row)), next: null },
    };
  },

  async createToken({ services, user, body }) {
    const { label, expiresIn, level, uris } = body;
    await services.tokens.requireWithin(user, expiresIn);
    const { row, token } = await services.tokens.create(user, user, {
      label,
      expiresInSeconds: expiresIn,
      level,
      paths: uris?.map((uri) => pathOfUri(services, user, uri)),
    });
    return { body: { ...presentToken(services.config.cluster, row), token } };
  },

  async approveClient({ services, user, body }) {
    const { code, expiresAt } = await services.clientApprovals.approve(user, body.challenge, body.label);
    return { body: { code, expiresAt: new Date(expiresAt).toISOString() } };
  },

  async redeemApproval({ services, body, request }) {
    const { code, verifier } = body;
    const { row, token } = await services.clientApprovals.redeem(code, verifier, addressOf(request));
    return { body: { ...presentToken(services.config.cluster, row), token } };
  },

  async deleteToken({ services, user, params }) {
    await services.tokens.remove(user, user, params.id as string);
    return undefined;
  },
} satisfies Partial<Handlers>;
