/**
 * Messages that the node has not confirmed, kept until it has: also after the tab was closed. They are in IndexedDB, where the
 * worker finds them, too (`renderer/worker.ts`).
 */
import type { Unsent } from './outgoing.ts';

interface Place {
  readonly room_id: string;
  readonly channel_id: string | undefined;
}
export interface Waiting extends Unsent, Place {
  /** Unix ms, for their order. */
  readonly at: number;
}

/** Null without storage: then a message is lost with its tab. */
function inStore<T>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | null> {
  return new Promise((resolve) => {
    const none = () => resolve(null);
    try {
      const opened = indexedDB.open('unsent', 1);
      opened.onupgradeneeded = () => opened.result.createObjectStore('messages', { keyPath: 'key' });
      opened.onerror = none;
      opened.onsuccess = () => {
        const asked = act(opened.result.transaction('messages', mode).objectStore('messages'));
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = none;
        opened.result.close();
      };
    } catch {
      none();
    }
  });
}

export async function allUnsent(): Promise<Waiting[]> {
  const all: Waiting[] = (await inStore('readonly', (store) => store.getAll())) ?? [];
  return all.sort((a, b) => a.at - b.at);
}

export const unsentIn = async ({ room_id, channel_id }: Place): Promise<Waiting[]> =>
  (await allUnsent()).filter((one) => one.room_id === room_id && one.channel_id === channel_id);

export function keepUnsent(place: Place, message: Unsent): void {
  void inStore('readwrite', (store) => store.put({ ...place, ...message, at: Date.now() } satisfies Waiting));
}

export function dropUnsent(key: string): void {
  void inStore('readwrite', (store) => store.delete(key));
}

export function forgetUnsent(): void {
  void inStore('readwrite', (store) => store.clear());
}

/** `alone`: the browser has the worker send what waits once it is online, also if no page is open. */
export type GoesOut = 'alone' | 'when-open';

/** How what waits goes out; null in a page that has no worker. */
export async function askToSend(): Promise<GoesOut | null> {
  const worker = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
  if (worker === undefined) return null;
  const { sync } = worker as { sync?: { register(tag: string): Promise<void> } };
  const isAsked = await sync?.register('unsent').then(
    () => true,
    () => false,
  );
  return isAsked === true ? 'alone' : 'when-open';
}
