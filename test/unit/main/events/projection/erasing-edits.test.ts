import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Erasure } from '../../../../../main/events/projection/erasure.ts';
import { Projection } from '../../../../../main/events/projection/projection.ts';
import { isErased, readErased } from '../../../../../main/store/erased-body.ts';
import type { Envelope } from '../../../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { MemoryNode } from '../../../../support/memory-node.ts';
import { cast, now, roomId } from '../../../../support/sim/member.ts';
import { place, Teller } from '../../../../support/sim/told.ts';

const [author, other, ours] = [`@u0:${cast.peer}`, `@u1:${cast.peer}`, `@u0:${cast.self}`];

const heldRow = {
  server_name: 'x.test',
  hop: 'x.test',
  room_id: roomId,
  origin_ts: now,
  body: '{}',
  received_at: now,
};

function opened({ keepsHistory = false, home = cast.home as string } = {}) {
  const node = new MemoryNode(home);
  node.keepsHistory = keepsHistory;
  const teller = new Teller();
  const take = (event: Envelope) =>
    node.take(event, event.origin_server === cast.self ? null : event.origin_server);
  const byHome = (event: Envelope): Envelope =>
    home === cast.self ? { ...event, origin_server: home, sender: ours } : event;
  for (const user of [author, other, ours]) take(byHome(teller.join(user)));
  const message = teller.message('1', 'first');
  const about = { ...place, target_event_id: message.event_id };
  const edit = (body: string, more: Partial<Envelope> = {}) =>
    teller.event('peer', 'm.message.edit', { ...about, body }, more);
  const row = (event: Envelope) => node.tables.events.byId(event.event_id) ?? assert.fail('not stored');
  return {
    node,
    teller,
    take,
    message,
    about,
    edit,
    row,
    byHome,
    why: (event: Envelope) => (isErased(row(event)) ? readErased(row(event)).left.erased : null),
    shown: () => node.picture().timeline.map((each) => (JSON.parse(each) as { body: string | null }).body),
    due: () => node.rows<{ seq: number; waits: number }>('erasures_due'),
  };
}

test('without history, an edit erases the version before it and the first one, and its own text stays', () => {
  const { take, message, edit, why, shown, row, node } = opened();
  const [second, third] = [edit('second'), edit('third')];
  for (const event of [message, second, third]) take(event);
  assert.deepEqual([message, second, third].map(why), ['edited', 'edited', null]);
  assert.deepEqual(shown(), ['third']);
  const { at, hash } = readErased(row(message));
  assert.equal(at, now);
  assert.match(hash ?? '', /^[0-9a-f]{64}$/, 'a repeat and a changed copy differ');
  assert.equal(node.rows('messages')[0]?.edited_at, third.origin_ts);
});

test('with history, nothing is erased', () => {
  const { take, message, edit, node, shown } = opened({ keepsHistory: true });
  for (const event of [message, edit('second'), edit('third')]) take(event);
  assert.deepEqual([node.picture().erased, shown()], [[], ['third']]);
});

test('without history, pending versions before the newest are erased, and none behind it or ahead of our clock', () => {
  const { take, teller, message, edit, why } = opened();
  take(message);
  const early = edit('early, written while away');
  const leave = teller.leave(author);
  const away = edit('written while away');
  const back = teller.join(author);
  const newest = edit('newest');
  const ahead = { ...edit('ahead'), depth: now + limits.aheadMsMax + 1 };
  const late = teller.event(
    'peer',
    'm.message.edit',
    { ...place, target_event_id: message.event_id, body: 'x' },
    { sender: other },
  );
  for (const event of [leave, away, back, ahead, early, late, newest]) take(event);
  assert.deepEqual([message, early, away, ahead, late, newest].map(why), [
    ...['edited', 'edited', 'edited', null, null, null],
  ]);
});

test('the first version stays while a server waits for it, and is noted to be erased later', () => {
  const { take, message, edit, why, due, byHome, teller, node } = opened({ home: cast.self });
  take(byHome(teller.join('@x:other.test')));
  take(message);
  const second = edit('second');
  take(second);
  take(edit('third'));
  const seq = node.tables.events.byId(message.event_id)?.seq ?? 0;
  assert.deepEqual([why(message), why(second)], [null, 'edited']);
  assert.deepEqual(due(), [{ seq, waits: 0 }]);
  const waiting = node.rows('federation_outbound_queue').map(({ event_seq }) => event_seq);
  assert.ok(waiting.includes(seq) && !waiting.includes(node.tables.events.byId(second.event_id)?.seq ?? 0));
});

test('a server is named if something was withdrawn from its queue', () => {
  const { take, message, edit, byHome, teller } = opened({ home: cast.self });
  take(byHome(teller.join('@x:other.test')));
  for (const event of [message, edit('second')]) take(event);
  assert.deepEqual((take(edit('third')) as { withdrawn: unknown }).withdrawn, ['other.test']);
  assert.deepEqual((take(edit('fourth')) as { withdrawn: unknown }).withdrawn, ['other.test']);
});

test('a delete by the author erases the message, the author’s edits and everybody’s reactions', () => {
  for (const order of ['before', 'after'] as const) {
    const { take, teller, message, about, edit, why } = opened({ keepsHistory: true });
    const second = edit('second');
    const reaction = teller.event('peer', 'm.reaction.add', { ...about, emoji: '👍' }, { sender: other });
    const foreign = edit('not the author’s', { sender: other });
    const remove = teller.event('peer', 'm.message.delete', about);
    const events = [message, second, reaction, foreign];
    for (const event of order === 'before' ? [remove, ...events] : [...events, remove]) take(event);
    assert.deepEqual(events.map(why), ['deleted', 'deleted', 'deleted', 'deleted']);
    assert.equal(why(remove), null);
  }
});

test('before its message has come, an author’s delete erases the author’s edits alone, and the home’s all', () => {
  for (const by of ['peer', 'home'] as const) {
    const { take, teller, about, edit, why } = opened({ keepsHistory: true });
    const mine = edit('mine');
    const foreign = edit('another’s', { sender: other });
    for (const event of [mine, foreign]) take(event);
    take(teller.event(by, 'm.message.delete', about));
    assert.deepEqual([mine, foreign].map(why), ['deleted', by === 'home' ? 'deleted' : null]);
  }
});

test('a delete by anybody else erases nothing', () => {
  const { take, teller, message, about, edit, node } = opened();
  for (const event of [message, edit('second')]) take(event);
  take(teller.event('peer', 'm.message.delete', about, { sender: other }));
  assert.deepEqual(node.picture().erased, [message.event_id]);
  assert.match(node.picture().timeline[0] ?? '', /second/);
});

test('a replaced version is marked as deleted once its message is', () => {
  const { take, teller, message, about, edit, why, row } = opened();
  const second = edit('second');
  for (const event of [message, second]) take(event);
  const before = readErased(row(message));
  take(teller.event('peer', 'm.message.delete', about));
  assert.deepEqual([message, second].map(why), ['deleted', 'deleted']);
  const { at, hash } = readErased(row(message));
  assert.deepEqual([at, hash], [before.at, before.hash]);
});

test('copies that are held for the owner go with the message', () => {
  const held = (event_id: string, event_type: string, sender: string, about: string | null) => ({
    ...heldRow,
    event_id,
    event_type,
    sender,
    about,
  });
  const id = '$9:peer.test';
  const all = [
    held(id, 'm.message', author, `${cast.peer}/9`),
    held('$edit', 'm.message.edit', author, id),
    held('$foreign', 'm.message.edit', other, `${cast.peer}/9`),
    held('$reaction', 'm.reaction.add', other, id),
    held('$remove', 'm.message.delete', other, id),
    held('$else', 'm.message', author, `${cast.peer}/10`),
  ];
  for (const [by, sender, gone] of [
    ['peer', author, [id, '$edit', '$foreign', '$reaction']],
    ['peer', other, []],
    ['home', `@u0:${cast.home}`, [id, '$edit', '$foreign', '$reaction']],
  ] as const) {
    const { node, take, teller } = opened({ keepsHistory: true });
    for (const each of all) node.tables.queues.hold(each);
    take(teller.event(by, 'm.message.delete', { ...place, target_event_id: id }, { sender }));
    const left = new Set(node.rows('federation_held_events').map(({ event_id }) => event_id));
    assert.deepEqual(
      all.map(({ event_id }) => event_id).filter((each) => !left.has(each)),
      gone,
    );
  }
});

test('held edits of the author go even if the message is not there, and reactions stay then', () => {
  const { node, take, teller } = opened({ keepsHistory: true });
  for (const [event_id, event_type, sender] of [
    ['$edit', 'm.message.edit', author],
    ['$foreign', 'm.message.edit', other],
    ['$reaction', 'm.reaction.add', other],
  ] as const)
    node.tables.queues.hold({ ...heldRow, event_id, event_type, sender, about: '$9:peer.test' });
  take(teller.event('peer', 'm.message.delete', { ...place, target_event_id: '$9:peer.test' }));
  assert.deepEqual(
    node.rows('federation_held_events').map(({ event_id }) => event_id),
    ['$foreign', '$reaction'],
  );
});

test('texts that had to wait are erased once nobody waits for the first version', () => {
  const { node, take, message, edit, why, byHome, teller, due } = opened({ home: cast.self });
  take(byHome(teller.join('@x:other.test')));
  take(message);
  take(edit('second'));
  const { seq } = node.tables.events.byId(message.event_id) ?? assert.fail('not stored');
  const later = () => {
    const erasure = new Erasure(node.tables, node.parts);
    new Projection(node.tables, erasure).eraseDue([seq]);
    return erasure.takeWithdrawn();
  };
  assert.deepEqual(later(), []);
  assert.deepEqual([why(message), due()], [null, [{ seq, waits: 1 }]]);
  node.keepsHistory = true;
  later();
  assert.deepEqual([why(message), due()], [null, []], 'the owner keeps history again');
  node.keepsHistory = false;
  node.tables.queues.withdrawLane('other.test', roomId, cast.self);
  later();
  assert.equal(why(message), 'edited');
});

test('texts that a delete left behind are erased later', () => {
  const { node, take, teller, message, about, edit, why, due } = opened({ keepsHistory: true });
  const second = edit('second');
  take(message);
  take(second);
  take(teller.event('peer', 'm.message.delete', about));
  const { seq } = node.tables.events.byId(message.event_id) ?? assert.fail('not stored');
  const erasure = new Erasure(node.tables, node.parts);
  for (const each of [seq, 99]) node.tables.queues.addDue(each);
  new Projection(node.tables, erasure).eraseDue([seq, 99]);
  assert.deepEqual([message, second].map(why), ['deleted', 'deleted']);
  assert.deepEqual(due(), [], 'one that is gone is done');
  assert.deepEqual(erasure.takeWithdrawn(), []);
});
