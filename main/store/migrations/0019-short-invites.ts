/** Peer invites with a short link, and with a room. */
export const sql = `
-- key_id: the key in the link, which signs what is said of the invite; NULL for a link that said everything itself.
-- room_id, made_by: the room that whoever accepts is invited to, and the local user in whose name.
ALTER TABLE peer_invites ADD COLUMN key_id TEXT;
ALTER TABLE peer_invites ADD COLUMN room_id TEXT;
ALTER TABLE peer_invites ADD COLUMN made_by TEXT;
-- offer: what the inviter said of the invite, signed, where the link is short. user_id: the local user who joins its
-- room. connected_at: when the servers became peers; what is left to do then is to join the room.
ALTER TABLE peer_acceptances ADD COLUMN offer TEXT;
ALTER TABLE peer_acceptances ADD COLUMN user_id TEXT;
ALTER TABLE peer_acceptances ADD COLUMN connected_at INTEGER;
`;
