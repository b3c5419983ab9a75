import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { Store } from '../../../main/store/store.ts';
import { ApiError } from '../../../shared/api/client.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { takes } from '../../support/attack/node.ts';
import { overwrite } from '../../support/damage.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { tempDir } from '../../support/temp.ts';

async function running(t: TestContext) {
  const node = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  await node.api.addPeer({ endpoint: raw.url });
  raw.handlers.set('/event', takes);
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const join = JSON.stringify({ origin_server: 'raw.test', room_id, user_id: '@user:raw.test' });
  assert.equal((await raw.call(node.url, 'POST', '/join', join)).status, 200);
  await node.api.postMessage({ room_id, body: 'hello' });
  return { node, raw, room_id };
}

/** Returns what the owner gets: the answer, or the refusal that asks to retry. */
async function outcome(work: Promise<unknown>): Promise<'done' | 'asked to retry'> {
  try {
    await work;
    return 'done';
  } catch (error) {
    const { message, retryAfterSeconds } = error as ProtocolError;
    assert.ok(error instanceof ProtocolError || error instanceof ApiError, String(error));
    assert.match(message, /The database is damaged/);
    assert.equal(retryAfterSeconds, 60);
    return 'asked to retry';
  }
}

for (const tables of [
  ['federation_events'],
  ['federation_outbound_queue', 'federation_outbound_queue_by_lane'],
  ['meta'],
  ['rooms', 'users'],
])
  test(`damage in ${tables[0]} that shows while the node runs is a finding, and calls that need the table get 503`, async (t) => {
    const { node, raw, room_id } = await running(t);
    overwrite(t, node.dataDir, ...tables);
    const pushed = await raw.post(node.url, raw.message(room_id, 'pushed'));
    assert.ok([202, 503].includes(pushed.status), `${pushed.status}`);
    if (pushed.status === 503) assert.equal(pushed.headers.get('retry-after'), '60');
    const tried = [
      await outcome(node.api.postMessage({ room_id, body: 'posted' })),
      await outcome(node.api.outbox({})),
      await outcome(node.api.addUser({ localpart: 'bea' })),
      await outcome(node.api.changeSettings({ paused: false })),
    ];
    assert.ok(tried.includes('asked to retry') || pushed.status === 503);

    const { findings } = await node.api.doctor({});
    const finding = findings.find(({ code }) => code === 'database-damaged');
    assert.equal(finding?.severity, 'error');
    assert.match(finding?.fix ?? '', /paracord-node repair/);
    assert.equal((await node.api.status({})).health.state, 'broken');
    await node.stop();
  });

test('damage in the list of peers neither lets a blocked peer in nor turns a trusted one into a stranger', async (t) => {
  const { node, raw, room_id } = await running(t);
  const blocked = await new RawPeer('blocked.test').listen(t);
  await node.api.addPeer({ endpoint: blocked.url });
  await node.api.changePeer({ server_name: 'blocked.test', mode: 'block' });
  overwrite(t, node.dataDir, 'federation_peer_trust_state', 'federation_server_keys');

  // The transaction of a new peer is rolled back, and what is remembered of the peers would be read again.
  const late = await new RawPeer('late.test').listen(t);
  assert.equal(await outcome(node.api.addPeer({ endpoint: late.url })), 'asked to retry');
  const { body } = await blocked.call(node.url, 'GET', '/queue');
  assert.deepEqual(body.details, { reason: 'origin_blocked' });
  const read = `/events?room_id=${encodeURIComponent(room_id)}&since_depth=0`;
  assert.equal((await raw.call(node.url, 'GET', read)).status, 200);
  assert.ok((await node.api.doctor({})).findings.some(({ code }) => code === 'database-damaged'));
  await node.stop();
});

test('damage is noticed by the statement that hits it, even if its caller ignores the error', async (t) => {
  const dataDir = tempDir(t);
  const store = new Store(join(dataDir, 'node.db'), systemPorts);
  overwrite(t, dataDir, 'rooms', 'rooms_by_creation');
  assert.equal(store.disk.trouble, null);
  assert.throws(() => store.rooms.rooms(), { code: 'SQLITE_CORRUPT' });
  assert.equal(store.disk.trouble, 'damaged');
  await store.close();
});
