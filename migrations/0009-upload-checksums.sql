-- By which checksum the sender verifies the upload ('xxh64'): then nobody waits for its SHA-256. NULL: by SHA-256, or by none.
ALTER TABLE uploads ADD COLUMN checksum TEXT;

-- By it a download is verified at an eighth of the cost. NULL: it was never computed.
ALTER TABLE checksums ADD COLUMN xxh64 TEXT;
