import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FederationClient } from '../../../../../main/client/federation-client.ts';
import type { Fact } from '../../../../../main/facts.ts';
import { Keyring } from '../../../../../main/identity/keyring.ts';
import { KeyVault } from '../../../../../main/identity/vault.ts';
import { createLog } from '../../../../../main/kernel/log.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { Store } from '../../../../../main/store/store.ts';
import { newPeer } from '../../../../../main/store/tables/peer-store.ts';
import { KeyExtensions } from '../../../../../main/trust/keys/key-extensions.ts';
import { KeyPins } from '../../../../../main/trust/keys/key-pins.ts';
import { KeyResolver } from '../../../../../main/trust/keys/key-resolver.ts';
import { PeerDirectory } from '../../../../../main/trust/peer-directory.ts';
import type { SettingsView } from '../../../../../shared/api/views/node-views.ts';
import { tempDir } from '../../../../support/temp.ts';
import { until } from '../../../../support/until.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';
import { inEnglish } from '../../../../support/words.ts';

const hour = 3_600_000;
const day = 24 * hour;
const publicKey = (n: number): string => n.toString(16).padStart(64, '0');

/** We, and b.test, whose key expires one day after the start, and which keeps using it. */
async function withPeer(t: TestContext, endpoint = 'https://b.test/_paracord/federation/v1') {
  const dir = tempDir(t);
  const clock = new VirtualClock();
  const store = new Store(join(dir, 'node.db'), { clock, defer: (job) => setImmediate(job) });
  const keyring = new Keyring(new KeyVault(dir, null), clock, systemPorts.random);
  keyring.setUp('us.test', 'us.test');
  const start = clock.now();
  const served = { keys: [{ key_id: 'k1', public_key: publicKey(1), valid_until: start + day }] };
  const there = { name: 'b.test', down: false, asked: 0, status: 200 };
  const client = {
    call: async () => {
      there.asked++;
      if (there.down) return { kind: 'network', error: 'no way' };
      const body = JSON.stringify({ server_name: there.name, ...served });
      return { kind: 'answer', status: there.status, headers: {}, body };
    },
  } as unknown as FederationClient;
  const reread: string[] = [];
  const tell = (fact: Fact) => {
    if (fact.fact === 'key-extended' && fact.missed) reread.push(fact.server);
  };
  const directory = new PeerDirectory(store, keyring, clock, tell);
  const setting = { on: true };
  const told: string[] = [];
  const pins = new KeyPins({ directory, client, clock, warn: () => (news) => told.push(inEnglish(news)) });
  const extensions = new KeyExtensions({
    directory,
    pins,
    client,
    clock,
    tell,
    log: createLog('silent'),
    settings: { get: () => ({ extend_keys: setting.on }) as SettingsView },
  });
  const keys = new KeyResolver({ keyring, directory, pins, extensions, clock });
  t.after(async () => {
    await extensions.stop();
    await store.close();
  });
  await directory.put({ ...newPeer('b.test', 'b.test'), mode: 'allow', endpoint });
  await pins.pin('b.test', served.keys as never);
  const row = () => directory.key('b.test', 'k1')!;
  const isAccepted = async () => {
    try {
      await keys.transportKey('b.test', 'k1');
      await keys.eventKey('b.test', ['k1'], clock.now());
      return true;
    } catch {
      return false;
    }
  };
  /** Timers that work on real files: each finishes before the next hour begins. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += hour) {
      await clock.advance(hour);
      await store.writer.write(() => {});
      await clock.settle();
    }
  };
  return {
    clock,
    start,
    served,
    there,
    setting,
    directory,
    keys,
    pins,
    extensions,
    row,
    isAccepted,
    pass,
    reread,
    told,
  };
}

test('a key in use after it expired is accepted without a gap after 25 hours, 49 hours and 30 days', async (t) => {
  const { clock, start, extensions, row, isAccepted, pass, there } = await withPeer(t);
  extensions.start();
  for (const at of [25 * hour, 49 * hour, 30 * day]) {
    while (clock.now() < start + at) {
      await pass(hour);
      // Never more than the present day and the hour ahead, so that a key withdrawn there ends here.
      const ahead = (row().extended_until ?? 0) - clock.now();
      assert.ok(ahead <= day + hour, String(ahead));
    }
    // Not by being used: the timer was ahead of that.
    const asked = there.asked;
    assert.ok(await isAccepted(), `${at / hour} h`);
    assert.equal(there.asked, asked);
  }
  assert.ok(there.asked < 70, `asked ${there.asked} times in 30 days`);
  assert.equal(row().valid_until, start + day, 'its own expiry is unchanged');
});

test('without the timer, the first use after a month extends the key before anything is refused', async (t) => {
  const { clock, isAccepted, there, row } = await withPeer(t);
  await clock.advance(30 * day);
  const all = await Promise.all(Array.from({ length: 20 }, isAccepted));
  assert.ok(all.every((one) => one));
  assert.equal(there.asked, 1);
  assert.equal(row().extended_until, clock.now() + day);
});

test('a key that is used after a sleep is asked about, although an older attempt still runs', async (t) => {
  const { clock, extensions, isAccepted, there } = await withPeer(t);
  await clock.advance(day + hour);
  const older = extensions.look();
  // It has its answer, and the store has not yet written it.
  for (let turns = 0; turns < 50; turns++) await Promise.resolve();
  assert.equal(there.asked, 1);
  clock.sleep(30 * day);
  assert.ok(await isAccepted());
  assert.equal(there.asked, 2);
  await older;
});

test('a peer that does not answer is trusted until the present extension ends, and no longer', async (t) => {
  const { clock, extensions, there, isAccepted, pass, row, directory, reread } = await withPeer(t);
  extensions.start();
  await pass(30 * hour);
  there.down = true;
  const end = row().extended_until!;
  while (clock.now() + hour < end) {
    await pass(hour);
    assert.ok(await isAccepted());
  }
  await pass(2 * hour);
  assert.ok(!(await isAccepted()));
  assert.equal(extensions.why(directory.get('b.test')!), 'no-answer');
  // It is back: events refused in the meantime are read again.
  there.down = false;
  await pass(hour);
  assert.ok(await isAccepted());
  assert.deepEqual(reread, ['b.test']);
});

test('a key that its server has withdrawn is refused from the moment this is seen', async (t) => {
  const { clock, extensions, served, isAccepted, pass, row, keys } = await withPeer(t);
  extensions.start();
  await pass(30 * hour);
  assert.ok(await isAccepted());
  served.keys = [{ key_id: 'k2', public_key: publicKey(2), valid_until: clock.now() + 60 * day }];
  const end = row().extended_until!;
  while (clock.now() < end - hour) await pass(hour);
  await clock.advance(hour / 2);
  await clock.settle();
  assert.ok(row().extended_until! < end);
  assert.ok(!(await isAccepted()));
  assert.equal(await keys.transportKey('b.test', 'k2'), publicKey(2));
});

const attacks: Readonly<Record<string, (world: Awaited<ReturnType<typeof withPeer>>) => void>> = {
  'another key under the same id': ({ served }) => {
    served.keys[0]!.public_key = publicKey(9);
  },
  'the keys of another server': ({ there }) => {
    there.name = 'evil.test';
  },
  'a redirect': ({ there }) => {
    there.status = 302;
  },
  'no keys': ({ served }) => {
    served.keys = [];
  },
  'a newer key beside the old one': ({ served, clock }) => {
    served.keys.push({ key_id: 'k2', public_key: publicKey(2), valid_until: clock.now() + 60 * day });
  },
};
for (const [what, attack] of Object.entries(attacks))
  test(`an expired key is not extended by ${what}`, async (t) => {
    const world = await withPeer(t);
    attack(world);
    world.extensions.start();
    await world.pass(26 * hour);
    assert.ok(!(await world.isAccepted()));
    assert.equal(world.row().extended_at, null);
  });

test('over plain http, an impostor’s answer extends nothing, and the peer is not even asked', async (t) => {
  const lan = await withPeer(t, 'http://192.168.1.5:8448/_paracord/federation/v1');
  lan.extensions.start();
  await lan.pass(26 * hour);
  assert.ok(!(await lan.isAccepted()));
  assert.equal(lan.there.asked, 0);
  assert.equal(lan.extensions.why(lan.directory.get('b.test')!), 'open-line');
});

test('forged requests with an expired key cause at most one call a minute', async (t) => {
  const { clock, there, isAccepted } = await withPeer(t);
  there.down = true;
  await clock.advance(2 * day);
  for (let i = 0; i < 20; i++) assert.ok(!(await isAccepted()));
  assert.equal(there.asked, 1);
  await clock.advance(61_000);
  await isAccepted();
  assert.equal(there.asked, 2);
});

test('an owner who turns extension off is asked again once the present one is over', async (t) => {
  const { clock, setting, extensions, isAccepted, pass, directory, there } = await withPeer(t);
  extensions.start();
  await pass(30 * hour);
  setting.on = false;
  const asked = there.asked;
  assert.ok(await isAccepted());
  await pass(26 * hour);
  assert.ok(!(await isAccepted()));
  assert.equal(extensions.why(directory.get('b.test')!), 'off');
  assert.equal(there.asked, asked);
  setting.on = true;
  await extensions.look();
  await until([], 'the extension', async () => directory.key('b.test', 'k1')!.extended_until! > clock.now());
  assert.ok(await isAccepted());
});

test('a blocked or forgotten server is not asked for its keys', async (t) => {
  const { directory, extensions, pass, there, row } = await withPeer(t);
  await directory.change('b.test', { mode: 'block' });
  extensions.start();
  await pass(26 * hour);
  assert.equal(there.asked, 0);
  assert.equal(row().extended_at, null);
});
