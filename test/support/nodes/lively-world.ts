/** A few servers with a history, for screenshots: peers in every state, rooms with conversations, a waiting queue. */
import type { TestContext } from 'node:test';
import { type Ports, systemPorts } from '../../../main/kernel/ports.ts';
import { until } from '../until.ts';
import { befriend, type LocalNode, startLocalNode } from './local-node.ts';

const dayMs = 86_400_000;

export interface LivelyWorld {
  readonly anna: LocalNode;
  readonly ben: LocalNode;
  /** The room with the longest conversation. */
  readonly roomId: string;
  /** A chat of Anna and Ben. */
  readonly directId: string;
  readonly archivedId: string;
}

/** All clocks of this world move together, from three days ago until now. */
function sharedClock(): { readonly ports: Ports; set(agoMs: number): void } {
  let offset = 0;
  return {
    ports: {
      ...systemPorts,
      clock: { ...systemPorts.clock, now: () => systemPorts.clock.now() - offset },
    },
    set(agoMs) {
      offset = agoMs;
    },
  };
}

type Line = readonly [who: 'anna' | 'ben' | 'cleo', minutesLater: number, body: string];
const conversation: readonly Line[] = [
  ['anna', 0, 'Right, this room now lives on my own machine in the cupboard. Can you both read this?'],
  ['ben', 2, 'Loud and clear. Took all of a second.'],
  ['cleo', 1, 'Me too! From the allotment, on a phone, over my sister’s server.'],
  [
    'anna',
    4,
    'Then the router rule was all that was missing. I wrote down what I did: https://anna.example/notes',
  ],
  ['ben', 60, 'Who brings what on Saturday? I have a table and far too many courgettes.'],
  ['cleo', 9, 'Bread and the big kettle.'],
  ['cleo', 1, 'And the dog, if nobody minds.'],
  ['anna', 5, 'Nobody minds the dog.'],
  ['ben', 900, 'My provider had the line down all night.\nDid I miss anything?'],
  ['anna', 3, 'Three messages and a picture of the dog. They should be there by now.'],
  ['ben', 1, 'They are. It caught up by itself, I was just about to go looking.'],
  ['cleo', 30, 'That is the part I like.'],
  ['anna', 1200, 'Rain from noon on Saturday, so let us start at ten?'],
  ['ben', 14, 'Ten is fine.'],
  ['cleo', 3, 'Ten!'],
  [
    'anna',
    22,
    'I rotated my key last night. You should both have seen the new one; tell me if anything complains.',
  ],
  ['ben', 4, 'Nothing complains here.'],
  ['cleo', 1, 'All green.'],
  ['anna', 12, 'See you on Saturday, then.'],
];

const names = ['anna', 'ben', 'cleo', 'dora', 'mallory', 'spam'] as const;
type World = Record<(typeof names)[number], LocalNode>;

/** Takes some seconds, because everything uses real sockets. */
export async function livelyWorld(t: Pick<TestContext, 'after'>): Promise<LivelyWorld> {
  const clock = sharedClock();
  clock.set(3 * dayMs);
  const past = await worldOf((name) => startLocalNode(t, { name: `${name}.example`, ports: clock.ports }));
  const rooms = await live(past, clock.set);
  // A clock that jumps looks like a computer that was asleep, but not to a node that starts later.
  const port = (url: string) => Number(new URL(url).port);
  const present = await worldOf(async (name) => {
    const { dataDir, url, control, stop } = past[name];
    await stop();
    return startLocalNode(t, {
      name: `${name}.example`,
      dataDir,
      port: port(url),
      controlPort: port(control),
    });
  });
  await getIntoTrouble(present, rooms.roomId);
  return { anna: present.anna, ben: present.ben, ...rooms };
}

async function worldOf(make: (name: (typeof names)[number]) => Promise<LocalNode>): Promise<World> {
  const nodes = await Promise.all(names.map(async (name) => [name, await make(name)] as const));
  return Object.fromEntries(nodes) as World;
}

type Rooms = Omit<LivelyWorld, 'anna' | 'ben'>;

async function live(world: World, setClock: (agoMs: number) => void): Promise<Rooms> {
  const { anna, ben, cleo, dora, mallory, spam } = world;
  for (const other of [ben, cleo, dora, mallory, spam]) await befriend(anna, other);
  await befriend(ben, cleo);
  const games = await ben.api.createRoom({ name: 'Board games', join_rule: 'peers' });
  const allotment = await cleo.api.createRoom({ name: 'Allotment 14', join_rule: 'invite' });
  const { room_id } = await anna.api.createRoom({
    name: 'Kitchen table',
    join_rule: 'peers',
    channels: ['general', 'recipes', 'photos'],
  });
  for (const guest of [ben, cleo, dora, spam]) await guest.api.joinRoom({ room_id });
  await anna.api.joinRoom({ room_id: games.room_id });
  await cleo.api.inviteUser({ room_id: allotment.room_id, user_id: '@anna:anna.example' });
  await anna.api.addUser({ localpart: 'grandma', display_name: 'Grandma' });
  await anna.api.joinRoom({ room_id, as: '@grandma:anna.example' });
  await anna.api.addToken({ name: 'doorbell', user_id: '@grandma:anna.example' });
  await ben.api.postMessage({ room_id: games.room_id, body: 'Thursday, eight o’clock, my place?' });

  const ids: string[] = [];
  let ago = 3 * dayMs;
  for (const [who, minutes, body] of conversation) {
    ago -= minutes * 60_000;
    setClock(ago);
    ids.push((await world[who].api.postMessage({ room_id, body })).event_id);
    // The next message comes later, and nothing may be in flight while all clocks move on.
    await allDelivered(world);
  }
  const message = (index: number) => ({ room_id, event_id: ids.at(index) ?? '' });
  await ben.api.react({ ...message(4), emoji: '🥬' });
  await anna.api.react({ ...message(4), emoji: '🥬' });
  await anna.api.react({ ...message(6), emoji: '🐕' });
  await ben.api.react({ ...message(6), emoji: '🐕' });
  await ben.api.react({ ...message(6), emoji: '❤️' });
  await anna.api.editMessage({
    ...message(12),
    body: 'Rain from noon on Saturday, so let us start at nine?',
  });
  await cleo.api.deleteMessage(message(14));
  for (const index of [4, 15]) await anna.api.pinMessage({ ...message(index), pinned: true });
  const party = await anna.api.createRoom({ name: 'Summer party', join_rule: 'invite' });
  await anna.api.postMessage({ room_id: party.room_id, body: 'It was lovely. Until next year!' });
  await anna.api.archiveRoom({ room_id: party.room_id, archived: true });
  const direct = await anna.api.startDirect({ person: '@ben:ben.example' });
  await until([anna, ben], 'an invite', async () => (await ben.api.invites({})).items.length > 0);
  await ben.api.startDirect({ person: '@anna:anna.example' });
  await ben.api.postMessage({ room_id: direct.room_id, body: 'Shall we get Cleo a new kettle?' });
  await allDelivered(world);
  setClock(0);
  return { roomId: room_id, directId: direct.room_id, archivedId: party.room_id };
}

function allDelivered(world: World): Promise<true> {
  const nodes = Object.values(world);
  return until(nodes, 'empty queues', async () => {
    const queues = await Promise.all(nodes.map((node) => node.api.outbox({})));
    return queues.every(({ items }) => items.length === 0);
  });
}

async function getIntoTrouble({ anna, dora, spam }: World, room_id: string): Promise<void> {
  await anna.api.changePeer({
    server_name: 'mallory.example',
    mode: 'block',
    reason: 'sold watches in every room',
  });
  await anna.api.changePeer({ server_name: 'spam.example', mode: 'quarantine', reason: 'new, not sure yet' });
  for (const body of ['Hello everybody, I am new here!', 'Have you seen my newsletter?'])
    await spam.api.postMessage({ room_id, body });
  await until([anna], 'two held events', async () => {
    const { held } = await anna.api.peer({ server_name: 'spam.example' });
    return held >= 2;
  });
  await dora.stop();
  await anna.api.postMessage({ room_id, body: 'Dora, are you coming as well?' });
  await until([anna], 'dora to be missed', async () => {
    const { state } = await anna.api.peer({ server_name: 'dora.example' });
    return state === 'unreachable';
  });
}
