import { federationPrefix } from '../../../shared/protocol/transport.ts';
import type { LocalNode } from '../../support/nodes/local-node.ts';
import { delivered, joined, showsAll } from '../conversation.ts';
import { type Ground, introduce } from '../ground.ts';
import type { Scenario, Section } from '../scenario.ts';

const hour = 3_600_000;

/** Our user is out: that is shown, and nothing more is sent there. */
async function noticed(ground: Ground, a: LocalNode, room_id: string): Promise<void> {
  await ground.timed('noticed after', () =>
    ground.until([a], 'yours know that they are out', async () => {
      const { membership } = await a.api.room({ room_id });
      return membership === 'removed' || membership === 'left';
    }),
  );
  await a.api.postMessage({ room_id, body: 'still here?' }).then(
    () => {
      throw new Error('your user can still write there');
    },
    () => undefined,
  );
}

const keyAfter = (id: string, label: string, hours: number): Scenario => ({
  id,
  title: `${label} after its key was made, which it publishes as valid for 24 hours`,
  async run(ground) {
    const { server, a } = await ground.together();
    await joined(ground, a, server.room);
    await server.post('bob', 'on the first day');
    await showsAll(ground, a, server.room, ['on the first day']);
    await a.stop();
    await server.down();
    const validUntil = Date.now() - (hours - 24) * hour;
    const change = 'UPDATE federation_server_keys SET valid_until = ? WHERE server_name = ?';
    server.change(change, validUntil, server.name);
    ground.change(a, change, validUntil, server.name);
    await server.up();
    const again = await ground.again(a);
    await server.post('bob', 'after all that time');
    await showsAll(ground, again, server.room, ['on the first day', 'after all that time']);
    await again.api.postMessage({ room_id: server.room, body: 'and back' });
    await delivered(ground, again);
    return undefined;
  },
});

export const owners: Section = {
  title: 'Coming, going, and time',
  scenarios: [
    {
      id: 'added-late',
      title: 'Its admin adds you after you have added it: your node notices by itself',
      async run(ground) {
        const server = await ground.server();
        const a = await ground.node('a.test');
        await a.api.addPeer({ endpoint: server.url });
        const peer = () => a.api.peer({ server_name: server.name });
        const before = (await peer()).state_text;
        if (!/must add your server too/.test(before)) throw new Error(`before, it says: ${before}`);
        const refused = await a.api.joinRoom({ room_id: server.room }).then(
          () => 'no refusal',
          (error: Error) => error.message,
        );
        if (!/hasn’t added your server yet/.test(refused)) throw new Error(`a join says: ${refused}`);
        await server.addPeer(a);
        await ground.timed('until it is connected', () =>
          ground.until([a], 'the peer is connected', async () => (await peer()).state === 'ok', 90_000),
        );
        await joined(ground, a, server.room);
        return undefined;
      },
    },
    {
      id: 'removed-peer',
      title: 'Its admin removes you and adds you again: your node notices, and nothing is lost',
      async run(ground) {
        const { server, a } = await ground.together();
        const room_id = server.room;
        await joined(ground, a, room_id);
        await delivered(ground, a);
        await server.ask('admin', 'DELETE', `/servers/${a.name}`, undefined, federationPrefix);
        await a.api.postMessage({ room_id, body: 'while out' });
        await ground.until([a], 'a closed destination', async () => {
          const { state, state_text } = await a.api.peer({ server_name: server.name });
          return state === 'closed' && /doesn’t accept events/.test(state_text);
        });
        await server.addPeer(a);
        await a.api.retryOutbox({ destination: server.name });
        await delivered(ground, a);
        return undefined;
      },
    },
    {
      id: 'rotate',
      title: 'You rotate your key: what you write keeps arriving, also after its admin adds you again',
      async run(ground) {
        const { server, a } = await ground.together();
        const room_id = server.room;
        await joined(ground, a, room_id);
        for (const body of ['with its key', 'with its key again']) {
          await a.api.rotateKeys({ announce_seconds: 0 });
          await a.api.postMessage({ room_id, body });
          await delivered(ground, a);
        }
        await server.addPeer(a);
        await a.api.postMessage({ room_id, body: 'with the new key' });
        await delivered(ground, a);
        return undefined;
      },
    },
    {
      id: 'join',
      title: 'A first join, and writing at once',
      async run(ground) {
        const { server, a } = await ground.together();
        const room_id = server.room;
        await ground.timed('until joined', () => joined(ground, a, room_id));
        await a.api.postMessage({ room_id, body: 'at once' });
        return undefined;
      },
    },
    {
      id: 'rejoin',
      title: 'Leaving, coming back within a second, and writing at once',
      async run(ground) {
        const { server, a } = await ground.together();
        const room_id = server.room;
        await joined(ground, a, room_id);
        await server.post('bob', 'hello');
        await showsAll(ground, a, room_id, ['hello']);
        await a.api.leaveRoom({ room_id });
        let answered: string | null = null;
        await ground.timed('until joined', async () => {
          answered = (await a.api.joinRoom({ room_id })).membership;
          await ground.until(
            [a],
            'yours are in again',
            async () => (await a.api.room({ room_id })).membership === 'joined',
            90_000,
          );
        });
        ground.measure('the answer to the rejoin', answered ?? 'none');
        await a.api.postMessage({ room_id, body: 'back' });
        await server.post('bob', 'welcome back');
        await showsAll(ground, a, room_id, ['welcome back']);
        if (answered === 'left') throw new Error('the rejoin is answered with "left"');
        return undefined;
      },
    },
    {
      id: 'rejoin-third',
      title: 'Joining and rejoining a guild in which an unknown server wrote',
      async run(ground) {
        const { server, a } = await ground.together();
        const room_id = server.room;
        const b = await ground.node('b.test');
        await introduce(server, b);
        await joined(ground, b, room_id);
        await b.api.postMessage({ room_id, body: 'from a third server' });
        await delivered(ground, b);
        for (let at = 0; at < 3; at++) {
          await ground.timed(`join ${at + 1}`, async () => {
            const { membership } = await a.api.joinRoom({ room_id });
            if (membership !== 'joined') throw new Error(`a join is answered with "${membership}"`);
            await a.api.postMessage({ room_id, body: `after join ${at}` });
          });
          await a.api.leaveRoom({ room_id });
        }
        return undefined;
      },
    },
    {
      id: 'kick',
      title: 'Your user is kicked there: your node knows, stops sending, and the user may rejoin',
      async run(ground) {
        const { server, a } = await ground.together();
        await joined(ground, a, server.room);
        await server.post('bob', 'before');
        await showsAll(ground, a, server.room, ['before']);
        await server.kick(server.remoteUser('@a:a.test'));
        await noticed(ground, a, server.room);
        await joined(ground, a, server.room);
        await a.api.postMessage({ room_id: server.room, body: 'let in again' });
        return undefined;
      },
    },
    {
      id: 'ban',
      title: 'Your user is banned there: your node knows, and stops sending',
      async run(ground) {
        const { server, a } = await ground.together();
        await joined(ground, a, server.room);
        await server.post('bob', 'before');
        await showsAll(ground, a, server.room, ['before']);
        await server.ban(server.remoteUser('@a:a.test'));
        await noticed(ground, a, server.room);
        // The server looks at its bans for its own users only.
        const again = await a.api.joinRoom({ room_id: server.room }).then(
          ({ membership }) => membership ?? 'none',
          () => 'refused',
        );
        ground.measure('a rejoin after the ban', again);
        return undefined;
      },
    },
    keyAfter('key-25h', '25 hours', 25),
    keyAfter('key-49h', '49 hours', 49),
    keyAfter('key-30d', '30 days', 30 * 24),
  ],
};
