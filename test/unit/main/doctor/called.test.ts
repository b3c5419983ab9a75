import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serversCalled } from '../../../../main/doctor/called.ts';
import { wordsIn } from '../../../../shared/words/words.ts';
import { MemoryNode } from '../../../support/memory-node.ts';
import { cast, now } from '../../../support/sim/member.ts';
import { Teller } from '../../../support/sim/told.ts';

const servers = Object.values(cast);

/** A room with these people, in the order in which they came. */
function roomWith(...users: readonly string[]) {
  const node = new MemoryNode();
  const teller = new Teller();
  const take = (event: ReturnType<Teller['event']>) => assert.equal(node.take(event, null).kind, 'inserted');
  for (const [at, user] of users.entries()) take({ ...teller.join(user), origin_ts: now + at });
  return {
    /** The first user of a server says what they want to be called. */
    rename: (by: 'home' | 'peer', display_name: string) =>
      take(teller.event(by, 'm.member.profile', { guild_id: '7', user_id: '5', display_name })),
    called(server: string, language = 'en'): string[] {
      const words = wordsIn(language);
      const { who, server: place } = serversCalled(node.store, servers)(server);
      return [who, place].map((one) => (typeof one === 'object' ? words.say(one) : String(one)));
    },
  };
}

test('a server is called by the first person who came from there, by their name if they have one', () => {
  const room = roomWith('@u9:peer.test', '@u0:peer.test', '@u0:home.test');
  assert.deepEqual(room.called('peer.test'), ['u9', 'u9’s server']);
  room.rename('home', 'Anna K.');
  assert.deepEqual(room.called('home.test'), ['Anna K.', 'Anna K.’s server']);
});

test('a server keeps its own name if nobody is known there, or more people than a household has', () => {
  const room = roomWith(...[1, 2, 3, 4, 5].map((n) => `@u${n}:peer.test`));
  for (const server of ['peer.test', 'third.test']) assert.deepEqual(room.called(server), [server, server]);
});

test('two servers whose people have the same name keep their own names', () => {
  const room = roomWith('@u0:peer.test', '@u0:home.test');
  assert.deepEqual(room.called('peer.test'), ['peer.test', 'peer.test']);
  room.rename('peer', 'Ben');
  assert.deepEqual(room.called('peer.test'), ['Ben', 'Ben’s server']);
});

test('German writes the server of Hans with an apostrophe', () => {
  const room = roomWith('@u0:peer.test');
  room.rename('peer', 'Ben');
  assert.equal(room.called('peer.test', 'de')[1], 'Bens Server');
  room.rename('peer', 'Hans');
  assert.equal(room.called('peer.test', 'de')[1], 'Hans’ Server');
  assert.equal(room.called('peer.test')[1], 'Hans’s server');
});
