import type { Level } from '$contract/level.ts';
import type { AuditAction, AuditEvent, Quota } from '$contract/schemas.ts';
import { formatBytes } from '$lib/format/bytes.ts';
import { formatMoment } from '$lib/format/time.ts';
import { levelWords } from '../teammates/level-words.ts';
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

/** What was done; in brackets what is said only of somebody else, who stands for the dots. */
const deeds: Record<AuditAction, string> = {
  'session.create': 'signed in',
  'session.fail': 'failed to sign in[ as …]',
  'session.end': 'ended a session',
  'user.create': 'created[ …]',
  'user.change': 'changed[ …]',
  'user.delete': 'deleted[ …]',
  'user.home': 'gave the files of somebody who is gone[ to …]',
  'group.create': 'created[ …]',
  'group.delete': 'deleted[ …]',
  'group.join': 'put[ …] into a group',
  'group.leave': 'took[ …] out of a group',
  'grant.create': 'gave access[ to …]',
  'grant.delete': 'took access[ from …]',
  'link.create': 'made a link',
  'link.read': 'looked at links of others',
  'link.change': 'changed a link',
  'link.revoke': 'revoked a link',
  'link.restore': 'restored a link',
  'link.renew': 'gave a link a new address',
  'entry.delete': 'deleted',
  'token.create': 'made an API token[ for …]',
  'token.delete': 'revoked an API token[ of …]',
  'invite.create': 'invited[ …]',
  'invite.withdraw': 'withdrew an invitation',
  'invite.accept': 'accepted an invitation',
  'identity.create': 'linked a sign-in[ to …]',
  'identity.delete': 'unlinked a sign-in[ of …]',
  'key.rotate': 'made a new key',
  'key.retire': 'retired a key',
  'audit.export': 'exported the audit log',
};
/** Of oneself, where it would not be a sentence. */
const ownDeeds: Partial<Record<AuditAction, string>> = {
  'user.change': 'changed their own account',
  'user.create': 'made their own account',
  'group.join': 'joined a group',
  'group.leave': 'left a group',
  'grant.create': 'gave themselves access',
  'grant.delete': 'gave up access',
};

/** Targets that say more than the action does. */
const namedTarget = /^(?:(?:user|group):[a-z0-9._-]+|public)$/;

/** What was done, as the rest of a sentence that begins with who did it. */
export function deedWords({
  action,
  target,
  actor,
}: Pick<AuditEvent, 'action' | 'target' | 'actor'>): string {
  const isOwn = target === `user:${actor.name}`;
  // An action that this page is older than is told by its own word.
  const deed = (isOwn && ownDeeds[action]) || (deeds[action] ?? action);
  const whom = target && namedTarget.test(target) && !isOwn ? granteePhrase(target) : undefined;
  return deed.replace(/\[(.*)…\]/, (_, before: string) => (whom === undefined ? '' : before + whom));
}

/** An address as people read it: letters of all scripts and spaces stand as they are. */
export function uriWords(uri: string): string {
  return uri
    .replace(/^storage:\/\/[^/]+/, 'storage:')
    .replace(/(?:%20|%[89A-F][0-9A-F])+/gi, decodeURIComponent);
}

/** How a particular reads; nothing for one that goes without saying. Of a change also what it is not any more. */
const particulars: Record<string, (value: never, isChange: boolean) => string | undefined> = {
  way: (way: string) =>
    ({ password: 'with a password', provider: 'with the provider', invite: 'with an invitation' })[way] ??
    'as the first user',
  // Reasons are words of the program, `wrong_password`.
  why: (why: string) => why.replaceAll('_', ' '),
  level: (level: Level) => `level ${levelWords[level]?.name ?? level}`,
  kind: (kind: string) =>
    ({ directory: 'a folder', file: 'a file', undone: 'by undoing an upload' })[kind] ?? kind,
  isAdmin: (isAdmin: boolean, isChange) =>
    isChange
      ? `${isAdmin ? 'now' : 'no longer'} an administrator`
      : isAdmin
        ? 'as an administrator'
        : undefined,
  quota: (quota: Quota) =>
    typeof quota === 'number'
      ? `quota ${formatBytes(quota)}`
      : quota === 'none'
        ? 'no quota'
        : 'the usual quota',
  isDisabled: (isDisabled: boolean) => (isDisabled ? 'disabled' : 'enabled again'),
  password: () => 'a new password',
  email: (email: string) => `mail to ${email}`,
  group: (name: string) => `the group ${name}`,
  from: (name: string) => `the files of ${name}`,
  invitedBy: (name: string) => `from ${name}`,
  groups: (names: string[]) => `in ${names.join(', ')}`,
  paths: (paths: string[]) => `only in ${paths.join(', ')}`,
  items: (paths: string[]) => paths.join(', '),
  itemCount: (count: number) => `${count} items`,
  mode: (mode: string) => ({ read: 'to download', drop: 'to receive files' })[mode] ?? mode,
  expiresAt: (time: number) => `until ${formatMoment(new Date(time))}`,
  hasPassword: (hasPassword: boolean) => (hasPassword ? 'with a password' : undefined),
  maxDownloads: (count: number) => `at most ${count} downloads`,
  liveLinks: (count: number) => `${count} live links`,
};

/** `quotaBytes` as `quota bytes` */
const nameWords = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** The particulars, `level Read, with a password`, without what is empty or what its place says already. */
export function detailWords({ action, detail }: Pick<AuditEvent, 'action' | 'detail'>): string {
  const told = detail?.itemCount === 1 ? ['items', 'itemCount'] : [];
  return Object.entries(detail ?? {})
    .filter(([name, value]) => !told.includes(name) && !isEmpty(value))
    .map(([name, value]) => {
      const phrase = particulars[name];
      if (phrase) return phrase(value as never, action.endsWith('.change'));
      // One that this page is older than is told by its own word.
      return `${nameWords(name)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`;
    })
    .filter((words) => words !== undefined)
    .join(', ');
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
