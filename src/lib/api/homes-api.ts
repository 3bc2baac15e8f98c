import type { Rows } from '$contract/schemas.ts';
import { api } from './client.ts';

/** Homes of users who are gone, which hold files still. */
export const listOrphanedHomes = () => api.get<Rows<{ name: string }>>('/orphaned-homes');

/** Makes such a home a folder in somebody's own. */
export const giveOrphanedHome = (name: string, to: string) =>
  api.post<{ uri: string }>(`/orphaned-homes/${encodeURIComponent(name)}`, { to });
