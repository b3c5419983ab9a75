import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { holdMsMax } from '../../../main/recovery/judge.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { befriend, type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

/** Two servers in a room of `home`; the other wrote something that its backup lacks. The home is down. */
async function world(t: TestContext) {
  const clock = new LeapingClock();
  const ports = { ...systemPorts, clock };
  const a = await startLocalNode(t, { name: 'a.test', ports });
  const home = await startLocalNode(t, { name: 'home.test', ports });
  await befriend(a, home);
  const { room_id } = await home.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await a.api.joinRoom({ room_id });
  const { folder } = await a.api.backUp({});
  const lost = await a.api.postMessage({ room_id, body: 'lost' });
  await until(
    [a, home],
    'the home has it',
    async () => (await home.api.timeline({ room_id })).items.length === 1,
  );
  const depthOf = async (node: LocalNode, event_id: string) =>
    (JSON.parse((await node.api.event({ event_id })).envelope ?? '{}') as { depth: number }).depth;
  const lostDepth = await depthOf(home, lost.event_id);
  await a.stop();
  await home.stop();
  const dataDir = join(tempDir(t), 'restored');
  mkdirSync(dataDir);
  cpSync(folder, dataDir, { recursive: true });
  const port = Number(new URL(a.url).port);
  const restored = await startLocalNode(t, { name: 'a.test', dataDir, setUp: false, port, ports });
  const homePort = Number(new URL(home.url).port);
  const homeAgain = () =>
    startLocalNode(t, { name: 'home.test', dataDir: home.dataDir, setUp: false, port: homePort, ports });
  return { restored, room_id, clock, homeAgain, lost, lostDepth, depthOf, ports };
}

const held = (error: unknown): boolean => {
  assert.ok(error instanceof ProtocolError);
  assert.equal(error.code, 'SERVICE_UNAVAILABLE');
  assert.match(error.message, /was restored and is still reading this room/);
  return true;
};

test('after a restore nothing is written in a room until its home has been read, and then after the lost events', async (t) => {
  const { restored, room_id, homeAgain, lostDepth, depthOf, lost } = await world(t);
  await assert.rejects(restored.api.postMessage({ room_id, body: 'too early' }), held);
  const view = await restored.api.recovery({});
  assert.equal(view.state, 'running');
  assert.equal(view.held_rooms, 1);
  assert.ok(view.held_until !== null);
  const { room_id: fresh } = await restored.api.createRoom({ name: 'New', join_rule: 'invite' });
  await restored.api.postMessage({ room_id: fresh, body: 'a room made since has no past' });
  const home = await homeAgain();
  await until([restored, home], 'the room is open again', async () => {
    return (await restored.api.recovery({})).held_rooms === 0;
  });
  const { items } = await restored.api.timeline({ room_id });
  assert.deepEqual(
    items.map((item) => item.event_id),
    [lost.event_id],
  );
  const written = await restored.api.postMessage({ room_id, body: 'now' });
  assert.ok((await depthOf(restored, written.event_id)) > lostDepth);
});

test('a home that stays away keeps a room closed for ten minutes and no longer', async (t) => {
  const { restored, room_id, clock } = await world(t);
  await clock.leap(holdMsMax - 60_000);
  await assert.rejects(restored.api.postMessage({ room_id, body: 'too early' }), held);
  await clock.leap(61_000);
  await until([restored], 'the room is open', async () => (await restored.api.recovery({})).held_rooms === 0);
  await restored.api.postMessage({ room_id, body: 'at last' });
});

test('neither a restart nor hours offline open a room that is held', async (t) => {
  const { restored, room_id, ports, clock } = await world(t);
  const options = { name: 'a.test', dataDir: restored.dataDir, setUp: false, ports };
  await restored.stop();
  const again = await startLocalNode(t, options);
  await assert.rejects(again.api.postMessage({ room_id, body: 'too early' }), held);
  await again.stop();
  await clock.leap(10 * holdMsMax);
  const later = await startLocalNode(t, options);
  await assert.rejects(later.api.postMessage({ room_id, body: 'too early' }), held);
  await clock.leap(holdMsMax + 1000);
  await until([later], 'the room is open', async () => (await later.api.recovery({})).held_rooms === 0);
  await later.stop();
  const open = await startLocalNode(t, options);
  await open.api.postMessage({ room_id, body: 'ten minutes were enough' });
});
