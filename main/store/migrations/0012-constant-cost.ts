/**
 * An event no longer needs to read those before it: indexes find the one that counts, and each message, reaction and
 * membership fact has a row.
 */
export const sql = `
-- Of what was said about a message, the last by one sender, or whether a delete counts, is one step away.
DROP INDEX federation_events_by_target;
CREATE INDEX federation_events_about ON federation_events
  (target, room_id, event_type, sender, state, depth, event_id) WHERE target IS NOT NULL;
DROP INDEX federation_events_deletes;
CREATE INDEX federation_events_deletes ON federation_events (target, room_id, origin_server)
  WHERE event_type = 'm.message.delete' AND state = 1;
DROP INDEX federation_events_without_effect;
CREATE INDEX federation_events_without_effect ON federation_events (room_id, origin_server, state)
  WHERE state <> 1;
CREATE INDEX federation_events_invites ON federation_events (room_id, subject, depth)
  WHERE event_type = 'm.member.invite';

-- shown: the message has its effect. One that has none yet has its row too, because a delete may mean it.
ALTER TABLE messages ADD COLUMN shown INTEGER NOT NULL DEFAULT 1;

-- Projection: of each user and emoji the reaction that stands, and where it is in the room's order. given: 0 where it
-- was taken back.
DROP TABLE reactions;
CREATE TABLE reactions (
  message_seq INTEGER NOT NULL,
  user_id     TEXT NOT NULL,
  emoji       TEXT NOT NULL,
  depth       INTEGER NOT NULL,
  event_id    TEXT NOT NULL,
  given       INTEGER NOT NULL,
  PRIMARY KEY (message_seq, user_id, emoji)
) STRICT, WITHOUT ROWID;

-- Projection: the membership events in force that count, in the order of the room. role: what a join gives.
CREATE TABLE room_member_facts (
  room_id   TEXT NOT NULL,
  user_id   TEXT NOT NULL,
  depth     INTEGER NOT NULL,
  event_id  TEXT NOT NULL,
  change    TEXT NOT NULL CHECK (change IN ('join', 'leave', 'remove')),
  role      TEXT NOT NULL,
  origin_ts INTEGER NOT NULL,
  PRIMARY KEY (room_id, user_id, depth, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX room_member_facts_by_change ON room_member_facts (room_id, user_id, change, depth, event_id);

-- about: the message that a held edit or reaction is about; of a held message, its own name (origin_server/message_id).
ALTER TABLE federation_held_events ADD COLUMN about TEXT;
UPDATE federation_held_events SET about = CASE
  WHEN event_type = 'm.message'
    THEN json_extract(body, '$.origin_server') || '/' || json_extract(body, '$.content.message_id')
  WHEN event_type IN ('m.message.edit', 'm.message.delete', 'm.reaction.add', 'm.reaction.remove')
    THEN coalesce(json_extract(body, '$.content.target_event_id'),
      json_extract(body, '$.origin_server') || '/' || json_extract(body, '$.content.message_id'))
END;
DROP INDEX federation_held_events_by_room;
CREATE INDEX federation_held_events_about ON federation_held_events (room_id, about) WHERE about IS NOT NULL;

-- waits: its first version is still on its way to somebody, so it is not looked at until that changes.
ALTER TABLE erasures_due ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
CREATE INDEX erasures_due_now ON erasures_due (seq) WHERE waits = 0;
CREATE TRIGGER erasures_due_once_sent AFTER DELETE ON federation_outbound_queue
BEGIN
  UPDATE erasures_due SET waits = 0 WHERE seq = OLD.event_seq;
END;
CREATE TRIGGER erasures_due_once_dead AFTER UPDATE OF state ON federation_outbound_queue WHEN NEW.state = 'dead'
BEGIN
  UPDATE erasures_due SET waits = 0 WHERE seq = NEW.event_seq;
END;

-- projected: by which rules the room's projection was made (tables/room-store.ts); others are rebuilt at start.
ALTER TABLE rooms ADD COLUMN projected INTEGER NOT NULL DEFAULT 0;
`;
