import type { Link, NewLink, Rows } from '$contract/schemas.ts';
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

export const revokeLink = (id: string) => api.delete(`/links/${encodeURIComponent(id)}`);
