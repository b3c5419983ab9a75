/** How much of a room this server keeps, and what it dropped for that (docs/decisions/0074-retention.md). */
export const sql = `
-- Messages older than keep_days are dropped, and the oldest until the rest takes at most keep_megabytes. NULL: no limit.
ALTER TABLE rooms ADD COLUMN keep_days INTEGER;
ALTER TABLE rooms ADD COLUMN keep_megabytes INTEGER;
-- The depth of the last event that was dropped; -1 if none was.
ALTER TABLE rooms ADD COLUMN dropped_to INTEGER NOT NULL DEFAULT -1;

-- What is left of a dropped event: it isn't new when it arrives again, and digests still count it.
CREATE TABLE dropped_events (
  room_id TEXT NOT NULL,
  depth   INTEGER NOT NULL,
  -- SHA-256 of its ID.
  hash    BLOB NOT NULL,
  -- 0 if its text had been erased before, because digests leave out erased events.
  counts  INTEGER NOT NULL,
  PRIMARY KEY (room_id, depth, hash)
) STRICT, WITHOUT ROWID;
`;
