/** Nothing that another column or index says already: about 270 bytes less for each event. */
export const sql = `
-- The last event that a server wrote in a room is found without reading rows, in the index by arrival.
DROP INDEX federation_events_of_origin;
DROP INDEX federation_events_by_arrival;
CREATE INDEX federation_events_by_arrival ON federation_events (room_id, seq, origin_server);

-- The timeline is read from the index of a room's messages by depth, so the other one needs only the rest.
DROP INDEX federation_events_by_depth;
CREATE INDEX federation_events_by_depth ON federation_events (room_id, depth, event_id)
  WHERE event_type <> 'm.message';
CREATE INDEX federation_events_messages ON federation_events (room_id, depth, event_id)
  WHERE event_type = 'm.message';

-- A message is found by its event ID through its event. Its message ID is the end of its key.
CREATE TABLE smaller_messages (
  seq         INTEGER PRIMARY KEY,
  room_id     TEXT NOT NULL,
  channel_id  TEXT NOT NULL,
  event_id    TEXT NOT NULL,
  message_key TEXT NOT NULL,
  sender      TEXT NOT NULL,
  depth       INTEGER NOT NULL,
  edited_at   INTEGER,
  deleted     INTEGER NOT NULL,
  text_seq    INTEGER,
  shown       INTEGER NOT NULL
) STRICT;
INSERT INTO smaller_messages (seq, room_id, channel_id, event_id, message_key, sender, depth, edited_at, deleted,
    text_seq, shown)
  SELECT seq, room_id, channel_id, event_id, message_key, sender, depth, edited_at, deleted, text_seq, shown
  FROM messages;
DROP TABLE messages;
ALTER TABLE smaller_messages RENAME TO messages;
CREATE INDEX messages_by_arrival ON messages (room_id, channel_id, seq, depth, sender)
  WHERE shown = 1 AND deleted = 0;
-- The number in the key, because few messages share one and it takes a quarter of the space.
CREATE INDEX messages_by_number ON messages (CAST(substr(message_key, instr(message_key, '/') + 1) AS INTEGER));
`;
