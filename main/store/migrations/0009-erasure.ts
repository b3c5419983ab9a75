/** Texts that were deleted are erased; what is left of such an event is its place. */
export const sql = `
-- erased_at: when the words of this event were erased here; body is then a redacted envelope without signatures.
-- erased_hash: sha256 of the text that was signed, so that a repeat is known as one and a changed copy is refused;
-- NULL where we never had the event and know of it only from the room's home.
ALTER TABLE federation_events ADD COLUMN erased_at INTEGER;
ALTER TABLE federation_events ADD COLUMN erased_hash TEXT;
CREATE INDEX federation_events_deletes ON federation_events (target) WHERE event_type = 'm.message.delete';
CREATE INDEX federation_events_without_effect ON federation_events (room_id, origin_server) WHERE state <> 1;
CREATE INDEX federation_held_events_by_room ON federation_held_events (room_id);

-- Messages (by the seq of their event) that still have texts to erase.
CREATE TABLE erasures_due (
  seq INTEGER PRIMARY KEY
) STRICT;

-- A delete no longer needs its sender to be a member at that place in the order.
UPDATE federation_events SET state = 1 WHERE event_type = 'm.message.delete' AND state = 0;
-- What was deleted before this version.
INSERT OR IGNORE INTO erasures_due SELECT seq FROM messages WHERE deleted = 1;
INSERT OR IGNORE INTO erasures_due
  SELECT m.seq FROM federation_events e JOIN federation_events m ON m.event_id = e.target
  WHERE e.event_type = 'm.message.delete' AND m.event_type = 'm.message';
INSERT OR IGNORE INTO erasures_due
  SELECT m.seq FROM federation_events e JOIN messages m ON m.message_key = e.target
  WHERE e.event_type = 'm.message.delete';
`;
