/** People say “kitchen”, but the API needs IDs. An ID is used unchanged; a name must be unique. */
import type { Api } from '../../shared/api/contract.ts';
import { everyPage } from '../../shared/api/pages.ts';
import type { Words } from '../../shared/words/words.ts';
import { usageFailure } from '../start/failure.ts';
import { actor, type Call } from './command.ts';

/**
 * The room of a command whose first argument names one, and the user that `--as` names. `starts`: a direct chat that isn't
 * there is started.
 */
export async function roomOf(
  call: Call,
  starts = false,
): Promise<{ readonly room_id: string; readonly as?: string }> {
  const as = actor(call);
  const room = call.args[0]!;
  // A person stands for the direct chat with them.
  if (room.startsWith('@')) {
    const found = (await everyPage((page) => call.api.rooms({ ...page, ...as }))).find(
      ({ direct }) => direct?.user_id === room && direct.newer === null,
    );
    if (found) return { room_id: found.room_id, ...as };
    if (starts) return { room_id: (await call.api.startDirect({ person: room, ...as })).room_id, ...as };
  }
  return { room_id: await findRoomId(call.api, room), ...as };
}

export async function findRoomId(api: Api, roomOrName: string): Promise<string> {
  if (roomOrName.startsWith('!')) return roomOrName;
  const rooms = await everyPage((page) => api.rooms(page));
  const found = only(
    rooms,
    (room) => room.name,
    roomOrName,
    ({ cli: { errors } }, several) =>
      (several ? errors.severalRooms : errors.noRoom)({ name: roomOrName, command: 'rooms' }),
  );
  return found.room_id;
}

export async function findChannelId(api: Api, roomId: string, channelOrName: string): Promise<string> {
  if (/^\d+$/.test(channelOrName)) return channelOrName;
  const { channels } = await api.room({ room_id: roomId });
  const named = { name: channelOrName, command: `rooms show '${roomId}'` };
  const found = only(
    channels,
    (channel) => channel.name,
    channelOrName,
    ({ cli: { errors } }, several) => (several ? errors.severalChannels : errors.noChannel)(named),
  );
  return found.channel_id;
}

/** Other servers' names may begin with a blank, or write ü as two characters. */
const folded = (name: string): string => name.normalize('NFC').trim().toLowerCase();

function only<T>(
  items: readonly T[],
  name: (item: T) => string,
  wanted: string,
  problem: (words: Words, several: boolean) => string,
): T {
  const exact = items.filter((item) => name(item) === wanted);
  const found = exact.length > 0 ? exact : items.filter((item) => folded(name(item)) === folded(wanted));
  if (found.length === 1) return found[0]!;
  throw usageFailure((words) => problem(words, found.length > 0));
}
