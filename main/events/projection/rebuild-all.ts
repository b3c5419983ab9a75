import type { Tables } from '../../store/ports.ts';
import type { Upkeep } from '../upkeep.ts';

/** Writes what a room shows as a text to compare. */
function shownIn(store: Tables<'messages' | 'rooms'>, roomId: string): string {
  const messages = store.messages.page(roomId, null, null, Number.MAX_SAFE_INTEGER);
  const reactions = store.messages.reactions(messages.map(({ seq }) => seq));
  return JSON.stringify([messages, reactions, store.rooms.members(roomId), store.rooms.channels(roomId)]);
}

/** Rebuilds what every room shows. Calls `onRoom` after each; returns those that were shown differently before. */
export async function rebuildAll(
  {
    store,
    upkeep,
  }: { readonly store: Tables<'messages' | 'rooms'>; readonly upkeep: Pick<Upkeep, 'rebuild'> },
  onRoom: (done: number, total: number) => void,
): Promise<string[]> {
  const rooms = store.rooms.rooms().map(({ room_id }) => room_id);
  const changed: string[] = [];
  for (const [at, roomId] of rooms.entries()) {
    const before = shownIn(store, roomId);
    await upkeep.rebuild(roomId);
    if (shownIn(store, roomId) !== before) changed.push(roomId);
    onRoom(at + 1, rooms.length);
  }
  return changed;
}
