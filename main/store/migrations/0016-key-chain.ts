/**
 * At a rotation, the old key vouches for the new one. Peers store that, and return it to a server that lost its keys.
 */
export const sql = `
-- chain: JSON of the older key that vouches for this one, and its signature (shared/protocol/key-chain.ts).
ALTER TABLE federation_server_keys ADD COLUMN chain TEXT;
`;
