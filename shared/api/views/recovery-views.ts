/** Views of what this node recovered from its peers. */
import * as v from 'valibot';
import { time } from './parts.ts';

const count = v.pipe(v.number(), v.integer());

export const RecoveryItem = v.object({
  kind: v.picklist(['room', 'user', 'key']),
  /** A room id, a user id, or a public key in hex. */
  id: v.string(),
  /** The name that people use: the room's name, the user ID, the key's fingerprint. */
  name: v.string(),
  /** Restored; known to others without proof that it is ours; or ours and out of reach. */
  outcome: v.picklist(['recovered', 'elsewhere', 'lost']),
  told_by: v.string(),
  text: v.string(),
});

export const RecoveryView = v.object({
  /** `none`: this node never lost anything, as far as it knows. */
  state: v.picklist(['none', 'running', 'done']),
  why: v.nullable(v.picklist(['restored', 'recovered', 'asked'])),
  began_at: v.nullable(time),
  /** This server is back after a loss, and you haven't finished with that yet. */
  unfinished: v.boolean(),
  /** Peers that said what they know about this server. */
  answered: v.array(v.string()),
  /** Peers that will be asked as soon as they can be reached. */
  unanswered: v.array(v.string()),
  /** How many messages from before the loss each server has sent. */
  messages: v.record(v.string(), count),
  /** Rooms where writing is on hold, and until when at most. */
  held_rooms: count,
  held_until: v.nullable(time),
  recovered: v.object({ events: count, rooms: count, users: count, keys: count }),
  elsewhere: count,
  lost: count,
  items: v.array(RecoveryItem),
  /** Peers whose trust settings come from the backup: your decisions since then are lost. */
  unconfirmed: v.array(
    v.object({ server_name: v.string(), mode: v.picklist(['allow', 'block', 'quarantine', 'known']) }),
  ),
});

/** The content of a backup that this node starts again with. */
export const RestoredView = v.object({ server_name: v.string(), events: v.number(), rooms: v.number() });

export const DrillView = v.object({
  /** The newest backup. */
  folder: v.string(),
  created_at: time,
  /** Why it would not bring this server back; empty if it would. */
  problems: v.array(v.string()),
  /** Number of events in it. */
  events: count,
  /** Things that are here now but not in the backup; null if its database can't be opened. */
  missing: v.nullable(
    v.object({
      events: count,
      /** Events that no other server has. */
      events_only_here: count,
      /** Names, at most 50 of each kind. */
      rooms: v.array(v.string()),
      users: v.array(v.string()),
      /** Peers whose trust settings changed since. */
      decisions: v.array(v.string()),
      /** Signing keys created since. */
      keys: count,
      /** Files of messages. */
      files: count,
    }),
  ),
});

export type DrillView = v.InferOutput<typeof DrillView>;
export type RecoveryItem = v.InferOutput<typeof RecoveryItem>;
export type RecoveryView = v.InferOutput<typeof RecoveryView>;
