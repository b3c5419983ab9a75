import type { RoomLink } from '../../../../shared/api/links.ts';
import type { SearchHit } from '../../../../shared/api/views/room-views.ts';
import { router } from '../../../app/router.svelte.ts';

class LinkToOpen {
  /** A room link that was clicked in a message: the frame asks about it (OpenedLink.svelte). */
  link: RoomLink | null = $state.raw(null);
  /** The message to show as soon as its room is open (Conversation.svelte). */
  message: { readonly room_id: string; readonly event_id: string } | null = $state.raw(null);
}

export const linkToOpen = new LinkToOpen();

/** Opens the channel that a message is in, and shows the message there. */
export function openMessage({
  room_id,
  channel_id,
  event_id,
}: Pick<SearchHit, 'room_id' | 'channel_id' | 'event_id'>): void {
  router.go('chats', room_id, channel_id);
  linkToOpen.message = { room_id, event_id };
}
