-- How many bytes of the log of revocations, which lies beside the database, this database knows of.
ALTER TABLE instance ADD COLUMN revocations BIGINT NOT NULL DEFAULT 0;
