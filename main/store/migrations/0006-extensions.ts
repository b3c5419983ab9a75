/** The extensions that a server lists in its discovery document. */
export const sql = `
-- extensions: their names with a space between; empty for a server that lists none, NULL while nobody has looked.
-- discovered_at: when its discovery document was last read.
ALTER TABLE federation_peer_trust_state ADD COLUMN extensions TEXT;
ALTER TABLE federation_peer_trust_state ADD COLUMN discovered_at INTEGER;
`;
