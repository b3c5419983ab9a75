import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { answer, type FederationRoute } from '../../../main/http/federation/request.ts';
import { type Envelope, wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { writeBatch } from '../../../shared/protocol/events/event-batch.ts';
import { federationPrefix, wellKnownPath } from '../../../shared/protocol/transport.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import type { Station } from '../../support/sim/network.ts';
import type { SimNode } from '../../support/sim/node.ts';
import { World } from '../../support/sim/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A member server that signs what the test says, and takes whatever it gets. */
class Liar implements Station {
  readonly name = 'evil.test';
  readonly run = 1;
  readonly isHostile = true;
  readonly raw = new RawPeer(this.name, this.name, Buffer.alloc(32, 9));
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.raw.validUntil = world.clock.now() + 90 * day;
    world.network.place(this);
  }

  readonly routes: readonly FederationRoute[] = [
    {
      method: 'GET',
      path: wellKnownPath,
      handle: async () =>
        answer(200, {
          server_name: this.name,
          domain: this.name,
          enabled: true,
          version: 'federation-v1',
          federation_endpoint: federationPrefix,
          extensions: [],
        }),
    },
    { method: 'GET', path: `${federationPrefix}/keys`, handle: async () => answer(200, this.raw.keys()) },
    {
      method: 'POST',
      path: `${federationPrefix}/event`,
      handle: async () => answer(202, { inserted: true }),
    },
    { method: 'GET', path: `${federationPrefix}/events`, handle: async () => answer(200, { events: [] }) },
  ];

  now(): number {
    return this.#world.clock.now();
  }

  async call(to: SimNode, path: string, body: string): Promise<[status: number, body: string]> {
    await this.#world.clock.advance(10);
    const target = federationPrefix + path;
    const request = {
      method: 'POST' as const,
      url: `http://${to.name}${target}`,
      body,
      headers: this.raw.headers('POST', target, body, this.now(), to.name),
      policy: { byOwner: true, tlsSha256: null },
      timeoutMs: 15_000,
      answerBytesMax: 1_000_000,
    };
    const port = this.#world.network.portOf(this.name, () => true);
    const result = await this.#world.wait(port.request(request));
    return result.kind === 'answer' ? [result.status, result.body] : [0, ''];
  }

  /** Pushes an event as if it had been sent to everybody, so that the home passes it on to nobody. */
  async push(to: SimNode, event: Envelope): Promise<void> {
    const body = writeBatch([{ event: wireEvent(event), sentTo: ['home.test', 'guest.test'] }]);
    const [status, answered] = await this.call(to, '/events', body);
    assert.match(`${status} ${answered}`, /^200 .*202/);
  }
}

const found = async (node: SimNode) =>
  (await node.api.doctor({})).findings
    .filter(({ code }) => code === 'event-id-reused')
    .map(({ subject, severity, text }) => ({ subject, severity, text }));

const texts = async (node: SimNode, room_id: string) =>
  (await node.api.timeline({ room_id })).items.map(({ body }) => body);

async function liarInRoom(t: TestContext) {
  const world = new World(t, { seed: 5, names: ['home.test', 'guest.test'] });
  const [home, guest] = [world.node('home.test'), world.node('guest.test')];
  await world.setUp();
  await world.befriend(home, guest);
  const { room_id } = await home.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await world.wait(guest.api.joinRoom({ room_id }));
  const liar = new Liar(world);
  for (const node of [home, guest]) await world.wait(node.api.addPeer({ endpoint: `http://${liar.name}` }));
  const user_id = '@eve:evil.test';
  const join = JSON.stringify({ origin_server: liar.name, room_id, user_id });
  assert.equal((await liar.call(home, '/join', join))[0], 200);
  await world.clock.advance(minute);
  const at = world.clock.now();
  /** Each time with the same ID, and in the same place. */
  const say = (body: string) =>
    liar.raw.event({
      room: room_id,
      type: 'm.message',
      sender: user_id,
      event_id: '$77:evil.test',
      origin_ts: at,
      depth: at,
      content: { body, msgtype: 'm.text', channel_id: '1', message_id: '77' },
    });
  return { world, home, guest, liar, room_id, say };
}

test('each owner learns of a member that tells every server another text under one ID, also after a restart', async (t) => {
  const { world, home, guest, liar, room_id, say } = await liarInRoom(t);
  await liar.push(home, say('the door code is 4711'));
  await liar.push(guest, say('the door code is 1234'));
  assert.deepEqual(await texts(home, room_id), ['the door code is 4711']);
  assert.deepEqual(await texts(guest, room_id), ['the door code is 1234']);
  for (const node of [home, guest]) assert.deepEqual(await found(node), [], node.name);
  await world.clock.advance(hour);
  const finding = { subject: liar.name, severity: 'warning' };
  for (const node of [home, guest]) {
    const [{ text, ...rest } = { text: '' }, ...others] = await found(node);
    assert.deepEqual([rest, others], [finding, []], node.name);
    assert.match(text, /^Both have the ID \$77:evil\.test\./);
    await world.wait(node.stop());
    await node.start();
    assert.equal((await found(node)).length, 1, 'it is on disk');
  }
  assert.deepEqual(await texts(home, room_id), ['the door code is 4711'], 'the first one stays');
  await world.wait(home.api.changePeer({ server_name: liar.name, mode: 'block' }));
  assert.deepEqual(await found(home), [], 'the owner has decided');
});

test('another text that arrives under a stored ID is refused, and the owner learns of it', async (t) => {
  const { home, liar, say } = await liarInRoom(t);
  await liar.push(home, say('one'));
  for (const body of ['two', 'three', 'two']) {
    const [status, answered] = await liar.call(home, '/event', wireEvent(say(body)));
    assert.equal(status, 409);
    assert.match(answered, /event_id_conflict/);
  }
  assert.equal((await found(home)).length, 1);
});
