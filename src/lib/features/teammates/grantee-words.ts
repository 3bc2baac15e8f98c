import type { Teammate } from '$contract/schemas.ts';

/** Whom a grant is to: a user, a group, or everyone who is signed in. */
export type Grantee = Omit<Teammate, 'kind'> & { kind: Teammate['kind'] | 'public' };

export const everyone: Grantee = { grantee: 'public', name: 'Everyone', kind: 'public' };

/** `user:alice` taken apart. */
export function parseGrantee(grantee: string): Grantee {
  if (grantee === everyone.grantee) return everyone;
  const colon = grantee.indexOf(':');
  const kind = grantee.slice(0, colon) === 'group' ? 'group' : 'user';
  return { grantee, name: grantee.slice(colon + 1), kind };
}

/** As part of a sentence: `alice`, `the group vision`, `everyone who is signed in`. */
export function granteePhrase(grantee: string): string {
  const { name, kind } = parseGrantee(grantee);
  if (kind === 'public') return 'everyone who is signed in';
  return kind === 'group' ? `the group ${name}` : name;
}

/** `alice`, `alice and bob`, `alice, bob and 3 more` */
export function namesPhrase(names: readonly string[], most = 2): string {
  if (names.length <= most) return names.join(' and ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
