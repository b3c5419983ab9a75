/** The first schema. Every table says in a sentence what it is for. Times are unix milliseconds. */
export const sql = `
-- Small facts about this database itself: the epoch that arrival cursors belong to, settings.
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every accepted event, ours and others', in the order it arrived (seq). body is the exact wire form.
-- state: 1 has its effect; 0 stored without effect (its sender is no member at that place in the order, as far as
-- is known yet); 2 lies ahead of our clock. target: the message it is about; subject: the user a membership is about.
CREATE TABLE federation_events (
  seq           INTEGER PRIMARY KEY,
  event_id      TEXT NOT NULL UNIQUE,
  room_id       TEXT NOT NULL,
  event_type    TEXT NOT NULL,
  sender        TEXT NOT NULL,
  origin_server TEXT NOT NULL,
  origin_ts     INTEGER NOT NULL,
  depth         INTEGER NOT NULL,
  target        TEXT,
  subject       TEXT,
  state         INTEGER NOT NULL,
  body          TEXT NOT NULL,
  key_id        TEXT NOT NULL,
  received_from TEXT,
  received_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX federation_events_by_depth ON federation_events (room_id, depth, event_id);
CREATE INDEX federation_events_by_arrival ON federation_events (room_id, seq);
CREATE INDEX federation_events_by_target ON federation_events (target) WHERE target IS NOT NULL;
CREATE INDEX federation_events_by_subject ON federation_events (room_id, subject) WHERE subject IS NOT NULL;
CREATE INDEX federation_events_ahead ON federation_events (depth) WHERE state = 2;

-- Public keys of servers, our own included. source: 'own', 'peer', or 'home:NAME' when a room's home vouched.
CREATE TABLE federation_server_keys (
  server_name   TEXT NOT NULL,
  key_id        TEXT NOT NULL,
  public_key    TEXT NOT NULL,
  valid_until   INTEGER NOT NULL,
  source        TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL,
  extended_at   INTEGER,
  PRIMARY KEY (server_name, key_id)
) STRICT, WITHOUT ROWID;

-- Servers and how far we trust them. mode 'known': no peer, only a third server a room's home vouched for.
-- endpoint_by_owner: the owner typed this host, so it may be a private address.
CREATE TABLE federation_peer_trust_state (
  server_name         TEXT PRIMARY KEY,
  domain              TEXT NOT NULL,
  endpoint            TEXT,
  endpoint_by_owner   INTEGER NOT NULL DEFAULT 0,
  mode                TEXT NOT NULL CHECK (mode IN ('allow', 'block', 'quarantine', 'known')),
  reason              TEXT,
  until               INTEGER,
  requests_per_minute INTEGER,
  burst               INTEGER,
  tls_sha256          TEXT,
  known_through       TEXT,
  last_seen_at        INTEGER,
  pushed_at           INTEGER,
  pull_only           INTEGER NOT NULL DEFAULT 0,
  keys_read_at        INTEGER,
  added_at            INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What waits to be delivered: one row per destination and event, in the order of id. An id is never given twice,
-- because a destination remembers how far it has read.
CREATE TABLE federation_outbound_queue (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  destination     TEXT NOT NULL,
  room_id         TEXT NOT NULL,
  event_seq       INTEGER NOT NULL REFERENCES federation_events (seq),
  state           TEXT NOT NULL CHECK (state IN ('queued', 'retrying', 'parked', 'dead')),
  attempts        INTEGER NOT NULL DEFAULT 0,
  enqueued_at     INTEGER NOT NULL,
  next_attempt_at INTEGER,
  last_status     INTEGER,
  last_error      TEXT,
  also_sent_to    TEXT NOT NULL
) STRICT;
CREATE INDEX federation_outbound_queue_by_lane ON federation_outbound_queue (destination, room_id, id);
CREATE INDEX federation_outbound_queue_by_event ON federation_outbound_queue (event_seq);

-- Every attempt to deliver, answered or not.
CREATE TABLE federation_delivery_attempts (
  id          INTEGER PRIMARY KEY,
  event_seq   INTEGER NOT NULL,
  destination TEXT NOT NULL,
  at          INTEGER NOT NULL,
  status      INTEGER,
  outcome     TEXT NOT NULL,
  error       TEXT,
  latency_ms  REAL NOT NULL
) STRICT;
CREATE INDEX federation_delivery_attempts_by_event ON federation_delivery_attempts (event_seq);
CREATE INDEX federation_delivery_attempts_failed ON federation_delivery_attempts (at)
  WHERE outcome NOT IN ('delivered', 'held');

-- Signatures of requests seen within the clock window, so that none is taken twice, also after a restart.
CREATE TABLE federation_transport_replay_cache (
  signature  BLOB PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Verified events of quarantined servers, waiting for the owner's decision.
CREATE TABLE federation_held_events (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id      TEXT NOT NULL UNIQUE,
  server_name   TEXT NOT NULL,
  hop           TEXT NOT NULL,
  room_id       TEXT NOT NULL,
  event_type    TEXT NOT NULL,
  sender        TEXT NOT NULL,
  origin_ts     INTEGER NOT NULL,
  body          TEXT NOT NULL,
  received_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX federation_held_events_by_server ON federation_held_events (server_name, id);

-- Events the owner discarded: they stay out when they are offered again.
CREATE TABLE federation_discarded_events (
  event_id TEXT PRIMARY KEY,
  at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far we have read each room at each peer: an arrival token of our own kind, a depth of others.
CREATE TABLE federation_sync_cursors (
  server_name TEXT NOT NULL,
  room_id     TEXT NOT NULL,
  token       TEXT,
  depth       INTEGER NOT NULL DEFAULT 0,
  swept_at    INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (server_name, room_id)
) STRICT, WITHOUT ROWID;

-- Rooms homed here or that a local user is or was in. info_*: where the newest m.room.info stands in the order.
CREATE TABLE rooms (
  room_id        TEXT PRIMARY KEY,
  home           TEXT NOT NULL,
  name           TEXT NOT NULL,
  join_rule      TEXT NOT NULL CHECK (join_rule IN ('invite', 'peers')),
  home_announces INTEGER NOT NULL DEFAULT 0,
  info_depth     INTEGER NOT NULL DEFAULT -1,
  info_event_id  TEXT NOT NULL DEFAULT '',
  created_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Channels of a room: told by the home, or seen on messages where the home tells nothing (depth, event_id: of what
-- named them last).
CREATE TABLE channels (
  room_id    TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  name       TEXT NOT NULL,
  position   INTEGER NOT NULL,
  depth      INTEGER NOT NULL,
  event_id   TEXT NOT NULL,
  PRIMARY KEY (room_id, channel_id)
) STRICT, WITHOUT ROWID;

-- Local users who asked a remote home to let them in: only what was asked for is accepted.
CREATE TABLE pending_joins (
  room_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;

-- Projection: who is in a room, as the membership events stand. implicit: known only by having spoken.
CREATE TABLE room_members (
  room_id   TEXT NOT NULL,
  user_id   TEXT NOT NULL,
  server    TEXT NOT NULL,
  state     TEXT NOT NULL CHECK (state IN ('joined', 'left', 'removed')),
  role      TEXT NOT NULL,
  joined_at INTEGER NOT NULL,
  implicit  INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;

-- Projection: messages as they stand now, one row per m.message that has its effect (seq is its event's).
CREATE TABLE messages (
  seq         INTEGER PRIMARY KEY,
  room_id     TEXT NOT NULL,
  channel_id  TEXT NOT NULL,
  event_id    TEXT NOT NULL UNIQUE,
  message_id  TEXT NOT NULL,
  message_key TEXT NOT NULL,
  sender      TEXT NOT NULL,
  depth       INTEGER NOT NULL,
  body        TEXT,
  edited_at   INTEGER,
  deleted     INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_by_order ON messages (room_id, depth, event_id, channel_id);
CREATE INDEX messages_by_key ON messages (message_key);

-- Projection: reactions as they stand now. place keeps the order they are shown in.
CREATE TABLE reactions (
  message_seq INTEGER NOT NULL,
  place       INTEGER NOT NULL,
  emoji       TEXT NOT NULL,
  user_id     TEXT NOT NULL,
  PRIMARY KEY (message_seq, place)
) STRICT, WITHOUT ROWID;

-- Invites that reached local users.
CREATE TABLE room_invites (
  event_id   TEXT PRIMARY KEY,
  room_id    TEXT NOT NULL,
  home       TEXT NOT NULL,
  room_name  TEXT NOT NULL,
  inviter    TEXT NOT NULL,
  user_id    TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  status     TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'declined'))
) STRICT, WITHOUT ROWID;

-- Users of this server; the first is the owner.
CREATE TABLE users (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id      TEXT NOT NULL UNIQUE,
  localpart    TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  created_at   INTEGER NOT NULL
) STRICT;
`;
