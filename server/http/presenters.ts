import type {
  ComparisonResult,
  AuditEvent,
  Entry,
  ForeignLink,
  Grant,
  Invite,
  Link,
  LinkEvent,
  Pin,
  ReceivedDrop,
  Root,
  SentDrop,
  SessionRow,
  SharedEntry,
  SharedLink,
  Token,
  Upload,
  User,
} from '../contract/schemas.ts';
import { nameOf, type EntryPath } from '../contract/path.ts';
import { formatUri } from '../contract/uri.ts';
import type { AuditRow } from '../audit/audit-log.ts';
import type { InviteRow, InvitesService } from '../accounts/invites-service.ts';
import type { NamedGrant } from '../accounts/grants-service.ts';
import type { SessionRow as StoredSession } from '../accounts/sessions-repository.ts';
import { placesOf, type TokenRow } from '../accounts/tokens-service.ts';
import type { UserRow } from '../accounts/users-repository.ts';
import { quotaOf } from '../accounts/users-service.ts';
import type { Comparison } from '../files/comparison-service.ts';
import type { QuotaStanding } from '../files/quotas.ts';
import type { FileEntry, RootEntry, StoredEntry } from '../files/files-service.ts';
import { limitsOf } from '../links/drop-limits.ts';
import type { LinkEventRow } from '../links/link-events-repository.ts';
import type { OpenLink } from '../links/link-gate.ts';
import type { DropRow } from '../links/drops-repository.ts';
import type { PinRow } from '../links/pins-repository.ts';
import type { OwnLink } from '../links/links-service.ts';
import type { Upload as OwnUpload } from '../uploads/uploads-service.ts';
import { toErrorBody } from './error-responder.ts';

function iso(time: number): string {
  return new Date(time).toISOString();
}

function isoOrNull(time: number | null): string | null {
  return time === null ? null : iso(time);
}

function commonOf(entry: StoredEntry) {
  return {
    name: entry.name as string,
    kind: entry.kind,
    size: entry.kind === 'file' ? entry.size : null,
    modifiedAt: entry.modifiedAt.toISOString(),
    etag: entry.etag,
  };
}

export function presentEntry(
  cluster: string,
  entry: FileEntry,
  { linked, above }: { linked?: boolean; above?: EntryPath | undefined } = {},
): Entry {
  return {
    ...commonOf(entry),
    uri: formatUri(cluster, entry.path),
    level: entry.level,
    ...(linked && { linked }),
    ...(above && { linkedAbove: formatUri(cluster, above) }),
  };
}

export function presentSharedEntry(entry: StoredEntry, path: string): SharedEntry {
  return { ...commonOf(entry), path };
}

export function presentRoot(cluster: string, root: RootEntry): Root {
  const { path, ...facts } = root;
  return { ...facts, uri: formatUri(cluster, path) };
}

export function presentComparison(comparison: Comparison): ComparisonResult['items'][number] {
  const { path, state } = comparison;
  if (!('entry' in comparison))
    return { path, state, ...(comparison.error && toErrorBody(comparison.error)) };
  const { entry, by, sha256 } = comparison;
  const { size, etag, modifiedAt } = entry;
  return { path, state, by, size, etag, modifiedAt: modifiedAt.toISOString(), sha256: sha256 ?? null };
}

export function presentUpload(
  cluster: string,
  lifeMs: number,
  { row, offset, touchedAt }: OwnUpload,
): Upload {
  return {
    id: row.id,
    uri: formatUri(cluster, row.path),
    name: nameOf(row.path),
    size: row.size,
    offset,
    modifiedAt: isoOrNull(row.modified_at),
    onConflict: row.on_conflict,
    drop: row.drop_id,
    createdAt: iso(row.created_at),
    touchedAt: iso(touchedAt),
    expiresAt: iso(touchedAt + lifeMs),
  };
}

export function presentLink(cluster: string, origin: string, link: OwnLink): Link {
  return { ...presentForeignLink(cluster, link), url: `${origin}/s/${link.token}` };
}

/** Without its address: whoever has that may use the link. */
export function presentForeignLink(
  cluster: string,
  { row, items, state, orphanedBy, breaches, drop, pin, nextPin }: OwnLink,
): ForeignLink {
  return {
    id: row.id,
    items: items.map(({ name, path, kind }) => ({ name, kind, uri: formatUri(cluster, path) })),
    mode: row.mode,
    label: row.label,
    note: row.note,
    hasPassword: row.password_hash !== null,
    maxDownloads: row.max_downloads,
    downloadsLeft: row.max_downloads === null ? null : Math.max(0, row.max_downloads - row.used_downloads),
    state,
    createdBy: row.creator_name,
    createdAt: iso(row.created_at),
    expiresAt: isoOrNull(row.expires_at),
    revokedAt: isoOrNull(row.revoked_at),
    isRevokedByAdmin: row.revoked_by !== null,
    orphanedBy,
    breaches: state === 'live' ? breaches : [],
    notify: row.wants_mail === 1,
    opens: row.opens,
    downloads: row.downloads,
    bytesSent: row.bytes_sent,
    lastUsedAt: isoOrNull(row.last_used_at),
    drop: drop ? { ...limitsOf(drop), takenFiles: drop.taken_files, takenBytes: drop.taken_bytes } : null,
    pin: pin ? presentPin(pin) : null,
    nextPin: nextPin ? presentPin(nextPin) : null,
  };
}

/** A transfer that has not been heard of for so long has broken off with the process that served it. */
const silentMs = 3 * 60_000;

export function presentLinkEvent(event: LinkEventRow, now: number): LinkEvent {
  const { id, kind, path, items, client, address, sender, begun, finished, running, bytes } = event;
  return {
    id,
    kind,
    path,
    items,
    client,
    address,
    sender,
    startedAt: iso(event.started_at),
    lastAt: iso(event.last_at),
    begun,
    finished,
    isRunning: running > 0 && now - event.last_at < silentMs,
    bytes,
  };
}

export function presentPin(pin: PinRow): Pin {
  return {
    state: pin.state,
    files: pin.files,
    bytes: pin.bytes,
    doneFiles: pin.done_files,
    doneBytes: pin.done_bytes,
    sha256: pin.sha256,
    problem: pin.problem,
    createdAt: iso(pin.created_at),
  };
}

/** A link as whoever holds it sees it; `items` are those that are there. */
export function presentSharedLink(link: OpenLink, items: readonly StoredEntry[], pin?: PinRow): SharedLink {
  return {
    label: link.label,
    note: link.note,
    hasPassword: link.hasPassword,
    downloadsLeft: link.downloadsLeft,
    sharedBy: link.sharedBy,
    mode: link.mode,
    expiresAt: isoOrNull(link.expiresAt),
    itemCount: items.length,
    fileBytes: items.reduce((sum, { kind, size }) => sum + (kind === 'file' ? size : 0), 0),
    pin: pin ? withoutProblem(presentPin(pin)) : null,
  };
}

/** Why it failed may name what the holder of a link must not know of. */
function withoutProblem({ problem: _, ...pin }: Pin): Omit<Pin, 'problem'> {
  return pin;
}

/** A drop as its sender sees it. */
export function presentSent(drop: DropRow): SentDrop {
  return {
    sentPath: drop.sent_path,
    storedPath: drop.stored_path ?? drop.sent_path,
    size: drop.size,
    receivedAt: iso(drop.received_at ?? drop.begun_at),
  };
}

/** The same as the link's owner sees it. */
export function presentReceived(drop: DropRow): ReceivedDrop {
  // Enough of the visitor to tell one from another, too little to be one.
  return { ...presentSent(drop), sender: drop.sender, visitor: drop.visitor.slice(0, 6) };
}

export function presentUser(user: UserRow, { quotaBytes, usedBytes }: QuotaStanding): User {
  return {
    name: user.name,
    isAdmin: user.is_admin === 1,
    isDisabled: user.is_disabled === 1,
    createdAt: iso(user.created_at),
    email: user.email,
    lastSeenAt: isoOrNull(user.last_seen_at),
    hasPassword: user.password_hash !== '',
    quota: quotaOf(user),
    quotaBytes,
    usedBytes,
  };
}

export function presentSession(session: StoredSession, currentId: string): SessionRow {
  return {
    id: session.id,
    createdAt: iso(session.created_at),
    lastSeenAt: iso(session.last_seen_at),
    expiresAt: iso(session.expires_at),
    userAgent: session.user_agent,
    address: session.address,
    isCurrent: session.id === currentId,
  };
}

export function presentToken(cluster: string, row: TokenRow): Token {
  return {
    id: row.id,
    label: row.label,
    createdAt: iso(row.created_at),
    expiresAt: isoOrNull(row.expires_at),
    lastUsedAt: isoOrNull(row.last_used_at),
    level: row.level,
    uris: placesOf(row)?.map((path) => formatUri(cluster, path)) ?? null,
  };
}

export function presentInvite(row: InviteRow, invites: InvitesService): Invite {
  return {
    id: row.id,
    name: row.name,
    isAdmin: row.is_admin === 1,
    groups: invites.groupsOf(row),
    createdBy: row.created_by,
    createdAt: iso(row.created_at),
    expiresAt: iso(row.expires_at),
    acceptedAt: isoOrNull(row.accepted_at),
    acceptedBy: row.accepted_by,
    state: invites.stateOf(row),
  };
}

export function presentAuditEvent(cluster: string, row: AuditRow): AuditEvent {
  return {
    id: row.id,
    at: iso(row.at),
    actor: { kind: row.actor_kind, name: row.actor_name, via: row.via },
    address: row.address,
    action: row.action as AuditEvent['action'],
    target: row.target,
    uri: row.path === null ? null : formatUri(cluster, row.path),
    detail: row.detail === null ? null : (JSON.parse(row.detail) as Record<string, unknown>),
  };
}

export function presentGrant(cluster: string, grant: NamedGrant): Grant {
  return {
    uri: formatUri(cluster, grant.path),
    grantee: grant.grantee,
    level: grant.level,
    grantedBy: grant.grantedBy,
    createdAt: iso(grant.createdAt),
  };
}
