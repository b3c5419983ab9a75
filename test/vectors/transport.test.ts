import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sha256Hex, signerFromSeed, verifySignature } from '../../main/crypto/ed25519.ts';
import {
  parseInviteRequest,
  parseMemberRequest,
  writeInviteRequest,
  writeMemberRequest,
} from '../../shared/protocol/bodies.ts';
import { parseEnvelope, wireEvent } from '../../shared/protocol/events/envelope.ts';
import { transportText } from '../../shared/protocol/transport.ts';

interface Vector {
  readonly name: string;
  readonly seed: string;
  readonly method: string;
  readonly target: string;
  readonly timestamp: number;
  readonly body: string;
  readonly body_sha256: string;
  readonly signed: string;
  readonly signature: string;
}

const vectors: Vector[] = JSON.parse(readFileSync(new URL('transport.json', import.meta.url), 'utf8'));

for (const vector of vectors) {
  test(`${vector.name}: the text that is signed is that of the vector`, () => {
    assert.equal(sha256Hex(vector.body), vector.body_sha256);
    assert.equal(
      transportText(vector.method, vector.target, vector.timestamp, sha256Hex(vector.body), null),
      vector.signed,
    );
  });

  test(`${vector.name}: signing it gives the signature of the vector, which verifies`, () => {
    const signer = signerFromSeed(Buffer.from(vector.seed, 'hex'));
    assert.equal(signer.sign(vector.signed), vector.signature);
    assert.equal(verifySignature(vector.signed, vector.signature, signer.publicKey), true);
  });
}

/** The existing server hashes its own serialization of a body, so ours must be the same. */
const rewriters: Readonly<Record<string, (body: string) => string>> = {
  event: (body) => wireEvent(parseEnvelope(body)),
  invite: (body) => writeInviteRequest(parseInviteRequest(body)),
  join: (body) => writeMemberRequest(parseMemberRequest(body)),
  leave: (body) => writeMemberRequest(parseMemberRequest(body)),
};

for (const vector of vectors.filter(({ body }) => body !== ''))
  test(`${vector.name}: the body, read and written again, is the same byte for byte`, () => {
    const rewrite = rewriters[vector.target.split('/').at(-1) ?? ''];
    assert.ok(rewrite, `no rewriter for ${vector.target}`);
    assert.equal(rewrite(vector.body), vector.body);
  });
