/** Peer invites with a short link, and with a room. */
export const sql = `
-- key_id: the key in the link, which signs the offer; NULL for a long link, which needs none.
-- room_id, made_by: the room that the invite leads into, and the local user who invites.
ALTER TABLE peer_invites ADD COLUMN key_id TEXT;
ALTER TABLE peer_invites ADD COLUMN room_id TEXT;
ALTER TABLE peer_invites ADD COLUMN made_by TEXT;
-- offer: what the inviter said of the invite, signed, where the link is short. user_id: the local user who joins its
-- room. connected_at: when the servers became peers; what is left to do then is to join the room.
ALTER TABLE peer_acceptances ADD COLUMN offer TEXT;
ALTER TABLE peer_acceptances ADD COLUMN user_id TEXT;
ALTER TABLE peer_acceptances ADD COLUMN connected_at INTEGER;
`;
