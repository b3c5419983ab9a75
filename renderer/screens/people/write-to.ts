import { router } from '../../app/router.svelte.ts';
import type { NodeLink } from '../../node/node-link.ts';

/** Opens the direct chat with somebody, and makes it if it is the first; as a local user, or as the owner. */
export async function writeTo({ api }: NodeLink, person: string, as?: string): Promise<void> {
  router.go('chats', (await api.startDirect({ person, as })).room_id);
}
