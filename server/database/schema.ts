import type { EntryPath } from '../contract/path.ts';
import type { Level } from '../contract/level.ts';
import type { LinkEventKind, OnConflict } from '../contract/schemas.ts';

/** 0 or 1. */
type Flag = 0 | 1;
/** Milliseconds since 1970. */
type Timestamp = number;

export type Database = {
  instance: { id: string; created_at: Timestamp; revocations: number };
  users: {
    id: string;
    name: string;
    password_hash: string;
    is_admin: Flag;
    is_disabled: Flag;
    created_at: Timestamp;
    /** null: what the settings say; -1: none. */
    quota_bytes: number | null;
    email: string | null;
    last_seen_at: Timestamp | null;
  };
  sessions: {
    id: string;
    user_id: string;
    secret_hash: string;
    created_at: Timestamp;
    last_seen_at: Timestamp;
    expires_at: Timestamp;
    user_agent: string;
    address: string;
  };
  api_tokens: {
    id: string;
    user_id: string;
    secret_hash: string;
    label: string;
    created_at: Timestamp;
    expires_at: Timestamp | null;
    last_used_at: Timestamp | null;
    level: Level | null;
    /** A JSON array of paths. */
    paths: string | null;
  };
  groups: { id: string; name: string; created_at: Timestamp };
  group_members: { group_id: string; user_id: string };
  grants: { path: EntryPath; grantee: string; level: Level; granted_by: string; created_at: Timestamp };
  links: {
    id: string;
    creator_id: string;
    generation: number;
    mode: 'read' | 'drop';
    label: string | null;
    created_at: Timestamp;
    expires_at: Timestamp | null;
    revoked_at: Timestamp | null;
    opens: number;
    downloads: number;
    last_used_at: Timestamp | null;
    password_hash: string | null;
    password_version: number;
    max_downloads: number | null;
    used_downloads: number;
    note: string | null;
    pin_id: string | null;
    kid: string | null;
    bytes_sent: number;
    first_download_at: Timestamp | null;
    wants_mail: Flag;
    expiry_noted: Timestamp | null;
    revoked_by: string | null;
  };
  link_events: {
    id: string;
    link_id: string;
    kind: LinkEventKind;
    path: string | null;
    items: number;
    client: string;
    address: string;
    sender: string | null;
    started_at: Timestamp;
    last_at: Timestamp;
    begun: number;
    finished: number;
    running: number;
    bytes: number;
  };
  outbox: {
    id: string;
    channel: 'webhook' | 'mail';
    recipient: string;
    notice: string;
    created_at: Timestamp;
    attempts: number;
    due_at: Timestamp;
  };
  drop_links: {
    link_id: string;
    max_file_bytes: number | null;
    max_bytes: number | null;
    max_files: number | null;
    types: string | null;
    taken_files: number;
    taken_bytes: number;
  };
  drops: {
    id: string;
    link_id: string;
    visitor: string;
    sender: string | null;
    sent_path: string;
    stored_path: string | null;
    size: number;
    begun_at: Timestamp;
    received_at: Timestamp | null;
    request_key: string | null;
  };
  drop_folders: { link_id: string; visitor: string; name: string; stored_name: string };
  pins: {
    id: string;
    link_id: string;
    state: 'preparing' | 'ready' | 'failed';
    problem: string | null;
    is_listed: Flag;
    files: number;
    bytes: number;
    done_files: number;
    done_bytes: number;
    sha256: string | null;
    created_at: Timestamp;
    finished_at: Timestamp | null;
  };
  pin_entries: {
    pin_id: string;
    position: number;
    path: string;
    parent: string;
    kind: 'file' | 'directory';
    size: number;
    modified_at: Timestamp;
    etag: string;
    sha256: string | null;
  };
  link_downloads: { link_id: string; client: string; path: string; granted_at: Timestamp };
  link_items: {
    link_id: string;
    position: number;
    name: string;
    path: EntryPath;
    kind: 'file' | 'directory';
  };
  uploads: {
    id: string;
    user_id: string;
    path: EntryPath;
    size: number;
    on_conflict: OnConflict;
    modified_at: Timestamp | null;
    metadata: string;
    staging_path: string;
    created_at: Timestamp;
    finished_at: Timestamp | null;
    link_id: string | null;
    visitor: string | null;
    /** The etag that the file must still have to be replaced. */
    if_match: string | null;
    /** What the whole file must be, in hexadecimal. */
    sha256: string | null;
    drop_id: string | null;
    /** How many bytes had come at `touched_at`. */
    staged_bytes: number;
    touched_at: Timestamp;
    /** How many of the staged bytes were what their checksums said; null when all that came counts, as none were told. */
    verified_bytes: number | null;
    /** By which checksum its sender verifies it, when that is not SHA-256. */
    checksum: 'xxh64' | null;
  };
  drop_entries: {
    id: string;
    user_id: string;
    drop_id: string;
    path: EntryPath;
    kind: 'file' | 'directory';
    etag: string;
    kept_id: string | null;
    kept_root: string | null;
    kept_bytes: number;
    created_at: Timestamp;
  };
  root_usage: { root: string; bytes: number; changes: number; counted_at: Timestamp | null };
  reservations: { id: string; root: string; bytes: number; owner: string; touched_at: Timestamp };
  idempotent_requests: {
    user_id: string;
    key: string;
    target: string;
    results: string | null;
    is_complete: Flag;
    owner: string;
    created_at: Timestamp;
  };
  pending_changes: {
    id: string;
    from_path: EntryPath;
    to_path: EntryPath | null;
    created_at: Timestamp;
    /** JSON of what is added to the audit log when the change is made. */
    audit_event: string | null;
  };
  audit_events: {
    /** Sorts by time. */
    id: string;
    at: Timestamp;
    actor_kind: 'user' | 'operator' | 'system' | 'anonymous';
    actor_name: string | null;
    via: 'session' | 'token' | null;
    address: string | null;
    action: string;
    target: string | null;
    path: EntryPath | null;
    /** A JSON object. */
    detail: string | null;
  };
  invites: {
    id: string;
    secret_hash: string;
    name: string | null;
    is_admin: Flag;
    /** A JSON array. */
    group_names: string;
    created_by: string;
    /** Null for one that was made on the server itself. */
    creator_id: string | null;
    created_at: Timestamp;
    expires_at: Timestamp;
    accepted_at: Timestamp | null;
    accepted_by: string | null;
  };
  identities: { id: string; issuer: string; subject: string; user_id: string; created_at: Timestamp };
  sign_in_attempts: {
    secret_hash: string;
    state: string;
    nonce: string;
    verifier: string;
    next_path: string;
    user_id: string | null;
    expires_at: Timestamp;
  };
  client_approvals: {
    code_hash: string;
    user_id: string;
    challenge: string;
    label: string;
    expires_at: Timestamp;
  };
  checksums: { path: EntryPath; etag: string; sha256: string; xxh64: string | null };
  attempts: { name: string; count: number; resets_at: Timestamp };
};
