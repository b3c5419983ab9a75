import assert from 'node:assert/strict';
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type webcrypto,
  X509Certificate,
} from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { sayNetworkError } from '../../../../main/client/say-network-error.ts';
import { keyAuthorization, makeAccountKey } from '../../../../main/tls/acme/jws.ts';
import { factsOf, kindUnknownToBoringSsl, pairProblem } from '../../../../main/tls/pair.ts';
import { makeChallengePair, makeKey, makeSelfSigned, makeSigningRequest } from '../../../../main/tls/x509.ts';
import { inEnglish } from '../../../support/words.ts';

const dayMs = 86_400_000;
const now = Date.UTC(2027, 0, 1);

test('a self-signed certificate shows how long it is valid and that it is self-signed', async () => {
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
    'the key doesn’t belong to the certificate',
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

test('keys that the desktop app of a peer could not verify are not used', () => {
  for (const [kind, name] of [
    ['ed25519', 'Ed25519'],
    ['P-521', 'P-521'],
  ] as const) {
    const made =
      kind === 'P-521' ? generateKeyPairSync('ec', { namedCurve: 'P-521' }) : generateKeyPairSync(kind);
    assert.equal(kindUnknownToBoringSsl(made.privateKey), name);
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  assert.equal(kindUnknownToBoringSsl(privateKey), null);
  assert.equal(kindUnknownToBoringSsl(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey), null);
});

test('a certificate with such a key is refused with its reason, and a client without that signature says why', async (t) => {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const keys = (await crypto.subtle.generateKey('Ed25519', true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=b.test',
    keys,
    signingAlgorithm: 'Ed25519',
    notAfter: new Date(Date.now() + dayMs),
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({
    type: 'pkcs8',
    format: 'pem',
  });
  const pair = { cert: made.toString('pem'), key: String(key) };
  assert.equal(
    inEnglish(pairProblem(pair)),
    'keys of type Ed25519 aren’t supported, only P-256, P-384 and RSA',
  );

  const server = createServer(pair).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  // The list of BoringSSL.
  const sigalgs =
    'ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:RSA+SHA384:RSA-PSS+SHA512:RSA+SHA512';
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, sigalgs });
  const [error] = await once(socket, 'error');
  assert.match(
    inEnglish(sayNetworkError(error)) ?? '',
    /Possibly its certificate has an Ed25519 or P-521 key/,
  );
});

test('a challenge is answered with a key of the kind that the listener has, as BoringSSL needs it', async () => {
  // BoringSSL picks the kind of signature before it asks for the protocol (do_select_parameters of ssl/tls13_server.cc).
  const kind = (key: string) => createPrivateKey(key).asymmetricKeyDetails?.namedCurve;
  const challenge = await makeChallengePair({ type: 'dns', value: 'a.test' }, '00'.repeat(32), now);
  assert.deepEqual([kind(challenge.key), kind(await makeKey())], ['prime256v1', 'prime256v1']);
});

test('a sentence says what is wrong with the files of a certificate', async () => {
  const [key, other] = [await makeKey(), await makeKey()];
  const cert = await makeSelfSigned(key, now, dayMs);
  const foreign = await makeSelfSigned(other, now, dayMs);
  const locked = (format: 'pkcs8' | 'sec1') =>
    createPrivateKey(key)
      .export({ type: format, format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
      .toString();
  for (const [pair, why] of [
    [{ cert, key: locked('pkcs8') }, /protected by a passphrase/],
    [{ cert, key: locked('sec1') }, /protected by a passphrase/],
    [{ cert: foreign + cert, key }, /isn’t the first one in the file; put it first/],
    [{ cert: foreign, key }, /doesn’t belong to the certificate/],
    [{ cert: key, key: cert }, /no private key in PEM form/],
    [{ cert: '', key }, /no certificate in PEM form/],
    [{ cert, key: '' }, /no private key in PEM form/],
  ] as const)
    assert.match(inEnglish(pairProblem(pair)), why);
});
