import * as v from 'valibot';
import { expected, expectedWhat } from '../words/expected.ts';
import { name, readBody } from './bodies.ts';
import { canonicalString } from './coding/canonical-json.ts';
import { limits } from './limits.ts';

/** `POST typing`: users of the caller's server are writing in a room (docs/protocol/wire.md, "POST typing"). */
const TypingBody = v.object({
  room_id: name,
  user_ids: v.pipe(
    v.array(name, expectedWhat('list')),
    v.maxLength(limits.typing.usersMax, expected('at_most_items', { max: limits.typing.usersMax })),
  ),
});
type TypingBody = v.InferOutput<typeof TypingBody>;

export const parseTyping = (text: string): TypingBody => readBody(TypingBody, text);

export const writeTyping = ({ room_id, user_ids }: TypingBody): string =>
  `{"room_id":${canonicalString(room_id)},"user_ids":[${user_ids.map(canonicalString).join(',')}]}`;
