import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { getFile, uploaded } from '../../support/nodes/files.ts';
import {
  atPace,
  delivered,
  joined,
  letIn,
  mirrored,
  mirrorsAll,
  missing,
  nextSecond,
  saying,
  shown,
  showsAll,
  texts,
} from '../conversation.ts';
import { introduce } from '../ground.ts';
import { deafToEvents } from '../proxy.ts';
import type { Section } from '../scenario.ts';

/** A room of ours with users of the existing server in it. */
export const ourRoom: Section = {
  title: 'In a room of yours',
  scenarios: [
    {
      id: 'room-invite',
      title: 'You invite one of its users who already had an account there: they see the room',
      cannot: () => 'noInvites',
      async run(ground) {
        const { server, a } = await ground.together();
        const user_id = server.user('bob');
        const { room_id } = await a.api.createRoom({ name: 'Ours', join_rule: 'invite' });
        await a.api.inviteUser({ room_id, user_id });
        await a.api.postMessage({ room_id, body: 'welcome' });
        await delivered(ground, a);
        const { items } = await a.api.members({ room_id });
        if (!items.some((member) => member.user_id === user_id)) throw new Error('bob is not in our room');
        await server.register('newcomer');
        const sees = async (who: string) => (await server.guilds(who)).some((guild) => guild.name === 'Ours');
        if (!(await sees('newcomer'))) throw new Error('not even a new account sees our room');
        return (await sees('bob')) ? undefined : { cannot: 'noInvites' };
      },
    },
    {
      id: 'room-newcomer',
      title:
        'You invite a user who has no account there yet: with a new account, they see the room and write in it',
      async run(ground) {
        const { server, a } = await ground.together();
        const { room_id, channel } = await letIn(ground, server, a);
        await server.post('dave', 'here I am', {}, channel);
        await showsAll(ground, a, room_id, ['here I am']);
        await mirrorsAll(ground, server, channel, ['welcome']);
        return undefined;
      },
    },
    {
      id: 'room-read',
      title: 'Its users see what your users write, edit and delete',
      async run(ground) {
        const { server, a } = await ground.together();
        const { room_id, channel } = await letIn(ground, server, a);
        const edited = await a.api.postMessage({ room_id, body: 'hello' });
        await a.api.editMessage({ room_id, event_id: edited.event_id, body: 'hello, edited' });
        const gone = await a.api.postMessage({ room_id, body: 'gone' });
        await a.api.deleteMessage({ room_id, event_id: gone.event_id });
        await a.api.postMessage({ room_id, body: 'last' });
        await mirrorsAll(ground, server, channel, ['hello, edited', 'last']);
        await ground.until([], 'the delete', () => !mirrored(server, channel).includes('gone'));
        return undefined;
      },
    },
    {
      id: 'room-reactions',
      title: 'Reactions, in both directions',
      async run(ground) {
        const { server, a } = await ground.together();
        const { room_id, channel } = await letIn(ground, server, a);
        const own = await a.api.postMessage({ room_id, body: 'ours' });
        await a.api.react({ room_id, event_id: own.event_id, emoji: '🎉' });
        const id = await server.post('dave', 'theirs', {}, channel);
        await server.react('dave', id, '👍', true, channel);
        await showsAll(ground, a, room_id, ['theirs']);
        await ground.until([a], 'their reaction', async () =>
          (await shown(a.api, room_id)).some(
            (item) => item.body === 'theirs' && item.reactions.some((each) => each.emoji === '👍'),
          ),
        );
        await mirrorsAll(ground, server, channel, ['ours']);
        await ground.until([], 'our reaction', async () =>
          (await server.messages('dave', channel)).some(
            (message) => message.content === 'ours' && message.reactions?.some((each) => each.emoji === '🎉'),
          ),
        );
        return undefined;
      },
    },
    {
      id: 'room-write',
      title: 'Your users see what its users write, edit and delete',
      async run(ground) {
        const { server, a } = await ground.together();
        const { room_id, channel, user_id } = await letIn(ground, server, a);
        const id = await server.post('dave', 'thanks', {}, channel);
        await server.edit('dave', id, 'thanks a lot', channel);
        await server.delete('dave', await server.post('dave', 'gone', {}, channel), channel);
        await server.post('dave', 'last', {}, channel);
        await showsAll(ground, a, room_id, ['thanks a lot', 'last']);
        const items = await ground.until([a], 'the delete', async () => {
          const all = await shown(a.api, room_id);
          return all.some((item) => item.deleted) && all;
        });
        const author = items.find((item) => item.body === 'last')?.sender;
        if (author !== user_id) throw new Error(`the author is shown as ${author}`);
        return undefined;
      },
    },
    {
      id: 'room-unicode',
      title: 'Unicode, markup and line breaks arrive unchanged in both directions',
      async run(ground) {
        const { server, a } = await ground.together();
        const { room_id, channel } = await letIn(ground, server, a);
        for (const body of texts) await a.api.postMessage({ room_id, body: `ours ${body}`.slice(0, 2000) });
        await mirrorsAll(
          ground,
          server,
          channel,
          texts.map((body) => `ours ${body}`.slice(0, 2000)),
        );
        for (const body of texts) await server.post('dave', body, {}, channel);
        await showsAll(ground, a, room_id, texts);
        return undefined;
      },
    },
    {
      id: 'room-files',
      title: 'Its users send files: the text arrives',
      async run(ground) {
        const { server, a } = await ground.together();
        const { room_id, channel } = await letIn(ground, server, a);
        server.ownGuildOf('dave', 'Ours');
        await server.postFiles('dave', 'see this', ['holiday.txt'], channel);
        await showsAll(ground, a, room_id, ['see this']);
        return undefined;
      },
    },
    {
      id: 'room-files-bytes',
      title: 'Your users open the files that its users send',
      cannot: (release) => (release.startsWith('0.5.') ? 'noFileNames' : 'mirrorFiles'),
      async run(ground) {
        const { server, a } = await ground.together();
        const { room_id, channel } = await letIn(ground, server, a);
        server.ownGuildOf('dave', 'Ours');
        await server.postFiles('dave', 'see this', ['holiday.txt'], channel);
        await showsAll(ground, a, room_id, ['see this']);
        const item = (await shown(a.api, room_id)).find(({ body }) => body === 'see this');
        if (!item || item.files.length === 0) return { cannot: 'noFileNames' };
        const answer = await getFile(a, { room_id, event_id: item.event_id });
        const text = await answer.text();
        if (answer.status === 503) return { cannot: 'mirrorFiles' };
        if (text !== 'content of holiday.txt') throw new Error(`${answer.status} ${text}`);
        return undefined;
      },
    },
    {
      id: 'room-files-ours',
      title: 'Its users open the files that your users send, through its API',
      cannot: (release) => (release.startsWith('0.5.') ? 'noFileNames' : 'peerList'),
      async run(ground) {
        const { server, a } = await ground.together();
        const { room_id, channel } = await letIn(ground, server, a);
        // The server's client API is asked as if the answer were JSON.
        const uploads = [await uploaded(a, room_id, Buffer.from('"from a"'), { name: 'a.json' })];
        await a.api.postMessage({ room_id, body: 'see this', uploads });
        await mirrorsAll(ground, server, channel, ['see this']);
        const path = `/federated-files/a.test/${uploads[0]}`;
        const got = await server.ask('dave', 'GET', path).catch((error: Error) => error.message);
        if (got === 'from a') return undefined;
        // A server without the call answers with its page or 404.
        if (String(got).includes(': 500 ')) return { cannot: 'peerList' };
        if (/<html|: 404 /.test(String(got))) return { cannot: 'noFileNames' };
        throw new Error(String(got));
      },
    },
    {
      id: 'room-replies',
      title: 'Your users reply to its users: the text arrives',
      async run(ground) {
        const { server, a } = await ground.together();
        const { room_id, channel } = await letIn(ground, server, a);
        await server.post('dave', 'who comes?', {}, channel);
        await showsAll(ground, a, room_id, ['who comes?']);
        const event_id = (await saying(a, room_id, 'who comes?')).event_id;
        await a.api.postMessage({ room_id, body: 'I do', reply_to: event_id });
        await mirrorsAll(ground, server, channel, ['I do']);
        const quote = (await saying(a, room_id, 'I do')).reply_to?.message?.text;
        if (quote !== 'who comes?') throw new Error(`our users see the reply with “${quote}”`);
        return undefined;
      },
    },
    {
      id: 'room-replies-theirs',
      title: 'Its users reply: your users see to what',
      cannot: () => 'noReplies',
      async run(ground) {
        const { server, a } = await ground.together();
        const { room_id, channel } = await letIn(ground, server, a);
        const referenced_message_id = await server.post('dave', 'who comes?', {}, channel);
        await server.post('dave', 'I do', { referenced_message_id }, channel);
        await showsAll(ground, a, room_id, ['who comes?', 'I do']);
        return (await saying(a, room_id, 'I do')).reply_to === null ? { cannot: 'noReplies' } : undefined;
      },
    },
    {
      id: 'room-three',
      title: 'Three servers (two of yours): everyone sees what everyone writes',
      async run(ground) {
        const { server, a } = await ground.together();
        const b = await ground.node('b.test');
        await introduce(server, b);
        await a.api.addPeer({ endpoint: b.url });
        await b.api.addPeer({ endpoint: a.url });
        const { room_id, channel } = await letIn(ground, server, a);
        await joined(ground, b, room_id);
        await a.api.postMessage({ room_id, body: 'from a' });
        await b.api.postMessage({ room_id, body: 'from b' });
        await server.post('dave', 'from dave', {}, channel);
        for (const node of [a, b]) await showsAll(ground, node, room_id, ['from a', 'from b', 'from dave']);
        await mirrorsAll(ground, server, channel, ['from a', 'from b', 'from dave']);
        return undefined;
      },
    },
    {
      id: 'room-left',
      title: 'Its user leaves, and is out here too',
      async run(ground) {
        const { server, a } = await ground.together();
        const { room_id, guild, user_id } = await letIn(ground, server, a);
        await server.ask('dave', 'DELETE', `/guilds/${guild}/members/@me`);
        await ground.until([a], 'dave is out', async () => {
          const { items } = await a.api.members({ room_id });
          return !items.some((member) => member.user_id === user_id);
        });
        return undefined;
      },
    },
    {
      id: 'room-polling',
      title: 'It asks for what never reached it: it misses none of 480 messages',
      cannot: (release) => (release.startsWith('0.5.') ? null : 'peerList'),
      async run(ground) {
        const { server, a } = await ground.together();
        const { room_id, channel } = await letIn(ground, server, a);
        // No event of ours reaches the server any more, so it has to ask.
        const proxy = await deafToEvents(ground, server.url);
        await a.api.changePeer({ server_name: server.name, endpoint: proxy + federationPrefix });
        // In bursts, because a position by time can miss several events within a few milliseconds.
        const bodies: string[] = [];
        await atPace(1, 24, async (burst) => {
          const own = Array.from({ length: 20 }, (_, at) => `asked for ${burst * 20 + at}`);
          bodies.push(...own);
          await Promise.all(own.map((body) => a.api.postMessage({ room_id, body })));
          return '';
        });
        const seen = () => bodies.length - missing(bodies, mirrored(server, channel)).length;
        // The server asks every five seconds, for 128 at a time.
        const asks = await ground.until([], 'it asks', () => seen() > 0).catch(() => false);
        if (!asks) return { cannot: 'peerList' };
        await ground.until([], 'all', () => seen() === bodies.length, 180_000).catch(() => undefined);
        const lost = bodies.length - seen();
        ground.measure('missed although it asked', `${lost} of ${bodies.length}`);
        if (lost > 0) throw new Error(`its asking misses ${lost} of ${bodies.length}`);
        return undefined;
      },
    },
    {
      id: 'room-restart',
      title: 'Both are restarted, one after the other, and the conversation continues',
      async run(ground) {
        const { server, a } = await ground.together();
        const { room_id, channel } = await letIn(ground, server, a);
        await server.down();
        await server.up();
        await a.api.postMessage({ room_id, body: 'after its restart' });
        await server.post('dave', 'it is back', {}, channel);
        await showsAll(ground, a, room_id, ['it is back']);
        await mirrorsAll(ground, server, channel, ['after its restart']);
        await a.stop();
        const again = await ground.again(a);
        await again.api.postMessage({ room_id, body: 'after ours' });
        await nextSecond();
        await server.post('dave', 'you are back', {}, channel);
        await showsAll(ground, again, room_id, ['you are back']);
        await mirrorsAll(ground, server, channel, ['after ours']);
        return undefined;
      },
    },
  ],
};
