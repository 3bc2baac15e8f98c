-- Links that take files instead of giving them, and links that give exactly the bytes of one moment.

-- What a link for dropping takes; null = no limit of its own. taken_* counts what has come and what is on its way, so that
-- one conditional UPDATE decides for all who send at once. types: endings such as jpg, separated by commas.
CREATE TABLE drop_links (
  link_id TEXT NOT NULL PRIMARY KEY REFERENCES links (id) ON DELETE CASCADE,
  max_file_bytes BIGINT,
  max_bytes BIGINT,
  max_files INTEGER,
  types TEXT,
  taken_files INTEGER NOT NULL,
  taken_bytes BIGINT NOT NULL
);

-- One file that was sent by a link, or is being sent (received_at null). Paths are relative to the link's folder.
CREATE TABLE drops (
  id TEXT NOT NULL PRIMARY KEY,
  link_id TEXT NOT NULL REFERENCES links (id) ON DELETE CASCADE,
  visitor TEXT NOT NULL,
  sender TEXT,
  sent_path TEXT NOT NULL,
  stored_path TEXT,
  size BIGINT NOT NULL,
  begun_at BIGINT NOT NULL,
  received_at BIGINT
);
CREATE INDEX drops_by_link ON drops (link_id, received_at, id);
CREATE INDEX drops_by_visitor ON drops (link_id, visitor, received_at, id);

-- Under which name a visitor's folder is kept: its own, unless that was taken.
CREATE TABLE drop_folders (
  link_id TEXT NOT NULL REFERENCES links (id) ON DELETE CASCADE,
  visitor TEXT NOT NULL,
  name TEXT NOT NULL,
  stored_name TEXT NOT NULL,
  PRIMARY KEY (link_id, visitor, name)
);

-- An upload through a link is that link's and that visitor's; user_id is then whoever made the link.
ALTER TABLE uploads ADD COLUMN link_id TEXT;
ALTER TABLE uploads ADD COLUMN visitor TEXT;

-- The pin whose bytes a link gives; null = whatever is there.
ALTER TABLE links ADD COLUMN pin_id TEXT;

-- A manifest: what lay under a link at one moment. state: preparing, ready, failed. sha256 is that of the SHA256SUMS.
CREATE TABLE pins (
  id TEXT NOT NULL PRIMARY KEY,
  link_id TEXT NOT NULL REFERENCES links (id) ON DELETE CASCADE,
  state TEXT NOT NULL,
  problem TEXT,
  is_listed SMALLINT NOT NULL,
  files INTEGER NOT NULL,
  bytes BIGINT NOT NULL,
  done_files INTEGER NOT NULL,
  done_bytes BIGINT NOT NULL,
  sha256 TEXT,
  created_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX pins_by_link ON pins (link_id, created_at);
CREATE INDEX pins_by_state ON pins (state);

-- One entry of a manifest, in the order of the tree. path is under the link, its item first; parent is '' for an item.
-- etag is that of the file when it was last found to have these bytes.
CREATE TABLE pin_entries (
  pin_id TEXT NOT NULL REFERENCES pins (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  path TEXT NOT NULL,
  parent TEXT NOT NULL,
  kind TEXT NOT NULL,
  size BIGINT NOT NULL,
  modified_at BIGINT NOT NULL,
  etag TEXT NOT NULL,
  sha256 TEXT,
  PRIMARY KEY (pin_id, position)
);
CREATE UNIQUE INDEX pin_entries_by_path ON pin_entries (pin_id, path);
CREATE INDEX pin_entries_by_parent ON pin_entries (pin_id, parent);
