import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type Fact, Facts } from '../../../main/facts.ts';
import { type Reacting, reactionsOf } from '../../../main/reactions.ts';
import type { Change } from '../../../shared/api/topics.ts';

/** The table with parts that only record the calls, as `part.method`. */
function table(settings: object = { paused: false, outbox_max_age_days: 30 }) {
  const done: string[] = [];
  const noting = (part: string, answers: Readonly<Record<string, unknown>> = {}) =>
    new Proxy(answers, {
      get: (own, name: string) =>
        name in own ? own[name] : (...args: unknown[]) => void done.push([part, name, args[0]].join(' ')),
    });
  const names = [
    'directory',
    'activity',
    'measures',
    'clockOffsets',
    'contacts',
    'formProbe',
    'keyExtensions',
    'rediscovery',
    'addressAnnouncer',
    'recovery',
    'lostChannels',
    'endorsements',
    'readState',
    'pushes',
    'indexing',
    'profiles',
    'pictures',
    'directChats',
    'keptName',
  ];
  const others = [
    'acceptances',
    'catchUp',
    'receipts',
    'receiptReading',
    'heldQuestions',
    'doctor',
    'certificates',
    'reach',
  ];
  const parts = {
    ...Object.fromEntries([...names, ...others].map((name) => [name, noting(name)])),
    log: { info: () => {}, error: () => {} },
    settings: { get: () => settings },
    keyring: { serverName: 'a.test' },
    listeners: {},
    files: { sweep: async () => void done.push('files sweep'), arrived: () => {} },
    store: { consents: { takeNews: () => [] } },
    upkeep: { rebuild: async (roomId: string) => void done.push(`upkeep rebuild ${roomId}`) },
    conflictLog: { note: async (...about: string[]) => done.push(['conflictLog note', ...about].join(' ')) },
    delivery: noting('delivery', { isFailing: (server: string) => server === 'down.test' }),
    changes: {
      publish: ({ topic }: Change) => void done.push(`topic ${topic}`),
      pass: ({ topic }: Change) => void done.push(`passes ${topic}`),
    },
  } as unknown as Reacting;
  const facts = new Facts();
  facts.react(reactionsOf(parts));
  const after = (fact: Fact): string[] => {
    done.length = 0;
    facts.tell(fact);
    return [...done];
  };
  return Object.assign(after, { later: () => [...done] });
}

const server = 'b.test';

test('an allowed peer is read and notified at once', () => {
  const after = table();
  assert.deepEqual(after({ fact: 'standing-changed', server, standing: 'allowed', isCallable: true }), [
    'delivery follow b.test',
    'formProbe forget b.test',
    'catchUp wake b.test',
    'addressAnnouncer announce ',
    'keyExtensions check b.test',
    'contacts renew b.test',
    'recovery cameBack b.test',
    'topic peer',
  ]);
});

test('queued, tried and owed events reach the reports to origins while they are written, and nobody else', () => {
  const after = table();
  const attempt = {
    row: { destination: server, origin: 'c.test', eventSeq: 1 },
    at: 1,
    status: 200,
    outcome: 'delivered',
    next: { state: 'done' },
  };
  assert.deepEqual(after({ fact: 'attempts-written', attempts: [attempt] }), [
    'receipts attempted [object Object]',
  ]);
  const rows = [{ destination: server, origin: 'c.test', seq: 1, at: 1 }];
  assert.deepEqual(after({ fact: 'events-queued', rows }), ['receipts queued [object Object]']);
  assert.deepEqual(after({ fact: 'receipts-owed', origins: ['c.test'] }), ['receipts owed c.test']);
});

test('a second text with a known ID is noted about the server that signed it; with our signature, somebody has our key', () => {
  const after = table();
  const event = { fact: 'two-texts', roomId: '!1', eventId: '$1', by: server } as const;
  assert.deepEqual(after({ ...event, origin: 'evil.test' }), ['conflictLog note evil.test $1 b.test']);
  assert.deepEqual(after({ ...event, origin: 'a.test' }), ['recovery ownEventCame !1']);
});

test('people who are writing are reported to screens, and to nothing else', () => {
  const typing = { fact: 'typing', roomId: '!1', users: ['@b:b.test'] } as const;
  assert.deepEqual(table()(typing), ['passes typing']);
});

test('everything known about a forgotten server is dropped', () => {
  const after = table();
  assert.deepEqual(after({ fact: 'standing-changed', server, standing: 'unknown', isCallable: false }), [
    'delivery follow b.test',
    'formProbe forget b.test',
    ...['clockOffsets', 'doctor', 'contacts', 'rediscovery', 'catchUp', 'addressAnnouncer'].map(
      (part) => `${part} forget b.test`,
    ),
    'topic peer',
  ]);
});

test('a blocked peer is neither asked nor forgotten', () => {
  const after = table();
  assert.deepEqual(after({ fact: 'standing-changed', server, standing: 'blocked', isCallable: true }), [
    'delivery follow b.test',
    'formProbe forget b.test',
    'topic peer',
  ]);
});

test('contact with a peer wakes its queue; after a minute, what it hasn’t been notified of; and after a silence, its reading', () => {
  const after = table();
  const always = ['delivery', 'heldQuestions', 'receipts', 'catchUp', 'recovery'].map(
    (part) => `${part} heardFrom b.test`,
  );
  const heard = { fact: 'heard-from', server, afterPause: true, afterSilence: false } as const;
  assert.deepEqual(after({ ...heard, afterPause: false }), always);
  const news = [...always, 'addressAnnouncer heardFrom b.test', 'topic peer'];
  assert.deepEqual(after(heard), news);
  const wakes = ['rediscovery lookSoon b.test', 'catchUp wake b.test'];
  assert.deepEqual(after({ ...heard, afterSilence: true }), [...news, ...wakes]);
});

test('a peer that is back may have been updated, and is read at once', () => {
  assert.deepEqual(table()({ fact: 'came-back', server }), [
    'rediscovery lookSoon b.test',
    'catchUp wake b.test',
    'recovery cameBack b.test',
    'topic peer',
  ]);
});

test('a room with a message found deleted is shown again, its files go, and withdrawn events aren’t sent', () => {
  assert.deepEqual(table()({ fact: 'deletion-learned', rooms: ['!1'], withdrawn: [server] }), [
    'files sweep',
    'readState changed !1',
    'topic room',
    'delivery reread b.test',
  ]);
});

test('the queue of a destination is announced only if nothing else announces it', () => {
  const stored: Fact = {
    fact: 'event-stored',
    roomId: '!1',
    eventId: '$1',
    origin: 'a.test',
    by: null,
    meaning: 'message',
    member: null,
    destinations: ['b.test', 'down.test'],
    withdrawn: [],
  };
  const kicks = (announced: readonly string[]) =>
    ['b.test', 'down.test'].flatMap((name) => [
      `delivery kick ${name}`,
      ...(announced.includes(name) ? ['topic outbox'] : []),
    ]);
  const all = (announced: readonly string[]) => [
    'measures stored here',
    'readState written !1',
    'endorsements messageStored !1',
    ...kicks(announced),
    'pushes note !1',
    'indexing note ',
    'topic timeline',
  ];
  assert.deepEqual(table()(stored), all(['down.test']));
  assert.deepEqual(table({ paused: true })(stored), all(['b.test', 'down.test']));
});

test('our messages, changes of a room’s members, and a join on request may need endorsements', () => {
  const endorsed = (fact: Fact) => table()(fact).filter((done) => done.startsWith('endorsements'));
  const fact = 'event-stored';
  const stored = {
    fact,
    roomId: '!1',
    eventId: '$1',
    origin: 'a.test',
    member: null,
    destinations: [],
    withdrawn: [],
  } as const;
  assert.deepEqual(endorsed({ ...stored, by: 'b.test', meaning: 'message' }), []);
  assert.deepEqual(endorsed({ ...stored, by: null, meaning: 'edit' }), []);
  assert.deepEqual(endorsed({ ...stored, by: 'b.test', meaning: 'membership' }), [
    'endorsements membersChanged !1',
  ]);
  assert.deepEqual(endorsed({ fact: 'joined-on-request', roomId: '!1', server }), [
    'endorsements joinedOnRequest !1',
  ]);
});

test('files of a deleted channel are removed at once, and screens read the channels of the room again', () => {
  const deleted: Fact = {
    fact: 'event-stored',
    roomId: '!1',
    eventId: '$1',
    origin: 'b.test',
    by: 'b.test',
    meaning: 'delete-channel',
    member: null,
    destinations: [],
    withdrawn: [],
  };
  assert.deepEqual(table()(deleted), [
    'measures stored peer',
    'readState changed !1',
    'activity received ',
    'files sweep',
    'topic room',
  ]);
});

test('events that a peer has fetched count as delivered, and every screen reads them again', () => {
  const fetched = { fact: 'events-fetched', destination: server, eventIds: ['$1', '$2'] } as const;
  assert.deepEqual(table()(fetched), [
    'activity fetched 2',
    'delivery reread b.test',
    'topic outbox',
    'topic delivery',
    'topic delivery',
  ]);
});

test('a delivery that succeeds again wakes reading; an expired one is not an attempt', () => {
  const after = table();
  const settled = { fact: 'delivery-settled', destination: server, latencyMs: 3, isAnswered: true } as const;
  assert.deepEqual(after({ ...settled, outcome: 'held', isBack: true }), [
    'measures attempted held',
    'activity attempted true',
    'directory noteReached b.test',
    'catchUp wake b.test',
    'heldQuestions settled b.test',
  ]);
  assert.deepEqual(after({ ...settled, outcome: 'retry', isBack: false }), [
    'measures attempted retry',
    'activity attempted false',
    'heldQuestions settled b.test',
  ]);
  assert.deepEqual(after({ ...settled, outcome: 'expired', isBack: false }), [
    'measures attempted expired',
    'heldQuestions settled b.test',
  ]);
});

test('a key that is extended makes a peer read again only if something was refused meanwhile', () => {
  const after = table();
  assert.deepEqual(after({ fact: 'key-extended', server, missed: false }), ['topic peer']);
  assert.deepEqual(after({ fact: 'key-extended', server, missed: true }), [
    'catchUp readAgain b.test',
    'topic peer',
  ]);
});

test('a fact before the reactions are set has no effect, and they are set once', () => {
  const facts = new Facts();
  facts.tell({ fact: 'keys-changed' });
  facts.react({} as never);
  assert.throws(() => facts.react({} as never), /given once/);
});

test('a room that has to be rebuilt is rebuilt, and then shown again', async () => {
  const after = table();
  const done = after({ fact: 'room-outdated', roomId: '!1' });
  assert.deepEqual(done, ['upkeep rebuild !1']);
  await setImmediate();
  assert.deepEqual(after.later(), ['upkeep rebuild !1', 'readState changed !1', 'topic room']);
});
