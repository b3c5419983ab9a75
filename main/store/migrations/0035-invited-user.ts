/** A peer invite lets in one user, once. */
export const sql = `
-- used_user: the user named in the first acceptance; nobody else gets into the room by this invite.
-- welcomed_at: when that user was invited to the room, or could join anyway. A repeated acceptance doesn't do it again.
-- For invites that were used before, neither is known, so they invite nobody any more.
ALTER TABLE peer_invites ADD COLUMN used_user TEXT;
ALTER TABLE peer_invites ADD COLUMN welcomed_at INTEGER;
UPDATE peer_invites SET welcomed_at = used_at;

-- The members that a server has in one room are found without reading those of others.
DROP INDEX room_members_by_server;
CREATE INDEX room_members_by_server ON room_members (server, room_id, state);
`;
