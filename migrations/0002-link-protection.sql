-- A password and a limit on downloads, and words to whoever receives the link.

ALTER TABLE links ADD COLUMN password_hash TEXT;
-- Counts up with every change of the password, so that what was unlocked before is locked again.
ALTER TABLE links ADD COLUMN password_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN max_downloads INTEGER;
ALTER TABLE links ADD COLUMN used_downloads INTEGER NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN note TEXT;

-- Downloads that a limited link has granted, so that one that broke off may be resumed. client is a hash.
CREATE TABLE link_downloads (
  link_id TEXT NOT NULL REFERENCES links (id) ON DELETE CASCADE,
  client TEXT NOT NULL,
  path TEXT NOT NULL,
  granted_at BIGINT NOT NULL,
  PRIMARY KEY (link_id, client, path)
);
