import type { Link, LinkPatch, NewLink, Rows } from '$contract/schemas.ts';
import { api } from './client.ts';

export type LinkListOptions = {
  limit?: number;
  cursor?: string;
  /** Only links on exactly these entries. */
  uri?: string[];
  filter?: string;
  state?: 'live' | 'ended';
};

export const listLinks = (query: LinkListOptions = {}, signal?: AbortSignal) =>
  api.get<Rows<Link>>('/links', { query, signal });

export const createLink = (link: NewLink) => api.post<Link>('/links', link);

const addressOf = (id: string) => `/links/${encodeURIComponent(id)}`;

/** What is absent stays as it is; null takes it away. */
export const updateLink = (id: string, change: LinkPatch) => api.patch<Link>(addressOf(id), change);

/** Gives the link a new address; the old one stops working. */
export const regenerateLink = (id: string) => api.post<Link>(`${addressOf(id)}/generations`);

export const revokeLink = (id: string) => api.delete(addressOf(id));

/** Takes a revocation back, for ten minutes after it. */
export const restoreLink = (id: string) => updateLink(id, { revoked: false });
