import type { Quota, Rows, User } from '$contract/schemas.ts';
import { api } from './client.ts';

const pathOf = (name: string) => `/users/${encodeURIComponent(name)}`;

export const listUsers = () => api.get<Rows<User>>('/users');

export const getUser = (name: string) => api.get<User>(pathOf(name));

export const createUser = (user: { name: string; password: string; isAdmin?: boolean }) =>
  api.post<User>('/users', user);

/** One's own password needs the current one as well. */
export const changePassword = (name: string, password: string, currentPassword?: string) =>
  api.patch<User>(pathOf(name), { password, currentPassword });

/** Where mail about their links goes; null: nowhere. */
export const changeEmail = (name: string, email: string | null) => api.patch<User>(pathOf(name), { email });

/** For administrators: what somebody may be. */
export const changeStanding = (name: string, standing: { isAdmin?: boolean; isDisabled?: boolean }) =>
  api.patch<User>(pathOf(name), standing);

/** For administrators: what the files in a home may have together. */
export const changeQuota = (name: string, quota: Quota) => api.patch<User>(pathOf(name), { quota });

/** The files become a folder in somebody's home, or stay as a home without an owner. */
export const deleteUser = (name: string, giveHomeTo?: string) =>
  api.delete(pathOf(name), { query: { giveHomeTo } });
