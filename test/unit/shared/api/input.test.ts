import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type * as v from 'valibot';
import { contract, type ProcedureName } from '../../../../shared/api/contract.ts';
import { checkedInput } from '../../../../shared/api/input.ts';
import { ProtocolError } from '../../../../shared/protocol/errors.ts';
import { parseEnvelope } from '../../../../shared/protocol/events/envelope.ts';
import { normalizeServerName, parseUserId } from '../../../../shared/protocol/identifiers.ts';
import { refusalBody } from '../../../../shared/words/refusal.ts';
import { wordsIn } from '../../../../shared/words/words.ts';

const hostile: readonly unknown[] = [
  undefined,
  null,
  '',
  'x'.repeat(2_000_000),
  -1,
  1.5,
  1e300,
  true,
  [],
  {},
  [{}],
];

/** The refusal of an input in one language. */
function refused(name: ProcedureName, input: unknown, locale: string): string[] {
  try {
    checkedInput(contract[name].input, input);
    return [];
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    const { body } = refusalBody(wordsIn(locale), error);
    const { fields } = body.details as { fields: { message: string }[] };
    return [String(body.message), ...fields.map(({ message }) => message)];
  }
}

const inputs = Object.entries(contract).flatMap(([name, { input }]) =>
  Object.keys((input as unknown as v.ObjectSchema<v.ObjectEntries, undefined>).entries).flatMap((field) =>
    hostile.map((value) => [name as ProcedureName, { [field]: value }] as const),
  ),
);

describe('an input that isn’t valid', () => {
  it('is refused with what was expected, for every field of every procedure', () => {
    let count = 0;
    for (const [name, input] of inputs)
      for (const message of refused(name, input, 'en')) {
        count++;
        assert.match(message, /\bexpected\b/, `${name} ${JSON.stringify(input).slice(0, 100)}`);
        assert.doesNotMatch(message, /"code"|undefined|\{|Invalid/, message);
      }
    assert.ok(count > 1000);
  });

  it('is refused in German for a reader of German', () => {
    for (const [name, input] of inputs)
      for (const message of refused(name, input, 'de'))
        assert.doesNotMatch(message, /\bexpected\b|Invalid|\{/, message);
    const [message] = refused('postMessage', { room_id: '!1:a.example', body: '' }, 'de');
    assert.equal(message, 'body: erwartet wird der Text der Nachricht; das Feld darf nicht leer sein');
  });
});

test('refusals by the protocol’s own checks are in the language of the reader, and in English for peers', () => {
  const inGerman = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      assert.ok(error instanceof ProtocolError);
      return String(refusalBody(wordsIn('de'), error).body.message);
    }
    return '';
  };
  assert.throws(() => normalizeServerName('a b'), {
    message: /^"a b" isn’t a server name: "a b" can’t be/,
  });
  assert.match(
    inGerman(() => normalizeServerName('a b')),
    /^"a b" ist kein Servername: "a b" kann nicht/,
  );
  assert.match(
    inGerman(() => parseUserId('alice')),
    /Erwartet wird @name:server/,
  );
  assert.throws(() => parseEnvelope('{"content":'), {
    message: /the text ended after 11 characters, expected a value/,
  });
  assert.match(
    inGerman(() => parseEnvelope('{"content":}')),
    /an Zeichen 11: erwartet wird ein Wert, dort steht "}"/,
  );
  assert.match(
    inGerman(() => parseEnvelope('{"content":1}')),
    /^Feld content: erwartet wird ein JSON-Objekt\.$/,
  );
});
