import { apiUrl, api } from './client.ts';
import type { Identity, Rows, SignIn } from '$contract/schemas.ts';

/** Which ways in there are. */
export const describeSignIn = () => api.get<SignIn>('/sign-in');

/** Where the browser goes to sign in with the provider, to come back at `next`, a path of ours. */
export const providerSignInUrl = (next: string) => apiUrl('/sign-in/provider', { next });

/** The sign-ins at the provider that are linked to the caller's account. */
export const listIdentities = () => api.get<Rows<Identity>>('/identities');

/** Answers where to go, to come back at `next`. */
export const linkIdentity = (next: string) => api.post<{ url: string }>('/identities', { next });

export const deleteIdentity = (id: string) => api.delete(`/identities/${encodeURIComponent(id)}`);
