import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { signerFromSeed, verifySignature } from '../../../../../main/crypto/ed25519.ts';
import { asciiFromBase64url, base64urlFromAscii } from '../../../../../shared/protocol/coding/base64url.ts';
import { ProtocolError } from '../../../../../shared/protocol/errors.ts';
import {
  type PeerInvite,
  peerInvitePrefix,
  readPeerInvite,
  writePeerInvite,
} from '../../../../../shared/protocol/invites/peer-invite.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';

const signer = signerFromSeed(Buffer.alloc(32, 7));
const now = 1_700_000_000_000;
const invite: PeerInvite = {
  server_name: 'anna.example',
  domain: 'anna.example',
  endpoint: 'https://anna.example:8448/_paracord/federation/v1',
  key_id: 'ed25519:00000001',
  public_key: signer.publicKey,
  tls_sha256: 'ab'.repeat(32),
  token: '01'.repeat(32),
  expires_at: now + 1000,
};
const link = writePeerInvite(invite, (text) => signer.sign(text));
const payload = link.slice(peerInvitePrefix.length);

function refusalOf(text: string, at = now): ProtocolError | null {
  try {
    readPeerInvite(text, verifySignature, at);
    return null;
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    assert.equal(error.code, 'BAD_REQUEST');
    return error;
  }
}

const refused = (text: string, at = now): string => String(refusalOf(text, at)?.details?.reason ?? 'taken');

/** The same fields in the same form, signed by anyone. */
function forged(change: (fields: Record<string, unknown>) => void): string {
  const fields = JSON.parse(asciiFromBase64url(payload) ?? '');
  change(fields);
  const sorted = Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  return peerInvitePrefix + base64urlFromAscii(JSON.stringify(sorted));
}

test('an invite survives the round trip through its link, with and without a pinned certificate', () => {
  assert.deepEqual(readPeerInvite(link, verifySignature, now), invite);
  const { tls_sha256: _, ...plain } = invite;
  const other = writePeerInvite(plain, (text) => signer.sign(text));
  assert.deepEqual(readPeerInvite(other, verifySignature, now), plain);
});

test('a link survives what mail and chat programs add around it', () => {
  for (const worn of [` ${link}\n`, `${link}/`, link.replace('paracord', 'Paracord')])
    assert.deepEqual(readPeerInvite(worn, verifySignature, now), invite);
});

test('the link fits a QR code that a phone reads from a screen', () => {
  // Version 25 holds 1273 bytes at the lowest correction; a phone reads up to there.
  assert.ok(link.length < 1000, `${link.length} characters`);
});

test('a cut link is called incomplete or altered, wherever it was cut, and never accepted', () => {
  for (let length = peerInvitePrefix.length; length < link.length; length++)
    assert.match(refused(link.slice(0, length)), /^(?:cut|altered)$/, `${length} characters`);
});

test('a link with the end of an invite was altered; one without it is incomplete or has extra characters', () => {
  for (const lost of [1, 4, 20, 401]) assert.equal(refused(link.slice(0, -lost)), 'cut', `${lost}`);
  assert.equal(refused(`${link}AB`), 'cut');
  const inside = asciiFromBase64url(payload)!.replace('":"', '"."');
  assert.equal(refused(peerInvitePrefix + base64urlFromAscii(inside)), 'altered');
});

test('an invite that is valid for longer than allowed is refused', () => {
  const dayMs = 86_400_000;
  const lasting = (expires_at: number) =>
    writePeerInvite({ ...invite, expires_at }, (text) => signer.sign(text));
  assert.equal(refused(lasting(now + 32 * dayMs)), 'endless');
  assert.equal(
    readPeerInvite(lasting(now + 30 * dayMs), verifySignature, now).server_name,
    invite.server_name,
  );
});

test('changing any one character of the payload is noticed', () => {
  fc.assert(
    fc.property(fc.nat(payload.length - 1), fc.constantFrom(...'AZaz09-_'), (at, letter) => {
      fc.pre(payload[at] !== letter);
      const changed = peerInvitePrefix + payload.slice(0, at) + letter + payload.slice(at + 1);
      return /^(?:cut|altered|newer)$/.test(refused(changed));
    }),
  );
});

test('the signature covers every field', () => {
  const changes: Record<string, unknown> = {
    server_name: 'mallory.example',
    domain: 'mallory.example',
    endpoint: 'https://mallory.example/_paracord/federation/v1',
    key_id: 'ed25519:00000002',
    public_key: 'cd'.repeat(32),
    tls_sha256: 'cd'.repeat(32),
    token: '02'.repeat(32),
    expires_at: now + 2000,
  };
  for (const [field, value] of Object.entries(changes))
    assert.equal(
      refused(
        forged((fields) => {
          fields[field] = value;
        }),
      ),
      'altered',
      field,
    );
});

test('unknown fields, missing fields and wrong types are refused', () => {
  const changes: ((fields: Record<string, unknown>) => void)[] = [
    (fields) => {
      fields.extra = true;
    },
    (fields) => {
      delete fields.token;
    },
    (fields) => {
      fields.expires_at = String(now + 1000);
    },
    (fields) => {
      fields.endpoint = 'file:///etc/passwd';
    },
    (fields) => {
      fields.server_name = 'Anna.Example';
    },
  ];
  for (const change of changes) assert.equal(refused(forged(change)), 'altered');
});

test('an expired invite, one of a newer version, and a foreign link each get their own sentence', () => {
  assert.equal(refused(link, invite.expires_at), 'expired');
  assert.equal(
    refused(
      forged((fields) => {
        fields.v = 2;
      }),
    ),
    'newer',
  );
  for (const foreign of ['', 'https://anna.example', 'paracord://room/!1:a', 'x'.repeat(5000)])
    assert.equal(refused(foreign), 'foreign');
});

test('the endpoint of an invite comes out in its one form, however it was signed', () => {
  const endpoint = 'https://203.0.113.7:443/_paracord/federation/v1';
  const written = writePeerInvite({ ...invite, endpoint }, (text) => signer.sign(text));
  const read = readPeerInvite(written, verifySignature, now);
  assert.equal(read.endpoint, 'https://203.0.113.7/_paracord/federation/v1');
});

test('an invite with an invalid address is refused, though it is signed', () => {
  for (const endpoint of ['https://a:99999/x', 'https://[bad', 'file:///etc/passwd', 'https://me@a/x', '']) {
    const signed = writePeerInvite({ ...invite, endpoint }, (text) => signer.sign(text));
    assert.equal(refused(signed), 'address');
    assert.throws(
      () => readPeerInvite(signed, verifySignature, now),
      /^ProtocolError: The address in the invite from anna\.example cannot be used: .* is not an address/,
    );
  }
});

test('base64url survives a round trip, and each text has only one form', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      const encoded = base64urlFromAscii(text);
      assert.equal(encoded, Buffer.from(text).toString('base64url'));
      assert.equal(asciiFromBase64url(encoded), text);
    }),
  );
  for (const wrong of ['A', 'YQ==', 'YR', 'a+b/', '_w']) assert.equal(asciiFromBase64url(wrong), null, wrong);
});

test('a refusal says what is wrong with the link, and names its server once the link could be read', () => {
  const lasting = (expires_at: number) =>
    writePeerInvite({ ...invite, expires_at }, (text) => signer.sign(text));
  const { peerInviteCharsMax, peerInviteAgeMsMax, peerInviteClockMsMax } = limits;
  const server = invite.server_name;
  const endless = now + peerInviteAgeMsMax + peerInviteClockMsMax;
  for (const [text, code, params, named, at] of [
    ['x'.repeat(peerInviteCharsMax + 1), 'link.long', { max: peerInviteCharsMax }, undefined, now],
    ['x'.repeat(peerInviteCharsMax), 'link.foreign', { prefix: peerInvitePrefix }, undefined, now],
    [link.slice(0, -4), 'link.cut', {}, undefined, now],
    [forged((fields) => Object.assign(fields, { v: 2 })), 'link.newer', {}, undefined, now],
    [
      forged((fields) => Object.assign(fields, { token: '02'.repeat(32) })),
      'link.altered',
      {},
      undefined,
      now,
    ],
    [link, 'link.expired', { server }, server, invite.expires_at],
    [lasting(endless + 1), 'link.endless', { server, days: 30 }, server, now],
  ] as const) {
    const refusal = refusalOf(text, at);
    assert.deepEqual(refusal?.said, { code, params });
    assert.equal(refusal.details?.server_name, named);
    assert.equal('server_name' in (refusal.details ?? {}), named !== undefined);
  }
  assert.equal(refused(lasting(endless)), 'taken');
});

test('a name in another form, a signature in another form, or another order of fields is refused though signed', () => {
  const signed = (change: Partial<PeerInvite>) =>
    refused(writePeerInvite({ ...invite, ...change }, (text) => signer.sign(text)));
  assert.equal(signed({ server_name: 'Anna.example' }), 'altered');
  assert.equal(signed({ domain: 'anna.example.' }), 'altered');
  assert.equal(signed({ domain: 'a..b' }), 'altered');
  const fields = JSON.parse(asciiFromBase64url(payload) ?? '');
  const written = (text: string) => refused(peerInvitePrefix + base64urlFromAscii(text));
  assert.equal(written(JSON.stringify(fields)), 'taken');
  assert.equal(written(JSON.stringify(fields, null, 1)), 'altered');
  for (const signature of [`${fields.signature}ab`, `ab${fields.signature}`, fields.signature.toUpperCase()])
    assert.equal(written(JSON.stringify({ ...fields, signature })), 'altered');
});
