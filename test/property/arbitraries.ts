import fc from 'fast-check';
import { JsonNumber, type JsonObject, type JsonValue } from '../../shared/protocol/coding/json.ts';
import type { UnsignedEvent } from '../../shared/protocol/events/envelope.ts';
import { messageEventId, roomId, userId } from '../../shared/protocol/identifiers.ts';

/** Generators for the property tests. */

/** Any well-formed text: every code point, half surrogate pairs excepted. */
export const text = fc.string({ unit: 'binary', maxLength: 12 });

export const numberLexeme = fc.stringMatching(
  /^-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?$/,
);

const key = fc.oneof(
  text,
  fc.constantFrom('__proto__', 'constructor', 'toString', '', '10', '9', '\u{1f600}', '\ue000'),
);

export const jsonValue: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    text,
    numberLexeme.map((lexeme) => new JsonNumber(lexeme)),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .uniqueArray(fc.tuple(key, tie('value')), { maxLength: 6, selector: ([name]) => name })
      .map((entries) => new Map(entries)),
  ),
})).value;

export const jsonObject: fc.Arbitrary<JsonObject> = fc
  .uniqueArray(fc.tuple(key, jsonValue), { maxLength: 4, selector: ([name]) => name })
  .map((entries) => new Map(entries));

/** A value written some other way than the canonical one: blanks, escapes and the order of keys as `dice` fall. */
export function writeLoosely(value: JsonValue, dice: readonly number[]): string {
  let thrown = 0;
  const throwDice = (sides: number): number => (dice[thrown++ % dice.length] ?? 0) % sides;
  const blank = (): string => ['', ' ', '\n', '\t\r '][throwDice(4)] ?? '';
  const string = (content: string): string => {
    const units = [...content].map((char) =>
      throwDice(3) === 0
        ? char.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        : JSON.stringify(char).slice(1, -1),
    );
    return `"${units.join('')}"`;
  };
  const write = (item: JsonValue): string => {
    if (item instanceof JsonNumber) return item.lexeme;
    if (typeof item === 'string') return string(item);
    if (item === null || typeof item === 'boolean') return String(item);
    if (item instanceof Map) {
      const entries: [string, JsonValue][] = [...item];
      for (let at = entries.length - 1; at > 0; at--) {
        const other = throwDice(at + 1);
        [entries[at], entries[other]] = [entries[other]!, entries[at]!];
      }
      return `{${blank()}${entries.map(([name, of]) => `${string(name)}${blank()}:${blank()}${write(of)}${blank()}`).join(`,${blank()}`)}}`;
    }
    return `[${blank()}${(item as readonly JsonValue[]).map((each) => write(each) + blank()).join(`,${blank()}`)}]`;
  };
  return blank() + write(value) + blank();
}

const label = fc
  .stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/)
  .filter((text) => !text.startsWith('xn--'));
export const serverName = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
export const decimalId = fc.bigInt(1n, 2n ** 63n - 1n).map(String);
export const localpart = fc.stringMatching(/^[a-z0-9._=-]{1,20}$/);
const natural = fc.maxSafeNat();

export const unsignedEvent: fc.Arbitrary<UnsignedEvent> = fc
  .record({
    server: serverName,
    guild: decimalId,
    message: decimalId,
    local: localpart,
    event_type: fc.constantFrom('m.message', 'm.reaction.add', 'x.other', 'é'),
    origin_ts: natural,
    depth: natural,
    state_key: fc.option(text, { nil: null }),
    content: jsonObject,
  })
  .map(({ server, guild, message, local, ...rest }) => ({
    event_id: messageEventId(message, server),
    room_id: roomId(guild, server),
    sender: userId(local, server),
    origin_server: server,
    ...rest,
  }));
