import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodies, pictureOf } from '../support/browser/picture.ts';
import { ExistingServer, skipWithoutServer } from '../support/existing-server/existing-server.ts';
import { startLocalNode } from '../support/nodes/local-node.ts';
import { until } from '../support/until.ts';

const skip = skipWithoutServer;

/**
 * Bodies of the messages that it has for its peers. It records these after it has answered the author, so if it is
 * killed in between, a message is in its channel but not in any event.
 */
const recordedAt = (server: ExistingServer): string[] =>
  server
    .read<{ content: string }>("SELECT content FROM federation_events WHERE event_type = 'm.message'")
    .map(({ content }) => String((JSON.parse(content) as { body: unknown }).body));

test('every message of an existing server reaches its peers, even if the server is killed three times under load', {
  skip,
}, async (t) => {
  const server = await ExistingServer.start(t);
  const a = await startLocalNode(t, { name: 'a.test' });
  await a.api.addPeer({ endpoint: server.url });
  await server.addPeer(a);
  await a.api.joinRoom({ room_id: server.room });
  const sent: string[] = [];
  const write = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const body = `message ${i}`;
      const id = await server.post(i % 2 === 0 ? 'admin' : 'bob', body).catch(() => null);
      // It was killed while it wrote, so it may have the message or not.
      if (id !== null) sent.push(body);
    }
  };
  for (let i = 0; i < 3; i++) {
    await write(i * 20, i * 20 + 15);
    await Promise.all([write(i * 20 + 15, i * 20 + 20), server.kill()]);
    await server.up();
  }
  const recorded = new Set(recordedAt(server));
  const expected = sent.filter((body) => recorded.has(body));
  // How many it loses by a kill doesn't matter here; this only shows that there was traffic.
  assert.ok(expected.length >= 30, `${expected.length} of ${sent.length} are there for peers`);
  await until([a], 'all that it has', async () => {
    const got = bodies(await pictureOf(a.api, server.room));
    return expected.every((body) => got.includes(body));
  });
});

test('in a room of an existing server where a third server has written, a first join and every rejoin complete at once', {
  skip,
}, async (t) => {
  const server = await ExistingServer.start(t);
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  const room_id = server.room;
  for (const node of [a, b]) {
    await node.api.addPeer({ endpoint: server.url });
    await server.addPeer(node);
  }
  await b.api.joinRoom({ room_id });
  await b.api.postMessage({ room_id, body: 'from a third server' });
  await until([b], 'it has that', async () => (await b.api.outbox({})).items.length === 0);
  for (let i = 0; i < 3; i++) {
    assert.equal((await a.api.joinRoom({ room_id })).membership, 'joined');
    await a.api.postMessage({ room_id, body: `after join ${i}` });
    await a.api.leaveRoom({ room_id });
  }
});
