import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Callee, Signing } from '../../../../../main/client/federation-client.ts';
import type { HttpResult } from '../../../../../main/client/http.ts';
import { newPeer, type PeerRow } from '../../../../../main/store/tables/peer-store.ts';
import { FormProbe, type FormProbeDeps } from '../../../../../main/trust/contact/form-probe.ts';
import { said } from '../../../../../shared/words/said.ts';
import { refusalBody } from '../../../../support/refusal.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const server = 'chat.test';
const endpoint = 'https://host.test:8443/_paracord/federation/v1';
type Answers = (asked: Signing) => number | 'down' | 'page';

/** A server that answers the question by how it was signed. */
function probeOf(answers: Answers, known: Partial<PeerRow> = {}) {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const told: string[] = [];
  let peer: PeerRow = { ...newPeer(server, 'users.test'), endpoint, ...known };
  let active = 'ed25519:now';
  const probe = new FormProbe({
    directory: {
      get: () => peer,
      change: async (_: string, change: Partial<PeerRow>, also: (tx: object) => void) => {
        peer = { ...peer, ...change };
        also({ afterCommit: (job: () => void) => job() });
      },
    },
    client: {
      async sendAs(_: Callee, call: { path: string }, signing: Signing): Promise<HttpResult> {
        assert.equal(call.path, '/event/$0:check.invalid');
        asked.push([signing.destination ?? 'bare', ...(signing.keyId ? [signing.keyId] : [])].join(' '));
        const status = answers(signing);
        if (status === 'down') return { kind: 'network', error: said('network.no_answer') };
        if (status === 'page') return { kind: 'answer', status: 404, headers: {}, body: '<html>' };
        return { kind: 'answer', status, headers: {}, body: refusalBody() };
      },
    },
    keyring: { active: () => ({ keyId: active }) },
    clock,
    tell: ({ fact }: { fact: string }) => told.push(fact),
  } as unknown as FormProbeDeps);
  const learn = () =>
    probe.learn({
      endpoint,
      policy: { byOwner: false, tlsSha256: null },
      server,
      learns: true,
      keyId: peer.proved_key,
    });
  return {
    probe,
    clock,
    asked,
    told,
    learn,
    row: () => peer,
    rotate: (keyId: string) => {
      active = keyId;
    },
  };
}

const name =
  (wanted: string): Answers =>
  (signing) =>
    signing.destination === null ? 401 : signing.destination === wanted ? 404 : 403;

/** The answer of each era to each form (docs/protocol/existing-server.md, "Who takes which form"). */
const eras: Readonly<Record<string, { answers: Answers; asked: string[]; found: string | null }>> = {
  'until 0.9.1': {
    answers: (s) => (s.destination === null ? 404 : 403),
    asked: [server, 'bare'],
    found: null,
  },
  '1.0': { answers: (s) => (s.destination === null ? 404 : name(server)(s)), asked: [server], found: server },
  '3.x': { answers: name(server), asked: [server], found: server },
  '3.x, which knows us by its domain': {
    answers: name('users.test'),
    asked: [server, 'bare', 'users.test'],
    found: 'users.test',
  },
  '3.x, which knows itself by the host of its address': {
    answers: name('host.test'),
    asked: [server, 'bare', 'users.test', 'host.test'],
    found: 'host.test',
  },
};
for (const [era, { answers, asked, found }] of Object.entries(eras))
  test(`the form of a server of ${era} is proved by its 404, and kept`, async () => {
    const world = probeOf(answers);
    const { signing, why } = await world.learn();
    assert.deepEqual([signing, why, world.asked], [{ destination: found, keyId: null }, null, asked]);
    const { form, destination, proved_key, proved_at, form_since, form_before } = world.row();
    assert.deepEqual([form, destination], [found === null ? 'bare' : 'addressed', found]);
    assert.deepEqual([proved_key, proved_at], ['ed25519:now', world.clock.now()]);
    assert.deepEqual([form_since, form_before], [world.clock.now(), null]);
  });

test('a server that refuses every form hasn’t added us, or refuses what it can read', async () => {
  const stranger = probeOf(() => 403);
  assert.deepEqual(
    [(await stranger.learn()).signing, stranger.probe.whyRefused(server)],
    [null, 'not_added'],
  );
  const newer = probeOf((signing) => (signing.destination === null ? 401 : 403));
  assert.deepEqual(
    [(await newer.learn()).signing, newer.probe.whyRefused(server)],
    [null, 'addressed_refused'],
  );
  for (const { row } of [stranger, newer]) assert.deepEqual([row().form, row().destination], [null, null]);
});

test('silence and a web page prove nothing, and change nothing', async () => {
  for (const answer of ['down', 'page', 500] as const) {
    const world = probeOf(() => answer, { form: 'addressed', destination: server });
    const { signing, why } = await world.learn();
    assert.deepEqual([signing, why, world.asked.length], [null, null, 1]);
    assert.deepEqual([world.row().form, world.row().destination], ['addressed', server]);
  }
});

test('a refusal is asked about once in ten seconds, however many calls wait for it', async () => {
  const world = probeOf(() => 403);
  await Promise.all([world.learn(), world.learn(), world.learn()]);
  await world.learn();
  assert.equal(world.asked.length, 2);
  await world.clock.advance(10_000);
  await world.learn();
  assert.equal(world.asked.length, 4);
});

test('a recent proof says nothing about a later refusal', async () => {
  let isKnown = true;
  const world = probeOf(() => (isKnown ? 404 : 403));
  assert.notEqual((await world.learn()).signing, null);
  isKnown = false;
  assert.deepEqual([(await world.learn()).signing, world.probe.whyRefused(server)], [null, 'not_added']);
});

test('a server that went back to an older version is spoken to in the bare form only once it proved that', async () => {
  let answers: Answers = name(server);
  const world = probeOf((signing) => answers(signing), { addresses_us: 1 });
  await world.learn();
  answers = (signing) => (signing.destination === null ? 403 : 403);
  await world.clock.advance(10_000);
  assert.equal((await world.learn()).signing, null);
  assert.deepEqual([world.row().form, world.row().addresses_us], ['addressed', 1]);
  answers = (signing) => (signing.destination === null ? 404 : 403);
  await world.clock.advance(10_000);
  await world.learn();
  const { form, destination, form_before, addresses_us } = world.row();
  assert.deepEqual([form, destination, form_before, addresses_us], ['bare', null, 'addressed', 0]);
});

test('a server that knows only an older key of ours is called with that one until it accepts the new one', async () => {
  let accepted = 'ed25519:now';
  const active = { keyId: 'ed25519:now' };
  const world = probeOf((signing) =>
    signing.destination === null ? 401 : (signing.keyId ?? active.keyId) === accepted ? 404 : 403,
  );
  await world.learn();
  active.keyId = 'ed25519:next';
  world.rotate('ed25519:next');
  await world.clock.advance(10_000);
  assert.deepEqual((await world.learn()).signing, { destination: server, keyId: 'ed25519:now' });
  assert.equal(world.row().proved_key, 'ed25519:now');
  accepted = 'ed25519:next';
  await world.clock.advance(10_000);
  assert.deepEqual((await world.learn()).signing, { destination: server, keyId: null });
  assert.deepEqual([world.row().proved_key, world.row().proved_at], ['ed25519:next', world.clock.now()]);
});

test('a server that answers 401 to every form says nothing about us: its clock may differ', async () => {
  const world = probeOf(() => 401);
  assert.deepEqual([(await world.learn()).signing, world.probe.whyRefused(server)], [null, null]);
});
