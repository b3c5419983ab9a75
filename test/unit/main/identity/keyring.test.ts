import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { tuning } from '../../../../main/config.ts';
import { verifySignature } from '../../../../main/crypto/ed25519.ts';
import { Keyring } from '../../../../main/identity/keyring.ts';
import { IdentityUnreadableError, KeyVault } from '../../../../main/identity/vault.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { ProtocolError } from '../../../../shared/protocol/errors.ts';
import { provenKeys } from '../../../../shared/protocol/key-chain.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { tempDir } from '../../../support/temp.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const day = 86_400_000;

function setUp(t: TestContext) {
  const clock = new VirtualClock();
  const dir = tempDir(t);
  const open = (): Keyring => new Keyring(new KeyVault(dir, null), clock, systemPorts.random);
  const keyring = open();
  keyring.setUp('a.test', 'chat.test');
  const pass = (ms: number): void => clock.setWallClock(clock.now() + ms);
  const file = (): string => readFileSync(join(dir, 'identity.json'), 'utf8');
  return { clock, dir, open, keyring, pass, file };
}

const isCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof ProtocolError && error.code === code;

test('before setup, a node has no name and no key, and signs nothing', (t) => {
  const keyring = new Keyring(new KeyVault(tempDir(t), null), new VirtualClock(), systemPorts.random);
  assert.equal(keyring.isSetUp, false);
  assert.deepEqual(keyring.keys(), []);
  for (const ask of [
    () => keyring.active(),
    () => keyring.serverName,
    () => keyring.domain,
    () => keyring.rotate(0),
  ])
    assert.throws(ask, isCode('SERVICE_UNAVAILABLE'));
});

test('after setup it has its names in their one form and a key that signs, also after a restart', (t) => {
  const { open, keyring } = setUp(t);
  assert.deepEqual([keyring.serverName, keyring.domain], ['a.test', 'chat.test']);
  const signature = open().active().signer.sign('text');
  assert.equal(verifySignature('text', signature, keyring.active().signer.publicKey), true);
  assert.equal(open().active().keyId, keyring.active().keyId);
});

test('setup with the same names changes nothing; with another name it is CONFLICT', (t) => {
  const { keyring, file } = setUp(t);
  const before = file();
  keyring.setUp('A.test.', ' CHAT.test');
  assert.throws(() => keyring.setUp('b.test', 'chat.test'), isCode('CONFLICT'));
  assert.throws(() => keyring.setUp('a.test', 'b.test'), isCode('CONFLICT'));
  assert.throws(() => keyring.setUp('a b', 'a.test'), isCode('BAD_REQUEST'));
  assert.equal(file(), before);
});

test('an identity that cannot be read stops the node and is not overwritten', (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'identity.json'), '{"version":1,');
  assert.throws(
    () => new Keyring(new KeyVault(dir, null), new VirtualClock(), systemPorts.random),
    IdentityUnreadableError,
  );
  assert.equal(readFileSync(join(dir, 'identity.json'), 'utf8'), '{"version":1,');
});

test('a rotated key signs at once, the one before stays valid for the overlap', (t) => {
  const { clock, keyring } = setUp(t);
  const old = keyring.active();
  keyring.rotate(0);
  assert.notEqual(keyring.active().keyId, old.keyId);
  assert.equal(keyring.keys()[0]?.keyId, keyring.active().keyId);
  assert.equal(keyring.key(old.keyId)?.validUntil, clock.now() + tuning.keyOverlapMs);
  assert.equal(keyring.active().validUntil, clock.now() + tuning.keyValidityMs);
});

test('an announced key is published at once and signs from its time on, also after a restart', (t) => {
  const { keyring, open, pass } = setUp(t);
  const old = keyring.active().keyId;
  keyring.rotate(day);
  const announced = keyring.keys().find((key) => key.keyId !== old);
  assert.ok(announced);
  assert.equal(keyring.active().keyId, old);
  assert.deepEqual(
    keyring.keys().map((key) => key.keyId),
    [old, announced.keyId],
    'the active key comes first: the existing server pins only that one',
  );
  pass(day - 1);
  assert.equal(open().active().keyId, old);
  pass(1);
  assert.equal(keyring.active().keyId, announced.keyId);
  assert.equal(open().active().keyId, announced.keyId);
});

test('a key that is being replaced keeps its expiry: renewal doesn’t add a year', (t) => {
  const { clock, keyring, pass } = setUp(t);
  const old = keyring.active().keyId;
  keyring.rotate(7 * day);
  const end = clock.now() + 7 * day + tuning.keyOverlapMs;
  pass(day);
  assert.equal(keyring.renew(), false);
  assert.equal(keyring.active().keyId, old);
  assert.equal(keyring.key(old)?.validUntil, end);
});

test('a key that expired long ago is still there after the next rotation, for old events', (t) => {
  const { keyring, open, pass } = setUp(t);
  const first = keyring.active();
  keyring.rotate(0);
  pass(tuning.keyOverlapMs + day);
  const end = keyring.key(first.keyId)?.validUntil;
  keyring.rotate(0);
  assert.equal(open().key(first.keyId)?.publicKey, first.signer.publicKey);
  assert.equal(open().key(first.keyId)?.validUntil, end);
});

test('however often it is rotated, every key that ever signed is kept', (t) => {
  const { keyring } = setUp(t);
  for (let turn = 0; turn < limits.keysInAnswerMax + 5; turn++) keyring.rotate(0);
  assert.equal(keyring.keys().length, limits.keysInAnswerMax + 6);
  assert.equal(keyring.keys()[0]?.keyId, keyring.active().keyId);
});

test('rotated twice while announced, the newest signs in the end', (t) => {
  const { keyring, pass } = setUp(t);
  const old = keyring.active().keyId;
  keyring.rotate(day);
  keyring.rotate(2 * day);
  assert.equal(keyring.active().keyId, old);
  pass(day);
  const between = keyring.active().keyId;
  pass(day);
  assert.equal(new Set([old, between, keyring.active().keyId]).size, 3);
});

test('our key’s validity is renewed long before it expires, and the key stays', (t) => {
  const { clock, keyring, open, pass } = setUp(t);
  const { keyId } = keyring.active();
  assert.equal(keyring.renew(), false);
  pass(tuning.keyValidityMs - tuning.keyRenewBeforeMs - 1);
  assert.equal(keyring.renew(), false);
  pass(1);
  assert.equal(keyring.renew(), true);
  assert.equal(keyring.renew(), false);
  assert.equal(open().active().keyId, keyId);
  assert.equal(open().active().validUntil, clock.now() + tuning.keyValidityMs);
});

test("a node that slept past its key's end renews it", (t) => {
  const { clock, keyring, pass } = setUp(t);
  pass(tuning.keyValidityMs + day);
  assert.equal(keyring.renew(), true);
  assert.ok(keyring.active().validUntil > clock.now());
});

test('no error, inspection or JSON of the keyring’s parts contains the seed', (t) => {
  const { keyring, file } = setUp(t);
  const seed = JSON.parse(file()).keys[0].seed as string;
  assert.match(seed, /^[0-9a-f]{64}$/);
  const told = [
    inspect(keyring.keys(), { depth: 10, showHidden: true }),
    JSON.stringify(keyring.keys()),
    JSON.stringify(keyring.active()),
    ...[() => keyring.setUp('b.test', 'b.test'), () => keyring.setUp('!', '!')].map((fail) => {
      try {
        fail();
        return '';
      } catch (error) {
        return inspect(error);
      }
    }),
  ].join('\n');
  assert.ok(!told.includes(seed));
  assert.ok(!told.includes(Buffer.from(seed, 'hex').toString('base64')));
});

test('a wiped key can’t sign', (t) => {
  const { keyring } = setUp(t);
  const { signer } = keyring.active();
  keyring.wipe();
  assert.equal(verifySignature('text', signer.sign('text'), signer.publicKey), false);
});

test('at a rotation the old key vouches for the new one, so that a holder of the old one knows it', (t) => {
  const { keyring, open } = setUp(t);
  const first = keyring.active();
  keyring.rotate(0);
  keyring.rotate(0);
  const [newest, second, oldest] = open().published();
  assert.equal(oldest?.chain, null);
  assert.equal(second?.chain?.key_id, first.keyId);
  assert.equal(newest?.chain?.key_id, second?.key_id);
  const held = new Map([[first.keyId, oldest?.public_key ?? '']]);
  const proven = provenKeys('a.test', held, open().published(), verifySignature);
  assert.deepEqual(
    proven.map((key) => key.key_id),
    [second?.key_id, newest?.key_id],
  );
});

test('a restored key verifies and is published, signs nothing, and claims nothing after now', (t) => {
  const { keyring, clock, file } = setUp(t);
  const dir = tempDir(t);
  const open = () => new Keyring(new KeyVault(dir, null), clock, systemPorts.random);
  writeFileSync(join(dir, 'identity.json'), file());
  keyring.rotate(0);
  const lost = keyring.published()[0];
  assert.ok(lost);
  const restored = open();
  assert.equal(restored.publicKeyOf(lost.key_id), undefined);
  restored.takeBack([lost]);
  restored.takeBack([lost, { ...lost, key_id: 'unproven', chain: null }]);
  assert.deepEqual(restored.publicKeyOf(lost.key_id), {
    publicKey: lost.public_key,
    validUntil: clock.now(),
  });
  assert.notEqual(restored.active().keyId, lost.key_id);
  assert.equal(restored.key(lost.key_id), undefined);
  assert.deepEqual(
    restored.published().map((key) => key.key_id),
    [restored.active().keyId, lost.key_id],
  );
  restored.rotate(0);
  assert.equal(open().publicKeyOf(lost.key_id)?.publicKey, lost.public_key, 'also after a restart');
});
