/** The fields of the contract. Each says what it expects. */
import * as v from 'valibot';
import { limits as wireLimits } from '../../protocol/limits.ts';
import { oneFormOf } from '../../unicode/emoji.ts';
import { expected, expectedWhat, type What } from '../../words/expected.ts';
import { said } from '../../words/said.ts';

export const text = (what: What, max: number) =>
  v.pipe(
    v.string(expectedWhat(what)),
    v.minLength(1, expected('not_empty', { what: said(`what.${what}`) })),
    v.maxLength(max, expected('at_most_chars', { max })),
  );

export const serverName = text('server_name', 255);
export const roomId = text('room_id', 512);
export const userId = text('user_id', 512);
export const eventId = text('event_id', 1024);
export const channelId = text('channel_id', 20);
export const emoji = v.pipe(text('emoji', 64), v.transform(oneFormOf));
/** Bodies may be long; the wire's content limit (1 MiB) is checked where the event is built. */
export const body = text('message_body', 1_048_576);
export const fileName = text('file_name', 255);
export const uploadId = text('upload_id', 20);
/** The number of a message's file. In a path it is text. */
export const fileNumber = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.digits(), v.transform(Number))], expectedWhat('whole_number')),
  v.integer(expectedWhat('whole_number')),
  v.minValue(0, expectedWhat('whole_number')),
  v.maxValue(99, expectedWhat('whole_number')),
);
/** Words, and parts in quotation marks. There may be none beside a filter. */
export const searchWords = v.pipe(
  v.string(expectedWhat('search_words')),
  v.maxLength(200, expected('at_most_chars', { max: 200 })),
);
/** Unix ms. In a query it is text. */
export const moment = v.pipe(
  v.union(
    [v.number(), v.pipe(v.string(), v.regex(/^-?\d{1,15}$/), v.transform(Number))],
    expectedWhat('milliseconds'),
  ),
  v.integer(expectedWhat('milliseconds')),
);
/** Accepts true and false, which are text in a query. */
export const yes = v.pipe(
  v.union([v.boolean(), v.picklist(['true', 'false'])], expectedWhat('boolean')),
  v.transform((value) => String(value) === 'true'),
);
/** Reads a name into its one form, so that it is found however it is typed. */
export const name = (what: What & `${string}_name`) =>
  v.pipe(v.string(expectedWhat(what)), v.normalize('NFC'), v.trim(), text(what, 100));
/** A text that may be empty. */
export const textUpTo = (max: number) =>
  v.pipe(v.string(expectedWhat('text')), v.trim(), v.maxLength(max, expected('at_most_chars', { max })));
export const lineUpTo = (max: number) =>
  v.pipe(
    v.string(expectedWhat('text')),
    v.transform((text) => text.replace(/\s+/g, ' ')),
    textUpTo(max),
  );
/** PNG, JPEG or WebP in Base64; null for none. */
export const picture = v.nullable(
  v.pipe(
    v.string(expectedWhat('picture')),
    v.maxLength(4 * Math.ceil(wireLimits.pictureBytesMax / 3), expectedWhat('picture')),
    v.base64(expectedWhat('picture')),
  ),
);
export const pictureHash = text('picture_hash', 64);
export const localpart = v.pipe(
  v.string(expectedWhat('user_name')),
  v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, expected('user_name')),
);
export const url = text('address', 2048);
export const milliseconds = v.pipe(
  v.number(expectedWhat('milliseconds')),
  v.integer(expectedWhat('milliseconds')),
);
/** A position in the order of arrival. */
export const arrival = v.pipe(
  v.number(expectedWhat('safe_integer')),
  v.integer(expectedWhat('safe_integer')),
  v.minValue(0, expectedWhat('safe_integer')),
);
export const wholeNumber = (min: number, max: number) => {
  const range = expected('whole_range', { min, max });
  return v.pipe(v.number(range), v.integer(range), v.minValue(min, range), v.maxValue(max, range));
};
export const as = { as: v.optional(userId) };
/** Names a room, and the user who does something in it. */
export const inRoom = { room_id: roomId, ...as };
/**
 * Identifies a call, so that it can be repeated if its answer was lost: a repeat with the same key within a week writes
 * nothing and returns the first result. Keys of different users are independent.
 */
export const clientKey = {
  client_key: v.optional(
    v.pipe(v.string(expectedWhat('client_key')), v.regex(/^[\x21-\x7e]{1,100}$/, expected('client_key'))),
  ),
};
export const nothing = v.object({});
export const done = v.object({ done: v.literal(true) });

/** Query parameters arrive as text over HTTP and as numbers over IPC. */
const limit = v.optional(
  v.pipe(
    v.union(
      [v.number(), v.pipe(v.string(), v.digits(), v.transform(Number))],
      expected('whole_range', { min: 1, max: 500 }),
    ),
    v.integer(expected('whole_range', { min: 1, max: 500 })),
    v.minValue(1, expected('whole_range', { min: 1, max: 500 })),
    v.maxValue(500, expected('whole_range', { min: 1, max: 500 })),
  ),
);
export const paging = { limit, cursor: v.optional(text('cursor', 512)) };
export const listOf = <S extends v.GenericSchema>(item: S) =>
  v.object({ items: v.array(item), next: v.nullable(v.string()) });

const expectedRate = expected('whole_range', { min: 0, max: 10_000_000 });
export const limits = v.object({
  requests_per_minute: v.pipe(
    v.number(expectedRate),
    v.integer(expectedRate),
    v.minValue(0, expectedRate),
    v.maxValue(10_000_000, expectedRate),
  ),
  burst: v.pipe(
    v.number(expectedRate),
    v.integer(expectedRate),
    v.minValue(0, expectedRate),
    v.maxValue(10_000_000, expectedRate),
  ),
});
