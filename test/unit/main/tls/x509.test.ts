import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { keyAuthorization, makeAccountKey } from '../../../../main/tls/acme/jws.ts';
import { factsOf, pairProblem } from '../../../../main/tls/pair.ts';
import { makeChallengePair, makeKey, makeSelfSigned, makeSigningRequest } from '../../../../main/tls/x509.ts';
import { inEnglish } from '../../../support/words.ts';

const dayMs = 86_400_000;
const now = Date.UTC(2027, 0, 1);

test('a self-made certificate says how long it is valid and that it is its own', async () => {
  const key = await makeKey();
  const cert = await makeSelfSigned(key, now, 365 * dayMs);
  assert.equal(pairProblem({ cert, key }), null);
  const facts = factsOf(cert);
  assert.deepEqual([facts.validFrom, facts.validUntil], [now - dayMs, now + 365 * dayMs]);
  assert.deepEqual([facts.names, facts.issuer, facts.selfSigned], [[], 'Paracord Node', true]);
  const again = factsOf(await makeSelfSigned(key, now + dayMs, 365 * dayMs));
  assert.equal(again.spkiSha256, facts.spkiSha256);
  assert.equal(
    inEnglish(pairProblem({ cert, key: await makeKey() })),
    'the key does not belong to the certificate',
  );
});

test('a request names everything that is asked for, signed with the key it is for', async () => {
  const key = await makeKey();
  const csr = await makeSigningRequest(key, [
    { type: 'dns', value: 'chat.test' },
    { type: 'ip', value: '2001:db8::7' },
  ]);
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const request = new x509.Pkcs10CertificateRequest(Buffer.from(csr, 'base64url'));
  assert.ok(await request.verify());
  assert.deepEqual(
    Buffer.from(request.publicKey.rawData),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
  );
  const names = request.extensions.find(({ type }) => type === '2.5.29.17');
  assert.match(Buffer.from(names!.rawData).toString('latin1'), /chat\.test/);
});

test('a challenge’s certificate carries the digest of the key authorization, critical, for that name alone', async () => {
  const digest = 'ab'.repeat(32);
  const { cert, key } = await makeChallengePair({ type: 'ip', value: '192.0.2.1' }, digest, now);
  assert.equal(pairProblem({ cert, key }), null);
  assert.deepEqual(factsOf(cert).names, ['192.0.2.1']);
  // SEQUENCE of the OID 1.3.6.1.5.5.7.1.31, TRUE, and 32 bytes in an OCTET STRING within one (RFC 8737, 3).
  const extension = `06082b0601050507011f0101ff04220420${digest}`;
  assert.ok(new X509Certificate(cert).raw.toString('hex').includes(extension));
});

test('a key authorization is the token and the thumbprint of RFC 7638, and holds nothing secret', () => {
  const key = makeAccountKey();
  const text = keyAuthorization(key, 'token');
  assert.match(text, /^token\.[\w-]{43}$/);
  const { d: _, ...publicPart } = key;
  assert.equal(keyAuthorization(publicPart, 'token'), text);
});
