import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { type EraName, eras } from '../../support/stand-in/era.ts';
import { showing } from '../../support/stand-in/ground.ts';
import { StandInServer } from '../../support/stand-in/server.ts';
import { until } from '../../support/until.ts';

test('servers of four eras federate with one node at once, in their guilds, both ways', async (t) => {
  const clock = new LeapingClock();
  const a = await startLocalNode(t, { name: 'a.test', ports: { ...systemPorts, clock } });
  const all = await Promise.all(
    (Object.keys(eras) as EraName[]).map(async (era) => {
      const name = `${era.replace('.', '-')}.test`;
      const server = await StandInServer.start(t, { era, name, clock });
      return { era, server };
    }),
  );
  for (const { server } of all) {
    await a.api.addPeer({ endpoint: server.url });
    await server.addPeer(a);
    await a.api.joinRoom({ room_id: server.room });
  }
  for (const { era, server } of all) {
    await a.api.postMessage({ room_id: server.room, body: `to ${era}` });
    await server.post('bob', `from ${era}`);
  }
  for (const { era, server } of all) {
    await until([a], `our message at ${era}`, () => {
      const shown = server.shown.get(server.room) ?? [];
      return shown.some(({ body, sender }) => body === `to ${era}` && sender === '@a:a.test');
    });
    assert.equal((await showing(a, server.room, `from ${era}`)).sender, server.user('bob'));
  }
});
