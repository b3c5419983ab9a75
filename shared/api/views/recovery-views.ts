/** What this node got back from its peers, as the node answers it. */
import * as v from 'valibot';
import { time } from './parts.ts';

const count = v.pipe(v.number(), v.integer());

export const RecoveryItem = v.object({
  kind: v.picklist(['room', 'user', 'key']),
  /** A room id, a user id, or a public key in hex. */
  id: v.string(),
  /** What a person knows it by: the room's name, the user id, the key's fingerprint. */
  name: v.string(),
  /** Here again; held by others without proof that it is ours; or ours and out of reach. */
  outcome: v.picklist(['recovered', 'elsewhere', 'lost']),
  told_by: v.string(),
  text: v.string(),
});

export const RecoveryView = v.object({
  /** `none`: this node never lost anything, as far as it knows. */
  state: v.picklist(['none', 'running', 'done']),
  why: v.nullable(v.picklist(['restored', 'recovered', 'asked'])),
  began_at: v.nullable(time),
  /** Peers that said what they know of this server. */
  answered: v.array(v.string()),
  /** Peers that will be asked as soon as they can be reached. */
  unanswered: v.array(v.string()),
  /** Rooms that nothing is written in for now, and until when at most. */
  held_rooms: count,
  held_until: v.nullable(time),
  recovered: v.object({ events: count, rooms: count, users: count, keys: count }),
  elsewhere: count,
  lost: count,
  items: v.array(RecoveryItem),
  /** Peers whose standing comes from the backup: what you decided about them since is not known. */
  unconfirmed: v.array(
    v.object({ server_name: v.string(), mode: v.picklist(['allow', 'block', 'quarantine', 'known']) }),
  ),
});

export const DrillView = v.object({
  /** The newest backup. */
  folder: v.string(),
  created_at: time,
  /** Why it would not bring this server back; empty if it would. */
  problems: v.array(v.string()),
  /** Events in it. */
  events: count,
  /** What is here now and not in the backup; null if the database in it can't be opened. */
  missing: v.nullable(
    v.object({
      events: count,
      /** Of them, those that no other server has. */
      events_only_here: count,
      /** At most 50 names each. */
      rooms: v.array(v.string()),
      users: v.array(v.string()),
      /** Peers whose standing changed since. */
      decisions: v.array(v.string()),
      /** Signing keys made since. */
      keys: count,
    }),
  ),
});

export type DrillView = v.InferOutput<typeof DrillView>;
export type RecoveryItem = v.InferOutput<typeof RecoveryItem>;
export type RecoveryView = v.InferOutput<typeof RecoveryView>;
