import type { Api } from '../../../shared/api/contract.ts';
import type { StatusView, WorkView } from '../../../shared/api/views/node-views.ts';
import type { UnreadView } from '../../../shared/api/views/room-views.ts';
import type { ChangeFeed } from '../../changes.ts';
import type { Clock } from '../../kernel/ports.ts';

/** Changes often come in groups. */
const restMs = 250;
/** Some things change without an event, for example when a key expires. */
const idleMs = 30_000;

/** The node's status, how much is unread, and long work in progress. */
export type WatchedStatus = StatusView & { readonly unread: UnreadView; readonly work: readonly WorkView[] };

/** Reads the status after every change, and every 30 seconds. The returned function ends that. */
export function watchStatus(
  node: {
    readonly api: Pick<Api, 'status' | 'unread' | 'work'>;
    readonly changes: Pick<ChangeFeed, 'subscribe'>;
  },
  clock: Clock,
  show: (status: WatchedStatus) => void,
): () => void {
  let ended = false;
  let soon = false;
  let known: Omit<WatchedStatus, 'work'> | null = null;
  /** Whether more may have changed than the work in progress, which changes often. */
  let isOld = true;
  let cancel = (): void => {};
  const readStatus = async (): Promise<Omit<WatchedStatus, 'work'>> => {
    isOld = false;
    known = null;
    const status = await node.api.status({});
    const unread = status.set_up ? await node.api.unread({}) : { unread: 0, mentions: 0 };
    known = { ...status, unread };
    return known;
  };
  const read = async (): Promise<void> => {
    soon = false;
    try {
      const status = known === null || isOld ? await readStatus() : known;
      const { items } = await node.api.work({});
      if (!ended) show({ ...status, work: items.filter(({ lasting }) => lasting) });
    } finally {
      if (!ended && !soon)
        cancel = clock.after(idleMs, () => {
          isOld = true;
          again();
        });
    }
  };
  // A node that has stopped doesn't answer, and the app reports that elsewhere.
  const again = (): void => void read().catch(() => {});
  const unsubscribe = node.changes.subscribe(({ change }) => {
    if (change.topic !== 'work' && change.topic !== 'typing') isOld = true;
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
