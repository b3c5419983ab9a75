/** What a node that lost data has learned from its peers since; a new recovery begins with empty tables. */
export const sql = `
-- Peers that have answered what they know of us.
CREATE TABLE recovery_answers (
  server_name TEXT PRIMARY KEY,
  at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What they told. id: a room id, a user id, or a public key. told_by: who was the first to tell.
CREATE TABLE recovery_finds (
  kind    TEXT NOT NULL CHECK (kind IN ('room', 'user', 'key')),
  id      TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('recovered', 'elsewhere', 'lost')),
  told_by TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- Servers whose standing comes from the backup and has not been confirmed by the owner since.
CREATE TABLE recovery_decisions (
  server_name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- The last event that a server wrote in a room: what proves to it that it was there.
CREATE INDEX federation_events_of_origin ON federation_events (room_id, origin_server, seq);
`;
