/** What the fields of the contract take, each saying what it expects. */
import * as v from 'valibot';

export const text = (what: string, max: number) =>
  v.pipe(
    v.string(`expected ${what}`),
    v.minLength(1, `expected ${what}, not an empty text`),
    v.maxLength(max, `expected at most ${max} characters`),
  );

export const serverName = text('a server name such as chat.example', 255);
export const roomId = text('a room id such as !123:chat.example', 512);
export const userId = text('a user id such as @alice:chat.example', 512);
export const eventId = text('an event id such as $123:chat.example', 1024);
export const channelId = text('a channel id, digits only', 20);
export const emoji = text('an emoji', 64);
/** Bodies may be long; the wire's content limit (1 MiB) is checked where the event is built. */
export const body = text('the text of the message', 1_048_576);
export const name = (what: string) => text(`a name for the ${what}`, 100);
export const localpart = v.pipe(
  v.string('expected a user name'),
  v.regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    'expected 1 to 64 of a-z 0-9 . _ - beginning with a letter or digit',
  ),
);
export const url = text('an address such as https://chat.example:8448', 2048);
export const milliseconds = v.pipe(
  v.number('expected unix milliseconds'),
  v.integer('expected whole milliseconds'),
);
export const as = { as: v.optional(userId) };
/**
 * Names one call, so that it can be repeated when its answer was lost: a repeat with the same key within a week writes
 * nothing and gives what the first call gave. A key counts for one user.
 */
export const clientKey = {
  client_key: v.optional(
    v.pipe(
      v.string('expected a key that you choose, new for each call'),
      v.regex(/^[\x21-\x7e]{1,100}$/, 'expected 1 to 100 visible ASCII characters'),
    ),
  ),
};
export const nothing = v.object({});
export const done = v.object({ done: v.literal(true) });

/** Query parameters arrive as text over HTTP and as numbers over IPC. */
const limit = v.optional(
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.digits('expected a number'), v.transform(Number))]),
    v.integer('expected a whole number'),
    v.minValue(1, 'expected 1 to 500'),
    v.maxValue(500, 'expected 1 to 500'),
  ),
);
export const paging = { limit, cursor: v.optional(text('the `next` of an earlier answer', 512)) };
export const listOf = <S extends v.GenericSchema>(item: S) =>
  v.object({ items: v.array(item), next: v.nullable(v.string()) });

export const limits = v.object({
  requests_per_minute: v.pipe(
    v.number('expected a number'),
    v.integer('expected a whole number'),
    v.minValue(0, 'expected 0 or more'),
    v.maxValue(10_000_000, 'expected at most 10000000'),
  ),
  burst: v.pipe(
    v.number('expected a number'),
    v.integer('expected a whole number'),
    v.minValue(0, 'expected 0 or more'),
    v.maxValue(10_000_000, 'expected at most 10000000'),
  ),
});
