-- Times are milliseconds since 1970; truth values are 0 or 1: both databases agree on those.

CREATE TABLE instance (
  id TEXT NOT NULL PRIMARY KEY,
  created_at BIGINT NOT NULL
);

CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  is_admin SMALLINT NOT NULL,
  is_disabled SMALLINT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  secret_hash TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  user_agent TEXT NOT NULL,
  address TEXT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE api_tokens (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  secret_hash TEXT NOT NULL UNIQUE,
  label TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT
);
CREATE INDEX api_tokens_by_user ON api_tokens (user_id);

-- grantee is 'user:<id>' or 'public'; path is a root's name and what follows it, joined by '/'.
CREATE TABLE grants (
  path TEXT NOT NULL,
  grantee TEXT NOT NULL,
  level TEXT NOT NULL,
  granted_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (path, grantee)
);
CREATE INDEX grants_by_grantee ON grants (grantee, path);

CREATE TABLE links (
  id TEXT NOT NULL PRIMARY KEY,
  creator_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  generation INTEGER NOT NULL,
  mode TEXT NOT NULL,
  label TEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  opens INTEGER NOT NULL,
  downloads INTEGER NOT NULL,
  last_used_at BIGINT
);
CREATE INDEX links_by_creator ON links (creator_id, created_at, id);

CREATE TABLE link_items (
  link_id TEXT NOT NULL REFERENCES links (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  kind TEXT NOT NULL,
  PRIMARY KEY (link_id, position)
);
CREATE INDEX link_items_by_path ON link_items (path);

CREATE TABLE uploads (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  size BIGINT NOT NULL,
  on_conflict TEXT NOT NULL,
  modified_at BIGINT,
  metadata TEXT NOT NULL,
  staging_path TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX uploads_by_created ON uploads (created_at);
CREATE INDEX uploads_by_path ON uploads (path);

-- Changes of the storage whose rows are not yet brought along: finished or forgotten at the next start.
CREATE TABLE pending_changes (
  id TEXT NOT NULL PRIMARY KEY,
  from_path TEXT NOT NULL,
  to_path TEXT,
  created_at BIGINT NOT NULL
);

-- What is known of a file's content, as long as its etag is the same.
CREATE TABLE checksums (
  path TEXT NOT NULL PRIMARY KEY,
  etag TEXT NOT NULL,
  sha256 TEXT NOT NULL
);

CREATE TABLE attempts (
  name TEXT NOT NULL PRIMARY KEY,
  count INTEGER NOT NULL,
  resets_at BIGINT NOT NULL
);
