import type { Rows, Session, SessionRow } from '$contract/schemas.ts';
import { api } from './client.ts';

export const getSession = () => api.get<Session>('/session');

export const createSession = (name: string, password: string) =>
  api.post<Session>('/session', { name, password });

export const deleteSession = () => api.delete('/session');

export const setUp = (token: string, name: string, password: string) =>
  api.post<Session>('/setup', { token, name, password });

export const listSessions = () => api.get<Rows<SessionRow>>('/sessions');

export const deleteSessionRow = (id: string) => api.delete(`/sessions/${encodeURIComponent(id)}`);
