import type { Api } from '../../../shared/api/contract.ts';
import {
  delivered,
  joined,
  letIn,
  mirrored,
  mirrorsAll,
  nextSecond,
  saying,
  shown,
  showsAll,
} from '../conversation.ts';
import { type Ground, introduce } from '../ground.ts';
import type { Section } from '../scenario.ts';

const isIn = async (api: Api, room_id: string, user_id: string): Promise<boolean> =>
  (await api.members({ room_id })).items.some((member) => member.user_id === user_id);

/** A room of ours with dave of the existing server in it. */
async function withDave(ground: Ground) {
  const { server, a } = await ground.together();
  return { server, a, ...(await letIn(ground, server, a)) };
}

/** Writes on both sides, and waits until both have it. */
async function bothWrite(
  ground: Ground,
  { server, a, room_id, channel }: Awaited<ReturnType<typeof withDave>>,
  about: string,
): Promise<void> {
  await nextSecond();
  await server.post('dave', `theirs ${about}`, {}, channel);
  await a.api.postMessage({ room_id, body: `ours ${about}` });
  await showsAll(ground, a, room_id, [`theirs ${about}`]);
  await mirrorsAll(ground, server, channel, [`ours ${about}`]);
}

/** Both write while dave is out: neither reaches the other. Then dave is invited, and both write again. */
async function outAndBack(ground: Ground, all: Awaited<ReturnType<typeof withDave>>): Promise<void> {
  const { server, a, room_id, channel, user_id } = all;
  await delivered(ground, a);
  if (await isIn(a.api, room_id, user_id)) throw new Error('dave is still in the room');
  await nextSecond();
  await server.post('dave', 'theirs outside', {}, channel);
  await a.api.postMessage({ room_id, body: 'ours inside' });
  await delivered(ground, a);
  await a.api.unbanUser({ room_id, user_id }).catch(() => {});
  const { joined: isBack } = await a.api.inviteUser({ room_id, user_id });
  if (!isBack) throw new Error('our invite did not let dave in again');
  await bothWrite(ground, all, 'again');
  if ((await shown(a.api, room_id)).some(({ body }) => body === 'theirs outside'))
    throw new Error('our users see what dave wrote while he was out');
  if (mirrored(server, channel).includes('ours inside'))
    throw new Error('dave sees what was written while he was out');
}

/** Who is in a room of ours, what the room says about itself, and who decides, with users of the existing server in it. */
export const places: Section = {
  title: 'People and places',
  scenarios: [
    {
      id: 'place-removed',
      title: 'You remove its user: neither sees what the other writes, until you invite them again',
      async run(ground) {
        const all = await withDave(ground);
        const { a, room_id, user_id } = all;
        await a.api.removeMember({ room_id, user_id, reason: 'shouting' });
        await outAndBack(ground, all);
        return undefined;
      },
    },
    {
      id: 'place-banned',
      title: 'You ban its user: they stay out, also with an invite, until you end the ban',
      async run(ground) {
        const all = await withDave(ground);
        const { a, room_id, user_id } = all;
        await a.api.banUser({ room_id, user_id, reason: 'advertising' });
        const refused = await a.api.inviteUser({ room_id, user_id }).then(
          () => false,
          () => true,
        );
        if (!refused) throw new Error('a banned user could be invited');
        await outAndBack(ground, all);
        return undefined;
      },
    },
    {
      id: 'place-removal-there',
      title: 'Its users who are removed no longer see the room',
      cannot: () => 'noRemovals',
      async run(ground) {
        const { server, a, room_id, user_id } = await withDave(ground);
        await a.api.removeMember({ room_id, user_id });
        await delivered(ground, a);
        const sees = (await server.guilds('dave')).some((guild) => guild.name === 'Ours');
        return sees ? { cannot: 'noRemovals' } : undefined;
      },
    },
    {
      id: 'place-others',
      title: 'You remove somebody else: you and its users go on, and see what each other write',
      async run(ground) {
        const all = await withDave(ground);
        const { server, a, room_id } = all;
        const b = await ground.node('b.test');
        await introduce(server, b);
        await a.api.addPeer({ endpoint: b.url });
        await b.api.addPeer({ endpoint: a.url });
        await joined(ground, b, room_id);
        await b.api.postMessage({ room_id, body: 'from b' });
        await mirrorsAll(ground, server, all.channel, ['from b']);
        await a.api.banUser({ room_id, user_id: '@b:b.test', reason: 'advertising' });
        await delivered(ground, a);
        await bothWrite(ground, all, 'without b');
        return undefined;
      },
    },
    {
      id: 'place-direct',
      title: 'You start a direct chat with its user: with a new account, both write',
      async run(ground) {
        const { server, a } = await ground.together();
        const person = server.user('dave');
        const { room_id } = await a.api.startDirect({ person });
        await a.api.postMessage({ room_id, body: 'only for you' });
        await delivered(ground, a);
        await server.register('dave');
        const own = await ground.until([], 'its mirror of the chat', async () =>
          (await server.guilds('dave')).find(({ name }) => name.includes('dave')),
        );
        const [channel] = await server.ask<{ id: string }[]>('dave', 'GET', `/guilds/${own.id}/channels`);
        await nextSecond();
        await server.post('dave', 'and for you', {}, channel?.id);
        await showsAll(ground, a, room_id, ['and for you']);
        await mirrorsAll(ground, server, channel?.id ?? '', ['only for you']);
        return undefined;
      },
    },
    {
      id: 'place-profile',
      title: 'Its users see what your users call themselves',
      cannot: () => 'noProfiles',
      async run(ground) {
        const { server, a, room_id, channel } = await withDave(ground);
        await a.api.changeProfile({ display_name: 'Anna of the hills', about: 'Back on Monday' });
        await a.api.postMessage({ room_id, body: 'who am I?' });
        await mirrorsAll(ground, server, channel, ['who am I?']);
        const said = JSON.stringify(await server.messages('dave', channel));
        return said.includes('Anna of the hills') ? undefined : { cannot: 'noProfiles' };
      },
    },
    {
      id: 'place-about',
      title: 'Its users see the topic of your room, and that it is archived',
      cannot: () => 'noTopics',
      async run(ground) {
        const { server, a, room_id, channel, guild } = await withDave(ground);
        await a.api.describeRoom({ room_id, topic: 'Cake on Sunday', description: '**Bring** plates' });
        await a.api.archiveRoom({ room_id, archived: true });
        await delivered(ground, a);
        const there = [
          await server.ask<unknown>('dave', 'GET', `/channels/${channel}`),
          await server.guilds('dave'),
          await server.ask<unknown>('dave', 'GET', `/guilds/${guild}`),
        ];
        return JSON.stringify(there).includes('Cake on Sunday') ? undefined : { cannot: 'noTopics' };
      },
    },
    {
      id: 'place-archived',
      title:
        'You archive your room: what its users write there reaches nobody, until you bring the room back',
      async run(ground) {
        const all = await withDave(ground);
        const { server, a, room_id, channel } = all;
        await a.api.archiveRoom({ room_id, archived: true });
        await delivered(ground, a);
        await nextSecond();
        await server.post('dave', 'is anybody here?', {}, channel);
        await nextSecond();
        await a.api.archiveRoom({ room_id, archived: false });
        await bothWrite(ground, all, 'in the open room');
        if ((await shown(a.api, room_id)).some(({ body }) => body === 'is anybody here?'))
          throw new Error('our users see what was written in an archived room');
        return undefined;
      },
    },
    {
      id: 'place-moderated',
      title: 'A moderator of yours deletes what its user wrote: your users and its users no longer see it',
      cannot: () => 'noDeletesOfOthers',
      async run(ground) {
        const { server, a, room_id, channel } = await withDave(ground);
        const { user_id: mona } = await a.api.addUser({ localpart: 'mona' });
        await a.api.joinRoom({ room_id, as: mona });
        await a.api.setModerator({ room_id, user_id: mona, moderator: true });
        await server.post('dave', 'buy this', {}, channel);
        await showsAll(ground, a, room_id, ['buy this']);
        const { event_id } = await saying(a, room_id, 'buy this');
        await a.api.deleteMessage({ room_id, event_id, as: mona });
        if ((await shown(a.api, room_id)).some(({ body }) => body === 'buy this'))
          throw new Error('our users still see it');
        await a.api.postMessage({ room_id, body: 'after that' });
        await mirrorsAll(ground, server, channel, ['after that']);
        return mirrored(server, channel).includes('buy this') ? { cannot: 'noDeletesOfOthers' } : undefined;
      },
    },
    {
      id: 'place-forwarded',
      title: 'Your users forward a message of its user: the text arrives',
      async run(ground) {
        const { server, a, room_id, channel } = await withDave(ground);
        await server.post('dave', 'soup at eight', {}, channel);
        await showsAll(ground, a, room_id, ['soup at eight']);
        const { event_id } = await saying(a, room_id, 'soup at eight');
        await a.api.postMessage({ room_id, forwards: event_id });
        await ground.until([a], 'the forwarded text there', () =>
          Promise.resolve(mirrored(server, channel).filter((text) => text === 'soup at eight').length === 2),
        );
        return undefined;
      },
    },
    {
      id: 'guild-moderated',
      title: 'Its admin deletes what another of its users wrote in its guild: your users no longer see it',
      async run(ground) {
        const { server, a } = await ground.together();
        const id = await server.post('bob', 'buy this');
        await joined(ground, a, server.room);
        await showsAll(ground, a, server.room, ['buy this']);
        await server.delete('admin', id);
        await ground.until([a], 'the delete', async () =>
          (await shown(a.api, server.room)).some(({ deleted }) => deleted),
        );
        return undefined;
      },
    },
  ],
};
