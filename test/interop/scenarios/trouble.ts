import type { ExistingServer } from '../../support/existing-server/existing-server.ts';
import type { LocalNode } from '../../support/nodes/local-node.ts';
import {
  atPace,
  delivered,
  joined,
  letIn,
  mirrored,
  mirrorsAll,
  missing,
  shown,
  showsAll,
  told,
} from '../conversation.ts';
import type { Ground } from '../ground.ts';
import { reasons } from '../reasons.ts';
import type { Scenario, Section } from '../scenario.ts';

const seconds = 60;
const perSecond = 20;
/** A time limit for failures: a busy machine is slow, and 0.5.0 writes each message slowly. */
const longMs = 600_000;

/** Both sides write at a steady pace for a minute, and each has everything in the end. */
async function load(ground: Ground, server: ExistingServer, a: LocalNode, room: string, channel: string) {
  const [ours, theirs] = await Promise.all([
    atPace(perSecond, seconds, async (at) => {
      await a.api.postMessage({ room_id: room, body: `ours ${at}` });
      return `ours ${at}`;
    }),
    atPace(perSecond, seconds, async (at) => {
      const as = room === server.room ? 'bob' : 'dave';
      await server.post(as, `theirs ${at}`, {}, channel);
      return `theirs ${at}`;
    }),
  ]);
  ground.measure('written', `${ours.bodies.length} by your users, ${theirs.bodies.length} by its users`);
  if (ours.refused.length > 0) throw new Error(`refused here: ${ours.refused[0]}`);
  if (theirs.refused.length > 0)
    ground.measure('refused by it', `${theirs.refused.length} (${theirs.refused[0]?.slice(0, 80)})`);
  await ground.timed('until your users have all', () => showsAll(ground, a, room, theirs.bodies, longMs));
  return ours.bodies;
}

/** Why a number isn't what you would want, and where its source says so. */
function noteOf(ground: Ground, id: 'cutOff' | 'lostByKill'): string {
  const where: Readonly<Record<string, string>> = reasons[id].where;
  return ` (\`${where[ground.release] ?? 'its source'}\`: ${reasons[id].text})`;
}

/** One side is killed while both write; `kill` brings it back. */
async function kill(
  ground: Ground,
  server: ExistingServer,
  room: { readonly room_id: string; readonly channel: string },
  node: () => Pick<LocalNode, 'api' | 'name'>,
  killing: () => Promise<void>,
): Promise<void> {
  const written = { ours: [] as string[], theirs: [] as string[] };
  for (let at = 0; at < 60; at++) {
    if (at === 25) await killing();
    const write = async (to: string[], body: string, post: () => Promise<unknown>) => {
      await post();
      to.push(body);
    };
    const { ours, theirs } = written;
    const mine = () => node().api.postMessage({ room_id: room.room_id, body: `ours ${at}` });
    const its = () => server.post('dave', `theirs ${at}`, {}, room.channel);
    // The last ones are still in transit at the end.
    const both = [write(ours, `ours ${at}`, mine), write(theirs, `theirs ${at}`, its)];
    if (at !== 24) await Promise.all(both);
    else await Promise.allSettled([...both, killing()]);
  }
  // If it is killed after it answered its user and before it stored the event, the message never leaves it.
  const neverSaid = (bodies: readonly string[]) => {
    const events = server.read<{ content: string }>('SELECT content FROM federation_events');
    return bodies.filter((body) => !events.some(({ content }) => content.includes(`"${body}"`)));
  };
  // The server never shows what it stored when the connection broke.
  const unseen = () => missing(written.ours, mirrored(server, room.channel));
  await delivered(ground, node(), longMs);
  await ground.until([], '', () => unseen().length === 0).catch(() => undefined);
  const cutOff = unseen();
  const unknown = neverSaid(cutOff);
  if (unknown.length > 0)
    throw new Error(`it has nothing of ${told(unknown)} of ${written.ours.length} of ours`);
  if (cutOff.length > 0)
    ground.measure(
      'taken from yours and never shown',
      `${cutOff.length} of ${written.ours.length}${noteOf(ground, 'cutOff')}`,
    );
  const lost = async () => {
    const got = (await shown(node().api, room.room_id)).map((item) => item.body);
    return missing(written.theirs, got);
  };
  const owed = async () => {
    const bodies = await lost();
    const never = neverSaid(bodies);
    return bodies.filter((body) => !never.includes(body));
  };
  try {
    await ground.until([], '', async () => (await owed()).length === 0, 180_000);
  } catch {
    const bodies = await owed();
    if (bodies.length > 0) throw new Error(`yours lack ${told(bodies)} of ${written.theirs.length}`);
  }
  const never = neverSaid(await lost()).length;
  ground.measure(
    'lost by itself',
    `${never} of ${written.theirs.length}${never > 0 ? noteOf(ground, 'lostByKill') : ''}`,
  );
}

/**
 * Finds each message once. The server shows messages in the order in which it received them, so a release that gets
 * pushes and reads at the same time has its own order.
 */
function once(ground: Ground, server: ExistingServer, channel: string, bodies: readonly string[]): void {
  const got = mirrored(server, channel).filter((body) => bodies.includes(body));
  if (got.length > bodies.length) throw new Error(`${got.length - bodies.length} of them come twice`);
  const moved = bodies.filter((body, at) => got[at] !== body).length;
  ground.measure('not in the order they were written in', `${moved} of ${bodies.length}`);
}

const down: Scenario[] = [
  {
    id: 'down-ours',
    title: 'Your node is down: what its users write meanwhile arrives once, edits included',
    async run(ground) {
      const { server, a } = await ground.together();
      await joined(ground, a, server.room);
      await delivered(ground, a);
      await a.stop();
      const expected: string[] = [];
      const write = async (from: number, to: number) => {
        for (let i = from; i < to; i++) {
          const as = i % 2 === 0 ? 'admin' : 'bob';
          // Its edits have depths in milliseconds, its messages in whole seconds, so the next message comes before this
          // edit.
          const id = await server.post(as, `message ${i}`);
          if (i % 5 === 0) await server.edit(as, id, `edited ${i}`);
          expected.push(i % 5 === 0 ? `edited ${i}` : `message ${i}`);
        }
      };
      await write(0, 30);
      const b = await ground.again(a);
      await write(30, 45);
      await showsAll(ground, b, server.room, expected);
      const got = (await shown(b.api, server.room)).length;
      if (got !== expected.length) throw new Error(`${got} messages are shown of ${expected.length}`);
      return undefined;
    },
  },
  {
    id: 'down-its',
    title: 'It is down: what your users write meanwhile arrives once',
    async run(ground) {
      const { server, a } = await ground.together();
      const { room_id, channel } = await letIn(ground, server, a);
      await server.down();
      const bodies = Array.from({ length: 30 }, (_, i) => `meanwhile ${i}`);
      for (const body of bodies) await a.api.postMessage({ room_id, body });
      await server.up();
      await ground.timed('after it is back', () => mirrorsAll(ground, server, channel, bodies, 120_000));
      once(ground, server, channel, bodies);
      return undefined;
    },
  },
  {
    id: 'kill-its',
    title: 'It is killed while both sides write: nothing that it had stored is lost',
    async run(ground) {
      const { server, a } = await ground.together();
      const room = await letIn(ground, server, a);
      let killed = false;
      await kill(
        ground,
        server,
        room,
        () => a,
        async () => {
          if (killed) return server.up();
          killed = true;
          await server.kill();
        },
      );
      return undefined;
    },
  },
  {
    id: 'kill-ours',
    title: 'Your node is killed while both sides write: nothing that it had accepted is lost',
    async run(ground) {
      const server = await ground.server();
      let node = await ground.child('a.test');
      const url = node.federation;
      await node.api.addPeer({ endpoint: server.url });
      await server.addPeer({ name: 'a.test', url });
      const room = await letIn(ground, server, { api: node.api, url });
      let killed = false;
      await kill(
        ground,
        server,
        room,
        () => node,
        async () => {
          if (killed) node = await ground.child('a.test', node);
          else await node.kill();
          killed = true;
        },
      );
      return undefined;
    },
  },
];

const many: Scenario[] = [
  {
    id: 'load-room',
    title: `${perSecond} messages a second each way for a minute, in a room of yours`,
    async run(ground) {
      const { server, a } = await ground.together();
      const { room_id, channel } = await letIn(ground, server, a);
      const ours = await load(ground, server, a, room_id, channel);
      await ground.timed('until it has all', () => mirrorsAll(ground, server, channel, ours, longMs));
      return undefined;
    },
  },
  {
    id: 'load-guild',
    title: `${perSecond} messages a second each way for a minute, in a guild of its own`,
    async run(ground) {
      const { server, a } = await ground.together();
      await joined(ground, a, server.room);
      const ours = await load(ground, server, a, server.room, server.channel);
      const kept = () =>
        server.read<{ content: string }>(
          "SELECT content FROM federation_events WHERE origin_server = 'a.test' AND event_type = 'm.message'",
        ).length;
      await ground.timed('until it has all', () =>
        ground.until([], `it keeps all of ours`, () => kept() >= ours.length, longMs),
      );
      return undefined;
    },
  },
  {
    id: 'limit',
    title: 'It accepts 120 events a minute: 150 messages still arrive, once each',
    async run(ground) {
      const { server, a } = await ground.together({ eventsPerMinute: 120 });
      const { room_id, channel } = await letIn(ground, server, a);
      const bodies = Array.from({ length: 150 }, (_, i) => `message ${i}`);
      for (const body of bodies) await a.api.postMessage({ room_id, body });
      await ground.timed('all there after', () => mirrorsAll(ground, server, channel, bodies, longMs));
      once(ground, server, channel, bodies);
      return undefined;
    },
  },
];

export const trouble: Section = { title: 'When things go wrong', scenarios: [...down, ...many] };
