import type { Explanation, Grant, GrantAnswer, Rows, Teammate } from '$contract/schemas.ts';
import type { Level } from '$contract/level.ts';
import { api } from './client.ts';

/** The grants on an entry and on the folders above it. For whoever manages the entry. */
export const listGrantsOn = (uri: string, signal?: AbortSignal) =>
  api.get<Rows<Grant>>('/grants', { query: { uri }, signal });

/** The grants that the caller gave, or those that reach the caller: by name, by group, or as one of all. */
export const listGrants = (direction: 'given' | 'received') =>
  api.get<Rows<Grant>>('/grants', { query: { direction } });

/** Gives a level, or changes the one that was given here. Answers the level they have in all. */
export const putGrant = (uri: string, grantee: string, level: Level) =>
  api.post<GrantAnswer>('/grants', { uri, grantee, level });

export const deleteGrant = (uri: string, grantee: string) =>
  api.delete('/grants', { query: { uri, grantee } });

/** Why a user has the level they have. For whoever manages the entry, and for oneself. */
export const explainAccess = (uri: string, user: string, signal?: AbortSignal) =>
  api.get<Explanation>('/grants/explanation', { query: { uri, user }, signal });

/** Users and groups whose name begins so; at most twenty. */
export const findTeammates = (prefix: string, signal?: AbortSignal) =>
  api.get<Rows<Teammate>>('/teammates', { query: { prefix }, signal });
