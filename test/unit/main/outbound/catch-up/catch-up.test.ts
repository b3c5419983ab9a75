import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { HttpResult } from '../../../../../main/client/http.ts';
import type { Fact } from '../../../../../main/facts.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { CatchUp } from '../../../../../main/outbound/catch-up/catch-up.ts';
import { newPeer } from '../../../../../main/store/tables/peer-store.ts';
import { RateLimiter } from '../../../../../main/trust/limits/rate-limiter.ts';
import { Work } from '../../../../../main/work.ts';
import { quoted } from '../../../../../shared/words/said.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

type Deps = ConstructorParameters<typeof CatchUp>[0];
type Asked = (roomId: string, signal: AbortSignal, path: string) => Promise<HttpResult>;

const events = (text = '{"events":[]}'): Promise<HttpResult> =>
  Promise.resolve({ kind: 'answer', status: 200, headers: {}, body: text });
/** Answers only when it is aborted. */
const hangs: Asked = (_, signal) =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'aborted' })));

const away: Asked = async () => ({ kind: 'network', error: quoted('no way') });

/** Servers that each share one room: `!b` at b.test, `!c` at c.test. `asked` lists which were asked, in order. */
function world(t: TestContext, answers: Readonly<Record<string, Asked>> = {}) {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const ended: string[] = [];
  const told: Fact[] = [];
  const answer = new Map(Object.entries(answers));
  /** Extensions of every server. */
  const listed = new Set<string>();
  const peers = new Map(
    ['b.test', 'c.test'].map((name) => [name, { ...newPeer(name, name), endpoint: `https://${name}` }]),
  );
  const rooms = [...peers.keys()].map((home) => ({ room_id: `!${home[0]}`, home }));
  const cursors = new Map<string, object>();
  /** Servers whose cursor was written, once for each time. */
  const saved: string[] = [];
  /** Servers that call us. */
  const callers = new Set<string>();
  const work = new Work({ clock, random: systemPorts.random, tell: () => {} });
  const deps = {
    work,
    clock,
    random: { next: () => 0.5 },
    log: { debug: () => {}, error: () => {} },
    // The fact that a room was read to its end follows from what was asked.
    tell: (fact: Fact) => void (fact.fact === 'room-read' || told.push(fact)),
    keyring: { serverName: 'a.test' },
    directory: {
      all: () => [...peers.values()],
      get: (name: string) => peers.get(name),
      isAllowed: (name: string) => peers.has(name),
      isOfOurKind: () => true,
      answers: (_: string, call: string) => listed.has(call),
      noteAnswered: () => {},
    },
    registry: {
      get: (id: string) => ({
        row: rooms.find((row) => row.room_id === id),
        servers: new Set(['a.test', `${id[1]}.test`]),
      }),
    },
    store: {
      rooms: {
        sharedWith: (server: string) =>
          rooms.map((row) => row.room_id).filter((id) => `${id[1]}.test` === server),
        pendingJoins: () => [],
      },
      sync: {
        get: (server: string) => cursors.get(server) ?? { depth: 0, sweptAt: 0, token: null },
        put: (server: string, _: string, next: object) => {
          saved.push(server);
          cursors.set(server, next);
        },
        forget: (server: string) => cursors.delete(server),
      },
      writer: { write: async (job: () => unknown) => job() },
    },
    client: {
      call: (callee: { server: string }, call: { path: string; signal: AbortSignal }) => {
        asked.push(callee.server);
        const roomId = new URLSearchParams(call.path.split('?')[1]).get('room_id') ?? '';
        return (answer.get(callee.server) ?? (() => events()))(roomId, call.signal, call.path);
      },
    },
    intake: {
      takeIn: async () => ({ inserted: 0, own: 0, transient: false, closed: false, unverified: [] }),
      takeErased: async () => {},
    },
    shares: { isFull: () => false },
    readBudget: new RateLimiter(clock),
    contacts: { letUsRead: () => {}, callsUs: (server: string) => callers.has(server) },
    rooms: { settle: async () => {}, readingEnded: (id: string) => void ended.push(id) },
  } as unknown as Deps;
  const catchUp = new CatchUp(deps);
  t.after(() => catchUp.stop());
  return { catchUp, clock, work, listed, asked, ended, told, answer, peers, cursors, saved, callers };
}

test('a server that hangs doesn’t hold up others: each has its own reader', async (t) => {
  const { catchUp, clock, asked } = world(t, { 'b.test': hangs });
  catchUp.start();
  await clock.advance(60_000);
  assert.equal(asked.filter((server) => server === 'b.test').length, 1);
  assert.ok(asked.filter((server) => server === 'c.test').length > 2, asked.join(' '));
});

test('reading a forgotten server stops; if it comes back, it is read like a new one', async (t) => {
  const { catchUp, clock, asked, answer, peers } = world(t, { 'b.test': hangs });
  catchUp.start();
  await clock.advance(1_000);
  const ben = peers.get('b.test');
  peers.delete('b.test');
  catchUp.forget('b.test');
  await clock.advance(60_000);
  assert.equal(asked.filter((server) => server === 'b.test').length, 1);
  answer.delete('b.test');
  if (ben) peers.set('b.test', ben);
  catchUp.wake('b.test');
  await clock.advance(0);
  assert.equal(asked.filter((server) => server === 'b.test').length, 2, 'at once');
});

test('a stop aborts hanging calls, and nothing is read until the next start', async (t) => {
  const { catchUp, clock, asked } = world(t, { 'b.test': hangs, 'c.test': hangs });
  catchUp.start();
  await clock.advance(1_000);
  await catchUp.stop();
  catchUp.wake('b.test');
  await clock.advance(600_000);
  assert.equal(asked.length, 2);
  catchUp.start();
  await clock.advance(1_000);
  assert.equal(asked.length, 4);
});

test('contact starts a round early only with a server that didn’t answer', async (t) => {
  const { catchUp, clock, asked, answer } = world(t, {
    'b.test': away,
  });
  catchUp.start();
  await clock.advance(40_000);
  answer.delete('b.test');
  asked.length = 0;
  for (const server of ['b.test', 'c.test']) catchUp.heardFrom(server);
  await clock.advance(5_000);
  assert.ok(asked.includes('b.test'), asked.join(' '));
});

test('a room that its home does not let us read is announced after three rounds, and again when it can be read', async (t) => {
  const { catchUp, clock, told, answer } = world(t, {
    'b.test': async () => ({ kind: 'answer', status: 403, headers: {}, body: '{}' }),
  });
  catchUp.start();
  await clock.advance(5 * 60_000);
  assert.deepEqual(told, [{ fact: 'peer-changed', server: 'b.test' }]);
  assert.deepEqual(
    catchUp.unreadable().map(({ server, roomId }) => [server, roomId]),
    [['b.test', '!b']],
  );
  answer.delete('b.test');
  catchUp.wake('b.test');
  await clock.advance(10_000);
  assert.deepEqual([told.length, catchUp.unreadable()], [2, []]);
});

test('a room is read at once beside the rounds, and its end is announced whether it could be read or not', async (t) => {
  const { catchUp, clock, asked, ended, answer } = world(t);
  catchUp.start();
  await clock.advance(1_000);
  asked.length = 0;
  catchUp.readSoon('b.test', '!b');
  await clock.advance(0);
  assert.deepEqual([asked, ended], [['b.test'], ['!b']]);
  answer.set('b.test', away);
  catchUp.readSoon('b.test', '!b');
  await clock.advance(0);
  assert.deepEqual(ended, ['!b', '!b']);
});

test('a peer that never pushed, but calls us, is asked as rarely as one that pushes', async (t) => {
  const { catchUp, clock, asked, callers } = world(t);
  callers.add('c.test');
  catchUp.start();
  await clock.advance(3 * 3_600_000);
  asked.length = 0;
  await clock.advance(3_600_000);
  const [silent, caller] = ['b.test', 'c.test'].map((name) => asked.filter((each) => each === name).length);
  assert.deepEqual([silent, caller], [240, 6]);
});

test('a round that brings nothing writes nothing', async (t) => {
  const { catchUp, clock, asked, answer, listed, saved } = world(t);
  listed.add('events.since');
  for (const server of ['b.test', 'c.test'])
    answer.set(server, () => events('{"events":[],"next":"t1","more":false}'));
  catchUp.start();
  await clock.advance(60_000);
  assert.ok(asked.length > 10);
  assert.deepEqual(saved.sort(), ['b.test', 'c.test']);
  answer.set('b.test', () => events('{"events":[],"next":"t2","more":false}'));
  await clock.advance(60_000);
  assert.deepEqual(saved.sort(), ['b.test', 'b.test', 'c.test']);
});

test('a room that could not be read at once is read in the next rounds, even if nobody there is known to be in it', async (t) => {
  const { catchUp, clock, answer } = world(t, { 'b.test': away });
  catchUp.start();
  catchUp.readSoon('b.test', '!c');
  await clock.advance(1_000);
  const read = new Set<string>();
  answer.set('b.test', (roomId) => {
    read.add(roomId);
    return events();
  });
  catchUp.wake('b.test');
  await clock.advance(10_000);
  assert.deepEqual([...read], ['!b', '!c']);
  read.clear();
  catchUp.wake('b.test');
  await clock.advance(10_000);
  assert.deepEqual([...read], ['!b'], 'once it has been read, only rooms that are shared');
});

test('reading again begins at the beginning', async (t) => {
  const { catchUp, clock, asked, cursors } = world(t);
  catchUp.start();
  await clock.advance(1_000);
  assert.ok(cursors.has('b.test'));
  asked.length = 0;
  catchUp.readAgain('b.test');
  await clock.advance(0);
  assert.deepEqual(asked, ['b.test']);
});

/** Pages of a peer that says how many events are left, or not; each takes a second. */
function paged(
  clock: () => VirtualClock,
  pages: readonly (readonly [read: number, left: number | null])[],
): Asked {
  const queue = [...pages];
  return async (_, signal, path) => {
    await new Promise<void>((resolve) => {
      clock().after(1_000, resolve);
      signal.addEventListener('abort', () => resolve());
    });
    const [read, left] = queue.shift() ?? [0, null];
    const list = Array.from({ length: read }, (_, at) => `{"event_id":"$${queue.length}-${at}","depth":1}`);
    const count = left === null || !path.includes('&count=1') ? '' : `,"left":${left}`;
    return events(
      `{"events":[${list.join(',')}],"next":"t${queue.length}","more":${queue.length > 0}${count}}`,
    );
  };
}
/** The work in progress as it is after each second. */
async function seen({ clock, work }: ReturnType<typeof world>, seconds: number): Promise<string[]> {
  const all: string[] = [];
  for (let second = 0; second < seconds; second++) {
    await clock.advance(1_000);
    for (const { kind, about, progress } of work.items())
      all.push(`${kind} ${about} ${progress?.done}/${progress?.total ?? '?'}`);
  }
  return all;
}

test('catching up is shown from the second page on, with what is left if the peer says it', async (t) => {
  const whole = world(t);
  whole.listed.add('events.since');
  whole.answer.set(
    'b.test',
    paged(
      () => whole.clock,
      [
        [3, 5],
        [3, 2],
        [1, 1],
        [1, null],
      ],
    ),
  );
  whole.catchUp.start();
  // The second page is asked how much is left, and that is enough.
  const counted = ['catch-up b.test 3/?', 'catch-up b.test 6/8', 'catch-up b.test 7/8'];
  assert.deepEqual(await seen(whole, 7), counted);

  const silent = world(t);
  silent.listed.add('events.since');
  silent.answer.set(
    'b.test',
    paged(
      () => silent.clock,
      [
        [3, null],
        [3, null],
        [1, null],
      ],
    ),
  );
  silent.catchUp.start();
  assert.deepEqual(await seen(silent, 6), ['catch-up b.test 3/?', 'catch-up b.test 6/?']);
});

test('a join is shown at once, can be canceled, and is gone when the room has been read', async (t) => {
  const joining = world(t);
  joining.listed.add('events.since');
  const pages = [
    [2, 1],
    [1, null],
  ] as const;
  joining.answer.set(
    'b.test',
    paged(() => joining.clock, pages),
  );
  let left = 0;
  joining.catchUp.start();
  await joining.clock.advance(0);
  joining.catchUp.readSoon('b.test', '!b', async () => void left++);
  const [item] = joining.work.items();
  assert.deepEqual([item?.kind, item?.about, item?.progress], ['join', '!b', null]);
  await joining.work.cancel(item!.id);
  assert.equal(left, 1);
  await joining.clock.advance(10_000);
  assert.deepEqual(joining.work.items(), []);
});
