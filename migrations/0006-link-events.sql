-- What was done with a link, for its owner. Like events of one client shortly after each other are one row.

CREATE TABLE link_events (
  id TEXT NOT NULL PRIMARY KEY,
  link_id TEXT NOT NULL REFERENCES links (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  -- Under the link, item name first; null = everything.
  path TEXT,
  -- How many entries it was, the one at path among them.
  items INTEGER NOT NULL,
  -- What program it was, coarsely, and where from, as far as the settings let it be kept.
  client TEXT NOT NULL,
  address TEXT NOT NULL,
  -- The name that whoever dropped files gave themselves.
  sender TEXT,
  started_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  -- How often it was begun, brought to its end, and is going on.
  begun INTEGER NOT NULL,
  finished INTEGER NOT NULL,
  running INTEGER NOT NULL,
  bytes BIGINT NOT NULL
);
CREATE INDEX link_events_by_link ON link_events (link_id, last_at, id);
CREATE INDEX link_events_by_time ON link_events (last_at);

ALTER TABLE links ADD COLUMN bytes_sent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN first_download_at BIGINT;
UPDATE links SET first_download_at = last_used_at WHERE downloads > 0;
-- Whether its owner wants mail about it.
ALTER TABLE links ADD COLUMN wants_mail SMALLINT NOT NULL DEFAULT 0;
-- The expiry of which notice was given; another one is another notice.
ALTER TABLE links ADD COLUMN expiry_noted BIGINT;
-- Whoever revoked it when that was not its creator: then its creator cannot undo it.
ALTER TABLE links ADD COLUMN revoked_by TEXT;
CREATE INDEX links_by_creation ON links (created_at, id);
CREATE INDEX links_by_expiry ON links (expires_at);

ALTER TABLE users ADD COLUMN email TEXT;

-- Notices that are on their way: out of the table once delivered, or given up.
CREATE TABLE outbox (
  id TEXT NOT NULL PRIMARY KEY,
  channel TEXT NOT NULL,
  -- An e-mail address; of a webhook, nothing.
  recipient TEXT NOT NULL,
  -- JSON.
  notice TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  attempts INTEGER NOT NULL,
  due_at BIGINT NOT NULL
);
CREATE INDEX outbox_by_due ON outbox (due_at);
