-- What a file is called by whoever sends it again after its answer was lost; null = they would not know it again.
ALTER TABLE drops ADD COLUMN request_key TEXT;
CREATE UNIQUE INDEX drops_by_key ON drops (link_id, visitor, request_key);
