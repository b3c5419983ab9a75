import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventVerifier, type VerifyDeps } from '../../../../main/events/verify.ts';
import type { Step } from '../../../../main/kernel/meter.ts';
import { forbidden } from '../../../../shared/protocol/errors.ts';
import { type Envelope, parseEnvelope } from '../../../../shared/protocol/events/envelope.ts';
import { said } from '../../../../shared/words/said.ts';
import { refusedLater } from '../../../support/words.ts';

const [us, peer] = ['us.test', 'peer.test'];
const scope = { scope: 'event' };
const hex = (n: number): string => String(n).repeat(128);

interface Change {
  readonly by?: string;
  readonly sender?: string;
  readonly signatures?: Readonly<Record<string, string>>;
  readonly event_type?: string;
}

function event({ by = peer, signatures = { k1: hex(1) }, ...more }: Change = {}): Envelope {
  return parseEnvelope(
    JSON.stringify({
      event_id: `$1:${by}`,
      room_id: '!1:home.test',
      event_type: 'm.x',
      sender: `@b:${by}`,
      origin_server: by,
      origin_ts: 5,
      depth: 1,
      state_key: null,
      content: {},
      ...more,
      signatures: { [by]: signatures },
    }),
  );
}

function verifierFor() {
  const standings = new Map([[peer, 'allowed']]);
  const known = new Set([`${peer} k1`]);
  const steps: string[] = [];
  const measured: string[] = [];
  /** The text under each signature; without an entry, the event as it is. */
  const over = new Map<string, string>();
  const world = { noKey: new Set<string>(), failing: null as Error | null };
  const deps = {
    directory: {
      standing: (server: string) => standings.get(server) ?? 'unknown',
      key: (server: string, keyId: string) => (known.has(`${server} ${keyId}`) ? {} : undefined),
      get: () => undefined,
    },
    keyring: { serverName: us, domain: 'our-domain.test' },
    keys: {
      eventKey: async (server: string, [keyId = '']: string[], at: number) => {
        steps.push(`${server} ${keyId} ${at}`);
        if (world.failing) throw world.failing;
        if (world.noKey.has(keyId)) throw forbidden(said('wire.bad_transport_signature'));
        return { publicKey: keyId };
      },
    },
    verifier: {
      verify: async (text: string, signature: string) =>
        over.get(signature) === undefined || over.get(signature) === text,
    },
    meter: {
      begin: (step: Step) => {
        measured.push(`begin ${step}`);
        return () => void measured.push(`end ${step}`);
      },
    },
  } as unknown as VerifyDeps;
  const verifier = new EventVerifier(deps);
  const verify = (change: Change = {}, hop: string | null = change.by ?? peer) =>
    verifier.verify(event(change), hop);
  return {
    standings,
    known,
    steps,
    measured,
    over,
    world,
    verify,
    refuses: (change?: Change, hop?: string | null) => refusedLater(verify(change, hop)),
  };
}

test('the time of a verified event is measured, and that of a refused one is not', async () => {
  const { verify, refuses, over, measured } = verifierFor();
  await verify();
  assert.deepEqual(measured.splice(0), ['begin verify', 'end verify']);
  over.set(hex(1), 'something else');
  await refuses();
  assert.deepEqual(measured, ['begin verify']);
});

test('one valid signature is enough, and known keys are tried first', async () => {
  const { verify, over, steps, known } = verifierFor();
  const signatures = { k2: hex(2), k1: hex(1), k3: hex(3) };
  assert.equal((await verify({ signatures })).keyId, 'k1');
  assert.deepEqual(steps, [`${peer} k1 5`]);
  over.set(hex(1), 'something else');
  assert.equal((await verify({ signatures })).keyId, 'k2');
  known.add(`${peer} k3`);
  assert.equal((await verify({ signatures })).keyId, 'k3');
});

test('if no signature verifies, the first refusal is the reason', async () => {
  const { refuses, over, world } = verifierFor();
  over.set(hex(1), 'something else').set(hex(2), 'something else');
  const bad = (key: string) => ['FORBIDDEN', 'event.bad_signature', { server: peer, key }, scope];
  assert.deepEqual(await refuses(), bad('k1'));
  world.noKey.add('k2');
  assert.deepEqual(await refuses({ signatures: { k2: hex(2), k1: hex(1) } }), bad('k1'));
  world.noKey.add('k1');
  assert.deepEqual(await refuses(), ['FORBIDDEN', 'wire.bad_transport_signature', {}]);
});

test('a failure of this node to check isn’t a refusal', async () => {
  const { verify, world, steps } = verifierFor();
  world.failing = new Error('no thread');
  await assert.rejects(verify({ signatures: { k1: hex(1), k2: hex(2) } }), world.failing);
  assert.deepEqual(steps, [`${peer} k1 5`], 'the next key is not tried either');
});

test('an event written here needs no standing', async () => {
  const { verify, standings } = verifierFor();
  standings.set(us, 'blocked');
  for (const sender of [`@a:${us}`, '@a:our-domain.test'])
    assert.equal((await verify({ by: us, sender }, null)).quarantined, false);
});

test('an event whose content does not mean what its type says is refused before its origin is looked at', async () => {
  const { refuses, steps } = verifierFor();
  assert.equal((await refuses({ event_type: 'm.message', by: 'nobody.test' }))[0], 'BAD_REQUEST');
  assert.deepEqual(steps, []);
});
