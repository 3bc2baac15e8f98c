import type { NewToken, Rows, Token } from '$contract/schemas.ts';
import { api } from './client.ts';

export const listTokens = () => api.get<Rows<Token>>('/tokens');

/** The secret, `token`, is in this answer and nowhere else. */
export const createToken = (token: NewToken) => api.post<Token & { token: string }>('/tokens', token);

export const deleteToken = (id: string) => api.delete(`/tokens/${encodeURIComponent(id)}`);
