-- Uploads that know their checksum, their drop and how far they have come; drops that can be undone; quotas.

-- NULL: what the settings say; -1: none.
ALTER TABLE users ADD COLUMN quota_bytes BIGINT;

ALTER TABLE uploads ADD COLUMN if_match TEXT;
ALTER TABLE uploads ADD COLUMN sha256 TEXT;
ALTER TABLE uploads ADD COLUMN drop_id TEXT;
ALTER TABLE uploads ADD COLUMN staged_bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE uploads ADD COLUMN touched_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX uploads_by_user ON uploads (user_id, created_at, id);

-- What one drop of files stored, until it can be undone no more. kept_id names the version that was
-- replaced, in the root where it is kept.
CREATE TABLE drop_entries (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  drop_id TEXT NOT NULL,
  path TEXT NOT NULL,
  kind TEXT NOT NULL,
  etag TEXT NOT NULL,
  kept_id TEXT,
  kept_root TEXT,
  kept_bytes BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX drop_entries_by_drop ON drop_entries (user_id, drop_id, kind);
CREATE INDEX drop_entries_by_path ON drop_entries (path);
CREATE INDEX drop_entries_by_kept_root ON drop_entries (kept_root);
CREATE INDEX drop_entries_by_created ON drop_entries (created_at);

-- Bytes of all files of a root that has a quota. changes counts up with each change of bytes.
CREATE TABLE root_usage (
  root TEXT NOT NULL PRIMARY KEY,
  bytes BIGINT NOT NULL,
  changes BIGINT NOT NULL,
  counted_at BIGINT
);

-- Room that requests under way have been promised. owner is the process that answers them.
CREATE TABLE reservations (
  id TEXT NOT NULL PRIMARY KEY,
  root TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  owner TEXT NOT NULL,
  touched_at BIGINT NOT NULL
);
CREATE INDEX reservations_by_root ON reservations (root);

-- Requests that a client may send a second time, and what the first was answered; NULL while it runs.
CREATE TABLE idempotent_requests (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  target TEXT NOT NULL,
  results TEXT,
  is_complete SMALLINT NOT NULL,
  owner TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotent_requests_by_created ON idempotent_requests (created_at);
