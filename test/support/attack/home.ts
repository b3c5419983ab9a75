import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { type LocalNode, startLocalNode } from '../nodes/local-node.ts';
import { RawPeer } from '../parties/raw-peer.ts';
import { refusalBody } from '../refusal.ts';
import { takes } from './node.ts';

/** A hand-made peer that the node allows. */
export async function addRaw(
  t: Pick<TestContext, 'after'>,
  node: Pick<LocalNode, 'api'>,
  name: string,
): Promise<RawPeer> {
  const peer = await new RawPeer(name).listen(t);
  peer.handlers.set('/event', takes);
  await node.api.addPeer({ endpoint: peer.url });
  return peer;
}

/** A node whose owner is in a room that is homed at a hand-made peer. */
export interface Guest {
  readonly node: LocalNode;
  readonly home: RawPeer;
  readonly room: string;
  /** The keys of other servers that the home serves. */
  readonly told: Map<string, Record<string, unknown>>;
  /** The events with which the home answers a server that catches up. */
  readonly shelf: string[];
  /** The servers whose keys the home was asked for, in order. */
  readonly asked: string[];
}

export async function beGuest(t: Pick<TestContext, 'after'>): Promise<Guest> {
  const node = await startLocalNode(t, { name: 'a.test' });
  const home = await addRaw(t, node, 'home.test');
  const room = '!5:home.test';
  const guest: Guest = { node, home, room, told: new Map(), shelf: [], asked: [] };
  home.handlers.set('/keys', ({ query }) => {
    const server = query.get('server_name');
    if (server === null) return { status: 200, body: home.keys() };
    guest.asked.push(server);
    const told = guest.told.get(server);
    return told ? { status: 200, body: told } : { status: 404, body: refusalBody() };
  });
  home.handlers.set('/events', () => ({ status: 200, body: `{"events":[${guest.shelf.join(',')}]}` }));
  home.handlers.set('/invite', () => ({
    status: 200,
    body: { accepted: true, room_id: room, guild_id: '5', guild_name: 'Theirs', default_channel_id: '1' },
  }));
  home.handlers.set('/join', () => ({
    status: 200,
    body: { joined: true, room_id: room, guild_id: '5', local_user_id: '9' },
  }));
  const says = (type: string, state_key: string, content: Parameters<RawPeer['event']>[0]['content']) =>
    wireEvent(home.event({ room, type, state_key, content }));
  guest.shelf.push(
    says('m.room.info', '', {
      name: 'Theirs',
      join_rule: 'peers',
      channels: [{ channel_id: '1', name: 'general' }],
    }),
    says('m.member.join', '@user:home.test', { role: 'owner' }),
    says('m.member.join', '@a:a.test', {}),
  );
  const joined = await node.api.joinRoom({ room_id: room });
  assert.equal(joined.membership, 'joined');
  return guest;
}
