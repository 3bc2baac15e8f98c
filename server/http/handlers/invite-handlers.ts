import { presentInvite } from '../presenters.ts';
import { setSessionCookie } from '../authentication.ts';
import { addressOf, originOf } from '../request-context.ts';
import type { Handlers } from '../route-router.ts';
import { clientOf, presentSelf } from './account-handlers.ts';

/** Invitations: made by administrators, accepted by whoever holds one. */
export const inviteHandlers = {
  async listInvites({ services }) {
    const rows = await services.invites.list();
    return { body: { items: rows.map((row) => presentInvite(row, services.invites)), next: null } };
  },

  async createInvite({ services, user, body, request }) {
    const { row, token } = await services.invites.create(user, {
      name: body.name ?? null,
      isAdmin: body.isAdmin,
      groups: body.groups,
      expiresInSeconds: body.expiresIn,
    });
    // Behind a #, which browsers send to nobody.
    const url = `${originOf(request, services.config.publicUrl)}/invite#${token}`;
    return { body: { ...presentInvite(row, services.invites), url } };
  },

  async deleteInvite({ services, user, params }) {
    await services.invites.withdraw(user, params.id as string);
    return undefined;
  },

  async inspectInvite({ services, body, request }) {
    const invite = await services.invites.inspect(body.token, addressOf(request));
    return {
      body: {
        name: invite.name,
        invitedBy: invite.created_by,
        cluster: services.config.cluster,
        expiresAt: new Date(invite.expires_at).toISOString(),
      },
    };
  },

  async acceptInvite({ services, body, request, response }) {
    const user = await services.invites.accept(body.token, body.name, body.password, addressOf(request));
    setSessionCookie(response, await services.sessions.open(user, clientOf(request), 'invite'), services);
    return { body: await presentSelf(services, user) };
  },
} satisfies Partial<Handlers>;
