import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Decider, Task } from '../../../../main/events/batch/decider.ts';
import { Ingest } from '../../../../main/events/ingest.ts';
import { Upkeep, type UpkeepParts } from '../../../../main/events/upkeep.ts';
import type { VerifiedEvent } from '../../../../main/events/verify.ts';
import type { Tx } from '../../../../main/store/writer.ts';
import { type Envelope, wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { meaningOf } from '../../../../shared/protocol/events/event-content.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { OneBatch } from '../../../support/batch/one-batch.ts';
import { cast, MemberNode, now, type Role, roomId } from '../../../support/sim/member.ts';
import { place, Teller } from '../../../support/sim/told.ts';
import { quickFolder } from '../../../support/sim/world.ts';

const author = `@u0:${cast.peer}`;
const verified = (envelope: Envelope, hop: string | null = envelope.origin_server): VerifiedEvent => ({
  ...{ envelope, hop, meaning: meaningOf(envelope), body: wireEvent(envelope) },
  ...{ keyId: 'k', filesUnsigned: false, quarantined: false },
});

/** Tasks run on one set, each as its own transaction. */
function opened() {
  const batch = new OneBatch();
  const steps: unknown[] = [];
  let isCommitting = true;
  const decider = {
    run: async (task: Task<unknown>) => {
      task.expect(batch.set);
      const value = task.decide(batch.set);
      const after: (() => void)[] = [];
      task.also?.(value, { afterCommit: (then: () => void) => after.push(then) } as unknown as Tx);
      if (isCommitting) for (const then of after) then();
      return value;
    },
  } as unknown as Decider;
  const tell = (fact: object) => void steps.push(fact);
  const ingest = new Ingest({ ...batch.parts, decider, tell });
  const teller = new Teller();
  batch.take(teller.join(author), cast.home);
  return {
    ...{ batch, steps, ingest, teller, decider },
    rollBack: () => {
      isCommitting = false;
    },
  };
}

test('a stored event is announced after its commit, and a repeat, a refusal or a rollback is not', async () => {
  const { batch, steps, ingest, teller, rollBack } = opened();
  const message = teller.message('1');
  assert.equal((await ingest.ingest(verified(message))).kind, 'inserted');
  const fact = {
    ...{ fact: 'event-stored', roomId, eventId: message.event_id, origin: cast.peer, by: cast.peer },
    ...{ meaning: 'message', destinations: [], withdrawn: [] },
  };
  assert.deepEqual(steps.splice(0), [fact]);
  assert.equal((await ingest.ingest(verified(message))).kind, 'duplicate');
  batch.standings.set(cast.peer, 'blocked');
  assert.equal((await ingest.ingest(verified(teller.message('2')))).kind, 'refused');
  batch.standings.set(cast.peer, 'quarantined');
  assert.equal((await ingest.ingest(verified(teller.message('3')))).kind, 'held');
  assert.deepEqual(steps.splice(0), [{ fact: 'event-held', origin: cast.peer }]);
  batch.standings.delete(cast.peer);
  rollBack();
  await ingest.ingest(verified(teller.message('4')));
  assert.deepEqual(steps, []);
  assert.ok(batch.wanted.includes(`eventById ${message.event_id}`));
});

test('events that belong together are stored with their room and what else is written, or not at all', async () => {
  const { batch, steps, ingest, teller } = opened();
  const room_id = '!55:self.test';
  const room = {
    ...{ room_id, home: cast.self, name: 'New', join_rule: 'invite' as const },
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
    verified(mine(each), null),
  );
  const kinds: string[] = [];
  await ingest.ingestTogether({
    ...{ events, room },
    check: ({ kind }) => void kinds.push(kind),
    also: () => void steps.push('also'),
  });
  assert.deepEqual(kinds, ['inserted', 'inserted']);
  assert.deepEqual(
    steps.map((step) => (step as { eventId?: string }).eventId ?? step),
    ['also', ...events.map(({ envelope }) => envelope.event_id)],
  );
  assert.equal(batch.set.effects().rooms.newRooms.at(-1), room);
  assert.ok(events.every(({ envelope }) => batch.wanted.includes(`eventById ${envelope.event_id}`)));
  const no = new Error('not as required');
  await assert.rejects(
    ingest.ingestTogether({
      events,
      check: () => {
        throw no;
      },
    }),
    no,
  );
});

test('what is left of erased messages is announced once per room, if it was new', async () => {
  const { batch, steps, ingest, teller } = opened();
  const left = [1, 2].map((n) => ({ ...teller.message(String(n)), erased: 'deleted' as const }));
  assert.equal(await ingest.adopt([], cast.home), 0);
  assert.equal(await ingest.adopt(left, cast.home), 2);
  for (const { event_id } of left) assert.ok(batch.wanted.includes(`isHeld ${event_id}`));
  assert.deepEqual(steps.splice(0), [{ fact: 'deletion-learned', rooms: [roomId], withdrawn: [] }]);
  assert.equal(await ingest.adopt(left, cast.home), 0);
  assert.deepEqual(steps, []);
});

function upkeepOf(decider: Decider, batch: OneBatch, store: object = {}) {
  const keepsHistory = () => batch.keepsHistory;
  const parts = { decider, clock: { now: () => batch.time }, keepsHistory, store };
  return new Upkeep(parts as unknown as UpkeepParts);
}

test('events that were ahead apply once our clock has come near them', async () => {
  const { batch, teller, decider } = opened();
  const depth = now + limits.aheadMsMax + 5;
  const ahead = { ...teller.message('1', 'from the future'), depth };
  batch.take(ahead, cast.peer);
  assert.deepEqual(batch.picture().timeline, []);
  const asked: number[] = [];
  const store = {
    events: {
      aheadUpTo: (latest: number) => {
        asked.push(latest);
        return latest < depth ? [] : [{ seq: 2, room_id: roomId }];
      },
    },
  };
  const upkeep = upkeepOf(decider, batch, store);
  assert.deepEqual(await upkeep.applyDue(now, limits.aheadMsMax), []);
  assert.deepEqual(await upkeep.applyDue(now + 5, limits.aheadMsMax), [roomId]);
  assert.deepEqual(asked, [now + limits.aheadMsMax, depth]);
  assert.match(batch.picture().timeline[0] ?? '', /from the future/);
  assert.equal(batch.set.rooms.get(roomId)?.highestDepth, depth);
  for (const text of ['lastSeq ', 'eventBySeq 2']) assert.ok(batch.wanted.includes(text));
});

test('texts that had to wait are erased in pieces', async () => {
  const { batch, teller, decider } = opened();
  const edited = ['1', '2', '3'].map((id) => {
    const message = teller.message(id, `first ${id}`);
    batch.take(message, cast.peer);
    const about = { ...place, message_id: id, target_event_id: message.event_id };
    batch.take(teller.event('peer', 'm.message.edit', { ...about, body: `second ${id}` }), cast.peer);
    return batch.set.events.byId(message.event_id)?.seq ?? 0;
  });
  batch.keepsHistory = false;
  const asked: unknown[] = [];
  const store = {
    erasures: {
      due: (after: number, together: number) => {
        asked.push([after, together]);
        return edited.filter((seq) => seq > after).slice(0, together);
      },
    },
  };
  assert.deepEqual(await upkeepOf(decider, batch, store).eraseDue(2), []);
  assert.deepEqual(
    asked,
    [0, edited[1], edited[2]].map((after) => [after, 2]),
  );
  const { newEvents } = batch.set.effects().events;
  assert.ok(newEvents.every(({ body }) => !body.includes('first ')));
  assert.equal(newEvents.filter(({ body }) => body.includes('second ')).length, 3);
  assert.deepEqual(batch.set.effects().queues?.doneDue, edited);
  for (const seq of edited)
    for (const name of ['messageBySeq', 'eventBySeq']) assert.ok(batch.wanted.includes(`${name} ${seq}`));
});

test('the servers from whose queues a late erasure withdraws something are named once', async () => {
  const stored = new Teller().event('peer', 'm.message', { ...place, body: 'said' });
  const { event_id } = stored;
  const rowOf = (seq: number) => ({
    ...{ seq, room_id: roomId, channel_id: '1', event_id, message_id: '1', message_key: `${cast.peer}/1` },
    ...{ sender: author, depth: 1, text_seq: seq, edited_at: null, deleted: 0, shown: 1 },
  });
  const eventOf = (seq: number) => ({
    ...{ ...stored, seq, state: 1, target: null, body: wireEvent(stored), files_unsigned: 0 },
  });
  const seqs = [5, 6, 7];
  const batch = new OneBatch({
    ...{ 'lastSeq ': 10, [`isSpokenOf ${event_id}`]: true },
    [`isDeleted ${roomId} ${event_id} ${author} ${cast.home}`]: true,
    ...Object.fromEntries(
      seqs.flatMap((seq) => [
        [`messageBySeq ${seq}`, rowOf(seq)],
        [`eventBySeq ${seq}`, eventOf(seq)],
        [`queuedFor ${seq}`, [{ id: seq, destination: seq === 7 ? 'other.test' : 'first.test' }]],
      ]),
    ),
  });
  const decider = {
    run: async (task: Task<unknown>) => {
      task.expect(batch.set);
      return task.decide(batch.set);
    },
  } as unknown as Decider;
  const store = { erasures: { due: (after: number) => seqs.filter((seq) => seq > after).slice(0, 1) } };
  assert.deepEqual(await upkeepOf(decider, batch, store).eraseDue(1), ['first.test', 'other.test']);
});

test('rooms that older rules made, or whose tables are empty, are rebuilt once each', async () => {
  const { batch, teller, decider } = opened();
  batch.take(teller.message('1', 'kept'), cast.peer);
  const kept = batch.picture();
  batch.set.messages.clearRoom(roomId);
  assert.deepEqual(batch.picture().timeline, []);
  const projected: string[] = [];
  const store = {
    rooms: {
      outdated: () => [roomId, '!gone:home.test'],
      emptied: () => [roomId],
      setProjected: (id: string) => projected.push(id),
    },
  };
  await upkeepOf(decider, batch, store).bringUpToDate();
  assert.deepEqual(batch.picture(), kept);
  assert.deepEqual(projected, [roomId, '!gone:home.test']);
  assert.ok(batch.wanted.includes(`eventsIn ${roomId}`));
});

test('a damaged event is replaced by another copy, unless it was erased in the meantime or is gone', async () => {
  const { batch, teller, decider } = opened();
  const message = teller.message('1', 'whole');
  batch.take(message, cast.peer);
  const upkeep = upkeepOf(decider, batch);
  const row = batch.set.events.bySeq(2) ?? assert.fail('not stored');
  batch.set.events.setBody(row, wireEvent(teller.message('1', 'damaged')));
  // The room showed the damaged copy, so it is rebuilt.
  batch.set.messages.clearRoom(roomId);
  const from = batch.wanted.length;
  assert.equal(await upkeep.mend(2, verified(message)), true);
  assert.equal(batch.set.events.bySeq(2)?.body, wireEvent(message));
  const wanted = batch.wanted.slice(from).map((text) => text.split(' ')[0]);
  assert.deepEqual(wanted, ['lastSeq', 'room', 'meta', 'eventBySeq', 'eventsIn']);
  assert.match(batch.picture().timeline[0] ?? '', /whole/);
  assert.equal(await upkeep.mend(9, verified(message)), false);
  assert.equal(await upkeep.mend(2, verified({ ...message, room_id: '!99:home.test' })), false);
  batch.take(
    teller.event('peer', 'm.message.delete', { ...place, target_event_id: message.event_id }),
    cast.peer,
  );
  assert.equal(await upkeep.mend(2, verified(message)), false);
  assert.deepEqual(batch.picture().erased, [message.event_id]);
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
