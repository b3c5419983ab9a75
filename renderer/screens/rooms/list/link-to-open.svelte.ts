import type { RoomLink } from '../../../../shared/api/links.ts';

/** A room link that was clicked in a message: the frame asks about it (OpenedLink.svelte). */
class LinkToOpen {
  link: RoomLink | null = $state.raw(null);
}

export const linkToOpen = new LinkToOpen();
