/** Room invites that were revoked, and links of peer invites whose server has not answered. */
export const sql = `
-- The last of these about a user says whether the user is invited.
DROP INDEX federation_events_invites;
CREATE INDEX federation_events_invites ON federation_events (room_id, subject, depth, event_id)
  WHERE event_type IN ('m.member.invite', 'm.member.uninvite');

ALTER TABLE room_invites RENAME TO room_invites_before;
-- Invites that reached local users.
CREATE TABLE room_invites (
  event_id   TEXT PRIMARY KEY,
  room_id    TEXT NOT NULL,
  home       TEXT NOT NULL,
  room_name  TEXT NOT NULL,
  inviter    TEXT NOT NULL,
  user_id    TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  status     TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'declined', 'revoked'))
) STRICT, WITHOUT ROWID;
INSERT INTO room_invites SELECT * FROM room_invites_before;
DROP TABLE room_invites_before;

-- Short links of others that this owner accepted before their server could be asked what they say.
CREATE TABLE kept_links (
  host       TEXT PRIMARY KEY,
  link       TEXT NOT NULL,
  user_id    TEXT,
  kept_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_error TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
