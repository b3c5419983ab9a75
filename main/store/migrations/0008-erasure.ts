/**
 * Deleted texts are erased. The body of an erased event is overwritten in place, byte for byte (store/erased-body.ts),
 * so nothing here adds a column to it.
 */
export const sql = `
CREATE INDEX federation_events_deletes ON federation_events (target) WHERE event_type = 'm.message.delete';
CREATE INDEX federation_events_deletes_of ON federation_events (room_id, origin_server)
  WHERE event_type = 'm.message.delete';
CREATE INDEX federation_events_without_effect ON federation_events (room_id, origin_server) WHERE state <> 1;
CREATE INDEX federation_held_events_by_room ON federation_held_events (room_id);

-- Messages (by the seq of their event) that still have texts to erase.
CREATE TABLE erasures_due (
  seq INTEGER PRIMARY KEY
) STRICT;

-- A delete no longer needs its sender to be a member at that place in the order.
UPDATE federation_events SET state = 1 WHERE event_type = 'm.message.delete' AND state = 0;

-- A text stands in the database once, in its event: text_seq is the event that says what the message says now.
ALTER TABLE messages ADD COLUMN text_seq INTEGER;
UPDATE messages SET text_seq = CASE
  WHEN deleted = 1 THEN NULL
  WHEN edited_at IS NULL THEN seq
  ELSE (
    SELECT e.seq FROM federation_events e
    WHERE e.target IN (messages.event_id, messages.message_key) AND e.event_type = 'm.message.edit'
      AND e.state = 1 AND e.room_id = messages.room_id AND e.sender = messages.sender
    ORDER BY e.depth DESC, e.event_id DESC LIMIT 1
  )
END;
ALTER TABLE messages DROP COLUMN body;

-- What was deleted before this version.
INSERT OR IGNORE INTO erasures_due SELECT seq FROM messages WHERE deleted = 1;
INSERT OR IGNORE INTO erasures_due
  SELECT m.seq FROM federation_events e JOIN federation_events m ON m.event_id = e.target
  WHERE e.event_type = 'm.message.delete' AND m.event_type = 'm.message';
INSERT OR IGNORE INTO erasures_due
  SELECT m.seq FROM federation_events e JOIN messages m ON m.message_key = e.target
  WHERE e.event_type = 'm.message.delete';
`;
