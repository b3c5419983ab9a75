import type { Api } from '../../../shared/api/contract.ts';
import type { StatusView } from '../../../shared/api/views/node-views.ts';
import type { ChangeFeed } from '../../changes.ts';
import type { Clock } from '../../kernel/ports.ts';

/** Many changes come at once. */
const restMs = 250;
/** What only time changes, such as a key that expires. */
const idleMs = 30_000;

/** Reads how the node is when something changed, and now and then; ends when the returned function is called. */
export function watchStatus(
  node: { readonly api: Pick<Api, 'status'>; readonly changes: Pick<ChangeFeed, 'subscribe'> },
  clock: Clock,
  show: (status: StatusView) => void,
): () => void {
  let ended = false;
  let soon = false;
  let cancel = (): void => {};
  const read = async (): Promise<void> => {
    soon = false;
    try {
      const status = await node.api.status({});
      if (!ended) show(status);
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
