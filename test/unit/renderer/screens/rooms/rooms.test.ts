import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  channelNames,
  checkChannels,
  checkRoomToJoin,
  roomToJoin,
} from '../../../../../renderer/screens/rooms/list/creation.ts';
import {
  byActivity,
  byServer,
  learnNames,
  mayTakeOut,
  partsOf,
  roleIn,
  serverCalled,
  twinsOf,
} from '../../../../../renderer/screens/rooms/members/people.ts';
import {
  bodyParts,
  commonEmojis,
  isEmoji,
} from '../../../../../renderer/screens/rooms/message/message-text.ts';
import { isTrouble, tickOf, tickWords } from '../../../../../renderer/screens/rooms/message/ticks.ts';
import { beginsKept, rowsOf } from '../../../../../renderer/screens/rooms/timeline/rows.ts';
import { messageLink, parseLink } from '../../../../../shared/api/links.ts';
import type { DeliveryState, DeliverySummary } from '../../../../../shared/api/views/delivery-views.ts';
import type { UserView } from '../../../../../shared/api/views/node-views.ts';
import type { MemberView, RoomView } from '../../../../../shared/api/views/room-views.ts';
import { writeInviteLink } from '../../../../../shared/protocol/invites/invite-link.ts';
import { message } from '../../../../support/timeline-item.ts';

const links = (body: string) => bodyParts(body).flatMap(({ href }) => href ?? []);

test('makes links of web and mail addresses, and of nothing else', () => {
  assert.deepEqual(links('see https://a.test/x and http://b.test, or mailto:c@d.test'), [
    'https://a.test/x',
    'http://b.test/',
    'mailto:c@d.test',
  ]);
  for (const body of [
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'https://',
    'xhttps://a.test',
    'https://bank.example@evil.test/',
    'mailto:',
  ])
    assert.deepEqual(links(body), [], body);
});

test('leaves the end of the sentence outside of a link', () => {
  assert.deepEqual(links('(https://a.test/x).'), ['https://a.test/x']);
  assert.deepEqual(links('https://a.test/x_(y)!'), ['https://a.test/x_(y)']);
  assert.deepEqual(links('Really https://a.test/?q=1?'), ['https://a.test/?q=1']);
});

const invite = {
  base: 'https://anna.example:8448',
  id: '0123456789abcdef',
  token: 'ff'.repeat(16),
  public_key: 'ab'.repeat(32),
};
const cards = (body: string) => bodyParts(body).flatMap(({ link }) => (link ? [link] : []));

test('makes a card of a complete invite, on the web or in the app’s form, and keeps the end of the sentence', () => {
  const { web, app } = writeInviteLink(invite);
  for (const link of [web, app])
    for (const body of [link, `(${link})`, `Come in: ${link}.`, `${link}!\nSee you`]) {
      assert.deepEqual(cards(body), [{ kind: 'peer', link: web }], body);
      assert.deepEqual(links(body), [], body);
      const texts = bodyParts(body).map(({ text }) => text);
      assert.equal(texts.join(''), body);
    }
});

test('makes a card of the invite that a redirector leads to', () => {
  const { web } = writeInviteLink(invite);
  const body = `Come in: https://l.example/?u=${encodeURIComponent(web)}&h=1.`;
  assert.deepEqual(cards(body), [{ kind: 'peer', link: web }]);
});

test('makes a plain link of a page that only looks like an invite', () => {
  const { web } = writeInviteLink(invite);
  for (const body of [
    'https://anna.example/join#',
    'https://anna.example/join#now',
    web.slice(0, -1),
    `${web}x`,
    web.replace('anna', 'bnna'),
  ]) {
    assert.deepEqual(cards(body), [], body);
    assert.equal(links(body).length, 1, body);
  }
  assert.deepEqual(cards(web.replace('https://', 'https://bank.example@')), []);
});

test('loses no character of a message', () => {
  for (const body of ['', 'a', 'https://a.test/. b', 'a <b>https://a.test</b>\n\n c', '\u202ehttps://a.test'])
    assert.equal(
      bodyParts(body)
        .map((part) => part.text)
        .join(''),
      body,
    );
});

test('accepts one emoji, however it is composed', () => {
  for (const emoji of [...commonEmojis, '❤', '👩‍👩‍👧', '🇨🇭', '👍🏽', '1️⃣'])
    assert.equal(isEmoji(emoji), true, emoji);
  for (const text of ['', 'a', '1', '👍👍', '👍 ', ':)', '#']) assert.equal(isEmoji(text), false, text);
});

const delivery = (...states: DeliveryState[]): DeliverySummary => ({
  total: states.length,
  delivered: states.filter((state) => state === 'delivered').length,
  destinations: states.map((state, at) => ({
    server_name: `${at}.test`,
    state,
    reason: null,
    next_attempt_at: null,
    at: null,
    via: state === 'handed_over' ? '0.test' : null,
  })),
  not_shown_at: null,
});

test('one tick shows what most needs attention', () => {
  assert.equal(tickOf(delivery()), null);
  assert.equal(tickOf(delivery('delivered', 'delivered')), 'delivered');
  assert.equal(tickOf(delivery('delivered', 'queued')), 'queued');
  assert.equal(tickOf(delivery('queued', 'retrying', 'delivered')), 'retrying');
  assert.equal(tickOf(delivery('dead', 'parked', 'held')), 'dead');
  assert.equal(tickOf(delivery('delivered', 'handed_over')), 'handed_over');
  assert.deepEqual(
    (['delivered', 'held', 'handed_over', 'queued', 'retrying', 'parked', 'dead'] as const).filter((tick) =>
      isTrouble(tick),
    ),
    ['parked', 'dead'],
  );
});

test('the tick counts servers that have it, and says who got it until more is known', () => {
  assert.equal(tickWords(delivery('delivered', 'handed_over')), 'Delivered to 0.test');
  assert.equal(
    tickWords(delivery('delivered', 'handed_over', 'delivered')),
    'Delivered to 2 of 3 other servers',
  );
  assert.equal(
    tickWords(delivery('delivered', 'delivered', 'delivered')),
    'Delivered to all 3 other servers',
  );
  assert.equal(tickWords(delivery('delivered')), 'Delivered');
  assert.equal(tickWords(delivery('delivered', 'retrying')), 'Waiting for another server');
  assert.equal(tickWords(delivery('delivered', 'held')), 'Waiting for approval on another server');
});

test('groups messages of one sender, and starts a new group after a pause, a day, another sender', () => {
  const at = new Date(2026, 0, 10, 12).getTime();
  const said = (sender: string, ms: number) => ({ ...message(0), sender, origin_ts: at + ms });
  const rows = rowsOf(
    [
      said('@a:a', 0),
      said('@a:a', 60_000),
      said('@b:a', 61_000),
      said('@b:a', 900_000),
      said('@b:a', 86_400_000),
    ],
    null,
  );
  assert.deepEqual(
    rows.map((row) => [row.startsDay, row.startsGroup]),
    [
      [true, true],
      [false, false],
      [false, true],
      [false, true],
      [true, true],
    ],
  );
});

test('the timeline says above its first message what is no longer kept, once that message is at hand', () => {
  const rows = (...depths: number[]) =>
    rowsOf(
      depths.map((depth) => ({ ...message(depth), depth })),
      null,
    );
  assert.equal(beginsKept(rows(1, 2), null, true), -1, 'nothing was dropped');
  assert.equal(beginsKept(rows(7, 8), 5, true), 0);
  assert.equal(beginsKept(rows(7, 8), 5, false), -1, 'older messages may be kept');
  assert.equal(beginsKept(rows(3, 5, 7), 5, false), 2, 'old ones that stay are above it');
  assert.equal(beginsKept(rows(3, 5), 5, true), 0, 'only old ones are left');
});

const room = (name: string, last: number | null): RoomView => ({
  direct: null,
  retention: { days: null, megabytes: null, dropped_to: null },
  room_id: `!1${name.length}:a.test`,
  name,
  topic: '',
  description: '',
  picture: null,
  pinned: [],
  archived: false,
  writers: 'everybody',
  slow_seconds: 0,
  may_write: true,
  next_message_at: null,
  home: 'a.test',
  join_rule: 'invite',
  channels: [],
  membership: 'joined',
  removal: null,
  waits: null,
  homed_here: true,
  home_kind: 'paracord-node',
  one_way: false,
  long_texts_dropped_at: [],
  member_count: 1,
  last_event_at: last,
  unread: 0,
  mentions: 0,
  muted: false,
  last_message: null,
  listed: false,
});

test('puts the room with the latest message on top', () => {
  const names = byActivity([room('b', null), room('a', 5), room('c', 9), room('aa', null)]).map(
    (each) => each.name,
  );
  assert.deepEqual(names, ['c', 'a', 'aa', 'b']);
});

const member = (user_id: string, role: MemberView['role'] = 'member'): MemberView => ({
  user_id,
  display_name: partsOf(user_id).name,
  picture: null,
  server: partsOf(user_id).server,
  role,
  can_moderate: true,
  joined_at: 0,
});

test('only a name of two members is shown with their servers', () => {
  const members = [member('@ben:a.test'), member('@ben:b.test'), member('@cleo:b.test')];
  assert.deepEqual([...twinsOf(members, (id) => partsOf(id).name)], ['ben']);
});

test('lists members by server: ours first, owners first', () => {
  const groups = byServer(
    [member('@z:b.test'), member('@b:c.test'), member('@a:c.test', 'owner'), member('@x:a.test')],
    'c.test',
  );
  assert.deepEqual(
    groups.map((group) => [group.server, ...group.members.map((each) => each.user_id)]),
    [
      ['c.test', '@a:c.test', '@b:c.test'],
      ['a.test', '@x:a.test'],
      ['b.test', '@z:b.test'],
    ],
  );
});

test('decides who owns and moderates a room like the node does', () => {
  const user = (user_id: string, owner: boolean): UserView => ({
    user_id,
    localpart: 'x',
    display_name: 'x',
    has_account: false,
    listed: false,
    owner,
    created_at: 0,
  });
  const members = [member('@a:a.test', 'owner'), member('@b:a.test', 'moderator'), member('@c:a.test')];
  const role = (id: string, owner = false, of = room('r', 1)) => roleIn(of, user(id, owner), members);
  assert.deepEqual(
    ['@a:a.test', '@b:a.test', '@c:a.test', '@d:a.test'].map((id) => role(id)),
    ['owner', 'moderator', 'member', 'member'],
  );
  assert.equal(role('@c:a.test', true), 'owner');
  const elsewhere = { ...room('r', 1), homed_here: false };
  assert.equal(role('@a:a.test', true, elsewhere), 'member');
  assert.equal(role('@b:a.test', false, elsewhere), 'moderator');
  assert.deepEqual(
    (['owner', 'moderator', 'member'] as const).map((other) => mayTakeOut('moderator', other)),
    [false, false, true],
  );
});

test('reads the names of channels and says what is wrong with them', () => {
  assert.deepEqual(channelNames(' general, ,plans '), ['general', 'plans']);
  assert.equal(checkChannels('general, plans'), null);
  assert.match(checkChannels(' , ') ?? '', /Enter a name/);
  assert.match(checkChannels('a, b, a') ?? '', /two channels called “a”/);
  assert.match(checkChannels('x'.repeat(101)) ?? '', /at most 100/);
});

test('takes a room link or a room id, and says what it expected instead', () => {
  assert.deepEqual(roomToJoin(' !12:a.test '), { room_id: '!12:a.test', via: null });
  assert.equal(roomToJoin('paracord://room/!12%3Aa.test?via=b.test').via, 'b.test');
  for (const typed of [
    'Join: paracord://room/!12%3Aa.test?via=b.test.',
    '<paracord://room/!12%3Aa.test?via=b.test>',
  ])
    assert.equal(roomToJoin(typed).via, 'b.test', typed);
  assert.match(checkRoomToJoin('!x:a.test') ?? '', /Enter a room ID such as/);
  assert.match(checkRoomToJoin('https://a.test/room') ?? '', /begins with paracord:\/\//);
  assert.match(checkRoomToJoin('paracord://join/b.test/abc') ?? '', /That’s an invite/);
  const wrong = {
    'paracord://elsewhere/1': /neither a room link nor an invite/,
    'paracord://room/!12%3Aa.test%E2': /damaged/,
    'paracord://room/!x%3Aa.test': /invalid room ID/,
    'paracord://room/!12%3Aa.test?via=A%20B': /invalid server name/,
    'paracord://room/!12%3Aa.test?via=a.test&channel=0&message=%247%3Aa.test': /invalid message ID/,
    'paracord://room/!12%3Aa.test?via=a.test&channel=2&message=7%3Aa.test': /invalid message ID/,
    'paracord://room/!12%3Aa.test?via=a.test&message=%247%3Aa.test': /neither a room link/,
    [`paracord://room/${'1'.repeat(3000)}`]: /too long/,
  };
  for (const [link, why] of Object.entries(wrong)) assert.match(checkRoomToJoin(link) ?? '', why);
});

test('a link to a message is read back as it was written, and its room can be joined by it', () => {
  const message = { channel_id: '2', event_id: '$7:b.test' };
  const link = messageLink('!12:a.test', 'a.test', message);
  assert.equal(link, 'paracord://room/!12%3Aa.test?via=a.test&channel=2&message=%247%3Ab.test');
  assert.deepEqual(parseLink(`See ${link}.`), {
    kind: 'room',
    room_id: '!12:a.test',
    via: 'a.test',
    message,
  });
  assert.equal(roomToJoin(link).room_id, '!12:a.test');
});

test('a friend’s server is called by the first person known there, and by its own name where that is unclear', () => {
  const came = (user_id: string, joined_at: number, display_name = partsOf(user_id).name) => ({
    ...member(user_id),
    joined_at,
    display_name,
  });
  assert.equal(serverCalled('hans.test'), 'hans.test', 'nobody is known there');
  learnNames([came('@iris:hans.test', 2), came('@hans:hans.test', 1, 'Hans')]);
  assert.equal(serverCalled('hans.test'), 'Hans’s server');
  learnNames([came('@h:other.test', 3, 'hans')]);
  assert.equal(serverCalled('hans.test'), 'hans.test', 'two servers have a Hans');
  learnNames([1, 2, 3, 4, 5].map((n) => came(`@u${n}:club.test`, n)));
  assert.equal(serverCalled('club.test'), 'club.test', 'more people than a household has');
});
