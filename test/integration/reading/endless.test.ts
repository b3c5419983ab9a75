import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { addRaw } from '../../support/attack/home.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { json, StandIn, Visitor } from '../../support/stand-in/stand-in.ts';

const room = '!5:raw.test';
const other = '!6:raw.test';
const minute = 60_000;
/** Then the attacker stops, so that a reader without a limit fails its test instead of keeping it from ending. */
const givesUpAfter = 1_500;
const endless: Readonly<Record<string, (server: StandIn, n: number) => string>> = {
  'promises more and sends nothing': () => '"events":[]',
  'sends what isn’t an event': () => '"events":[1]',
  'sends the same event again and again': (server) =>
    `"events":[${wireEvent(server.rooms.get(room)?.[0] ?? server.write(room, 'the one event'))}]`,
  'sends traces of erased messages of another room': () =>
    '"events":[],"erased":[{"event_id":"$1:raw.test","room_id":"!9:raw.test"}]',
};

for (const [what, page] of Object.entries(endless))
  test(`a peer that ${what} is not read forever, and other rooms are read as usual`, async (t) => {
    const server = new StandIn();
    server.extensions = extensions;
    const visitor = await Visitor.visit(t, server, [room, other]);
    let n = 0;
    server.handlers.set('/queue', () => json({ events: [], next: 0, more: false }));
    server.handlers.set('/events', (url) => {
      if (url.searchParams.get('room_id') === room) {
        n++;
        return json(`{${page(server, n)},"next":"e.${n}","more":${n < givesUpAfter}}`);
      }
      const events = server.rooms.get(other) ?? [];
      const seen = Number((url.searchParams.get('since') ?? '0').replace('o.', ''));
      return json(`{"events":[${events.slice(seen).map(wireEvent).join(',')}],"next":"o.${events.length}"}`);
    });
    for (const after of ['joining', 'ten more']) {
      n = 0;
      await server.clock.advance(10 * minute);
      assert.ok(n > 0 && n <= 20 * 20, `${n} pages in the ten minutes after ${after}`);
    }
    const { findings } = await visitor.api.doctor({});
    assert.equal(
      findings.some(({ code }) => code === 'room-unreadable'),
      what !== 'promises more and sends nothing',
    );
    server.write(other, 'hello');
    assert.ok((await visitor.wait(other, 'hello')) <= 20_000);
  });

test('a queue that never ends is read in pieces', async (t) => {
  const server = new StandIn();
  server.extensions = extensions;
  const visitor = await Visitor.visit(t, server, [room]);
  let n = 0;
  server.handlers.set('/queue', () => json(`{"events":[1],"next":${++n},"more":${n < givesUpAfter}}`));
  for (const after of ['joining', 'ten more']) {
    n = 0;
    await server.clock.advance(10 * minute);
    assert.ok(n > 0 && n <= 20 * 70, `${n} pages in the ten minutes after ${after}`);
  }
  assert.ok((await visitor.api.peer({ server_name: 'raw.test' })).state === 'ok');
});

test('a join returns although the home’s pages never end', { timeout: 60_000 }, async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const home = await addRaw(t, node, 'home.test');
  const theirs = '!5:home.test';
  let pages = 0;
  home.handlers.set('/events', () => ({
    status: 200,
    body: { events: [1], next: `e.${++pages}`, more: pages < givesUpAfter },
  }));
  home.handlers.set('/invite', () => ({
    status: 200,
    body: { accepted: true, room_id: theirs, guild_id: '5', guild_name: 'Theirs', default_channel_id: '1' },
  }));
  home.handlers.set('/join', () => ({
    status: 200,
    body: { joined: true, room_id: theirs, guild_id: '5', local_user_id: '9' },
  }));
  await node.api.joinRoom({ room_id: theirs });
  assert.ok(pages <= 100, `${pages} pages`);
});

for (const path of ['/invite', '/join'])
  test(`a join ends with a clear error where the home answers ${path} byte by byte`, async (t) => {
    const clock = new LeapingClock();
    const node = await startLocalNode(t, { name: 'a.test', ports: { ...systemPorts, clock } });
    const home = await addRaw(t, node, 'home.test');
    const theirs = '!5:home.test';
    const asked = Promise.withResolvers<void>();
    home.handlers.set('/events', () => ({ status: 503, body: {} }));
    home.handlers.set('/invite', () => ({
      status: 200,
      body: { accepted: true, room_id: theirs, guild_id: '5', guild_name: 'Theirs', default_channel_id: '1' },
    }));
    home.handlers.set(path, () => {
      asked.resolve();
      return 'drip';
    });
    const joining = assert.rejects(node.api.joinRoom({ room_id: theirs }), /home\.test.*30 s/);
    await asked.promise;
    await clock.leap(30_000);
    // A join that still waits ends now too, with another error.
    home.close();
    await joining;
  });
