import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StandInEvent } from '../../../support/stand-in/events.ts';
import { Neighborhood } from '../../../support/stand-in/neighborhood.ts';
import { Caller } from '../../../support/stand-in/sending/outbox.ts';
import type { StandInServer } from '../../../support/stand-in/server.ts';

const minute = 60_000;

/** `home` has a guild in which users of the other two are members. */
async function ground() {
  const around = new Neighborhood();
  const home = around.add('home.test');
  const [b, c] = [around.add('b.test'), around.add('c.test')];
  for (const [one, other] of [
    [home, b],
    [home, c],
    [b, c],
  ] as const)
    await around.acquaint(one, other);
  await home.post('ann', 'first');
  for (const guest of [b, c]) home.home.members.add(guest.user('guest'));
  await home.post('ann', 'hello');
  await around.clock.settle();
  for (const guest of [b, c]) assert.equal(await guest.joinMirror('guest', home.room), 200);
  await around.clock.settle();
  const received = (server: StandInServer, from = home) =>
    [...server.events.all.values()].filter((event) => event.origin_server === from.name);
  const bodies = (server: StandInServer) => server.shown.get(home.room)?.map(({ body }) => body);
  return { around, home, b, c, received, bodies };
}

test('messages of its users reach every server with a member, and the signature covers all of them', async () => {
  const { around, home, b, c, bodies } = await ground();
  await home.postFiles('ann', '', ['a.txt']);
  await home.post('ann', 'hi @guest', [b.user('guest')]);
  await around.clock.settle();
  b.writeInMirror('guest', home.room, home.channel, 'from b');
  await around.clock.settle();
  for (const server of [home, b, c])
    assert.deepEqual(bodies(server)?.slice(-3), ['', 'hi @guest', 'from b'], server.name);
  const [files, mention] = [...home.events.all.values()]
    .filter(({ event_type }) => event_type === 'm.message')
    .slice(2);
  assert.match(files?.event_id ?? '', /^\$m_message:\d+:\d+:home\.test$/);
  assert.deepEqual(files?.content['m.mentions'], { user_ids: [] });
  assert.equal((files?.content.attachments as unknown[] | undefined)?.length, 1);
  assert.deepEqual(mention?.content['m.mentions'], { user_ids: ['@guest:b.test'] });
});

test('joins, leaves, kicks and bans of other servers’ users are endorsed by the authority to all trusted peers', async () => {
  const { around, home, b, c, received } = await ground();
  await home.kick(home.remoteUser(b.user('guest')));
  await home.ban(home.remoteUser(c.user('guest')));
  await around.clock.settle();
  const endorsed = received(c).filter(({ content }) => content.membership_user_id !== undefined);
  assert.deepEqual(
    endorsed.map(({ event_type, sender, content }) => [event_type, sender, content.membership_user_id]),
    [
      ['m.member.join', '@server:home.test', '@guest:b.test'],
      ['m.member.join', '@server:home.test', '@guest:c.test'],
      ['m.member.leave', '@server:home.test', '@guest:b.test'],
      ['m.member.leave', '@server:home.test', '@guest:c.test'],
    ],
  );
  assert.deepEqual([...(c.rooms.get(home.room)?.members ?? [])], ['@ann:home.test']);
});

test('before 3.0, a kick is a leave in the name of a stand-in for the user', async () => {
  const around = new Neighborhood();
  const home = around.add('home.test', { era: '2.x' });
  await home.kick(home.remoteUser('@guest:b.test'));
  const [event] = home.events.all.values();
  assert.equal(event?.sender, '@guest_012345:home.test');
  assert.deepEqual(event?.content, { guild_id: home.guild, user_id: home.remoteUser('@guest:b.test') });
});

test('a message in a private channel stays there, and its edit, delete and reactions don’t', async () => {
  const { around, home, b, received } = await ground();
  const before = received(b).length;
  const { id } = home.postPrivately('ann', 'secret');
  await home.edit('ann', id, 'still secret');
  await around.clock.settle();
  const after = received(b).slice(before);
  assert.deepEqual(
    after.map(({ event_type }) => event_type),
    ['m.message.edit'],
  );
});

test('an event that a peer never takes is tried twelve times, less and less often, and then dropped', async () => {
  const around = new Neighborhood();
  const home = around.add('home.test');
  await home.addPeer(around.add('b.test'));
  home.home.members.add('@guest:b.test');
  around.down.add('b.test');
  home.work();
  await home.post('ann', 'hello');
  const [row] = home.outbox.rows;
  await around.clock.advance(5 * minute);
  // At 0, 5, 15, 35, 75, 155 and 315 s, each up to 1.5 s and the next round of five seconds later.
  assert.equal(row?.failures, 6);
  await around.clock.advance(4 * 60 * minute);
  assert.equal(row?.failures, 12);
  assert.deepEqual(
    home.outbox.dropped.map(({ content }) => content.body),
    ['hello'],
  );
  home.rest();
});

test('any 4xx counts as a failure, and a 5xx is tried three times at once', async () => {
  const around = new Neighborhood();
  const statuses: number[] = [];
  const home = around.add('home.test');
  const peer = { endpoint: 'http://b.test/x', server_name: 'b.test' };
  const answers = [503, 500, 404, 426, 202];
  const send: typeof around.send = async ({ headers }) => {
    const status = answers.shift() ?? 0;
    statuses.push(status);
    assert.equal(headers['x-paracord-destination'], 'b.test');
    const isRepeated = status === 202;
    assert.equal(headers['x-paracord-fed-version'], isRepeated ? 'federation-v1' : 'federation-v2');
    return { status, body: '' };
  };
  const caller = new Caller(home, around.clock, send);
  const first = caller.call(peer, 'POST', '/event', '{}');
  await around.clock.advance(1_500);
  assert.equal((await first)?.status, 404);
  assert.equal((await caller.call(peer, 'POST', '/event', '{}'))?.status, 202);
  assert.deepEqual(statuses, [503, 500, 404, 426, 202]);
});

const read = async (
  { around, home, b }: Pick<Awaited<ReturnType<typeof ground>>, 'around' | 'home' | 'b'>,
  query: string,
) => {
  const path = `/events?room_id=${encodeURIComponent(home.room)}${query}`;
  const { status, body } = await around.ask(b, home, { path });
  const {
    events = [],
    next_depth,
    next_event_id,
  } = body as unknown as {
    events?: StandInEvent[];
    next_depth: number;
    next_event_id: string;
  };
  return {
    status,
    events,
    next: `&since_depth=${next_depth}&since_event_id=${encodeURIComponent(next_event_id)}`,
  };
};

test('reading goes by depth and ID, and hidden events move the cursor without being handed out', async () => {
  const all = await ground();
  const { around, home } = all;
  await around.clock.advance(minute);
  for (let at = 0; at < 3; at++) home.postPrivately('ann', `secret ${at}`);
  await home.post('ann', 'last');
  const seen: StandInEvent[] = [];
  let next = '';
  for (let before = '-'; next !== before; ) {
    before = next;
    const page = await read(all, `${next}&limit=1`);
    seen.push(...page.events);
    next = page.next;
  }
  const bodies = seen
    .filter(({ event_type }) => event_type === 'm.message')
    .map(({ content }) => content.body);
  assert.deepEqual(bodies, ['first', 'hello', 'last']);
  assert.equal(new Set(seen.map(({ event_id }) => event_id)).size, seen.length);
});

test('a page of hidden events alone is empty and moves the cursor', async () => {
  const all = await ground();
  await all.around.clock.advance(minute);
  const since = `&since_depth=${all.around.clock.now() - 1}`;
  for (let at = 0; at < 3; at++) all.home.postPrivately('ann', 'secret');
  const page = await read(all, since);
  assert.deepEqual(page.events, []);
  assert.ok(page.next.startsWith(`&since_depth=${all.around.clock.now()}&since_event_id=%24m_message`));
});

test('only a server with a member reads, and a hidden event is 404 as if it weren’t there', async () => {
  const all = await ground();
  const { around, home, b } = all;
  const { id } = home.postPrivately('ann', 'secret');
  const event = [...home.events.all.values()].find(({ content }) => content.message_id === id);
  const one = async (name = '') =>
    (await around.ask(b, home, { path: `/event/${encodeURIComponent(name)}` })).status;
  assert.equal(await one(event?.event_id), 404);
  const [first] = home.events.all.keys();
  assert.equal(await one(first), 200);
  home.home.members.delete(b.user('guest'));
  assert.equal(await one(first), 404);
  assert.equal((await read(all, '')).status, 403);
});

test('the stand-in reads the events that it missed in its mirrors', async () => {
  const { around, home, b, bodies } = await ground();
  around.down.add('b.test');
  await home.post('ann', 'while b was away');
  await around.clock.advance(2_000);
  home.outbox.rows = [];
  around.down.clear();
  await b.catchUp();
  assert.equal(bodies(b)?.at(-1), 'while b was away');
});

/** Keys that are pinned don't expire. */
const pin = (at: StandInServer, peer: StandInServer) =>
  at.register({
    server_name: peer.name,
    domain: peer.domain,
    trusted: true,
    federation_endpoint: `${peer.url}/_paracord/federation/v1`,
    public_key_hex: peer.signer.publicKey,
    key_id: peer.keyId,
  });

test('a page of events that are all too old for it is read again for ever', async () => {
  const { around, home, b, bodies } = await ground();
  around.down.add('b.test');
  for (let at = 0; at < 128; at++) await home.post('ann', `message ${at}`);
  await around.clock.advance(2_000);
  home.outbox.rows = [];
  await around.clock.advance(8 * 24 * 60 * minute);
  await pin(home, b);
  await pin(b, home);
  await home.post('ann', 'new');
  await around.clock.advance(2_000);
  home.outbox.rows = [];
  around.down.clear();
  for (let round = 0; round < 5; round++) await b.catchUp();
  assert.equal(bodies(b)?.at(-1), 'hello');
});

test('a file is fetched with a link that only its peer can use, within five minutes', async () => {
  const { around, home, b, c } = await ground();
  await home.postFiles('ann', '', ['a.txt']);
  const [attachment_id = ''] = home.events.files.keys();
  const asked = { origin_server: b.name, attachment_id, room_id: home.room };
  const link = async (user_id: string) => {
    const body = JSON.stringify({ ...asked, user_id });
    return (await around.ask(b, home, { method: 'POST', path: '/file/token', body })).body;
  };
  assert.equal((await link('@nobody:b.test')).code, 'FORBIDDEN');
  const { token, download_url } = await link(b.user('guest'));
  assert.match(String(token), new RegExp(`^v2:${attachment_id}:\\d+:b\\.test\\.[0-9a-f]{64}$`));
  const target = String(download_url);
  const fetchAs = async (server: StandInServer) => {
    const url = home.url + target;
    const headers = server.caller.headers({ method: 'GET', url, body: '' }, home.name);
    const answer = await home.api.answer({ method: 'GET', target, headers, body: '' });
    return [answer.status, String(answer.body)];
  };
  assert.deepEqual(await fetchAs(b), [200, 'content of a.txt']);
  assert.equal((await fetchAs(c))[0], 401);
  assert.equal((await home.api.answer({ method: 'GET', target, headers: {}, body: '' })).status, 401);
  await around.clock.advance(5 * minute);
  assert.equal((await fetchAs(b))[0], 401);
});

test('the stand-in lists its guilds if it allows discovery', async () => {
  const { around, home, b } = await ground();
  const list = async (query: string) =>
    (await around.ask(b, home, { path: `/discovery/guilds?${query}` })).body;
  const { guilds, total } = (await list('search=guil')) as unknown as {
    guilds: { id: string }[];
    total: number;
  };
  assert.deepEqual([guilds[0]?.id, total], [home.guild, 1]);
  assert.equal((await list('search=other')).total, 0);
  const hidden = around.add('hidden.test', { allowsDiscovery: false });
  await around.acquaint(b, hidden);
  assert.equal((await around.ask(b, hidden, { path: '/discovery/guilds' })).status, 404);
});
