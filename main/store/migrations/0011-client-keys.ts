/** Calls that a client may repeat, with the event that the first one wrote, so that a repeat gets the same answer. */
export const sql = `
-- procedure, room_id and target tell a repeat from another call that uses the same key. Nothing of what was written
-- is kept here, so an erased text leaves no trace.
CREATE TABLE client_keys (
  user_id    TEXT NOT NULL,
  client_key TEXT NOT NULL,
  procedure  TEXT NOT NULL,
  room_id    TEXT NOT NULL,
  target     TEXT NOT NULL,
  event_id   TEXT NOT NULL,
  message_id TEXT,
  at         INTEGER NOT NULL,
  PRIMARY KEY (user_id, client_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX client_keys_by_age ON client_keys (at);
`;
