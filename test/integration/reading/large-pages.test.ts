import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { quoted } from '../../../shared/words/said.ts';
import { json, StandIn, Visitor } from '../../support/stand-in/stand-in.ts';

const room = '!5:raw.test';
const other = '!6:raw.test';
const minute = 60_000;

const tooLarge = {
  kind: 'network',
  error: quoted('The answer is too large.'),
  code: 'ANSWER_TOO_LARGE',
} as const;

const limitOf = ({ searchParams }: URL): number => Number(searchParams.get('limit'));

for (const form of ['by arrival', 'by depth'] as const)
  test(`a page that is too large is asked for again with fewer events, ${form}`, async (t) => {
    const server = new StandIn();
    const visitor = await Visitor.visit(t, server, [room]);
    if (form === 'by arrival') {
      server.extensions = extensions;
      await server.clock.advance(4 * 60 * minute);
    }
    const bodies = Array.from({ length: 20 }, (_, i) => `message ${i}`);
    for (const [i, body] of bodies.entries()) server.write(room, body, server.clock.now() + i);
    const limits: number[] = [];
    server.handlers.set('/events', (url) => {
      const events = server.rooms.get(room) ?? [];
      const since = url.searchParams.get('since');
      const seen = Number((since ?? '0').replace('e.', ''));
      const left =
        since === null
          ? events.filter(({ depth }) => depth > Number(url.searchParams.get('since_depth')))
          : events.slice(seen);
      const page = left.slice(0, limitOf(url));
      limits.push(limitOf(url));
      if (page.length > 3) return tooLarge;
      const tail =
        since === null
          ? ''
          : `,"next":"e.${seen + page.length}","more":${seen + page.length < events.length}`;
      return json(`{"events":[${page.map(wireEvent).join(',')}]${tail}}`);
    });
    await server.clock.advance(10 * minute);
    assert.deepEqual(await visitor.bodies(room), bodies);
    assert.ok(limits.includes(2), `asked for ${limits.slice(0, 20)}`);
    assert.equal((await visitor.api.peer({ server_name: 'raw.test' })).state, 'ok');
  });

test('no event is skipped if many have one depth, even with pages of one event', async (t) => {
  const server = new StandIn();
  const visitor = await Visitor.visit(t, server, [room]);
  const at = server.clock.now();
  for (let i = 0; i < 5; i++) server.write(room, `small ${i}`, at + 1);
  server.write(room, 'large', at + 2);
  for (let i = 0; i < 5; i++) server.write(room, `after ${i}`, at + 3);
  server.handlers.set('/events', (url) => {
    const since = Number(url.searchParams.get('since_depth'));
    const events = (server.rooms.get(room) ?? []).filter(({ depth }) => depth > since);
    const page = events.slice(0, limitOf(url));
    const isLarge = page.length > 1 && page.some(({ depth }) => depth === at + 2);
    return isLarge ? tooLarge : json(`{"events":[${page.map(wireEvent).join(',')}]}`);
  });
  await server.clock.advance(10 * minute);
  assert.equal((await visitor.bodies(room)).length, 11);
});

test('two rooms whose pages are always too large hold up no other, and the owner sees it', async (t) => {
  const server = new StandIn();
  const third = '!7:raw.test';
  const visitor = await Visitor.visit(t, server, [room, other, third]);
  const limits = new Set<number>();
  server.handlers.set('/events', (url) => {
    limits.add(limitOf(url));
    if (url.searchParams.get('room_id') !== third) return tooLarge;
    return json(`{"events":[${(server.rooms.get(third) ?? []).map(wireEvent).join(',')}]}`);
  });
  await server.clock.advance(10 * minute);
  assert.ok(limits.has(1), 'it asked for a single event in the end');
  server.write(third, 'hello');
  assert.ok((await visitor.wait(third, 'hello')) <= 20_000);
  const { findings } = await visitor.api.doctor({});
  assert.ok(!findings.some(({ code }) => code === 'peer-unreachable'), 'it answers');
  assert.equal(findings.filter(({ code }) => code === 'room-unreadable').length, 2);
});

test('a queue whose pages are too large is read with fewer events', async (t) => {
  const server = new StandIn();
  const visitor = await Visitor.visit(t, server, [room]);
  server.extensions = extensions;
  server.handlers.set('/queue', () => json({ events: [], next: 0, more: false }));
  await server.clock.advance(4 * 60 * minute);
  server.handlers.set('/events', () => json({ events: [] }));
  const events = Array.from({ length: 9 }, (_, i) => server.write(room, `queued ${i}`));
  let acknowledged = 0;
  server.handlers.set('/queue', (url) => {
    const after = Number(url.searchParams.get('after'));
    acknowledged = Math.max(acknowledged, after);
    const page = events.slice(after, after + limitOf(url));
    if (page.length > 2) return tooLarge;
    const next = after + page.length;
    return json(
      `{"events":[${page.map(wireEvent).join(',')}],"next":${next},"more":${next < events.length}}`,
    );
  });
  await server.clock.advance(15 * minute);
  assert.equal((await visitor.bodies(room)).length, 9);
  assert.equal(acknowledged, 9, 'all of it was acknowledged');
  assert.ok(!(await visitor.api.doctor({})).findings.some(({ code }) => code === 'queue-unreadable'));
});

test('a queue that can’t be read three times in a row is reported, and so is its recovery', async (t) => {
  const server = new StandIn();
  const visitor = await Visitor.visit(t, server, [room]);
  server.extensions = extensions;
  let broken = true;
  server.handlers.set('/queue', () => (broken ? tooLarge : json({ events: [], next: 0, more: false })));
  const found = async () =>
    (await visitor.api.doctor({})).findings.find(({ code }) => code === 'queue-unreadable');
  await server.clock.advance(4 * 60 * minute);
  const finding = await found();
  assert.match(finding?.title ?? '', /raw\.test/);
  assert.match(finding?.text ?? '', /too large/);
  const peer = await visitor.api.peer({ server_name: 'raw.test' });
  assert.match(peer.state_text, /^Connected\..*too large/);
  server.asked = [];
  server.write(room, 'hello');
  assert.ok((await visitor.wait(room, 'hello')) <= 20_000, 'rooms are read all the same');
  await server.clock.advance(30 * minute);
  assert.ok(server.count('GET /queue') <= 7, 'it is asked for every five minutes');
  broken = false;
  await server.clock.advance(60 * minute);
  assert.equal(await found(), undefined);
});
