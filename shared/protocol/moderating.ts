import * as v from 'valibot';
import { expected, expectedWhat } from '../words/expected.ts';
import { said } from '../words/said.ts';
import { name, readBody } from './bodies.ts';
import { canonicalString } from './coding/canonical-json.ts';
import { limits } from './limits.ts';

/** `POST moderate`: what a user of the caller's server decides as a moderator (docs/protocol/wire.md, "POST moderate"). */
const common = { room_id: name, moderator: name };
const reason = v.optional(
  v.pipe(
    v.string(expectedWhat('text')),
    v.minLength(1, expected('not_empty', { what: said('what.reason') })),
    v.maxLength(limits.reasonCharsMax, expected('at_most_chars', { max: limits.reasonCharsMax })),
  ),
);
const acts = 'remove, ban, unban, uninvite, delete, pin, unpin';
const ModerateBody = v.variant(
  'act',
  [
    v.object({ ...common, act: v.picklist(['remove', 'ban']), user_id: name, reason }),
    v.object({ ...common, act: v.literal('unban'), user_id: name }),
    v.object({ ...common, act: v.literal('uninvite'), user_id: name }),
    v.object({ ...common, act: v.picklist(['delete', 'pin', 'unpin']), event_id: name }),
  ],
  expected('one_of', { values: acts }),
);
type ModerateBody = v.InferOutput<typeof ModerateBody>;

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** A decision of somebody in a room, wherever its home is. */
export type Decision = Without<ModerateBody, 'moderator'>;

export const parseModerate = (text: string): ModerateBody => readBody(ModerateBody, text);

export function writeModerate(moderator: string, decision: Decision): string {
  const { room_id, act } = decision;
  const about = 'event_id' in decision ? decision.event_id : decision.user_id;
  const why = 'reason' in decision && decision.reason !== undefined ? decision.reason : null;
  return (
    `{"room_id":${canonicalString(room_id)},"moderator":${canonicalString(moderator)},"act":"${act}"` +
    `,"${'event_id' in decision ? 'event_id' : 'user_id'}":${canonicalString(about)}` +
    `${why === null ? '' : `,"reason":${canonicalString(why)}`}}`
  );
}

/** The event by which the home carried it out; null if nothing had to change. */
export const ModerateAnswer = v.object({ event_id: v.nullable(name) });
