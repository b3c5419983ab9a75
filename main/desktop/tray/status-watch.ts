import type { Api } from '../../../shared/api/contract.ts';
import type { StatusView } from '../../../shared/api/views/node-views.ts';
import type { UnreadView } from '../../../shared/api/views/room-views.ts';
import type { ChangeFeed } from '../../changes.ts';
import type { Clock } from '../../kernel/ports.ts';

/** Many changes come at once. */
const restMs = 250;
/** What only time changes, such as a key that expires. */
const idleMs = 30_000;

/** How the node is, and how much is new to its owner. */
export type WatchedStatus = StatusView & { readonly unread: UnreadView };

/** Reads how the node is when something changed, and now and then; ends when the returned function is called. */
export function watchStatus(
  node: { readonly api: Pick<Api, 'status' | 'unread'>; readonly changes: Pick<ChangeFeed, 'subscribe'> },
  clock: Clock,
  show: (status: WatchedStatus) => void,
): () => void {
  let ended = false;
  let soon = false;
  let cancel = (): void => {};
  const read = async (): Promise<void> => {
    soon = false;
    try {
      const status = await node.api.status({});
      const unread = status.set_up ? await node.api.unread({}) : { unread: 0, mentions: 0 };
      if (!ended) show({ ...status, unread });
    } finally {
      if (!ended && !soon) cancel = clock.after(idleMs, again);
    }
  };
  // A node that stops answers no more, and says so elsewhere.
  const again = (): void => void read().catch(() => {});
  const unsubscribe = node.changes.subscribe(() => {
    if (soon || ended) return;
    soon = true;
    cancel();
    cancel = clock.after(restMs, again);
  });
  again();
  return () => {
    ended = true;
    cancel();
    unsubscribe();
  };
}
