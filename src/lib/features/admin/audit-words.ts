import type { AuditAction, AuditEvent } from '$contract/schemas.ts';
import { granteePhrase } from '../teammates/grantee-words.ts';

/** What the log can be narrowed to: the part of an action before the dot. */
export const auditTopics = [
  { value: '', label: 'Everything' },
  { value: 'session', label: 'Signing in' },
  { value: 'grant', label: 'Access for teammates' },
  { value: 'link', label: 'Links' },
  { value: 'entry', label: 'Deleting' },
  { value: 'user', label: 'People' },
  { value: 'group', label: 'Groups' },
  { value: 'invite', label: 'Invitations' },
  { value: 'token', label: 'API tokens' },
  { value: 'identity', label: 'Linked sign-ins' },
  { value: 'key', label: 'Keys' },
  { value: 'audit', label: 'This log' },
] as const;

const verbs: Record<AuditAction, string> = {
  'session.create': 'signed in',
  'session.fail': 'failed to sign in',
  'session.end': 'ended a session',
  'user.create': 'created',
  'user.change': 'changed',
  'user.delete': 'deleted',
  'user.home': 'moved the files of',
  'group.create': 'created',
  'group.delete': 'deleted',
  'group.join': 'added to a group:',
  'group.leave': 'took out of a group:',
  'grant.create': 'gave access to',
  'grant.delete': 'took access from',
  'link.create': 'made a link',
  'link.read': 'looked at links of others',
  'link.change': 'changed a link',
  'link.revoke': 'revoked a link',
  'link.restore': 'restored a link',
  'link.renew': 'gave a link a new address',
  'entry.delete': 'deleted',
  'token.create': 'made an API token',
  'token.delete': 'revoked an API token',
  'invite.create': 'invited',
  'invite.withdraw': 'withdrew an invitation',
  'invite.accept': 'accepted an invitation',
  'identity.create': 'linked a sign-in',
  'identity.delete': 'unlinked a sign-in',
  'key.rotate': 'made a new key',
  'key.retire': 'retired a key',
  'audit.export': 'exported the audit log',
};

/** Targets that say more than the action does. */
const namedTarget = /^(?:(?:user|group):[a-z0-9._-]+|public)$/;

/** What was done, as the rest of a sentence that begins with who did it. */
export function deedWords({
  action,
  target,
  actor,
}: Pick<AuditEvent, 'action' | 'target' | 'actor'>): string {
  // An action that this page is older than is told by its own word.
  const verb = verbs[action] ?? action;
  if (!target || !namedTarget.test(target) || target === `user:${actor.name}`) return verb;
  if (action === 'session.create' || action === 'session.end') return verb;
  if (action === 'session.fail') return `${verb} as ${granteePhrase(target)}`;
  return `${verb} ${granteePhrase(target)}`;
}

/** The particulars, `level: read, way: password`, without what is empty. */
export function detailWords(detail: AuditEvent['detail']): string {
  return Object.entries(detail ?? {})
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

/** `alice`, `alice, by an API token`, `an operator on the server` */
export function actorWords({ kind, name, via }: AuditEvent['actor']): string {
  if (kind === 'operator') return 'an operator, on the server';
  if (kind === 'system') return 'Drey itself';
  if (kind === 'anonymous') return name ?? 'somebody';
  return via === 'token' ? `${name}, by an API token` : (name ?? 'somebody who is gone');
}
