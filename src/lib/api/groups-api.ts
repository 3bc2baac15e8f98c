import type { Group, Rows } from '$contract/schemas.ts';
import { api } from './client.ts';

const pathOf = (name: string) => `/groups/${encodeURIComponent(name)}`;
const memberPathOf = (group: string, user: string) => `${pathOf(group)}/members/${encodeURIComponent(user)}`;

export const listGroups = () => api.get<Rows<Group>>('/groups');

export const createGroup = (name: string) => api.post<Group>('/groups', { name });

/** What was granted to the group ends with it. */
export const deleteGroup = (name: string) => api.delete(pathOf(name));

export const addGroupMember = (group: string, user: string) => api.put<void>(memberPathOf(group, user));

export const removeGroupMember = (group: string, user: string) => api.delete(memberPathOf(group, user));
