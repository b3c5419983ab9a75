import type { Api } from '../../../shared/api/contract.ts';
import type { StatusView } from '../../../shared/api/views/node-views.ts';
import type { UnreadView } from '../../../shared/api/views/room-views.ts';
import type { ChangeFeed } from '../../changes.ts';
import type { Clock } from '../../kernel/ports.ts';

/** Changes often come in groups. */
const restMs = 250;
/** Some things change without an event, for example when a key expires. */
const idleMs = 30_000;

/** The node's status, and how much is unread. */
export type WatchedStatus = StatusView & { readonly unread: UnreadView };

/** Reads the status after every change, and every 30 seconds. The returned function ends that. */
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
  // A node that has stopped doesn't answer, and the app reports that elsewhere.
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
