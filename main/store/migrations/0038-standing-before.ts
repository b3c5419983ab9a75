/** What a server was before the owner blocked or quarantined it, so that a temporary decision can end with that. */
export const sql = `
-- allow, quarantine or known; NULL unless mode is block or quarantine.
ALTER TABLE federation_peer_trust_state ADD COLUMN mode_after TEXT;
`;
