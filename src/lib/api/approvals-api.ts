import type { ApprovedClient } from '$contract/schemas.ts';
import { api } from './client.ts';

/** Lets the command line that shows this challenge have a token; it fetches it with the code. */
export const approveClient = (challenge: string, label: string) =>
  api.post<ApprovedClient>('/client-approvals', { challenge, label });
