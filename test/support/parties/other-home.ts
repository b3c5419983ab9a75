import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { canonicalJson } from '../../../shared/protocol/coding/canonical-json.ts';
import { fromPlain, type Plain } from '../../../shared/protocol/coding/json.ts';
import type { Envelope } from '../../../shared/protocol/events/envelope.ts';
import { takes } from '../attack/node.ts';
import { type LocalNode, type LocalNodeOptions, startLocalNode } from '../nodes/local-node.ts';
import { RawPeer } from './raw-peer.ts';

/** A node whose owner is in a guild of a hand-made server that isn't a Paracord Node. */
export interface GuildGuest {
  readonly node: LocalNode;
  readonly home: RawPeer;
  readonly room: string;
  readonly guild: string;
  /** The events that the home returns to a server that reads the room. */
  readonly shelf: string[];
}

/** The number that the home gives our owner. */
export const ownerThere = '382838050020921344';

/** A peer that lists no extensions, like the existing server; `isOld`: before 1.0, so it takes the bare form only. */
export async function addOther(
  t: Pick<TestContext, 'after'>,
  node: LocalNode,
  name: string,
  isOld = false,
): Promise<RawPeer> {
  const peer = new RawPeer(name);
  peer.extensions = [];
  if (isOld)
    peer.handlers.set('/event/:id', ({ headers }) => ({
      status: headers['x-paracord-destination'] === undefined ? 404 : 403,
      body: { code: 'NOT_FOUND', message: 'not found' },
    }));
  await peer.listen(t);
  peer.handlers.set('/event', takes);
  await node.api.addPeer({ endpoint: peer.url });
  return peer;
}

export async function beGuildGuest(
  t: Pick<TestContext, 'after'>,
  { isOld = false, ...options }: Partial<LocalNodeOptions> & { readonly isOld?: boolean } = {},
): Promise<GuildGuest> {
  const node = await startLocalNode(t, { name: 'a.test', ...options });
  const home = await addOther(t, node, 'guild.test', isOld);
  const guild = '382838047881826304';
  const guest = { node, home, guild, room: `!${guild}:guild.test`, shelf: [] as string[] };
  home.handlers.set('/events', () => ({ status: 200, body: `{"events":[${guest.shelf.join(',')}]}` }));
  home.handlers.set('/invite', ({ body }) => ({
    status: 200,
    body: {
      accepted: true,
      room_id: JSON.parse(body).room_id,
      guild_id: guild,
      guild_name: 'Guild',
      default_channel_id: '1',
    },
  }));
  home.handlers.set('/join', ({ body }) => ({
    status: 200,
    body: { joined: true, room_id: JSON.parse(body).room_id, guild_id: guild, local_user_id: ownerThere },
  }));
  const joined = await node.api.joinRoom({ room_id: guest.room });
  assert.equal(joined.membership, 'joined');
  return guest;
}

/** A message as this server writes it, with the names of guild and channel. */
export const guildMessage = (
  { home, room, guild }: Pick<GuildGuest, 'home' | 'room' | 'guild'>,
  body: string,
  more: { [key: string]: Plain } = {},
  place: { depth?: number; id?: string } = {},
): Envelope => {
  const plain = home.message(room, body);
  const id = place.id ?? String(plain.content.get('message_id'));
  return home.event({
    room,
    type: 'm.message',
    event_id: `$${id}:${home.domain}`,
    origin_ts: plain.origin_ts,
    depth: place.depth ?? plain.depth,
    content: {
      body,
      msgtype: 'm.text',
      guild_id: guild,
      channel_id: '1',
      message_id: id,
      channel_type: 0,
      channel_name: 'general',
      guild_name: 'Guild',
      ...more,
    },
  });
};

/** Sets a field of the content without signing again, as someone in between could. */
export function withField(event: Envelope, field: string, value: Plain | undefined): Envelope {
  const content = new Map(event.content);
  if (value === undefined) content.delete(field);
  else content.set(field, fromPlain(value));
  return { ...event, content, contentText: canonicalJson(content) };
}

export const file = (filename: string, size = 10): Plain => ({
  id: '7',
  filename,
  size,
  content_type: 'text/plain',
  content_hash: null,
  origin_url: '/_paracord/federation/v1/file/7',
});
