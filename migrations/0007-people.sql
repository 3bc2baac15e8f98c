-- Who did what, from where. Rows are added and, when they are old enough, removed; never changed. The identifier
-- sorts by time. What is told of is named as it was called then.
CREATE TABLE audit_events (
  id TEXT NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_name TEXT,
  via TEXT,
  address TEXT,
  action TEXT NOT NULL,
  target TEXT,
  path TEXT,
  detail TEXT
);
CREATE INDEX audit_events_by_actor ON audit_events (actor_name, id);
CREATE INDEX audit_events_by_target ON audit_events (target, id);
CREATE INDEX audit_events_by_action ON audit_events (action, id);
CREATE INDEX audit_events_by_path ON audit_events (path, id);

-- What is to be told of a change once it is made: the intention carries it through a crash.
ALTER TABLE pending_changes ADD COLUMN audit_event TEXT;

ALTER TABLE users ADD COLUMN last_seen_at BIGINT;

-- NULL = as far as its user goes. paths is a JSON array.
ALTER TABLE api_tokens ADD COLUMN level TEXT;
ALTER TABLE api_tokens ADD COLUMN paths TEXT;

-- A one-time link by which someone makes an account. groups is a JSON array of names.
CREATE TABLE invites (
  id TEXT NOT NULL PRIMARY KEY,
  secret_hash TEXT NOT NULL UNIQUE,
  name TEXT,
  is_admin SMALLINT NOT NULL,
  group_names TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  accepted_at BIGINT,
  accepted_by TEXT
);
CREATE INDEX invites_by_created ON invites (created_at, id);

-- Who someone is elsewhere: the subject of an OpenID provider. Never an address of e-mail, which others can come to own.
CREATE TABLE identities (
  id TEXT NOT NULL PRIMARY KEY,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  UNIQUE (issuer, subject)
);
CREATE INDEX identities_by_user ON identities (user_id);

-- Sign-ins that are under way at the provider; each is used once. user_id: whom the identity is to be linked to.
CREATE TABLE sign_in_attempts (
  secret_hash TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  nonce TEXT NOT NULL,
  verifier TEXT NOT NULL,
  next_path TEXT NOT NULL,
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  expires_at BIGINT NOT NULL
);

-- A token that someone approved in the browser, waiting to be fetched by the command line that asked.
CREATE TABLE client_approvals (
  code_hash TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  challenge TEXT NOT NULL,
  label TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);

-- The key that a link's address was signed with; NULL: the one there was before keys could be rotated.
ALTER TABLE links ADD COLUMN kid TEXT;
