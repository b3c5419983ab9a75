import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { signerFromSeed, verifySignature } from '../../main/crypto/ed25519.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { canonicalEvent, parseEnvelope, wireEvent } from '../../shared/protocol/events/envelope.ts';
import { mayBePublicKey } from '../../shared/protocol/public-key.ts';
import { transportText } from '../../shared/protocol/transport.ts';
import { jsonOf, Unreadable } from '../support/stand-in/wire/codec.ts';
import * as envelopes from '../support/stand-in/wire/envelope.ts';
import { delayAfter } from '../support/stand-in/sending/retries.ts';
import * as signing from '../support/stand-in/wire/signing.ts';

/**
 * Computed by the published code of the existing server, release 3.0.1. The stand-in must compute the same, and so must
 * this project where it has the same job; where it is stricter, the case is listed here.
 */
interface Key {
  readonly seed_hex: string;
  readonly public_key_hex: string;
}
interface Base {
  readonly n: number;
  readonly note: string;
  readonly key: Key;
}
interface Signed extends Base {
  readonly canonical: string;
  readonly key_id: string;
  readonly signature: string;
}
interface Refusal {
  readonly status: number;
  readonly message: string;
}
interface Cases {
  readonly key: Base;
  readonly built: Signed & {
    readonly how: string;
    readonly server_name: string;
    readonly domain: string;
    readonly posted_body: string;
    readonly envelope: { readonly content: { readonly message_id?: string } };
  };
  readonly wire: Signed & {
    readonly wire: string;
    readonly content_check: Refusal | null;
    readonly answer?: Refusal;
  };
  readonly limit: Base & { readonly check: Refusal | null; readonly event_id?: string };
  readonly transport: Base & {
    readonly method: string;
    readonly path: string;
    /** Has 64 bits, so it is read as text. */
    readonly timestamp_ms: string;
    readonly destination: string;
    readonly body_hex: string;
    readonly body_repeat: { readonly byte: number; readonly count: number } | null;
    readonly text_four_lines: string;
    readonly text_five_lines: string;
    readonly signature_four_lines: string;
    readonly signature_five_lines: string;
  };
  readonly url: Base & {
    readonly url: string;
    readonly destination_from_url: string;
    readonly request_path_from_url: string;
  };
  readonly urlencode: Base & { readonly text: string; readonly encoded: string };
  readonly verify: Base & {
    readonly payload: string;
    readonly public_key: string;
    readonly signature: string;
    readonly valid: boolean;
    readonly accepted_as_pin: string | null;
  };
  readonly fresh: Base & { readonly now: string; readonly origin_ts: string; readonly fresh: boolean };
  readonly retry: Base & { readonly delays_ms: readonly number[] };
}

const file = readFileSync(new URL('existing-server/existing-server-3.json', import.meta.url), 'utf8');
const { cases } = JSON.parse(
  file.replaceAll(/"(timestamp_ms|origin_ts|now)": ?(-?\d+)/g, '"$1":"$2"'),
) as { readonly cases: readonly ({ readonly kind: keyof Cases } & Base)[] };

let tested = 0;
function each<Kind extends keyof Cases>(kind: Kind, check: (vector: Cases[Kind]) => void): void {
  for (const vector of cases.filter((one) => one.kind === kind)) {
    tested++;
    check(vector as unknown as Cases[Kind]);
  }
}
const title = ({ n, note }: Base, what = note) => `case ${n}${what ? `, ${what}` : ''}`;
const penOf = ({ key }: Base) => signing.penFrom(Buffer.from(key.seed_hex, 'hex'));
const ourPenOf = ({ key }: Base) => signerFromSeed(Buffer.from(key.seed_hex, 'hex'));
const refuses = (text: string) => {
  assert.throws(
    () => parseEnvelope(text),
    (error) => error instanceof ProtocolError,
  );
};

each('key', (vector) => {
  test(`${title(vector)}: both have the public key of the seed`, () => {
    assert.equal(penOf(vector).publicKey, vector.key.public_key_hex);
    assert.equal(ourPenOf(vector).publicKey, vector.key.public_key_hex);
  });
});

each('built', (vector) => {
  const { how, canonical, posted_body, signature, domain } = vector;
  test(`${title(vector, how)}: the stand-in names, signs and writes the event the same`, () => {
    const event = envelopes.readEnvelope(posted_body);
    assert.equal(envelopes.canonicalText(event), canonical);
    assert.equal(envelopes.wireText(event), posted_body);
    assert.equal(penOf(vector).sign(canonical), signature);
    assert.deepEqual(envelopes.signaturesOf(event), new Map([[vector.key_id, signature]]));
    const message = vector.envelope.content.message_id ?? '';
    const names = [
      `$${message}:${domain}`,
      ...[/^\$[^:]+:(\d+):/.exec(event.event_id)?.[1] ?? '', event].map((about) =>
        envelopes.customEventId(event.event_type, about, event.origin_ts, domain),
      ),
    ];
    assert.ok(names.includes(event.event_id), event.event_id);
  });

  test(`${title(vector, how)}: this project reads, signs and writes it the same`, () => {
    // It accepts a name inside something signed only in lower case.
    if (vector.server_name === 'A.Example') {
      refuses(posted_body);
      return;
    }
    const event = parseEnvelope(posted_body);
    assert.equal(canonicalEvent(event), canonical);
    assert.equal(ourPenOf(vector).sign(canonical), signature);
    assert.equal(wireEvent(event), posted_body);
  });
});

/** Content that is no object, and whatever its senders never write. */
const refusedHere = (vector: Cases['wire']): boolean =>
  /^content (?!\{)/.test(vector.note) || refusedByName.has(vector.note);
const refusedByName: ReadonlySet<string> = new Set([
  'content {"a":1,"a":2}',
  'depth is negative',
  'origin_ts -2^63',
  'empty ids',
]);
/** Numbers that this project signs digit for digit, so that the signature of the text as rewritten there doesn't fit. */
const rewrittenThere: ReadonlySet<string> = new Set([
  'content {"n":1.10}',
  'content {"n":1e0}',
  'content {"n":-1E-2}',
]);

each('wire', (vector) => {
  const { wire, canonical, signature, answer, content_check } = vector;
  test(`${title(vector)}: the stand-in reads it to the same text, or refuses it with the same words`, () => {
    if (answer) {
      const [words = ''] = /(?<=invalid federation envelope: ).*(?= at line \d+ column \d+$)/.exec(answer.message) ?? [];
      assert.throws(() => envelopes.readEnvelope(wire), new Unreadable(words));
      return;
    }
    const event = envelopes.readEnvelope(wire);
    assert.equal(envelopes.canonicalText(event), canonical);
    assert.equal(signing.verifies(canonical, signature, vector.key.public_key_hex), true);
    const refusal = envelopes.refusalOfContent(event.content);
    assert.equal(refusal, content_check && content_check.message.replace('bad request: federation event ', ''));
  });

  test(`${title(vector)}: this project reads it to the same text, or refuses it`, () => {
    if (answer || content_check || refusedHere(vector)) {
      refuses(wire);
      return;
    }
    const text = canonicalEvent(parseEnvelope(wire));
    assert.equal(text === canonical, !rewrittenThere.has(vector.note));
    assert.equal(verifySignature(text, signature, vector.key.public_key_hex), text === canonical);
  });
});

const sized: Readonly<Record<string, unknown>> = {
  'content of exactly 1048576 bytes': 'a'.repeat(1_048_574),
  'content of 1048577 bytes': 'a'.repeat(1_048_575),
  'array of 10000': Array(10_000).fill(0),
  'array of 10001': Array(10_001).fill(0),
};

each('limit', (vector) => {
  test(`${title(vector)}: the stand-in accepts or refuses it with the same words`, () => {
    const { event_id } = vector;
    const rest = { room_id: '', event_type: '', sender: '', origin_server: '', state_key: null };
    const refusal =
      event_id === undefined
        ? envelopes.refusalOfContent(jsonOf(sized[vector.note]))
        : envelopes.refusalOfLength({ event_id, ...rest });
    assert.equal(refusal, vector.check && vector.check.message.replace('bad request: federation event ', ''));
  });
});

each('transport', (vector) => {
  const { method, path: target, timestamp_ms, destination, body_repeat } = vector;
  const body = body_repeat
    ? Buffer.alloc(body_repeat.count, body_repeat.byte)
    : Buffer.from(vector.body_hex, 'hex');
  test(`${title(vector, `${method} for ${destination}`)}: the stand-in signs the same four and five lines`, () => {
    const text = (to: string | null) => signing.signedText({ method, target, body }, timestamp_ms, to);
    assert.equal(text(null), vector.text_four_lines);
    assert.equal(text(destination), vector.text_five_lines);
    const pen = penOf(vector);
    assert.equal(pen.sign(text(null)), vector.signature_four_lines);
    assert.equal(pen.sign(text(destination)), vector.signature_five_lines);
  });

  test(`${title(vector, `${method} for ${destination}`)}: this project signs the same lines`, () => {
    const sha256 = vector.text_four_lines.split('\n').at(-1) ?? '';
    // Its times are safe integers.
    if (!Number.isSafeInteger(Number(timestamp_ms))) return;
    const text = (to: string | null) => transportText(method, target, Number(timestamp_ms), sha256, to);
    assert.equal(text(null), vector.text_four_lines);
    assert.equal(ourPenOf(vector).sign(text(null)), vector.signature_four_lines);
    // Its own names have ASCII letters only.
    if (/[^\0-\x7f]/.test(destination)) return;
    assert.equal(text(destination), vector.text_five_lines);
    assert.equal(ourPenOf(vector).sign(text(destination)), vector.signature_five_lines);
  });
});

each('url', (vector) => {
  test(`${title(vector, vector.url)}: the stand-in takes the same destination and path from it`, () => {
    assert.equal(signing.hostIn(vector.url), vector.destination_from_url);
    assert.equal(signing.targetIn(vector.url), vector.request_path_from_url);
  });
});

each('urlencode', (vector) => {
  test(`${title(vector, vector.text)}: the stand-in escapes the same`, () => {
    assert.equal(signing.urlEncode(vector.text), vector.encoded);
  });
});

each('verify', (vector) => {
  const { payload, signature, public_key, valid, accepted_as_pin } = vector;
  test(`${title(vector)}: the stand-in verifies the same signatures and pins the same keys`, () => {
    assert.equal(signing.verifies(payload, signature, public_key), valid);
    assert.equal(signing.refusalOfKey(public_key), accepted_as_pin);
  });

  test(`${title(vector)}: this project verifies the same, but nothing in upper case`, () => {
    const isLower = (signature + public_key).toLowerCase() === signature + public_key;
    assert.equal(verifySignature(payload, signature, public_key), valid && isLower);
    if (public_key.length === 64 && isLower)
      assert.equal(mayBePublicKey(public_key), accepted_as_pin === null);
  });
});

each('fresh', (vector) => {
  test(`${title(vector, vector.origin_ts)}: the stand-in finds the same times fresh`, () => {
    assert.equal(envelopes.isFresh(BigInt(vector.origin_ts), Number(vector.now)), vector.fresh);
  });
});

each('retry', (vector) => {
  test(`${title(vector)}: the stand-in waits as long after each failure`, () => {
    assert.deepEqual(
      vector.delays_ms.map((_, at) => delayAfter(at + 1)),
      vector.delays_ms,
    );
  });
});

test('every case is of a kind that is tested', () => {
  assert.equal(tested, 225);
  assert.equal(tested, cases.length);
});
