import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IngestOutcome } from '../../../../main/events/event-decision.ts';
import { Erasure, hashOf } from '../../../../main/events/projection/erasure.ts';
import { Placeholders } from '../../../../main/events/projection/placeholders.ts';
import { Projection } from '../../../../main/events/projection/projection.ts';
import { readErased } from '../../../../main/store/erased-body.ts';
import { wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { author, inRoom, ours } from '../../../support/memory-node.ts';
import { cast, now, roomId } from '../../../support/sim/member.ts';
import { place, Teller } from '../../../support/sim/told.ts';

const heldRow = {
  server_name: 'x.test',
  hop: 'x.test',
  room_id: roomId,
  event_type: 'm.message',
  sender: author,
  origin_ts: now,
  body: '{}',
  received_at: now,
  about: null,
};

test('a stored event reports its number and its receivers, and is stored unchanged', () => {
  const { node, teller, take } = inRoom();
  const message = teller.message('1');
  assert.deepEqual(take(message), { kind: 'inserted', seq: 3, destinations: [], withdrawn: [] });
  const { seq: _, ...row } = node.tables.events.byId(message.event_id) ?? assert.fail('not stored');
  const { event_id, room_id, event_type, sender, origin_server, origin_ts, depth } = message;
  assert.deepEqual(row, {
    event_id,
    room_id,
    event_type,
    sender,
    origin_server,
    origin_ts,
    depth,
    state: 1,
    target: null,
    subject: null,
    body: wireEvent(message),
    key_id: 'k',
    files_unsigned: 0,
    received_from: cast.peer,
    received_at: now,
  });
  assert.deepEqual(take(message), { kind: 'duplicate' });
});

test('an event names the message or the user that it is about', () => {
  const { node, teller, take, about } = inRoom();
  const message = teller.message('1');
  take(message);
  const edit = teller.event('peer', 'm.message.edit', { ...about(message), body: 'edited' });
  take(edit);
  const leave = teller.leave(author);
  take(leave);
  assert.deepEqual(
    [message, edit, leave].map(({ event_id }) => {
      const row = node.tables.events.byId(event_id);
      return [row?.target, row?.subject];
    }),
    [
      [null, null],
      [message.event_id, null],
      [null, author],
    ],
  );
});

test('the request of an event is remembered against replay, even if the event is refused', () => {
  const { node, teller } = inRoom();
  node.take(teller.message('1'), cast.peer, { replaySignature: 'first' });
  node.standings.set(cast.peer, 'blocked');
  node.take(teller.message('2'), cast.peer, { replaySignature: 'second' });
  node.take(teller.message('3'), cast.peer);
  assert.deepEqual(
    node.rows('federation_transport_replay_cache').map(({ signature }) => String(signature)),
    ['first', 'second'],
  );
});

test('a bug in a rule is no refusal', () => {
  const { node, teller } = inRoom();
  node.tables.events.insert = () => {
    throw new TypeError('bug');
  };
  assert.throws(() => node.take(teller.message('1'), cast.peer), /bug/);
});

test('an event that is released is held no longer, unless it is refused', () => {
  const { node, teller } = inRoom();
  const [stored, repeated, refused] = ['1', '2', '3'].map((id) => teller.message(id));
  assert.ok(stored && repeated && refused);
  node.standings.set(cast.peer, 'quarantined');
  for (const event of [stored, repeated, refused]) node.take(event, cast.peer);
  node.standings.delete(cast.peer);
  node.tables.queues.dropHeld(repeated.event_id);
  node.take(repeated, cast.peer);
  node.tables.queues.hold({ ...heldRow, event_id: repeated.event_id });
  for (const event of [stored, repeated]) node.take(event, cast.peer, { released: true });
  node.standings.set(cast.peer, 'blocked');
  assert.equal(node.take(refused, cast.peer, { released: true }).kind, 'refused');
  assert.deepEqual(
    node.rows('federation_held_events').map(({ event_id }) => event_id),
    [refused.event_id],
  );
});

test('a held event says which message it is about', () => {
  const { node, teller, about, take } = inRoom();
  const message = teller.message('1');
  take(message);
  node.standings.set(cast.peer, 'quarantined');
  node.take(teller.event('peer', 'm.reaction.add', { ...about(message), emoji: '👍' }), cast.peer);
  node.take(teller.event('peer', 'x.other', {}), cast.peer);
  node.take({ ...teller.message('2'), event_id: '$own:self.test' }, null);
  assert.deepEqual(
    node.rows('federation_held_events').map(({ about: what, hop }) => [what, hop]),
    [
      [message.event_id, cast.peer],
      [null, cast.peer],
      [`${cast.peer}/2`, cast.peer],
    ],
  );
});

test('a held event whose text was deleted is not held: there is nothing to decide', () => {
  const { node, teller, take, about } = inRoom();
  const message = teller.message('1');
  take(teller.event('home', 'm.message.delete', about(message)));
  node.standings.set(cast.peer, 'quarantined');
  assert.deepEqual(take(message), { kind: 'held' });
  assert.deepEqual(node.rows('federation_held_events'), []);
});

test('a message that was deleted before it came is stored without its text, and goes to nobody', () => {
  for (const byNumber of [false, true]) {
    const { node, teller, take } = inRoom();
    const message = teller.message('1', 'secret');
    const meant = byNumber ? place : { ...place, target_event_id: message.event_id };
    take(teller.event('peer', 'm.message.delete', meant));
    take(teller.event('peer', 'm.message.edit', { ...meant, body: 'secret edit' }));
    const outcome = take(message) as IngestOutcome & { kind: 'inserted' };
    assert.deepEqual(outcome.destinations, []);
    const rows = node.store.events.afterSeq(roomId, 0, 1000);
    assert.ok(rows.every(({ body }) => !body.includes('secret')));
    const { hash } = readErased(node.tables.events.byId(message.event_id) ?? { body: '' });
    assert.equal(hash, hashOf(message, false), 'tells a repeat from a changed copy');
    assert.deepEqual(node.picture().timeline.length, 1);
  }
});

test('reactions and edits to a message that is deleted are stored without their text', () => {
  const { node, teller, take, about } = inRoom();
  const message = teller.message('1', 'x');
  take(message);
  take(teller.event('peer', 'm.message.delete', about(message)));
  const tardy = [
    teller.event('peer', 'm.reaction.add', { ...about(message), emoji: '👍' }),
    teller.event('peer', 'm.message.edit', { ...place, body: 'late' }),
    teller.event('home', 'm.reaction.add', { ...place, emoji: '👍' }),
  ];
  for (const event of tardy.slice(0, 2)) take(event);
  const gone = node.picture().erased;
  assert.ok(tardy.slice(0, 2).every(({ event_id }) => gone.includes(event_id)));
});

test('an edit by the user who deleted the message is stored without its text, before the message comes and after', () => {
  const other = `@u1:${cast.peer}`;
  const message = new Teller().message('1', 'stays');
  for (const isThere of [false, true])
    for (const deleter of [author, other]) {
      const { node, teller, take, about } = inRoom();
      take(teller.join(other));
      if (isThere) take(message);
      const by = (type: string, sender: string, more: object) =>
        teller.event('peer', type, { ...about(message), ...more }, { sender });
      take(by('m.message.delete', deleter, {}));
      const edits = [author, other].map((sender) =>
        by('m.message.edit', sender, { body: `edit by ${sender}` }),
      );
      const reaction = by('m.reaction.add', deleter, { emoji: '👍' });
      for (const event of [...edits, reaction]) take(event);
      const isAuthors = isThere && deleter === author;
      const gone = node.picture().erased;
      assert.deepEqual(
        [...edits, reaction].map(({ event_id }) => gone.includes(event_id)),
        [deleter === author, isAuthors || deleter === other, isAuthors],
        `${isThere} ${deleter}`,
      );
    }
});

test('edits and reactions to a message that the home deleted before it came are stored without their text', () => {
  const { node, teller, take, about } = inRoom();
  const message = teller.message('1');
  take(teller.event('home', 'm.message.delete', about(message)));
  const events = [
    teller.event('peer', 'm.message.edit', { ...about(message), body: 'edited' }),
    teller.event('peer', 'm.reaction.add', { ...about(message), emoji: '👍' }),
  ];
  for (const event of events) take(event);
  assert.deepEqual(
    events.map(({ event_id }) => node.picture().erased.includes(event_id)),
    [true, true],
  );
});

test('reactions that came before their message and its deletion go once the message comes', () => {
  for (const byNumber of [false, true]) {
    const { node, teller, take, about } = inRoom();
    const message = teller.message('1');
    const meant = byNumber ? { ...place, message_id: '1' } : about(message);
    const reaction = teller.event('peer', 'm.reaction.add', { ...meant, emoji: '👍' });
    take(reaction);
    take(teller.event('peer', 'm.message.delete', about(message)));
    assert.deepEqual(node.picture().erased, []);
    take(message);
    assert.ok(node.picture().erased.includes(reaction.event_id), `${byNumber}`);
  }
});

test('a placeholder from the home gives way to the event itself', () => {
  const { node, teller, take } = inRoom();
  const message = teller.message('1', 'back');
  const { parts: deps, tables } = node;
  const erasure = new Erasure(tables, deps);
  const projection = new Projection(tables, erasure);
  const placeholders = new Placeholders({ tables, projection, erasure, directory: deps.directory });
  assert.equal(placeholders.take({ ...message, erased: 'edited' }, cast.home, now), true);
  const { seq } = tables.events.byId(message.event_id) ?? assert.fail('not stored');
  assert.equal(take(message).kind, 'inserted');
  assert.deepEqual([tables.events.bySeq(seq)?.state, tables.messages.bySeq(seq)], [0, undefined]);
  assert.match(node.picture().timeline[0] ?? '', /back/);
});

test('our events apply even if our clock was set back behind the room, and those of others wait', () => {
  const { node, teller, take } = inRoom();
  take({ ...teller.message('1'), depth: now });
  node.time = now - limits.aheadMsMax - 1;
  const depth = now + 1;
  const mine = {
    ...teller.message('2'),
    origin_server: cast.self,
    sender: ours,
    event_id: '$mine:self.test',
    depth,
  };
  const theirs = { ...teller.message('3'), depth };
  take(mine, null);
  take(theirs);
  assert.deepEqual(
    [mine, theirs].map(({ event_id }) => node.tables.events.byId(event_id)?.state),
    [1, 2],
  );
});
