import { utf8Bytes } from '../../../shared/protocol/events/body.ts';
import { parseRoomId } from '../../../shared/protocol/identifiers.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { type Said, said } from '../../../shared/words/said.ts';

/** Whether a server takes an event: now, after `ms`, or never. */
type Fitness =
  | { readonly kind: 'fit' }
  | { readonly kind: 'later'; readonly ms: number; readonly reason: Said }
  | { readonly kind: 'never'; readonly reason: Said };

/** The fields of an event that decide; all of them are in every event that we store. */
export interface Fields {
  readonly event_id: string;
  readonly room_id: string;
  readonly sender: string;
  readonly state_key: string | null;
  readonly event_type: string;
  /** Unix ms. */
  readonly origin_ts: number;
  readonly depth: number;
  readonly content: { readonly body?: unknown; readonly guild_id?: unknown };
}

const fit = { kind: 'fit' } as const;
const never = (reason: Said): Fitness => ({ kind: 'never', reason });

/**
 * Finds what the existing server would refuse or drop since 1.0, and what it would take later. `theirNow`: the time by
 * its clock, unix ms (docs/protocol/existing-server.md, "What 3.x accepts").
 */
export function fitness(event: Fields, theirNow: number): Fitness {
  const { body } = event.content;
  const bytes = typeof body === 'string' ? utf8Bytes(body) : 0;
  // A server of another kind answers 202 to a longer text, and drops it.
  if (bytes > limits.otherBodyBytesMax)
    return never(said('delivery.body_too_long', { bytes, max: limits.otherBodyBytesMax }));
  const { event_id, room_id, sender, event_type, state_key, origin_ts, depth } = event;
  const longest = Math.max(
    ...[event_id, room_id, sender, event_type, state_key ?? ''].map((id) => id.length),
  );
  if (longest > limits.otherIdCharsMax)
    return never(said('delivery.id_too_long', { max: limits.otherIdCharsMax }));
  if (event.content.guild_id !== parseRoomId(room_id).guildId) return never(said('delivery.other_guild'));
  if (origin_ts < theirNow - limits.otherAgeMsMax) return never(said('delivery.too_old'));
  const ahead = Math.max(origin_ts, depth) - theirNow - limits.clockSkewMsMax;
  if (ahead > 0) return { kind: 'later', ms: ahead + 1000, reason: said('delivery.ahead', { at: depth }) };
  return fit;
}
