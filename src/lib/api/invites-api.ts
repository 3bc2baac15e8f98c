import type { Invite, NewInvite, OpenInvite, Rows, Session } from '$contract/schemas.ts';
import { api } from './client.ts';

export const listInvites = () => api.get<Rows<Invite>>('/invites');

/** The address is in this answer and nowhere else. */
export const createInvite = (invite: NewInvite) => api.post<Invite & { url: string }>('/invites', invite);

export const deleteInvite = (id: string) => api.delete(`/invites/${encodeURIComponent(id)}`);

/** What an invitation says, for whoever holds it. */
export const inspectInvite = (token: string) => api.post<OpenInvite>('/invites/inspection', { token });

/** Makes the account, and signs in. */
export const acceptInvite = (token: string, name: string, password: string) =>
  api.post<Session>('/invites/acceptance', { token, name, password });
