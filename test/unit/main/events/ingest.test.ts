import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Ingest } from '../../../../main/events/ingest.ts';
import { rebuiltTogether } from '../../../../main/events/projection/projection.ts';
import { Upkeep } from '../../../../main/events/upkeep.ts';
import type { Fact } from '../../../../main/facts.ts';
import { type Envelope, wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { asVerified, MemoryNode } from '../../../support/memory-node.ts';
import { cast, MemberNode, now, otherRoomId, type Role, roomId } from '../../../support/sim/member.ts';
import { place, Teller } from '../../../support/sim/told.ts';
import { quickFolder } from '../../../support/sim/world.ts';

const author = `@u0:${cast.peer}`;
function opened() {
  const node = new MemoryNode();
  const { store, tables, parts: deps } = node;
  const steps: unknown[] = [];
  const tell = (fact: object) => void steps.push(fact);
  const ingest = new Ingest({ ...deps, store, tables, tell });
  const teller = new Teller();
  node.take(teller.join(author), cast.home);
  const { clock, keepsHistory } = deps;
  return { node, steps, ingest, teller, upkeep: new Upkeep({ store, tables, clock, keepsHistory }) };
}

test('a stored event is announced after its commit, and a repeat, a refusal or a rollback is not', async () => {
  const { node, steps, ingest, teller } = opened();
  const message = teller.message('1');
  assert.equal((await ingest.ingest(asVerified(message))).kind, 'inserted');
  const fact = {
    fact: 'event-stored',
    roomId,
    eventId: message.event_id,
    origin: cast.peer,
    by: cast.peer,
    meaning: 'message',
    member: null,
    destinations: [],
    withdrawn: [],
  };
  assert.deepEqual(steps.splice(0), [fact]);
  assert.equal((await ingest.ingest(asVerified(message))).kind, 'duplicate');
  node.standings.set(cast.peer, 'blocked');
  assert.equal((await ingest.ingest(asVerified(teller.message('2')))).kind, 'refused');
  node.standings.set(cast.peer, 'quarantined');
  assert.equal((await ingest.ingest(asVerified(teller.message('3')))).kind, 'held');
  assert.deepEqual(steps.splice(0), [{ fact: 'event-held', origin: cast.peer }]);
  node.standings.delete(cast.peer);
  const no = new Error('not as required');
  const check = () => {
    throw no;
  };
  await assert.rejects(ingest.ingestTogether({ events: [asVerified(teller.message('4'))], check }), no);
  assert.deepEqual(steps, []);
});

test('events that belong together are stored with their room and everything else, or not at all', async () => {
  const { node, steps, ingest, teller } = opened();
  const room_id = '!55:self.test';
  const room = {
    room_id,
    home: cast.self,
    name: 'New',
    join_rule: 'invite' as const,
    home_announces: 1,
    created_at: now,
  } as const;
  const mine = (event: Envelope) => ({
    ...event,
    room_id,
    origin_server: cast.self,
    sender: `@u0:${cast.self}`,
  });
  const events = [teller.join(`@u0:${cast.self}`), teller.message('1')].map((each) =>
    asVerified(mine(each), null),
  );
  const kinds: string[] = [];
  await ingest.ingestTogether({
    events,
    room,
    check: ({ kind }) => void kinds.push(kind),
    also: () => void steps.push('also'),
  });
  assert.deepEqual(kinds, ['inserted', 'inserted']);
  assert.deepEqual(
    steps.map((step) => (step as { eventId?: string }).eventId ?? step),
    ['also', ...events.map(({ envelope }) => envelope.event_id)],
  );
  assert.equal(node.store.rooms.room(room_id)?.name, 'New');
  const count = () => node.rows('federation_events').length;
  const before = count();
  const no = new Error('not as required');
  const more = [teller.message('2'), teller.message('3')].map((each) => asVerified(mine(each), null));
  let checked = 0;
  await assert.rejects(
    ingest.ingestTogether({
      events: more,
      check: () => {
        if (++checked === 2) throw no;
      },
    }),
    no,
  );
  assert.equal(count(), before);
});

test('new remains of erased messages are announced once per room', async () => {
  const { steps, ingest, teller } = opened();
  const left = [1, 2].map((n) => ({ ...teller.message(String(n)), erased: 'deleted' as const }));
  assert.equal(await ingest.adopt([], cast.home), 0);
  assert.equal(await ingest.adopt(left, cast.home), 2);
  assert.deepEqual(steps.splice(0), [{ fact: 'deletion-learned', rooms: [roomId], withdrawn: [] }]);
  assert.equal(await ingest.adopt(left, cast.home), 0);
  assert.deepEqual(steps, []);
});

test('events that were ahead apply once our clock has come near them', async () => {
  const { node, teller, upkeep } = opened();
  const depth = now + limits.aheadMsMax + 5;
  node.take({ ...teller.message('1', 'from the future'), depth }, cast.peer);
  assert.deepEqual(node.picture().timeline, []);
  assert.deepEqual(await upkeep.applyDue(now, limits.aheadMsMax), []);
  assert.deepEqual(await upkeep.applyDue(now + 5, limits.aheadMsMax), [roomId]);
  assert.match(node.picture().timeline[0] ?? '', /from the future/);
  assert.equal(node.tables.rooms.get(roomId)?.highestDepth, depth);
});

test('texts that had to wait are erased in pieces', async () => {
  const { node, teller, upkeep } = opened();
  for (const id of ['1', '2', '3']) {
    const message = teller.message(id, `first ${id}`);
    node.take(message, cast.peer);
    const about = { ...place, message_id: id, target_event_id: message.event_id };
    node.take(teller.event('peer', 'm.message.edit', { ...about, body: `second ${id}` }), cast.peer);
    node.tables.queues.addDue(node.tables.events.byId(message.event_id)?.seq ?? 0);
  }
  node.keepsHistory = false;
  const asked: unknown[] = [];
  const { due } = node.store.erasures;
  const counted: typeof due = (after, together) => {
    asked.push(together);
    return due(after, together);
  };
  Object.assign(node.store.erasures, { due: counted });
  assert.deepEqual(await upkeep.eraseDue(2), []);
  assert.deepEqual(asked, [2, 2, 2]);
  const bodies = node.store.events.afterSeq(roomId, 0, 1000).map(({ body }) => body);
  assert.ok(bodies.every((body) => !body.includes('first ')));
  assert.equal(bodies.filter((body) => body.includes('second ')).length, 3);
  assert.deepEqual(node.rows('erasures_due'), []);
});

test('the servers from whose queues a late erasure withdraws something are named once', async () => {
  const { node, teller, upkeep } = opened();
  for (const [id, destination] of [
    ['1', 'first.test'],
    ['2', 'first.test'],
    ['3', 'other.test'],
  ] as const) {
    const message = teller.message(id);
    const outcome = node.take(message, cast.peer);
    const seq = outcome.kind === 'inserted' ? outcome.seq : assert.fail(outcome.kind);
    const row = node.tables.events.bySeq(seq) ?? assert.fail('not stored');
    node.take(teller.event('peer', 'm.message.delete', { ...place, message_id: id }), cast.peer);
    // The row looks as if its text had been left behind.
    node.run('UPDATE federation_events SET body = ? WHERE seq = ?', row.body, seq);
    const queued = { destination, roomId, seq, origin: cast.peer, alsoSentTo: [], at: now };
    node.tables.queues.enqueue([queued]);
    node.tables.queues.addDue(seq);
  }
  assert.deepEqual(await upkeep.eraseDue(1), ['first.test', 'other.test']);
});

test('rooms that older rules made, or whose tables are empty, are rebuilt once each', async () => {
  const { node, teller, upkeep } = opened();
  node.take(teller.message('1', 'kept'), cast.peer);
  const kept = node.picture();
  node.run('DELETE FROM messages');
  assert.deepEqual(node.picture().timeline, []);
  assert.deepEqual(node.store.rooms.emptied(), [roomId]);
  node.store.rooms.setOutdated(otherRoomId);
  const rooms: string[] = [];
  await upkeep.bringUpToDate((done, total) => rooms.push(`${done} of ${total}`));
  assert.deepEqual(rooms, ['1 of 2', '2 of 2']);
  assert.deepEqual(node.picture(), kept);
  assert.deepEqual([node.store.rooms.outdated(), node.store.rooms.emptied()], [[], []]);
});

test('a rebuild lets other work go on between its parts, and begins again at a start that comes before its end', async () => {
  const { node, teller } = opened();
  const { store, tables, parts: deps } = node;
  const upkeep = new Upkeep({ ...deps, store, tables, together: 2 });
  for (const id of ['1', '2', '3', '4', '5']) node.take(teller.message(id, id), cast.peer);
  const kept = node.picture();
  node.run('DELETE FROM messages');
  const shown: number[] = [];
  let isOver = false;
  const rebuilt = upkeep.rebuild(roomId).then(() => {
    isOver = true;
  });
  while (!isOver) {
    const count = await store.writer.write(() => node.picture().timeline.length);
    if (count > 0 && count < 5) assert.deepEqual(store.rooms.outdated(), [roomId]);
    if (shown.at(-1) !== count) shown.push(count);
  }
  await rebuilt;
  assert.deepEqual(shown, [0, 2, 4, 5]);
  assert.deepEqual([node.picture(), store.rooms.outdated()], [kept, []]);
});

test('a large room whose home begins to announce its members is rebuilt after that event, a small one with it', async () => {
  for (const count of [3, rebuiltTogether]) {
    const node = new MemoryNode();
    const { store, tables, parts: deps } = node;
    const facts: Fact[] = [];
    const ingest = new Ingest({ ...deps, store, tables, tell: (fact) => void facts.push(fact) });
    const upkeep = new Upkeep({ ...deps, store, tables });
    const teller = new Teller();
    node.take(teller.message('999'), cast.peer);
    for (let n = 1; n < count; n++)
      node.take(teller.event('home', 'm.message', { ...place, message_id: String(n), body: 'x' }), cast.home);
    assert.equal(node.picture().timeline.length, count - 1);
    await ingest.ingest(asVerified(teller.join(author)));
    const isLarge = count === rebuiltTogether;
    assert.deepEqual(
      facts.map(({ fact }) => fact),
      ['event-stored', ...(isLarge ? ['room-outdated'] : [])],
    );
    assert.deepEqual(store.rooms.outdated(), isLarge ? [roomId] : []);
    assert.equal(node.picture().members.length, 1);
    await upkeep.bringUpToDate();
    assert.deepEqual(store.rooms.outdated(), []);
  }
});

test('a damaged event is replaced by another copy, unless it was erased in the meantime or is gone', async () => {
  const { node, teller, upkeep } = opened();
  const message = teller.message('1', 'whole');
  node.take(message, cast.peer);
  const damaged = wireEvent(teller.message('1', 'damaged'));
  node.run('UPDATE federation_events SET body = ? WHERE seq = 2', damaged);
  assert.equal(await upkeep.mend(2, asVerified(message)), true);
  assert.equal(node.tables.events.bySeq(2)?.body, wireEvent(message));
  assert.match(node.picture().timeline[0] ?? '', /whole/);
  assert.equal(await upkeep.mend(9, asVerified(message)), false);
  assert.equal(await upkeep.mend(2, asVerified({ ...message, room_id: '!99:home.test' })), false);
  node.take(
    teller.event('peer', 'm.message.delete', { ...place, target_event_id: message.event_id }),
    cast.peer,
  );
  assert.equal(await upkeep.mend(2, asVerified(message)), false);
  assert.deepEqual(node.picture().erased, [message.event_id]);
});

const text = { body: 'x', channel_id: '1' };

async function withThree(t: TestContext): Promise<{ node: MemberNode; teller: Teller }> {
  const node = await MemberNode.open(quickFolder(t));
  t.after(() => node.close());
  const teller = new Teller();
  for (const role of ['self', 'peer', 'third'] as const)
    assert.equal(await node.take(teller.join(`@u0:${cast[role]}`), cast.home), 'inserted');
  return { node, teller };
}

// The event was verified while its server was still allowed: only the check inside the transaction can refuse it.
for (const [title, origin, hop] of [
  ['its origin', 'peer', 'peer'],
  ['the server that handed it over', 'peer', 'home'],
  ['the origin of an event that a home relays', 'third', 'home'],
] as const)
  test(`an event is refused if the owner blocked ${title} while it was being verified`, async (t) => {
    const { node, teller } = await withThree(t);
    const blocked: Role = title.startsWith('the server') ? hop : origin;
    const event = await node.verified(
      teller.event(origin, 'm.message', { ...text, message_id: '9' }),
      cast[hop],
    );
    await node.block(blocked);
    assert.equal(await node.store(event), 'refused');
    assert.deepEqual(node.picture().timeline, []);
  });

test('the same event is stored if nobody was blocked', async (t) => {
  const { node, teller } = await withThree(t);
  const event = await node.verified(
    teller.event('peer', 'm.message', { ...text, message_id: '9' }),
    cast.peer,
  );
  assert.equal(await node.store(event), 'inserted');
  assert.equal(node.picture().timeline.length, 1);
});
