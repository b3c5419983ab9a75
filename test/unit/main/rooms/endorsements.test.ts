import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Endorsements, type EndorsementsDeps, endorsedMax } from '../../../../main/rooms/endorsements.ts';
import type { UnsignedEvent } from '../../../../shared/protocol/events/envelope.ts';
import { refusal } from '../../../../shared/words/refusal.ts';
import { said } from '../../../../shared/words/said.ts';

const roomId = '!1:a.test';
const day = 86_400_000;

/** A room of ours with users of four servers. */
function world() {
  const users = ['ours.a', 'x.new', 'y.third', 'z.old', 'k.kin'].map((user, at) => {
    const [name, server] = user.split('.');
    return { user_id: `@${name}:${server}.test`, server: `${server}.test`, state: 'joined', joined_at: at };
  });
  const state = { home: 'a.test', now: 1_000, messages: [] as number[], fails: false, users };
  const named: string[] = [];
  const forms: Record<string, string> = { 'old.test': 'bare', 'new.test': 'addressed' };
  const room = { row: { home: 'a.test', name: 'Kitchen' } };
  const deps = {
    store: {
      events: {
        byId: (id: string) => ({ depth: Number(id) }),
        hasMessageBy: (_: string, __: string, since: number, until: number) =>
          state.messages.some((depth) => depth > since && depth <= until),
      },
      rooms: { members: () => state.users },
    },
    keyring: { serverName: 'a.test' },
    directory: {
      isOfOurKind: (server: string) => server === 'kin.test',
      get: (server: string) => ({ form: forms[server] ?? null }),
    },
    registry: { get: () => ({ row: { home: state.home } }), standing: () => ({ depth: 10 }) },
    actors: { homedHere: () => room, voice: () => '@ours:a.test' },
    composer: {
      stamp: (room_id: string, sender: string) => {
        if (state.fails) throw refusal('SERVICE_UNAVAILABLE', said('event.written'));
        const when = { originTs: state.now, depth: state.now };
        return { serverName: 'a.test', domain: 'a.test', sender, roomId: room_id, ...when };
      },
      write: async ({ state_key }: UnsignedEvent) => void named.push(String(state_key)),
    },
    home: { inTurn: (_: string, decide: () => Promise<void>) => decide() },
    clock: { now: () => state.now },
    log: { info: () => {}, error: () => {} },
  } as unknown as EndorsementsDeps;
  const endorsements = new Endorsements(deps);
  const wrote = async (depth: number, ...to: string[]) => {
    named.length = 0;
    await endorsements.messageStored(roomId, String(depth), to);
    state.messages.push(depth);
    return [...named];
  };
  const asked = async (server: string) => {
    named.length = 0;
    await endorsements.joinedOnRequest(roomId, server);
    return [...named];
  };
  return { state, endorsements, wrote, asked };
}
const third = ['@y:third.test', '@z:old.test', '@k:kin.test'];

test('after our first message to a server that needs our word, all members of third servers are named', async () => {
  const { wrote, state, endorsements } = world();
  assert.deepEqual(await wrote(20, 'new.test', 'kin.test', 'old.test'), third);
  assert.deepEqual(await wrote(21, 'new.test'), []);
  endorsements.membersChanged(roomId);
  assert.deepEqual(await wrote(22, 'new.test'), [], 'it had a message since it came');
  state.now += day;
  state.messages = [5];
  endorsements.membersChanged(roomId);
  assert.deepEqual(await wrote(23, 'new.test'), third, 'it left and came back after that message');
});

test('a server that isn’t known to be older learns who is in, too', async () => {
  const { wrote } = world();
  assert.deepEqual(await wrote(20, 'third.test'), ['@x:new.test', '@z:old.test', '@k:kin.test']);
});

test('no member is named in rooms of other servers', async () => {
  const { wrote, state } = world();
  state.home = 'b.test';
  assert.deepEqual(await wrote(20, 'new.test'), []);
});

test('a server whose user asks to be let in learns who is in again, at most every ten minutes', async () => {
  const { asked, wrote, state } = world();
  assert.deepEqual(await wrote(20, 'new.test'), third);
  state.now += 599_999;
  assert.deepEqual(await asked('new.test'), []);
  state.now += 1;
  assert.deepEqual(await asked('new.test'), third);
  assert.deepEqual([await asked('old.test'), await asked('kin.test')], [[], []]);
});

test('an endorsement that could not be written is tried again with the next message', async () => {
  const { wrote, state } = world();
  state.fails = true;
  assert.deepEqual(await wrote(20, 'new.test'), []);
  state.fails = false;
  state.messages = [];
  assert.deepEqual(await wrote(21, 'new.test'), third);
});

test('in a large room, those who joined first are named', async () => {
  const { wrote, state } = world();
  const one = (n: number) => ({
    user_id: `@u${n}:many.test`,
    server: 'many.test',
    state: 'joined',
    joined_at: 1000 - n,
  });
  state.users = Array.from({ length: 300 }, (_, n) => one(n));
  const named = await wrote(20, 'new.test');
  assert.equal(named.length, endorsedMax);
  assert.equal(named[0], '@u299:many.test');
});
