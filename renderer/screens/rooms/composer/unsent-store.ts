/**
 * Messages that the node has not confirmed, kept until it has: also after the tab was closed. Each has an entry of its own,
 * so that tabs don't overwrite each other's.
 */
import type { Unsent } from './outgoing.ts';

interface Place {
  readonly room_id: string;
  readonly channel_id: string | undefined;
}
interface Waiting extends Unsent, Place {
  /** Unix ms, for their order. */
  readonly at: number;
}

const prefix = 'unsent ';
/** Allows more than anyone writes while a server is away. */
const waitingMax = 200;

/** Null without storage: then a message is lost with its tab. */
function storage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

export function allUnsent(): Waiting[] {
  const store = storage();
  if (store === null) return [];
  const keys = Array.from({ length: store.length }, (_, at) => store.key(at) ?? '');
  return keys
    .filter((key) => key.startsWith(prefix))
    .flatMap((key) => {
      try {
        return [JSON.parse(store.getItem(key) ?? '') as Waiting];
      } catch {
        return [];
      }
    })
    .sort((a, b) => a.at - b.at);
}

export const unsentIn = ({ room_id, channel_id }: Place): Waiting[] =>
  allUnsent().filter((one) => one.room_id === room_id && one.channel_id === channel_id);

export function keepUnsent(place: Place, message: Unsent): void {
  const store = storage();
  const key = prefix + message.key;
  try {
    if (store === null || store.getItem(key) !== null || allUnsent().length >= waitingMax) return;
    store.setItem(key, JSON.stringify({ ...place, ...message, at: Date.now() } satisfies Waiting));
  } catch {
    // The message stays in this tab.
  }
}

export const dropUnsent = (key: string): void => storage()?.removeItem(prefix + key);

export function forgetUnsent(): void {
  for (const { key } of allUnsent()) dropUnsent(key);
}
