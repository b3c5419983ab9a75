/** Which member servers have our events, in rooms whose home delivers them. */
export const sql = `
-- Of each event of ours, the member servers that we do not send it to ourselves, and what the room's home (via) says.
-- state: 'unknown' until it says something, 'untold' where it never does; else as in shared/protocol/receipts.ts.
CREATE TABLE federation_receipts (
  event_seq       INTEGER NOT NULL,
  server_name     TEXT NOT NULL,
  via             TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (state IN
                    ('unknown', 'untold', 'has', 'held', 'waiting', 'refused', 'gave_up')),
  reason          TEXT,
  next_attempt_at INTEGER,
  at              INTEGER NOT NULL,
  PRIMARY KEY (event_seq, server_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX federation_receipts_lacking ON federation_receipts (server_name, via, state, next_attempt_at, at)
  WHERE state NOT IN ('has', 'untold');

-- What a server took without showing it yet: its owner decides.
CREATE INDEX federation_delivery_attempts_held ON federation_delivery_attempts (destination, at)
  WHERE outcome = 'held';

-- As a room's home: what the origin of an event is still to be told about a member server. What there is to tell is
-- read from the outbox and its attempts when it is reported. A new id each time, so that what changes meanwhile stays.
CREATE TABLE federation_receipts_owed (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  origin      TEXT NOT NULL,
  event_seq   INTEGER NOT NULL,
  server_name TEXT NOT NULL,
  at          INTEGER NOT NULL,
  UNIQUE (event_seq, server_name)
) STRICT;
CREATE INDEX federation_receipts_owed_by_origin ON federation_receipts_owed (origin);
`;
