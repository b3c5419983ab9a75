/** Tokens of bots and bridges. */
export const sql = `
-- A program that may act as one local user. hash: SHA-256 of its token, which is shown once and kept nowhere.
CREATE TABLE access_tokens (
  id           TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  user_id      TEXT NOT NULL,
  hash         TEXT NOT NULL UNIQUE,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT, WITHOUT ROWID;
`;
