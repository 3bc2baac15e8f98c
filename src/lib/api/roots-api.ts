import type { Root, Rows } from '$contract/schemas.ts';
import { api } from './client.ts';

export const listRoots = () => api.get<Rows<Root>>('/roots');
