-- Whose invitations end with their right to invite; null for those made on the server itself, or before.
ALTER TABLE invites ADD COLUMN creator_id TEXT;
UPDATE invites SET creator_id = (SELECT id FROM users WHERE name = created_by);
