/** The first schema that is released. Times are unix milliseconds. */
export const sql = `
-- Small facts about this database itself: the epoch that arrival cursors belong to, settings.
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every accepted event, ours and others', in the order it arrived (seq). body is the exact wire form; the body of an
-- erased event is overwritten in place, byte for byte (store/erased-body.ts).
-- state: 1 has its effect; 0 stored without effect (its sender is no member at that place in the order, as far as
-- is known yet); 2 lies ahead of our clock. target: the message it is about, or the channel it deletes; subject: the user a membership is about.
-- files_unsigned: the names of its files are not covered by its signature, so anybody may have written them.
CREATE TABLE federation_events (
  seq            INTEGER PRIMARY KEY,
  event_id       TEXT NOT NULL UNIQUE,
  room_id        TEXT NOT NULL,
  event_type     TEXT NOT NULL,
  sender         TEXT NOT NULL,
  origin_server  TEXT NOT NULL,
  origin_ts      INTEGER NOT NULL,
  depth          INTEGER NOT NULL,
  target         TEXT,
  subject        TEXT,
  state          INTEGER NOT NULL,
  body           TEXT NOT NULL,
  key_id         TEXT NOT NULL,
  received_from  TEXT,
  received_at    INTEGER NOT NULL,
  files_unsigned INTEGER NOT NULL DEFAULT 0
) STRICT;
-- The timeline is read from the index of a room's messages, so the other one needs only the rest.
CREATE INDEX federation_events_messages ON federation_events (room_id, depth, event_id)
  WHERE event_type = 'm.message';
CREATE INDEX federation_events_by_depth ON federation_events (room_id, depth, event_id)
  WHERE event_type <> 'm.message';
-- The last event that a server wrote in a room is found here too, without reading rows.
CREATE INDEX federation_events_by_arrival ON federation_events (room_id, seq, origin_server);
CREATE INDEX federation_events_by_subject ON federation_events (room_id, subject) WHERE subject IS NOT NULL;
-- Finds one sender's last event about a message, and whether a delete counts, in one step.
CREATE INDEX federation_events_about ON federation_events
  (target, room_id, event_type, sender, state, depth, event_id) WHERE target IS NOT NULL;
CREATE INDEX federation_events_deletes ON federation_events (target, room_id, origin_server)
  WHERE event_type = 'm.message.delete' AND state = 1;
CREATE INDEX federation_events_deletes_of ON federation_events (room_id, origin_server)
  WHERE event_type = 'm.message.delete';
-- The last of these about a user says whether the user is invited.
CREATE INDEX federation_events_invites ON federation_events (room_id, subject, depth, event_id)
  WHERE event_type IN ('m.member.invite', 'm.member.uninvite');
-- The invites of one server's users, for a peer that lost them.
CREATE INDEX federation_events_invited ON federation_events (substr(subject, instr(subject, ':') + 1), event_type, depth)
  WHERE event_type IN ('m.member.invite', 'm.member.uninvite');
-- Finds what a home said about a room before some place.
CREATE INDEX federation_events_infos ON federation_events (room_id, depth, event_id)
  WHERE event_type = 'm.room.info';
CREATE INDEX federation_events_ahead ON federation_events (depth) WHERE state = 2;
CREATE INDEX federation_events_without_effect ON federation_events (room_id, origin_server, state)
  WHERE state <> 1;
-- Events that nobody is shown: ahead of the clock, or of types that this version doesn't know (retention-store.ts).
CREATE INDEX federation_events_spare ON federation_events (room_id, depth, event_id)
  WHERE state = 2 OR event_type NOT IN ('m.message', 'm.message.edit', 'm.message.delete', 'm.reaction.add',
    'm.reaction.remove', 'm.member.join', 'm.member.leave', 'm.member.invite', 'm.member.uninvite', 'm.room.info',
    'm.channel.delete', 'm.member.profile');
-- Finds somebody's profile in a room: the last one that has its effect.
CREATE INDEX federation_events_profiles ON federation_events (sender, room_id, depth, event_id)
  WHERE event_type = 'm.member.profile';

-- Events of ours that a wrong clock had dated, and what they were written again as; NULL where no rule let them.
CREATE TABLE said_again (
  event_id TEXT PRIMARY KEY,
  again_id TEXT
) STRICT, WITHOUT ROWID;

-- Messages (by the seq of their event) that still have texts to erase. waits: the first version is still on its way to
-- somebody, so it is not looked at until that changes.
CREATE TABLE erasures_due (
  seq   INTEGER PRIMARY KEY,
  waits INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX erasures_due_now ON erasures_due (seq) WHERE waits = 0;

-- The remains of a dropped event: it isn't new when it arrives again, and digests still count it.
CREATE TABLE dropped_events (
  room_id TEXT NOT NULL,
  depth   INTEGER NOT NULL,
  -- SHA-256 of its ID.
  hash    BLOB NOT NULL,
  -- Digests count what was signed. NULL if its text had been erased before, because digests leave out erased events.
  signed  BLOB,
  PRIMARY KEY (room_id, depth, hash)
) STRICT, WITHOUT ROWID;

-- The bytes of a room's events that one server sent, no matter who wrote them.
CREATE TABLE room_shares (
  room_id TEXT NOT NULL,
  server  TEXT NOT NULL,
  bytes   INTEGER NOT NULL,
  PRIMARY KEY (room_id, server)
) STRICT, WITHOUT ROWID;

-- Public keys of servers, our own included. source: 'own', 'peer', or 'home:NAME' when a room's home vouched.
CREATE TABLE federation_server_keys (
  server_name    TEXT NOT NULL,
  source         TEXT NOT NULL,
  key_id         TEXT NOT NULL,
  public_key     TEXT NOT NULL,
  valid_until    INTEGER NOT NULL,
  first_seen_at  INTEGER NOT NULL,
  extended_at    INTEGER,
  -- The end of the extension made at extended_at; NULL with extended_at set means for good.
  extended_until INTEGER,
  -- When the owner let the server in again with another key: this one verifies what is older, and nothing else.
  ended_at       INTEGER,
  -- JSON of the older key that vouches for this one, and its signature (shared/protocol/key-chain.ts).
  chain          TEXT,
  -- The server's domain, as the home says.
  domain         TEXT,
  PRIMARY KEY (server_name, source, key_id)
) STRICT, WITHOUT ROWID;

-- Servers and how far we trust them. mode 'known': no peer, only a third server a room's home vouched for.
CREATE TABLE federation_peer_trust_state (
  server_name         TEXT PRIMARY KEY,
  domain              TEXT NOT NULL,
  endpoint            TEXT,
  -- The owner typed this host, so it may be a private address.
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
  -- The names of its extensions with a space between; empty for a server that lists none, NULL while nobody has looked.
  extensions          TEXT,
  -- When its discovery document was last read.
  discovered_at       INTEGER,
  -- The form of the transport signature that it takes; NULL until a signed probe has shown it.
  form                TEXT CHECK (form IN ('bare', 'addressed')),
  -- The name by which it is addressed; NULL with the bare form.
  destination         TEXT,
  -- The form before, and since when the current one is known.
  form_before         TEXT,
  form_since          INTEGER,
  -- 1 if it has addressed a request to us: from then on it must.
  addresses_us        INTEGER NOT NULL DEFAULT 0,
  -- The key of ours that it was last seen to accept, and since when.
  proved_key          TEXT,
  proved_at           INTEGER,
  -- The mode before the owner blocked or quarantined it: allow, quarantine or known; NULL unless mode is block or
  -- quarantine.
  mode_after          TEXT
) STRICT, WITHOUT ROWID;

-- Events that wait to be delivered: one row per destination and event, in the order of id. An id is never given twice,
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
-- Also counts what waits for each destination without reading the rows.
CREATE INDEX federation_outbound_queue_by_state ON federation_outbound_queue (destination, state);
CREATE TRIGGER erasures_due_once_sent AFTER DELETE ON federation_outbound_queue
  WHEN NOT EXISTS (SELECT 1 FROM copy_state WHERE applying = 1)
BEGIN
  UPDATE erasures_due SET waits = 0 WHERE seq = OLD.event_seq;
END;
CREATE TRIGGER erasures_due_once_dead AFTER UPDATE OF state ON federation_outbound_queue
  WHEN NEW.state = 'dead' AND NOT EXISTS (SELECT 1 FROM copy_state WHERE applying = 1)
BEGIN
  UPDATE erasures_due SET waits = 0 WHERE seq = NEW.event_seq;
END;

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
-- Events that a server took without showing them yet: its owner decides.
CREATE INDEX federation_delivery_attempts_held ON federation_delivery_attempts (destination, at)
  WHERE outcome = 'held';

-- Reports of a room's home (via) about events of ours, for each member server that we do not send them to ourselves.
-- state: 'unknown' until it says something, 'untold' where it never does; else as in shared/protocol/receipts.ts.
CREATE TABLE federation_receipts (
  event_seq       INTEGER NOT NULL,
  server_name     TEXT NOT NULL,
  via             TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (state IN
                    ('unknown', 'untold', 'has', 'held', 'waiting', 'refused', 'gave_up')),
  reason          TEXT,
  next_attempt_at INTEGER,
  at              INTEGER NOT NULL,
  PRIMARY KEY (event_seq, server_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX federation_receipts_lacking ON federation_receipts (server_name, via, state, next_attempt_at, at)
  WHERE state NOT IN ('has', 'untold');

-- As a room's home: what the origin of an event is still to be told about a member server. What there is to tell is
-- read from the outbox and its attempts when it is reported. A new id each time, so that what changes meanwhile stays.
CREATE TABLE federation_receipts_owed (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  origin      TEXT NOT NULL,
  event_seq   INTEGER NOT NULL,
  server_name TEXT NOT NULL,
  at          INTEGER NOT NULL,
  UNIQUE (event_seq, server_name)
) STRICT;
CREATE INDEX federation_receipts_owed_by_origin ON federation_receipts_owed (origin);

-- Signatures of requests seen within the clock window, so that none is taken twice, also after a restart. In the order
-- of time: by signature, each new row would be on another page of the file.
CREATE TABLE federation_transport_replay_cache (
  signature  BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (expires_at, signature)
) STRICT, WITHOUT ROWID;

-- Verified events of quarantined servers, waiting for the owner's decision. about: the message that an edit or reaction
-- is about; of a message, its own name (origin_server/message_id).
CREATE TABLE federation_held_events (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id    TEXT NOT NULL UNIQUE,
  server_name TEXT NOT NULL,
  hop         TEXT NOT NULL,
  room_id     TEXT NOT NULL,
  event_type  TEXT NOT NULL,
  sender      TEXT NOT NULL,
  origin_ts   INTEGER NOT NULL,
  body        TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  about       TEXT
) STRICT;
CREATE INDEX federation_held_events_by_server ON federation_held_events (server_name, id);
CREATE INDEX federation_held_events_about ON federation_held_events (room_id, about) WHERE about IS NOT NULL;

-- Events the owner discarded: they stay out when they are offered again.
CREATE TABLE federation_discarded_events (
  event_id TEXT PRIMARY KEY
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

-- Rooms homed here or that a local user is or was in.
CREATE TABLE rooms (
  room_id        TEXT PRIMARY KEY,
  home           TEXT NOT NULL,
  name           TEXT NOT NULL,
  join_rule      TEXT NOT NULL CHECK (join_rule IN ('invite', 'peers')),
  topic          TEXT NOT NULL DEFAULT '',
  description    TEXT NOT NULL DEFAULT '',
  -- JSON of the event IDs of pinned messages, which needn't be here.
  pinned         TEXT NOT NULL DEFAULT '[]',
  archived       INTEGER NOT NULL DEFAULT 0,
  writers        TEXT NOT NULL DEFAULT 'everybody' CHECK (writers IN ('everybody', 'moderators')),
  slow_seconds   INTEGER NOT NULL DEFAULT 0,
  home_announces INTEGER NOT NULL DEFAULT 0,
  -- The users of a direct chat, whom every m.room.info names: sorted, with a blank between them.
  direct         TEXT,
  -- The place of the newest m.room.info in the order.
  info_depth     INTEGER NOT NULL DEFAULT -1,
  info_event_id  TEXT NOT NULL DEFAULT '',
  created_at     INTEGER NOT NULL,
  -- The place where the home named the room last, in a room that has no m.room.info.
  named_depth    INTEGER NOT NULL DEFAULT -1,
  named_event_id TEXT NOT NULL DEFAULT '',
  -- The rules that made the room's projection (tables/room-store.ts); rooms made by others are rebuilt at start.
  projected      INTEGER NOT NULL DEFAULT 0,
  -- Messages older than keep_days are dropped, and the oldest until the rest takes at most keep_megabytes. NULL: no limit.
  keep_days      INTEGER,
  keep_megabytes INTEGER,
  -- The depth of the last event that was dropped; -1 if none was.
  dropped_to     INTEGER NOT NULL DEFAULT -1
) STRICT, WITHOUT ROWID;
CREATE INDEX rooms_by_creation ON rooms (created_at, room_id);
CREATE INDEX rooms_by_home ON rooms (home);
CREATE INDEX rooms_by_direct ON rooms (direct) WHERE direct IS NOT NULL;

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
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;

-- Projection: who is in a room, as the membership events stand. implicit: known only by having spoken.
CREATE TABLE room_members (
  room_id   TEXT NOT NULL,
  user_id   TEXT NOT NULL,
  server    TEXT NOT NULL,
  state     TEXT NOT NULL CHECK (state IN ('joined', 'left', 'removed', 'banned')),
  role      TEXT NOT NULL,
  joined_at INTEGER NOT NULL,
  implicit  INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX room_members_by_user ON room_members (user_id, state);
CREATE INDEX room_members_by_server ON room_members (server, room_id, state);

-- Projection: the membership events in force that count, in the order of the room. role: what a join gives.
CREATE TABLE room_member_facts (
  room_id   TEXT NOT NULL,
  user_id   TEXT NOT NULL,
  depth     INTEGER NOT NULL,
  event_id  TEXT NOT NULL,
  change    TEXT NOT NULL CHECK (change IN ('join', 'leave', 'remove', 'ban')),
  role      TEXT NOT NULL,
  origin_ts INTEGER NOT NULL,
  PRIMARY KEY (room_id, user_id, depth, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX room_member_facts_by_change ON room_member_facts (room_id, user_id, change, depth, event_id);

-- Projection: messages as they stand now (seq is its event's). text_seq: the event that says what the message says now,
-- so that a text stands in the database once. shown: the message has its effect. One that has none yet has its row too,
-- because a delete may mean it.
CREATE TABLE messages (
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
-- The newest messages of a channel in arrival order, without reading their rows.
CREATE INDEX messages_by_arrival ON messages (room_id, channel_id, seq, depth, sender)
  WHERE shown = 1 AND deleted = 0;
-- Whether a channel has a message is found without reading the room. Few messages are deleted.
CREATE INDEX messages_deleted ON messages (room_id, channel_id) WHERE shown = 1 AND deleted = 1;
-- The number in the key, because few messages share one and it takes a quarter of the space.
CREATE INDEX messages_by_number ON messages (CAST(substr(message_key, instr(message_key, '/') + 1) AS INTEGER));

-- Projection: of each user and emoji the reaction that stands, and where it is in the room's order. given: 0 where it
-- was taken back.
CREATE TABLE reactions (
  message_seq INTEGER NOT NULL,
  user_id     TEXT NOT NULL,
  emoji       TEXT NOT NULL,
  depth       INTEGER NOT NULL,
  event_id    TEXT NOT NULL,
  given       INTEGER NOT NULL,
  PRIMARY KEY (message_seq, user_id, emoji)
) STRICT, WITHOUT ROWID;

-- Projection: the files that messages name.
CREATE TABLE message_files (
  seq    INTEGER NOT NULL,
  nr     INTEGER NOT NULL,
  hash   TEXT NOT NULL,
  size   INTEGER NOT NULL,
  sender TEXT NOT NULL,
  -- Its number on the server of its sender.
  id     TEXT,
  PRIMARY KEY (seq, nr)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_files_by_hash ON message_files (hash);
CREATE INDEX message_files_by_sender ON message_files (sender, size);
CREATE INDEX message_files_by_id ON message_files (id) WHERE id IS NOT NULL;
-- The hashes of files that nothing names any more, or yet. If nothing names one, the file goes.
CREATE TABLE files_due (
  hash TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
-- This table lists the rooms for which a file came here that no user here sent. No other room hands it out.
CREATE TABLE files_fetched (
  hash    TEXT NOT NULL,
  room_id TEXT NOT NULL,
  PRIMARY KEY (hash, room_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER files_due_once_unnamed AFTER DELETE ON message_files
  WHEN NOT EXISTS (SELECT 1 FROM copy_state WHERE applying = 1)
BEGIN
  INSERT OR IGNORE INTO files_due (hash) VALUES (OLD.hash);
END;

-- Projection: the pictures of people who are in a room, and, with an empty user, of rooms. Those that users of ours chose
-- for themselves have an empty room.
CREATE TABLE pictures (
  room_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  hash    TEXT NOT NULL,
  size    INTEGER NOT NULL,
  type    TEXT NOT NULL,
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pictures_by_user ON pictures (user_id);
CREATE INDEX pictures_by_hash ON pictures (hash, room_id);
CREATE TRIGGER pictures_due_once_removed AFTER DELETE ON pictures
  WHEN NOT EXISTS (SELECT 1 FROM copy_state WHERE applying = 1)
BEGIN
  INSERT OR IGNORE INTO files_due (hash) VALUES (OLD.hash);
END;

-- The words of messages in force, as pieces of three characters (rules/search-table.ts). Made from events, like a
-- projection, but in each file by itself: with PostgreSQL, only the node that leads has them.
CREATE VIRTUAL TABLE search_index USING fts5
  (words, content='', columnsize=0, detail=none, tokenize="ascii tokenchars '_'");
-- Ordered by age (at); text_seq: the event whose text was read. The row at -1 says up to which seq messages were read,
-- and by which rules.
CREATE TABLE search_rows (
  at       INTEGER PRIMARY KEY,
  seq      INTEGER NOT NULL,
  text_seq INTEGER
) STRICT;
-- The parts of the index. Each has the messages of one period that arrived one after the other.
CREATE TABLE search_parts (
  period INTEGER NOT NULL,
  run    INTEGER NOT NULL,
  PRIMARY KEY (period, run)
) STRICT, WITHOUT ROWID;

-- Invites that reached local users.
CREATE TABLE room_invites (
  event_id    TEXT PRIMARY KEY,
  room_id     TEXT NOT NULL,
  home        TEXT NOT NULL,
  room_name   TEXT NOT NULL,
  description TEXT NOT NULL,
  inviter     TEXT NOT NULL,
  user_id     TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  status      TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'declined', 'revoked')),
  -- Into a direct chat of the two.
  direct      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX room_invites_by_home ON room_invites (home, status, created_at);
CREATE INDEX room_invites_into_direct ON room_invites (status) WHERE direct = 1;

-- Users of this server; the first is the owner.
CREATE TABLE users (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id      TEXT NOT NULL UNIQUE,
  localpart    TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  about        TEXT NOT NULL DEFAULT '',
  created_at   INTEGER NOT NULL
) STRICT;

-- Under which number a room's home knows a user of ours: its answer to the join told it.
CREATE TABLE remote_user_ids (
  room_id   TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  user_id   TEXT NOT NULL,
  PRIMARY KEY (room_id, remote_id)
) STRICT, WITHOUT ROWID;

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

-- Rooms that a user isn't in any more and doesn't want to see in the list; and direct chats, until somebody writes there
-- again, later than seq in arrival order.
CREATE TABLE hidden_rooms (
  user_id TEXT NOT NULL,
  room_id TEXT NOT NULL,
  seq     INTEGER NOT NULL,
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

-- Users and rooms that peers may find (docs/protocol/directory.md). By default, none.
CREATE TABLE listed_users (
  user_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE listed_rooms (
  room_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Calls that a client may repeat, with the event that the first one wrote, so that a repeat gets the same answer.
-- procedure, room_id and target tell a repeat from another call that uses the same key. Nothing of what was written
-- is kept here, so an erased text leaves no trace.
CREATE TABLE client_keys (
  user_id    TEXT NOT NULL,
  client_key TEXT NOT NULL,
  procedure  TEXT NOT NULL,
  room_id    TEXT NOT NULL,
  target     TEXT NOT NULL,
  event_id   TEXT NOT NULL,
  message_id TEXT,
  at         INTEGER NOT NULL,
  PRIMARY KEY (user_id, client_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX client_keys_by_age ON client_keys (at);

-- A browser that used a login link. hash: SHA-256 of what its cookie holds. browser, system: as it named itself.
CREATE TABLE console_sessions (
  hash         TEXT PRIMARY KEY,
  browser      TEXT,
  system       TEXT,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A program that may act as one local user. hash: SHA-256 of its token, which is shown once and kept nowhere.
CREATE TABLE access_tokens (
  id           TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  user_id      TEXT NOT NULL,
  hash         TEXT NOT NULL UNIQUE,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT, WITHOUT ROWID;

-- Local users who can log in, or could: one that was removed stays, so that nobody else speaks for them. password: as
-- libsodium writes it; NULL until one is chosen. reset_by: who made the link by which it was chosen last.
CREATE TABLE accounts (
  user_id    TEXT PRIMARY KEY,
  role       TEXT NOT NULL CHECK (role IN ('guest', 'child', 'member', 'admin', 'owner')),
  password   TEXT,
  created_at INTEGER NOT NULL,
  -- When a guest can no longer log in.
  expires_at INTEGER,
  removed_at INTEGER,
  reset_by   TEXT,
  reset_at   INTEGER,
  -- The ID of the link that made it.
  joined_by  TEXT
) STRICT, WITHOUT ROWID;
-- Each event in a room asks for the children in it.
CREATE INDEX accounts_children ON accounts (user_id) WHERE role = 'child';

-- Rooms in which a child or a guest may be. allowed_by: the guardian, or who made the guest's link; NULL while the child
-- asks to join. via: the server by which it wants to join, if one was named.
CREATE TABLE room_consents (
  user_id    TEXT NOT NULL,
  room_id    TEXT NOT NULL,
  allowed_by TEXT,
  via        TEXT,
  at         INTEGER NOT NULL,
  PRIMARY KEY (user_id, room_id)
) STRICT, WITHOUT ROWID;

-- People outside the household whom a guardian confirmed for a child.
CREATE TABLE contacts (
  user_id    TEXT NOT NULL,
  person     TEXT NOT NULL,
  allowed_by TEXT NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (user_id, person)
) STRICT, WITHOUT ROWID;

-- People whom no guardian confirmed for a child that is in a room with them. wanted: 1 if they aren't in it yet, and the
-- child wants to invite them. wrote: 1 if something of theirs is in the room. person: '' until a room of another server was
-- read, so that its members are known. While there is one that isn't wanted, the room is closed to the child.
CREATE TABLE unconfirmed (
  user_id TEXT NOT NULL,
  room_id TEXT NOT NULL,
  person  TEXT NOT NULL,
  wanted  INTEGER NOT NULL,
  wrote   INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, room_id, person)
) STRICT, WITHOUT ROWID;
-- Each member who leaves a room, or is removed, is looked for.
CREATE INDEX unconfirmed_by_person ON unconfirmed (person, room_id);

-- A browser that somebody logged in with. hash: SHA-256 of what its cookie holds. host: the name in the address at which
-- it logged in. push: how it is notified (main/people/push/push-state.ts), as JSON; with the row, that is gone.
-- push_measured: how far that came, as JSON. push_shown_at: when it last showed a test.
CREATE TABLE account_sessions (
  hash          TEXT PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE,
  user_id       TEXT NOT NULL,
  device        TEXT NOT NULL,
  host          TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  last_used_at  INTEGER NOT NULL,
  push          TEXT,
  push_measured TEXT,
  push_shown_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX account_sessions_by_user ON account_sessions (user_id);

-- Passkeys of people. rp_id: the host name at which one works. public_key: COSE.
CREATE TABLE passkeys (
  id           TEXT PRIMARY KEY,
  user_id      TEXT NOT NULL,
  rp_id        TEXT NOT NULL,
  public_key   BLOB NOT NULL,
  counter      INTEGER NOT NULL,
  device       TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX passkeys_by_user ON passkeys (user_id);

-- Secrets that let people in. hash: SHA-256 of the secret, which is shown once and kept nowhere. uses_left: how often it
-- can still be used.
CREATE TABLE people_links (
  hash       TEXT PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  purpose    TEXT NOT NULL CHECK (purpose IN ('join', 'reset', 'device')),
  made_by    TEXT NOT NULL,
  made_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  uses_left  INTEGER NOT NULL,
  -- The user whose password it resets, or who logs in on another device.
  user_id    TEXT,
  -- The role that it gives, rooms homed here (a JSON list of IDs), and for guests how long.
  role       TEXT,
  rooms      TEXT,
  guest_ms   INTEGER,
  note       TEXT,
  -- People outside the household who were in these rooms when a child's link was made (a JSON list of user IDs).
  people     TEXT
) STRICT, WITHOUT ROWID;

-- A link this owner made. Only the token's SHA-256 is kept. used_key: the key the accepting server signed with, so
-- that it may say again what it said, and nobody else may.
CREATE TABLE peer_invites (
  id          TEXT PRIMARY KEY,
  token_hash  TEXT NOT NULL UNIQUE,
  made_at     INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  revoked_at  INTEGER,
  used_by     TEXT,
  used_key    TEXT,
  used_at     INTEGER,
  -- The key in the link, which signs the offer.
  key_id      TEXT NOT NULL,
  -- The room that the invite leads into, and the local user who invites.
  room_id     TEXT,
  made_by     TEXT,
  -- 1: for the network at home, so that link and offer name our address there.
  at_home     INTEGER NOT NULL DEFAULT 0,
  -- The user named in the first acceptance; nobody else gets into the room by this invite.
  used_user   TEXT,
  -- When that user was invited to the room, or could join anyway. A repeated acceptance doesn't do it again.
  welcomed_at INTEGER,
  -- A known server that answered this invite with an unknown key, the key (hex), when it did so first, and when the
  -- owner decided that it is the same server.
  claimed_by  TEXT,
  claimed_key TEXT,
  claimed_at  INTEGER,
  let_in_at   INTEGER
) STRICT, WITHOUT ROWID;

-- Invites of others that this owner accepted and that haven't finished. state: 'kept' until its server says what the link
-- leads to; 'connecting' until that server answers the acceptance; 'joining' until its room is joined.
CREATE TABLE accepted_invites (
  -- SHA-256 of the link.
  id          TEXT PRIMARY KEY,
  state       TEXT NOT NULL CHECK (state IN ('kept', 'connecting', 'joining')),
  host        TEXT NOT NULL,
  -- Sealed; without its token while joining.
  link        TEXT NOT NULL,
  -- The server that invites, and what it said of the invite, signed. NULL while it is kept.
  server_name TEXT,
  offer       TEXT,
  -- The local user who joins its room.
  user_id     TEXT,
  accepted_at INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  last_error  TEXT,
  -- 1: the owner lets a server in again that they know under another key.
  started_over INTEGER NOT NULL DEFAULT 0,
  -- The server as it was known when it was trusted for this invite, as JSON; NULL while it is not trusted for it, or is
  -- by the owner's own decision.
  before      TEXT
) STRICT, WITHOUT ROWID;

-- The traffic of the last day, so that the plots on the overview survive a restart. minute: since 1970. Counts of events
-- and of delivery attempts; times of answers in milliseconds.
CREATE TABLE activity (
  minute        INTEGER PRIMARY KEY,
  received      INTEGER NOT NULL,
  delivered     INTEGER NOT NULL,
  failed        INTEGER NOT NULL,
  answers       INTEGER NOT NULL,
  answer_ms_sum INTEGER NOT NULL,
  answer_ms_max INTEGER NOT NULL
) STRICT;

-- A node that lost data has learned this from its peers since; a new recovery begins with empty tables. Here: peers
-- that have answered.
CREATE TABLE recovery_answers (
  server_name TEXT PRIMARY KEY,
  at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Their answers. id: a room id, a user id, or a public key. told_by: the first who told it.
CREATE TABLE recovery_finds (
  kind    TEXT NOT NULL CHECK (kind IN ('room', 'user', 'key')),
  id      TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('recovered', 'elsewhere', 'lost')),
  told_by TEXT NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- Servers whose standing comes from the backup and has not been confirmed by the owner since.
CREATE TABLE recovery_decisions (
  server_name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- One row if this file is the copy of a PostgreSQL database (main/postgres). It belongs to this file alone and is
-- neither sent to the database nor copied from it.
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
`;
