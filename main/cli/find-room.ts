/** People say “kitchen”, the API wants ids. An id is taken as it is; a name has to be the only one of its kind. */
import type { Api } from '../../shared/api/contract.ts';
import { everyPage } from '../../shared/api/every-page.ts';
import { usageFailure } from '../start/failure.ts';

export async function findRoomId(api: Api, roomOrName: string): Promise<string> {
  if (roomOrName.startsWith('!')) return roomOrName;
  const rooms = await everyPage((page) => api.rooms(page));
  const found = only(rooms, (room) => room.name, roomOrName, 'room', 'rooms');
  return found.room_id;
}

export async function findChannelId(api: Api, roomId: string, channelOrName: string): Promise<string> {
  if (/^\d+$/.test(channelOrName)) return channelOrName;
  const { channels } = await api.room({ room_id: roomId });
  return only(channels, (channel) => channel.name, channelOrName, 'channel', `rooms show '${roomId}'`)
    .channel_id;
}

function only<T>(
  items: readonly T[],
  name: (item: T) => string,
  wanted: string,
  noun: string,
  list: string,
): T {
  const exact = items.filter((item) => name(item) === wanted);
  const same = (text: string) => text.toLowerCase() === wanted.toLowerCase();
  const found = exact.length > 0 ? exact : items.filter((item) => same(name(item)));
  if (found.length === 1) return found[0]!;
  const what =
    found.length === 0 ? `No ${noun} is called “${wanted}”` : `Several ${noun}s are called “${wanted}”`;
  throw usageFailure(`${what}; “paracord-node ${list}” shows the ids.`);
}
