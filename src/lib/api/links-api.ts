import type {
  CoveringLink,
  ForeignLink,
  Link,
  LinkEvent,
  LinkPatch,
  LinkRules,
  NewLink,
  ReceivedDrop,
  Rows,
} from '$contract/schemas.ts';
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

/** The live links that give any of these entries, by themselves or with a folder above; whoever made them. */
export const listCoveringLinks = (uri: string[], signal?: AbortSignal) =>
  api.get<Rows<CoveringLink>>('/links/covering', { query: { uri }, signal });

/** What a link on these must keep to. */
export const getLinkRules = (uri: string[], signal?: AbortSignal) =>
  api.get<LinkRules>('/links/rules', { query: { uri }, signal });

export const getLink = (id: string) => api.get<Link>(addressOf(id));

/** What was done with a link, newest first. */
export const listLinkEvents = (id: string, cursor?: string) =>
  api.get<Rows<LinkEvent>>(`${addressOf(id)}/events`, { query: { cursor } });

export type AllLinksOptions = Omit<LinkListOptions, 'uri'> & { creator?: string; root?: string };

// Links of anybody, for an administrator.
export const listAllLinks = (query: AllLinksOptions = {}, signal?: AbortSignal) =>
  api.get<Rows<ForeignLink>>('/admin/links', { query, signal });
export const getAnyLink = (id: string) => api.get<ForeignLink>(`/admin${addressOf(id)}`);
export const listAnyLinkEvents = (id: string, cursor?: string) =>
  api.get<Rows<LinkEvent>>(`/admin${addressOf(id)}/events`, { query: { cursor } });
export const revokeAnyLink = (id: string) => api.delete(`/admin${addressOf(id)}`);

/** Publishes what is there now: from when that is read, the link gives exactly these bytes. */
export const publishLink = (id: string) => api.post<Link>(`${addressOf(id)}/pins`);

/** What was sent by a link for dropping, newest first. */
export const listDrops = (id: string, cursor?: string, signal?: AbortSignal) =>
  api.get<Rows<ReceivedDrop>>(`${addressOf(id)}/drops`, { query: { cursor }, signal });
