import type { AuditAction, AuditEvent } from '$contract/schemas.ts';
import { formatMoment } from '$lib/format/time.ts';
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

/** An address as people read it: letters of all scripts and spaces stand as they are. */
export function uriWords(uri: string): string {
  return uri
    .replace(/^storage:\/\/[^/]+/, 'storage:')
    .replace(/(?:%20|%[89A-F][0-9A-F])+/gi, decodeURIComponent);
}

/** `expiresAt` as `expires at`, `isAdmin` as `admin` */
function particularWords(name: string): string {
  return name.replace(/^(?:is|has)(?=[A-Z])/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function valueWords(name: string, value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return name.endsWith('At') ? formatMoment(new Date(value)) : String(value);
  if (Array.isArray(value)) return value.map((each) => valueWords(name, each)).join(', ');
  if (typeof value !== 'string') return JSON.stringify(value);
  // Reasons are words of the program, `wrong_password`; all else is somebody's own.
  return name === 'why' ? value.replaceAll('_', ' ') : value;
}

/** The particulars, `level: read; way: password`, without what is empty or what its place says already. */
export function detailWords(detail: AuditEvent['detail']): string {
  const told = detail?.itemCount === 1 ? ['items', 'itemCount'] : [];
  return Object.entries(detail ?? {})
    .filter(([name, value]) => !told.includes(name) && !isEmpty(value))
    .map(([name, value]) => `${particularWords(name).trim()}: ${valueWords(name, value)}`)
    .join('; ');
}

const isEmpty = (value: unknown) =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/** `alice`, `alice, by an API token,`, `an operator, on the server,` */
export function actorWords({ kind, name, via }: AuditEvent['actor']): string {
  if (kind === 'operator') return 'an operator, on the server,';
  if (kind === 'system') return 'Drey itself';
  if (kind === 'anonymous') return name ?? 'somebody';
  return via === 'token' ? `${name}, by an API token,` : (name ?? 'somebody who is gone');
}
