-- Up to where the bytes of an upload have been held against their checksums: it goes on from there, whatever lies behind it
-- in the staging file. NULL: they came without, and all that came counts.
ALTER TABLE uploads ADD COLUMN verified_bytes BIGINT;
