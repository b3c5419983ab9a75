import { messageNews, newsText } from '../../shared/api/message-news.ts';
import { isQuiet } from '../../shared/api/quiet-hours.ts';
import type { News, NodeLink } from '../node/node-link.ts';
import { attention } from '../screens/rooms/timeline/attention.svelte.ts';
import { text } from '../text/text.ts';
import { router } from './router.svelte.ts';

const key = 'notifications';
/** Messages that arrive together make one notification. */
const gatherMs = 1_500;

/** `off` and `later` are the owner's choice; `denied` is the browser's, which only its settings change. */
export type NotifyState = 'unsupported' | 'denied' | 'unasked' | 'later' | 'off' | 'on';

/** Notifications of this browser. The desktop app has its own. */
class BrowserNotifications {
  state: NotifyState = $state(stateNow());
  /** A push service notifies this browser, so its pages don't. */
  isPushed = false;
  /** Called when the user has turned them on or off. */
  changed = (): void => {};

  /** Asks the browser, which asks the owner. Call it on a click. */
  async turnOn(): Promise<void> {
    localStorage.setItem(key, 'on');
    await Notification.requestPermission();
    this.state = stateNow();
    this.changed();
  }

  turnOff(how: 'off' | 'later'): void {
    localStorage.setItem(key, how);
    this.state = stateNow();
    this.changed();
  }
}

function stateNow(): NotifyState {
  // A page may ask if it comes from this computer or over HTTPS.
  if (!('Notification' in window) || !window.isSecureContext) return 'unsupported';
  if (Notification.permission === 'denied') return 'denied';
  const kept = localStorage.getItem(key);
  if (kept === 'off' || kept === 'later') return kept;
  return kept === 'on' && Notification.permission === 'granted' ? 'on' : 'unasked';
}

export const browserNotifications = new BrowserNotifications();

/** Notifies of messages in rooms that are not on screen, until the returned function is called. */
export function notifyOf(node: NodeLink): () => void {
  const gathered = new Map<string, string[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const leave = node.onNews((news: News) => {
    const { state, isPushed } = browserNotifications;
    if (news.topic !== 'timeline' || state !== 'on' || isPushed) return;
    gathered.set(news.room_id, [...(gathered.get(news.room_id) ?? []), news.event_id].slice(-100));
    timer ??= setTimeout(() => {
      timer = undefined;
      const rooms = [...gathered];
      gathered.clear();
      // Messages that can't be read now are shown when the screens can be read again.
      for (const [roomId, events] of rooms) void notify(node, roomId, events).catch(() => {});
    }, gatherMs);
  });
  return () => {
    leave();
    clearTimeout(timer);
  };
}

async function notify(node: NodeLink, roomId: string, events: readonly string[]): Promise<void> {
  const isShown = () =>
    attention.isHere && router.place.screen === 'chats' && router.place.rest[0] === roomId;
  if (isShown()) return;
  // The quiet hours of the server are its owner's, so an admin, who may read them too, is notified.
  if (node.may('changeSettings') && isQuiet((await node.api.settings({})).quiet_hours, new Date())) return;
  const news = await messageNews(node.api, roomId, events, () => {});
  if (news === null || isShown()) return;
  // Windows of the same browser replace each other's.
  const notification = new Notification(news.room, { body: newsText(text.notify, news), tag: roomId });
  notification.onclick = () => {
    window.focus();
    router.go('chats', roomId);
    notification.close();
  };
}
