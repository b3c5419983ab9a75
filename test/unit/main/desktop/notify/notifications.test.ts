import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomRoute } from '../../../../../main/desktop/notify/notices.ts';
import { Notifications } from '../../../../../main/desktop/notify/notifications.ts';
import type { Api, Output } from '../../../../../shared/api/contract.ts';
import { eventsReadMax } from '../../../../../shared/api/message-news.ts';
import { quoted } from '../../../../../shared/words/said.ts';
import { wordsIn } from '../../../../../shared/words/words.ts';
import { type StandInOptions, standInElectron } from '../../../../support/electron/electron-stand-in.ts';
import type { StandInNotification } from '../../../../support/electron/stand-in/parts.ts';
import { fakeApi, room } from '../../../../support/parties/fake-api.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

type Event = Output<'event'>;
const event = (from: string | null, type = 'm.message'): Event =>
  ({
    event_type: type,
    received_from: from,
    envelope: JSON.stringify({
      sender: from === null ? '@ann:a.test' : '@ben:b.test',
      content: { body: 'the secret plan' },
    }),
  }) as Event;

const invite = (id: string, status: 'pending' | 'accepted' = 'pending') => ({
  id,
  room_id: '!2:b.test',
  room_name: 'Garden',
  description: '',
  direct: false,
  home: 'b.test',
  inviter: '@ben:b.test',
  user_id: '@ann:a.test',
  created_at: 1,
  status,
});

async function notifying(given: Partial<Api> = {}, options: StandInOptions = {}) {
  const stand = standInElectron(options);
  const clock = new VirtualClock();
  const state = {
    wanted: true,
    lookedAt: null as string | null,
    opened: [] as (string | undefined)[],
    invites: [invite('old')],
    failures: 0,
    told: 0,
  };
  const { api, calls } = fakeApi({
    event: async ({ event_id }) => (event_id.startsWith('own') ? event(null) : event('b.test')),
    room: async () => room,
    account: async () => ({ user_id: '@ann:a.test' }) as Output<'account'>,
    invites: async () => ({ items: state.invites, next: null }),
    ...given,
  });
  const notifications = new Notifications(stand.electron, {
    api,
    words: () => wordsIn('en'),
    clock,
    wanted: () => state.wanted,
    lookedAt: () => state.lookedAt,
    open: (route) => void state.opened.push(route),
    platform: options.platform ?? 'linux',
    onFailed: () => void state.told++,
    log: { warn: () => void state.failures++ },
  });
  await notifications.start();
  const timeline = (event_id: string, room_id = room.room_id) =>
    notifications.note({ topic: 'timeline', room_id, event_id });
  const shown = () => stand.notifications.filter(({ shown }) => shown).map(({ options }) => options);
  return { ...stand, clock, state, notes: notifications, timeline, shown, calls };
}

test('a message with files and no text says what was sent, and several say how much', async () => {
  const { timeline, clock, shown } = await notifying({
    event: async ({ event_id }) => {
      const types = event_id.split(' ').slice(1);
      const attachments = types.map((content_type) => ({ id: '1', filename: 'x', content_type }));
      const envelope = JSON.stringify({
        sender: event_id.startsWith('eve') ? '@eve:b.test' : '@ben:b.test',
        content: { body: event_id.startsWith('said') ? 'look' : '', attachments },
      });
      return { event_type: 'm.message', received_from: 'b.test', envelope } as Event;
    },
  });
  const news = async (...events: readonly string[]) => {
    for (const event of events) timeline(event);
    await clock.advance(60_000);
    return shown().at(-1)?.body;
  };
  assert.equal(await news('$1 image/png'), '@ben:b.test sent a picture');
  assert.equal(await news('$2 image/png image/jpeg', '$3 image/gif'), '@ben:b.test sent 3 pictures');
  assert.equal(await news('$4 video/mp4'), '@ben:b.test sent a video');
  assert.equal(await news('$5 image/png application/pdf'), '@ben:b.test sent 2 files');
  assert.equal(await news('said image/png'), 'New message from @ben:b.test');
  assert.equal(await news('$6 image/png', 'eve image/png'), '2 new messages');
});

test('a message from elsewhere says who and where, not what; a click opens the room', async () => {
  const { timeline, clock, shown, notifications, state } = await notifying();
  timeline('$1:b.test');
  await clock.advance(2_000);
  assert.deepEqual(shown(), [{ title: 'Kitchen', body: 'New message from @ben:b.test' }]);
  notifications[0]?.emit('click');
  assert.deepEqual(state.opened, ['#/chats/!100%3Ahome.example']);
});

test('a newer version shows once, and after quiet hours if it was found in them', async () => {
  const { notes, shown, notifications, state } = await notifying();
  state.wanted = false;
  notes.tellUpdate('2.0.0', false);
  assert.deepEqual(shown(), []);
  state.wanted = true;
  for (let n = 0; n < 2; n++) notes.tellUpdate('2.0.0', false);
  assert.deepEqual(
    notifications.map(({ options }) => [options.title, options.body]),
    [['Version 2.0.0 of Paracord Node is available', 'Settings show where to download it.']],
  );
  notifications[0]?.emit('click');
  assert.deepEqual(state.opened, ['#/server/settings']);
  notes.tellUpdate('2.0.1', true);
  assert.equal(shown().at(-1)?.body, 'Restart the app in Settings to install it.');
});

test('on Windows a notification can be clicked after it went to the notification center, and after a restart', async () => {
  const { timeline, clock, shown, notifications, electron, state } = await notifying(
    {},
    { platform: 'windows' },
  );
  timeline('$1:b.test');
  await clock.advance(2_000);
  notifications[0]?.timeOut();
  timeline('$2:b.test');
  await clock.advance(2_000);
  assert.equal(shown().length, 1, 'the app still has it, so a newer one replaces it');
  notifications[1]?.timeOut();
  notifications[1]?.emit('click');
  assert.deepEqual(state.opened, ['#/chats/!100%3Ahome.example']);
  const { activated } = electron.Notification as unknown as typeof StandInNotification;
  activated?.({ type: 'click', arguments: 'type=click&tag=of-another-run' });
  assert.deepEqual(state.opened.slice(1), [undefined], 'only the window');
});

test('if the system shows no notifications, as for an unsigned app on macOS, the owner can learn that', async () => {
  const { timeline, clock, state, notes } = await notifying({}, { notificationsFail: true });
  assert.equal(notes.areRefused, false);
  timeline('$1:b.test');
  await clock.advance(2_000);
  assert.deepEqual([notes.areRefused, state.told], [true, 1]);
});

test('messages that come together make one notification, which replaces the previous one', async () => {
  const { timeline, clock, shown } = await notifying();
  for (let n = 0; n < 3; n++) timeline(`$${n}:b.test`);
  await clock.advance(2_000);
  assert.deepEqual(shown(), [{ title: 'Kitchen', body: '3 new messages' }]);
  timeline('$9:b.test');
  await clock.advance(2_000);
  assert.deepEqual(shown(), [{ title: 'Kitchen', body: 'New message from @ben:b.test' }]);
});

test('the messages of a whole night cause one notification and a limited number of reads', async () => {
  const { timeline, clock, shown, calls } = await notifying();
  for (let n = 0; n < 5_000; n++) timeline(`$${n}:b.test`);
  await clock.advance(2_000);
  assert.deepEqual(shown(), [{ title: 'Kitchen', body: `More than ${eventsReadMax} new messages` }]);
  assert.equal(calls.filter(({ name }) => name === 'event').length, eventsReadMax);
});

test('own messages, reactions, muted rooms, and rooms that were left cause no notification', async () => {
  const own = await notifying();
  own.timeline('own');
  await own.clock.advance(2_000);
  assert.deepEqual(own.shown(), []);
  const reaction = await notifying({ event: async () => event('b.test', 'm.reaction.add') });
  reaction.timeline('$1:b.test');
  await reaction.clock.advance(2_000);
  assert.deepEqual(reaction.shown(), []);
  const muted = await notifying({ room: async () => ({ ...room, muted: true }) });
  muted.timeline('$1:b.test');
  await muted.clock.advance(2_000);
  assert.deepEqual(muted.shown(), []);
  const left = await notifying({ room: async () => ({ ...room, membership: 'left' }) });
  left.timeline('$1:b.test');
  await left.clock.advance(2_000);
  assert.deepEqual(left.shown(), []);
});

test('a reader of the room, or an owner who does not want it, gets no notification', async () => {
  for (const change of [{ lookedAt: roomRoute(room.room_id) }, { wanted: false }]) {
    const { timeline, clock, shown, state, notes } = await notifying();
    Object.assign(state, change);
    timeline('$1:b.test');
    notes.note({ topic: 'notice', level: 'warning', said: quoted('The clock is wrong.') });
    await clock.advance(2_000);
    assert.deepEqual(shown(), []);
  }
});

test('a reader of another room, or of something else, is notified of a message; the window shows the rest itself', async () => {
  for (const lookedAt of ['', '#/server', '#/chats', `${roomRoute(room.room_id)}0`, roomRoute('!2:b.test')]) {
    const { timeline, clock, shown, state, notes } = await notifying();
    state.lookedAt = lookedAt;
    state.invites = [invite('old'), invite('new')];
    timeline('$1:b.test');
    notes.note({ topic: 'invites' });
    notes.note({ topic: 'notice', level: 'warning', said: quoted('The clock is wrong.') });
    await clock.advance(2_000);
    assert.deepEqual(shown(), [{ title: 'Kitchen', body: 'New message from @ben:b.test' }], lookedAt);
  }
  const { timeline, clock, shown, state } = await notifying();
  state.lookedAt = `${roomRoute(room.room_id)}/members`;
  timeline('$1:b.test');
  await clock.advance(2_000);
  assert.deepEqual(shown(), []);
});

test('an unreadable event, room or invite doesn’t hold up other notifications', async () => {
  const { timeline, clock, shown, state, notes } = await notifying({
    event: async ({ event_id }) => {
      if (event_id.startsWith('bad')) throw new Error('it is gone');
      return event('b.test');
    },
    room: async ({ room_id }) => {
      if (room_id === '!gone:b.test') throw new Error('it is gone');
      return { ...room, room_id };
    },
  });
  state.invites = [invite('old'), invite('new')];
  timeline('bad', '!only-bad:b.test');
  timeline('$1:b.test', '!gone:b.test');
  timeline('bad');
  timeline('$2:b.test');
  notes.note({ topic: 'invites' });
  await clock.advance(2_000);
  assert.deepEqual(
    shown().map(({ title, body }) => [title, body]),
    [
      ['Kitchen', 'New message from @ben:b.test'],
      ['Room invite', '@ben:b.test invites you to Garden.'],
    ],
  );
  assert.equal(state.failures, 3);
});

test('an invite is notified once; those that waited before are not', async () => {
  const { notes, clock, shown, state, notifications } = await notifying();
  state.invites = [invite('old'), invite('new'), invite('done', 'accepted')];
  notes.note({ topic: 'invites' });
  await clock.advance(2_000);
  assert.deepEqual(shown(), [{ title: 'Room invite', body: '@ben:b.test invites you to Garden.' }]);
  notes.note({ topic: 'invites' });
  await clock.advance(2_000);
  assert.equal(notifications.length, 1);
});

test('a warning is notified, and the same one not again for a while', async () => {
  const { notes, clock, shown, notifications } = await notifying();
  const warn = (level: 'info' | 'warning') =>
    notes.note({ topic: 'notice', level, said: quoted('b.test changed its key.') });
  warn('info');
  warn('warning');
  warn('warning');
  assert.deepEqual(
    shown().map(({ body }) => body),
    ['b.test changed its key.'],
  );
  await clock.advance(600_000);
  warn('warning');
  assert.equal(notifications.length, 2);
});
