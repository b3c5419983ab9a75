/** What servers of another kind don't sign, and the numbers they use for our users and the names of their rooms. */
export const sql = `
-- files_unsigned: the names of its files are not covered by its signature, so anybody may have written them.
ALTER TABLE federation_events ADD COLUMN files_unsigned INTEGER NOT NULL DEFAULT 0;
-- named_*: where the home named the room last, in a room that has no m.room.info.
ALTER TABLE rooms ADD COLUMN named_depth INTEGER NOT NULL DEFAULT -1;
ALTER TABLE rooms ADD COLUMN named_event_id TEXT NOT NULL DEFAULT '';

-- Under which number a room's home knows a user of ours: its answer to the join told it.
CREATE TABLE remote_user_ids (
  room_id   TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  user_id   TEXT NOT NULL,
  PRIMARY KEY (room_id, remote_id)
) STRICT, WITHOUT ROWID;
`;
