import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EraName } from '../../../support/stand-in/era.ts';
import { type Content, type StandInEvent, wireOf } from '../../../support/stand-in/events.ts';
import { Neighborhood } from '../../../support/stand-in/neighborhood.ts';

/** `home` has a guild, in which a user of `guest.test` is a member. */
async function ground(era: EraName = '3.x') {
  const around = new Neighborhood();
  const guest = around.add('guest.test');
  const home = around.add('home.test', { era });
  await around.acquaint(guest, home);
  const ann = guest.user('ann');
  const member = (kind: 'join' | 'leave', user_id = ann, from = guest) => {
    const body = JSON.stringify({ origin_server: from.name, room_id: home.room, user_id });
    return around.ask(from, home, { method: 'POST', path: `/${kind}`, body });
  };
  const post = async (event: StandInEvent, from = guest, to = home) => {
    const { status, body } = await around.ask(from, to, {
      method: 'POST',
      path: '/event',
      body: wireOf(event),
    });
    return `${status} ${body.message ?? ''}`.trim();
  };
  let last = 0;
  const write = (
    more: {
      readonly type?: string;
      readonly sender?: string;
      readonly room?: string;
      readonly event_id?: string;
      readonly time?: number;
      readonly depth?: number;
      readonly content?: Content;
    } = {},
    by = guest,
  ) => {
    const id = String(++last);
    return by.events.sign({
      event_id: `$m_message:${id}:1:${by.name}`,
      room: home.room,
      type: 'm.message',
      sender: ann,
      time: around.clock.now(),
      ...more,
      content: {
        guild_id: home.guild,
        channel_id: home.channel,
        message_id: id,
        body: 'hello',
        ...more.content,
      },
    });
  };
  const bodies = (room = home.room, at = home) => at.shown.get(room)?.map(({ body }) => body) ?? [];
  return { around, guest, home, ann, member, post, write, bodies };
}

const accepted = '202';
const forbidden = '403 forbidden';

test('a message of a member is shown in the guild since 3.0', async () => {
  const { member, post, write, bodies } = await ground();
  assert.equal((await member('join')).status, 200);
  const event = write();
  assert.equal(await post(event), accepted);
  assert.deepEqual(bodies(), ['hello']);
  assert.equal(await post(event), accepted);
  assert.deepEqual(bodies(), ['hello']);
});

test('only a member writes: not before the join, not after the leave, not after a ban, which has no way back', async () => {
  const { home, ann, member, post, write } = await ground();
  assert.equal(await post(write()), forbidden);
  await member('join');
  await member('leave');
  assert.equal(await post(write()), forbidden);
  assert.equal(await post(write({ type: 'm.member.leave' })), forbidden);
  await member('join');
  assert.equal(await post(write()), accepted);
  await home.ban(home.remoteUser(ann));
  assert.equal(await post(write()), forbidden);
  assert.equal((await member('join')).status, 403);
});

test('a server joins only its own users', async () => {
  const { member } = await ground();
  assert.equal((await member('join', '@bob:other.test')).status, 403);
});

/** Events of a member that are refused, and how. */
const refused: readonly (readonly [
  string,
  (g: Awaited<ReturnType<typeof ground>>) => StandInEvent,
  string,
])[] = [
  ['another guild', ({ write }) => write({ content: { guild_id: '7' } }), forbidden],
  ['an unknown channel', ({ write }) => write({ content: { channel_id: '7' } }), forbidden],
  ['an event named after another server', ({ write }) => write({ event_id: '$1:home.test' }), forbidden],
  [
    'a private channel',
    ({ home, write }) => write({ content: { channel_id: home.postPrivately('bob', 'x').channel } }),
    forbidden,
  ],
  [
    'a room of a server that isn’t there',
    ({ home, write }) => write({ room: `!99:${home.name}`, content: { guild_id: '99' } }),
    forbidden,
  ],
  [
    'an endorsement by anybody but the authority',
    ({ write }) => write({ type: 'm.member.leave', content: { membership_user_id: '@bob:home.test' } }),
    forbidden,
  ],
  [
    'an event of eight days ago',
    ({ around, write }) => write({ time: around.clock.now() - 8 * 86_400_000 }),
    '400 bad request: federation event origin_ts is outside the accepted freshness window',
  ],
  [
    'an event from in 61 seconds',
    ({ around, write }) => write({ time: around.clock.now() + 61_000 }),
    '400 bad request: federation event origin_ts is outside the accepted freshness window',
  ],
  [
    'a depth of in 61 seconds',
    ({ around, write }) => write({ depth: around.clock.now() + 61_000 }),
    '400 bad request: federation event depth is out of range',
  ],
  [
    'a negative depth',
    ({ write }) => write({ depth: -1 }),
    '400 bad request: federation event depth is out of range',
  ],
  [
    '256 characters',
    ({ write }) => write({ event_id: `$${'a'.repeat(244)}:guest.test` }),
    '400 bad request: federation event event_id exceeds maximum length of 255 characters',
  ],
  [
    'a list of 10,001',
    ({ write }) => write({ content: { list: Array(10_001).fill(0) } }),
    '400 bad request: federation event content array exceeds maximum element count',
  ],
];

for (const [what, make, answer] of refused)
  test(`${what} is refused`, async () => {
    const all = await ground();
    await all.member('join');
    assert.equal(await all.post(make(all)), answer);
    assert.equal(all.home.events.all.has(make(all).event_id), false);
  });

test('a depth of 0, or of a minute ahead, is accepted', async () => {
  const { around, member, post, write } = await ground();
  await member('join');
  assert.equal(await post(write({ depth: 0 })), accepted);
  assert.equal(await post(write({ depth: around.clock.now() + 60_000 })), accepted);
});

/** Events that are answered with 202 and shown nowhere. */
const dropped: readonly (readonly [string, Parameters<Awaited<ReturnType<typeof ground>>['write']>[0]])[] = [
  ['no text', { content: { body: '' } }],
  ['2,001 bytes', { content: { body: 'a'.repeat(2001) } }],
  ['1,001 letters of two bytes', { content: { body: 'ü'.repeat(1001) } }],
  ['mentions of another form', { content: { 'm.mentions': { user_ids: ['bob'] } } }],
  ['an unknown type', { type: 'm.room.info' }],
];

for (const [what, fields] of dropped)
  test(`a message with ${what} is accepted and dropped`, async () => {
    const { member, post, write, bodies } = await ground();
    await member('join');
    assert.equal(await post(write(fields)), accepted);
    assert.deepEqual(bodies(), []);
  });

test('2,000 bytes are shown', async () => {
  const { member, post, write, bodies } = await ground();
  await member('join');
  await post(write({ content: { body: 'ü'.repeat(1000), 'm.mentions': { user_ids: ['@a:b.test'] } } }));
  assert.equal(bodies().length, 1);
});

test('an edit, a delete and a reaction change the message they name, and only its author edits it', async () => {
  const { home, guest, member, post, write, bodies } = await ground();
  await member('join');
  await member('join', guest.user('mallory'));
  const message = write();
  await post(message);
  const about = (type: string, content: Content, sender = guest.user('ann')) =>
    post(write({ type, sender, content: { target_event_id: message.event_id, ...content } }));
  assert.equal(await about('m.message.edit', { body: 'mine' }, guest.user('mallory')), accepted);
  assert.deepEqual(bodies(), ['hello']);
  await about('m.message.edit', { body: 'edited' });
  assert.deepEqual(bodies(), ['edited']);
  await about('m.reaction.add', { emoji: '🎉' });
  assert.deepEqual([...(home.shown.get(home.room)?.[0]?.reactions ?? [])], [`${guest.user('ann')} 🎉`]);
  assert.equal(await about('m.message.edit', { body: 'x', channel_id: '7' }), forbidden);
  await about('m.message.delete', {});
  assert.deepEqual(bodies(), []);
  assert.equal(await about('m.reaction.add', { emoji: '🎉' }), accepted);
});

test('a reaction on one of its own messages that was deleted there gets 404', async () => {
  const { home, member, post, write } = await ground();
  await member('join');
  const id = await home.post('bob', 'soon gone');
  const event_id = home.shown.get(home.room)?.[0]?.eventId ?? '';
  const react = () =>
    post(write({ type: 'm.reaction.add', content: { target_event_id: event_id, emoji: '🎉' } }));
  assert.equal(await react(), accepted);
  await home.delete('bob', id);
  assert.equal(await react(), '404 not found');
});

test('an event ID that another server has used gets 500', async () => {
  const { around, home, guest, member, post, write } = await ground();
  const other = around.add('other.test', { domain: 'guest.test' });
  await around.acquaint(other, home);
  await member('join');
  await member('join', '@cid:guest.test', other);
  const first = write();
  await post(first);
  const second = write({ event_id: first.event_id, sender: '@cid:guest.test' }, other);
  assert.equal(await post(second, other), '500 internal server error');
  assert.equal(home.events.all.get(first.event_id)?.origin_server, guest.name);
});

test('an event without a signature gets 401, and one with a wrong signature 403, as does that of an unknown server', async () => {
  const { around, member, post, write } = await ground();
  await member('join');
  const event = write();
  assert.equal(await post({ ...event, signatures: {} }), '401 unauthorized');
  assert.equal(await post({ ...event, depth: event.depth - 1 }), forbidden);
  assert.equal(await post(write({}, around.add('nobody.test'))), forbidden);
});

/** A room homed at `guest.test`, as its 3.x peer `home.test` mirrors it. */
async function mirrored() {
  const all = await ground();
  const { around, guest, home, write, post } = all;
  const inRoom = {
    room: guest.room,
    content: { guild_id: guest.guild, channel_id: '5', guild_name: 'Ours' },
  };
  const third = around.add('third.test');
  await around.acquaint(third, home);
  return { ...all, third, inRoom, first: () => post(write(inRoom)), room: () => home.rooms.get(guest.room) };
}

test('a mirror is made by the first message of the authority, and by nobody else’s', async () => {
  const { third, inRoom, post, write, first, room } = await mirrored();
  const foreign = write({ ...inRoom, sender: third.user('cid') }, third);
  assert.equal(await post(foreign, third), forbidden);
  assert.equal(room(), undefined);
  assert.equal(await first(), accepted);
  assert.deepEqual([room()?.exists, room()?.name], [true, 'Ours']);
});

test('a server that mirrors only its own guild accepts a message of a foreign room and drops it', async () => {
  const around = new Neighborhood();
  const guest = around.add('guest.test');
  const home = around.add('home.test', { takesMirrors: false });
  await around.acquaint(guest, home);
  await guest.addPeer(home);
  guest.home.members.add(home.user('bob'));
  await guest.post('ann', 'hello');
  await around.clock.settle();
  assert.equal(guest.outbox.rows.length, 0);
  assert.equal(home.shown.has(guest.room), false);
});

test('a third server’s user is admitted by the authority’s endorsement alone', async () => {
  const { guest, third, inRoom, post, write, first } = await mirrored();
  const cid = third.user('cid');
  const content = { ...inRoom.content, membership_user_id: cid };
  const endorsement = () =>
    write({ ...inRoom, type: 'm.member.join', sender: guest.user('server'), content });
  const message = () => write({ ...inRoom, sender: cid }, third);
  // Before the mirror exists, an endorsement is accepted and forgotten.
  assert.equal(await post(endorsement()), accepted);
  await first();
  assert.equal(await post(message(), third), forbidden);
  const own = write({ ...inRoom, type: 'm.member.join', sender: cid }, third);
  assert.equal(await post(own, third), forbidden);
  assert.equal(await post(endorsement()), accepted);
  assert.equal(await post(message(), third), accepted);
  // The authority relays it, too.
  assert.equal(await post(message()), accepted);
  await post(write({ ...inRoom, type: 'm.member.leave', sender: guest.user('server'), content }));
  assert.equal(await post(message()), forbidden);
});

test('earlier eras check less: 2.x the form but no membership, 1.0 only that somebody of the server is in the room', async () => {
  const answers: Record<string, readonly string[]> = {};
  for (const era of ['0.8', '1.0', '2.x'] as const) {
    const { around, home, guest, member, write } = await ground(era);
    const destination = era === '0.8' ? null : home.name;
    const post = async (event: StandInEvent) => {
      const call = { method: 'POST', path: '/event', body: wireOf(event), destination } as const;
      return (await around.ask(guest, home, call)).status;
    };
    const stranger = await post(write());
    await (era === '0.8' ? home.noteJoin(home.home, guest.user('ann')) : member('join'));
    answers[era] = [
      stranger,
      await post(write({ sender: guest.user('nobody') })),
      await post(write({ time: around.clock.now() - 8 * 86_400_000 })),
    ].map(String);
  }
  assert.deepEqual(answers, {
    '0.8': ['202', '202', '202'],
    '1.0': ['403', '202', '202'],
    '2.x': ['403', '202', '400'],
  });
});
