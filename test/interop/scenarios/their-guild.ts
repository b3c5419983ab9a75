import { getFile } from '../../support/nodes/files.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { delivered, homedThere, joined, missing, shown, showsAll, texts, told } from '../conversation.ts';
import type { Section } from '../scenario.ts';

/** A guild of the existing server that ours have joined. */
export const theirGuild: Section = {
  title: 'In a guild of the existing server',
  scenarios: [
    {
      id: 'guild-read',
      title: 'Messages, edits, deletes and reactions of its users reach your users',
      async run(ground) {
        const { server, a } = await ground.together();
        await server.post('admin', 'before anybody came');
        await joined(ground, a, server.room);
        await server.edit('bob', await server.post('bob', 'hello'), 'hello, edited');
        await server.delete('bob', await server.post('bob', 'gone'));
        const liked = await server.post('admin', 'liked');
        await server.react('bob', liked, '👍');
        await server.react('bob', liked, '😀');
        await server.react('bob', liked, '😀', false);
        await showsAll(ground, a, server.room, ['before anybody came', 'hello, edited', 'liked']);
        await ground.until([a], 'the delete and the reaction', async () => {
          const items = await shown(a.api, server.room);
          const reactions = items.flatMap((item) => item.reactions.map((each) => each.emoji));
          return items.some((item) => item.deleted) && reactions.join() === '👍';
        });
        return undefined;
      },
    },
    {
      id: 'push',
      title: 'It pushes what its users write as soon as they write it',
      cannot: (release) => (release.startsWith('0.5.') ? null : 'noPush'),
      async run(ground) {
        const server = await ground.server();
        const peer = await new RawPeer('raw.test').listen(ground);
        peer.handlers.set('/event', () => ({ status: 202, body: { event_id: '', inserted: true } }));
        await server.addPeer(peer);
        const asked = { origin_server: 'raw.test', room_id: server.room, user_id: '@guest:raw.test' };
        await peer.call(server.url, 'POST', '/join', JSON.stringify(asked));
        await server.post('bob', 'hello');
        const written = () => server.read('SELECT event_id FROM federation_events').length > 0;
        await ground.until([], 'it has written the event down', written);
        const pushed = () => peer.requests.some(({ path }) => path.endsWith('/event'));
        // The server retries a failed push every five seconds.
        return ground
          .until([], 'a push', pushed, 15_000)
          .then(() => undefined)
          .catch(() => ({ cannot: 'noPush' }) as const);
      },
    },
    {
      id: 'guild-write',
      title: 'Messages of your users are shown to its users in that guild',
      cannot: () => 'mirror',
      async run(ground) {
        const { server, a } = await ground.together();
        await joined(ground, a, server.room);
        await a.api.postMessage({ room_id: server.room, body: 'from afar' });
        await delivered(ground, a);
        const inGuild = async () => (await server.messages()).some(({ content }) => content === 'from afar');
        const inMirror = () =>
          server.read<{ channel_id: number }>(
            "SELECT CAST(channel_id AS TEXT) AS channel_id FROM messages WHERE content = 'from afar'",
          ).length > 0;
        await ground.until([], 'it keeps the message', async () => (await inGuild()) || inMirror());
        return (await inGuild()) ? undefined : { cannot: 'mirror' };
      },
    },
    {
      id: 'guild-unicode',
      title: 'Unicode, markup and line breaks arrive unchanged from its users',
      async run(ground) {
        const { server, a } = await ground.together();
        await joined(ground, a, server.room);
        for (const text of texts) await server.post('bob', text);
        await showsAll(ground, a, server.room, texts);
        return undefined;
      },
    },
    {
      id: 'files-text',
      title: 'The text of a message with files arrives',
      async run(ground) {
        const { server, a } = await ground.together();
        await joined(ground, a, server.room);
        await server.postFiles('admin', 'see these', ['holiday.txt', 'recipe.txt']);
        await server.post('bob', 'after the files');
        await showsAll(ground, a, server.room, ['see these', 'after the files']);
        return undefined;
      },
    },
    {
      id: 'files-names',
      title: 'The names of the files arrive, also in a message without text',
      cannot: (release) => (release.startsWith('0.5.') ? 'noFileNames' : null),
      async run(ground) {
        const { server, a } = await ground.together();
        await joined(ground, a, server.room);
        await server.postFiles('admin', 'see these', ['holiday.txt', 'recipe.txt']);
        await server.postFiles('admin', '', ['alone.txt']);
        await server.post('bob', 'after the files');
        await showsAll(ground, a, server.room, ['after the files']);
        const named = async () => {
          const text = JSON.stringify(await shown(a.api, server.room));
          return ['holiday.txt', 'recipe.txt', 'alone.txt'].filter((name) => text.includes(name));
        };
        const said = server
          .read<{ content: string }>('SELECT content FROM federation_events')
          .some(({ content }) => content.includes('holiday.txt'));
        if (!said) return { cannot: 'noFileNames' };
        await ground.until([a], 'the names of all files', async () => (await named()).length === 3);
        return undefined;
      },
    },
    {
      id: 'files-bytes',
      title: 'Your users open the files themselves, which your node fetches by their number',
      cannot: (release) => (release.startsWith('0.5.') ? 'noFileNames' : null),
      async run(ground) {
        const { server, a } = await ground.together();
        await joined(ground, a, server.room);
        await server.postFiles('admin', 'see these', ['holiday.txt', 'recipe.txt']);
        await showsAll(ground, a, server.room, ['see these']);
        const item = (await shown(a.api, server.room)).find((each) => each.body === 'see these');
        if (!item || item.files.length === 0) return { cannot: 'noFileNames' };
        const at = { room_id: server.room, event_id: item.event_id, number: 1 };
        const answer = await getFile(a, at);
        const text = await answer.text();
        if (text !== 'content of recipe.txt') throw new Error(`${answer.status} ${text}`);
        return undefined;
      },
    },
    {
      id: 'mentions',
      title: 'A mention of your user is shown with the name',
      async run(ground) {
        const { server, a } = await ground.together();
        await joined(ground, a, server.room);
        const body = `hello <@${server.remoteUser('@a:a.test')}>`;
        await server.post('bob', body);
        await showsAll(ground, a, server.room, [body]);
        const [item] = (await shown(a.api, server.room)).filter((each) => each.body === body);
        if (!JSON.stringify(item).includes('@a:a.test')) throw new Error('nothing says who is meant');
        return undefined;
      },
    },
    {
      id: 'rename',
      title: 'When its guild and channel are renamed, your node renames them with the next message',
      async run(ground) {
        const { server, a } = await ground.together();
        await server.post('bob', 'under the old names');
        await joined(ground, a, server.room);
        await showsAll(ground, a, server.room, ['under the old names']);
        await server.renameGuild('New guild');
        await server.renameChannel('new-channel');
        await server.post('bob', 'under the new names');
        await showsAll(ground, a, server.room, ['under the new names']);
        const names = async () => {
          const room = await a.api.room({ room_id: server.room });
          return [room.name, ...room.channels.map((channel) => channel.name)];
        };
        const late = missing(['New guild', 'new-channel'], await names());
        await ground
          .until([a], '', async () => missing(['New guild', 'new-channel'], await names()).length === 0)
          .catch(async () => {
            throw new Error(`the names stay ${told(await names())}, without ${told(late)}`);
          });
        return undefined;
      },
    },
    {
      id: 'leave',
      title: 'Your user leaves, and is out there too',
      async run(ground) {
        const { server, a } = await ground.together();
        await joined(ground, a, server.room);
        await a.api.leaveRoom({ room_id: server.room });
        const members = () => server.ask<unknown[]>('admin', 'GET', `/guilds/${server.guild}/members`);
        await ground.until([a], 'two members', async () => (await members()).length === 2);
        return undefined;
      },
    },
    {
      id: 'guild-three',
      title: 'Three servers (two of yours): your users see what everyone writes',
      async run(ground) {
        const { server, a } = await ground.together();
        const b = await ground.node('b.test');
        await b.api.addPeer({ endpoint: server.url });
        await server.addPeer(b);
        await a.api.addPeer({ endpoint: b.url });
        await b.api.addPeer({ endpoint: a.url });
        await homedThere(ground, [a, b], server.room);
        await a.api.postMessage({ room_id: server.room, body: 'from a' });
        await b.api.postMessage({ room_id: server.room, body: 'from b' });
        await server.post('bob', 'from bob');
        const all = ['from a', 'from b', 'from bob'];
        for (const node of [a, b]) await showsAll(ground, node, server.room, all);
        await ground.until([], 'its copy of the room has them', () => {
          const rows = server.read<{ content: string }>('SELECT content FROM federation_events');
          return all.every((body) => rows.some(({ content }) => content.includes(`"${body}"`)));
        });
        return undefined;
      },
    },
    {
      id: 'long',
      title:
        'More than 2,000 bytes, which it refuses from its own users: your node refuses it, or it accepts it whole',
      async run(ground) {
        const { server, a } = await ground.together();
        await joined(ground, a, server.room);
        const long = `${'x'.repeat(1999)}ß`;
        const outcome = (job: Promise<unknown>) =>
          job.then(
            () => 'accepted',
            (error: Error) => `refused: ${error.message}`,
          );
        ground.measure('of its own user', (await outcome(server.post('bob', long))).split(':')[0] ?? '');
        const here = await outcome(a.api.postMessage({ room_id: server.room, body: long }));
        if (here !== 'accepted') {
          ground.measure('of your user', 'refused at yours');
          if (!/2.?000/.test(here)) throw new Error(`${here}, but nothing about the limit`);
          return undefined;
        }
        await delivered(ground, a);
        const kept = server.read<{ content: string }>('SELECT content FROM messages');
        if (!kept.some(({ content }) => content === long))
          throw new Error('accepted at yours, and lost there');
        ground.measure('of your user', 'accepted whole');
        return undefined;
      },
    },
  ],
};
