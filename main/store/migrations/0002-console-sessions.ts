/** Browsers that are logged in to the console. */
export const sql = `
-- A browser that used a login link. hash: SHA-256 of what its cookie holds.
CREATE TABLE console_sessions (
  hash         TEXT PRIMARY KEY,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
