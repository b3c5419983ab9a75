import type { Input } from '../../shared/api/contract.ts';
import type { NoPush } from '../../shared/api/views/people-views.ts';
import type { HttpLink } from '../node/http-link.svelte.ts';
import { text } from '../text/text.ts';
import { isApple } from './install.svelte.ts';
import { browserNotifications } from './notifications.svelte.ts';

type Choice = Pick<Input<'turnPushOn'>, 'shows_text' | 'quiet_hours'>;

/** Why this browser can't be notified; null if it could be. */
export function whyNoPush(): NoPush | null {
  if (!('PushManager' in window) || !('serviceWorker' in navigator))
    return isApple && window.isSecureContext ? 'not_installed' : 'unsupported';
  const { state } = browserNotifications;
  return state === 'on' ? null : state === 'denied' || state === 'unsupported' ? state : 'off';
}

/** Makes the server notify this browser as its user chose, or tells it why it can't. Nothing changes if it knows. */
export async function followPush(node: HttpLink, choice: Choice = {}): Promise<void> {
  const why = whyNoPush();
  browserNotifications.isPushed = false;
  if (why !== null) {
    await (await subscription())?.unsubscribe();
    await node.api.turnPushOff({ why });
    return;
  }
  const { public_key } = await node.api.pushKey({});
  const made = await subscribed(public_key).catch(() => null);
  if (made === null) {
    await node.api.turnPushOff({ why: 'unsupported' });
    return;
  }
  const { endpoint = '', keys: { p256dh = '', auth = '' } = {} } = made.toJSON();
  const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  await node.api.turnPushOn({ endpoint, p256dh, auth, language: text.locale, time_zone, ...choice });
  browserNotifications.isPushed = true;
}

const registered = async () => navigator.serviceWorker?.getRegistration();
const subscription = async () => (await registered())?.pushManager?.getSubscription();

/** A subscription for another key, from before this server was restored, is replaced. */
async function subscribed(publicKey: string): Promise<PushSubscription | null> {
  const manager = (await registered())?.pushManager;
  if (!manager) return null;
  const applicationServerKey = bytesOf(publicKey);
  const found = await manager.getSubscription();
  const key = found?.options.applicationServerKey;
  if (found && key && new Uint8Array(key).join() === applicationServerKey.join()) return found;
  await found?.unsubscribe();
  return manager.subscribe({ userVisibleOnly: true, applicationServerKey });
}

const bytesOf = (base64url: string) =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
