import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Http, HttpRequest, HttpResult } from '../../../main/client/http.ts';
import { UndiciHttp } from '../../../main/client/undici-http.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { startPair } from '../../support/standby/pair.ts';
import { until } from '../../support/until.ts';

/** The network of one of the nodes, in which peers have addresses that lead to this computer. */
class Network implements Http {
  readonly #http = new UndiciHttp();
  readonly #peers: ReadonlyMap<string, RawPeer>;
  /** The peers to which it sent events. */
  readonly sentTo: string[] = [];

  constructor(peers: ReadonlyMap<string, RawPeer>) {
    this.#peers = peers;
  }

  request(request: HttpRequest): Promise<HttpResult> {
    const { host, pathname, search } = new URL(request.url);
    const peer = this.#peers.get(host);
    if (!peer) return this.#http.request(request);
    if (request.method === 'POST' && /\/events?$/.test(pathname)) this.sentTo.push(host);
    const policy = { byOwner: true, tlsSha256: null };
    return this.#http.request({ ...request, url: peer.url + pathname + search, policy });
  }

  seenCertificate = () => null;

  close = () => this.#http.close();
}

/** A peer that accepts everything. */
async function peerAt(t: TestContext, name: string): Promise<RawPeer> {
  const peer = new RawPeer(name, name);
  const accepted = { event_id: '$x', inserted: true };
  peer.handlers.set('/event', () => ({ status: 202, body: accepted }));
  peer.handlers.set('/events', ({ method, body }) => {
    if (method === 'GET') return { status: 200, body: { events: [] } };
    const { events } = JSON.parse(body) as { events: unknown[] };
    return { status: 200, body: { results: events.map(() => ({ status: 202, answer: accepted })) } };
  });
  return await peer.listen(t);
}

test('what a leader signs reaches each peer through one of the nodes, and through the leader once it is alone', async (t) => {
  const peers = new Map<string, RawPeer>();
  for (let n = 1; n <= 8; n++) peers.set(`far-${n}.test`, await peerAt(t, `far-${n}.test`));
  const [byLeader, byStandby] = [new Network(peers), new Network(peers)];
  const { leader, standby } = await startPair(t, { leader: byLeader, standby: byStandby });
  const { room_id } = await leader.api.createRoom({ name: 'Far', join_rule: 'peers' });
  for (const [host, peer] of peers) {
    await leader.api.addPeer({ endpoint: `https://${host}` });
    const join = { origin_server: peer.name, room_id, user_id: `@user:${peer.domain}` };
    assert.equal((await peer.call(leader.url, 'POST', '/join', JSON.stringify(join))).status, 200);
  }
  const untilDelivered = () =>
    until([leader], 'all to be delivered', async () => {
      const { items } = await leader.api.outbox({});
      return items.every(({ server_name }) => !peers.has(server_name));
    });
  let count = 0;
  /** Who sent a message to which peers. */
  const post = async () => {
    await untilDelivered();
    for (const { sentTo } of [byLeader, byStandby]) sentTo.length = 0;
    const { event_id } = await leader.api.postMessage({ room_id, body: `message ${++count}` });
    await until([leader], 'all to have it', () =>
      [...peers.values()].every(({ requests }) => requests.some(({ body }) => body.includes(event_id))),
    );
    return { leader: [...byLeader.sentTo], standby: [...byStandby.sentTo] };
  };
  await until([leader], 'the standby to send', async () => (await post()).standby.length > 0);

  const shares = await post();
  assert.deepEqual([...shares.leader, ...shares.standby].sort(), [...peers.keys()].sort(), 'each once');
  assert.ok(shares.standby.length > 0);
  await untilDelivered();

  await standby.stop();
  const alone = await post();
  assert.deepEqual([alone.leader.sort(), alone.standby], [[...peers.keys()].sort(), []]);
});
