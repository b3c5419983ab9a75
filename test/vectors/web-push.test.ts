import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  arePushKeys,
  encryptPush,
  newPushSender,
  pushAuthorization,
  pushBytesMax,
  pushSender,
} from '../../main/crypto/web-push.ts';
import { claimsOf, newReceiver, receiver } from '../support/push/push-service.ts';

/** RFC 8291, section 5 and appendix A. */
const example = {
  text: 'When I grow up, I want to be a watermelon',
  salt: 'DGv6ra1nlYgDCS1FRnbzlw',
  sender: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  receiver: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
  keys: {
    p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  },
  body: 'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
};
const bytes = (text: string) => Buffer.from(text, 'base64url');
const random = (length: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(length)));

test('the example of RFC 8291 is encrypted as it is there', () => {
  const given = (length: number) => bytes(length === 16 ? example.salt : example.sender);
  assert.equal(encryptPush(example.text, example.keys, given).toString('base64url'), example.body);
});

test('the stand-in of a browser decrypts the example of RFC 8291', async () => {
  const point = bytes(example.keys.p256dh);
  const curve = { name: 'ECDH', namedCurve: 'P-256' };
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
  const jwk = { kty: 'EC', crv: 'P-256', x, y };
  const pair = {
    publicKey: await crypto.subtle.importKey('jwk', jwk, curve, true, []),
    privateKey: await crypto.subtle.importKey('jwk', { ...jwk, d: example.receiver }, curve, true, ['deriveBits']),
  };
  const browser = await receiver(pair, new Uint8Array(bytes(example.keys.auth)));
  assert.equal(await browser.decrypt(bytes(example.body)), example.text);
});

test('a message of any length up to the most that fits reaches the browser, and padding hides its length', async () => {
  const browser = await newReceiver();
  for (const length of [0, 1, 100, pushBytesMax]) {
    const text = 'ü'.repeat(Math.floor(length / 2)) + 'x'.repeat(length % 2);
    assert.equal(await browser.decrypt(encryptPush(text, browser.keys, random)), text);
  }
  const sizes = ['Hi', 'A longer text'].map((text) => encryptPush(text, browser.keys, random, 512).length);
  assert.equal(sizes[0], sizes[1]);
  assert.equal(await browser.decrypt(encryptPush('Hi', browser.keys, random, 512)), 'Hi');
  assert.throws(() => encryptPush('x'.repeat(pushBytesMax + 1), browser.keys, random), RangeError);
});

test('keys that aren’t a point on the curve, or are too short, are refused', async () => {
  const { keys } = await newReceiver();
  assert.equal(arePushKeys(keys), true);
  const off = bytes(keys.p256dh);
  off[64] = (off[64] ?? 0) ^ 1;
  assert.equal(arePushKeys({ ...keys, p256dh: off.toString('base64url') }), false);
  assert.equal(arePushKeys({ ...keys, p256dh: keys.p256dh.slice(0, 40) }), false);
  assert.equal(arePushKeys({ ...keys, auth: 'AAAA' }), false);
});

test('the stand-in verifies the example of RFC 8292, and our own signatures', async () => {
  const said =
    'vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA, k=BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs';
  assert.equal((await claimsOf(said)).sub, 'mailto:push@example.com');
  await assert.rejects(claimsOf(said.replace('i3CYb7t4', 'i3CYb7t5')));

  const sender = pushSender(newPushSender().secret);
  const at = Date.UTC(2026, 0, 1);
  const claims = { audience: 'https://push.example', contact: 'https://a.test', expiresAt: at };
  const { aud, exp, sub, k } = await claimsOf(pushAuthorization(sender, claims));
  assert.deepEqual([aud, exp, sub, k], ['https://push.example', at / 1000, 'https://a.test', sender.publicKey]);
});
