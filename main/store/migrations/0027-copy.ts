/** This file may be a copy of a PostgreSQL database (main/store/postgres). */
export const sql = `
-- One row if it is. It belongs to this file alone and is neither sent to the database nor copied from it.
CREATE TABLE copy_state (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  -- The ID of the database, and which of its versions this file has.
  database TEXT NOT NULL,
  version  INTEGER NOT NULL,
  -- A random name of that version, which is another one if the database was restored and went on from there.
  stamp    TEXT NOT NULL,
  -- The ID of a move of the data back to this file, noted before the database decides it.
  leaving  TEXT,
  -- Inside the transaction that applies another node's changes. They include what triggers changed there.
  applying INTEGER NOT NULL DEFAULT 0
) STRICT;

DROP TRIGGER erasures_due_once_sent;
CREATE TRIGGER erasures_due_once_sent AFTER DELETE ON federation_outbound_queue
  WHEN NOT EXISTS (SELECT 1 FROM copy_state WHERE applying = 1)
BEGIN
  UPDATE erasures_due SET waits = 0 WHERE seq = OLD.event_seq;
END;
DROP TRIGGER erasures_due_once_dead;
CREATE TRIGGER erasures_due_once_dead AFTER UPDATE OF state ON federation_outbound_queue
  WHEN NEW.state = 'dead' AND NOT EXISTS (SELECT 1 FROM copy_state WHERE applying = 1)
BEGIN
  UPDATE erasures_due SET waits = 0 WHERE seq = NEW.event_seq;
END;
`;
