/** Invites to owners of other servers, and their invites that this owner accepted. */
export const sql = `
-- A link this owner made. Only the token's SHA-256 is kept. used_key: the key the accepting server signed with, so
-- that it may say again what it said, and nobody else may.
CREATE TABLE peer_invites (
  id         TEXT PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  made_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  used_by    TEXT,
  used_key   TEXT,
  used_at    INTEGER
) STRICT, WITHOUT ROWID;

-- An invite of somebody else's that this owner accepted and its maker has not answered yet.
CREATE TABLE peer_acceptances (
  server_name TEXT PRIMARY KEY,
  link        TEXT NOT NULL,
  accepted_at INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  last_error  TEXT
) STRICT, WITHOUT ROWID;
`;
