/** Floods of connections against a node in a process of its own: people and peers share its listener. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { wireEvent } from '../../shared/protocol/events/envelope.ts';
import { federationPrefix, wellKnownPath } from '../../shared/protocol/transport.ts';
import { atEnd } from '../support/at-end.ts';
import { addRaw } from '../support/attack/home.ts';
import { joins } from '../support/attack/node.ts';
import { type Line, open, writtenWithLength } from '../support/attack/socket.ts';
import { startChildNode } from '../support/nodes/child-node.ts';
import { joined, openTo, Visitor } from '../support/nodes/people.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/until.ts';

/** A node with a peer whose user is in a room with Ben, who looks at it. */
async function ground(t: TestContext) {
  const child = await startChildNode({ name: 'a.test', dataDir: tempDir(t) });
  atEnd(t, () => child.stop());
  const node = { api: child.api, url: child.federation };
  const raw = await addRaw(t, node, 'raw.test');
  await openTo(node);
  const room = (await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' })).room_id;
  assert.equal((await joins({ node, raw, room })).status, 200);
  const ben = await joined(node, 'ben', { rooms: [room] });
  return { node, raw, room, ben };
}

/** Opens as many connections, each with the beginning of this request. */
async function flood(t: TestContext, url: string, count: number, begun: string): Promise<readonly Line[]> {
  const lines: Line[] = [];
  atEnd(t, () => {
    for (const { socket } of lines) socket.destroy();
  });
  for (let n = 0; n < count; n += 200)
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        const line = await open(url);
        lines.push(line);
        line.socket.write(begun);
      }),
    );
  // The last request came after all of them.
  assert.equal((await fetch(url + wellKnownPath)).status, 200);
  return lines;
}

const cutOff = (lines: readonly Line[]): number => lines.filter(({ socket }) => socket.destroyed).length;

test('4,400 connections of strangers to the federation take no stream from people, and keep nobody out', async (t) => {
  const { node, raw, room, ben } = await ground(t);
  const stream = await ben.stream();
  let isOpen = true;
  void stream.ended.then(() => {
    isOpen = false;
  });
  const target = `${federationPrefix}/event`;
  const body = wireEvent(raw.message(room, 'never sent'));
  const begun = writtenWithLength('POST', target, Object.entries(raw.headers('POST', target, body)), body);
  const lines = await flood(t, node.url, 4400, begun.slice(0, -body.length));
  await until([], 'the 400 beyond the 4,000 of the listener', () => cutOff(lines) >= 400);
  const { event_id } = await node.api.postMessage({ room_id: room, body: 'through the flood' });
  await stream.heard(event_id);
  const phone = new Visitor(node);
  assert.equal((await phone.logIn('ben')).status, 200);
  const second = await phone.stream();
  const { event_id: answer } = await ben.api.postMessage({ room_id: room, body: 'and back' });
  await Promise.all([stream.heard(answer), second.heard(answer)]);
  assert.equal(isOpen, true);
});

test('1,800 connections of strangers to the entrance, and the streams of a person, take nothing from peers', async (t) => {
  const { node, raw, room, ben } = await ground(t);
  for (let n = 0; n < 32; n++) await ben.stream();
  const begun = [
    'POST /entrance/login HTTP/1.1\r\nHost: a.test\r\nOrigin: https://a.test\r\nSec-Fetch-Site: same-origin',
    'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
  ].join('\r\n');
  const lines = await flood(t, node.url, 1800, begun);
  await until([], 'the 300 beyond the 1,500 of the entrance', () => cutOff(lines) >= 300);
  for (let n = 0; n < 20; n++)
    assert.equal((await raw.post(node.url, raw.message(room, `honest ${n}`))).status, 202);
  assert.equal((await ben.api.timeline({ room_id: room })).items.length, 20);
});
