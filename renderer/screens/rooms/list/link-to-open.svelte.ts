import type { RoomLink } from '../../../../shared/api/links.ts';

class LinkToOpen {
  /** A room link that was clicked in a message: the frame asks about it (OpenedLink.svelte). */
  link: RoomLink | null = $state.raw(null);
  /** The message to show as soon as its room is open (Conversation.svelte). */
  message: { readonly room_id: string; readonly event_id: string } | null = $state.raw(null);
}

export const linkToOpen = new LinkToOpen();
