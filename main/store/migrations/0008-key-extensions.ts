/** A key that its server still uses after it expired is extended by a day at a time. */
export const sql = `
-- extended_until: the end of the extension made at extended_at; NULL with extended_at set means for good.
ALTER TABLE federation_server_keys ADD COLUMN extended_until INTEGER;
`;
