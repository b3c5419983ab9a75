/** A rotation has the old key vouch for the new one; peers keep that, to give it back to a server that lost its keys. */
export const sql = `
-- chain: JSON of the older key that vouches for this one, and its signature (shared/protocol/key-chain.ts).
ALTER TABLE federation_server_keys ADD COLUMN chain TEXT;
`;
