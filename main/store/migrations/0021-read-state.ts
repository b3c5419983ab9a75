/** What each local user has read, which rooms are muted, and who is mentioned. What is here already counts as read. */
export const sql = `
-- Up to where a user has read a channel: a place in arrival order (federation_events.seq). Only moves forward.
CREATE TABLE read_marks (
  user_id    TEXT NOT NULL,
  room_id    TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  PRIMARY KEY (user_id, room_id, channel_id)
) STRICT, WITHOUT ROWID;

-- Rooms that a user is not notified about.
CREATE TABLE muted_rooms (
  user_id TEXT NOT NULL,
  room_id TEXT NOT NULL,
  PRIMARY KEY (user_id, room_id)
) STRICT, WITHOUT ROWID;

-- Messages that mention a local user, as they were first written.
CREATE TABLE mentions (
  user_id    TEXT NOT NULL,
  room_id    TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  PRIMARY KEY (user_id, room_id, channel_id, seq)
) STRICT, WITHOUT ROWID;

-- The newest messages of a channel in arrival order, without reading their rows.
CREATE INDEX messages_by_arrival ON messages (room_id, channel_id, seq, depth, sender)
  WHERE shown = 1 AND deleted = 0;
CREATE INDEX room_members_by_user ON room_members (user_id, state);

INSERT INTO read_marks (user_id, room_id, channel_id, seq)
  SELECT u.user_id, m.room_id, m.channel_id, max(m.seq) FROM users u JOIN messages m
  GROUP BY u.user_id, m.room_id, m.channel_id;
`;
