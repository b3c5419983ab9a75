/** Shows in the system what happens while this app isn't looked at: the count on its icon, and notifications. */
import type { Api } from '../../shared/api/contract.ts';

/** Some systems have no badges. */
export const showBadge = (unread: number): void =>
  void (unread > 0 ? navigator.setAppBadge?.(unread) : navigator.clearAppBadge?.())?.catch(() => {});

const notifications = async (): Promise<Notification[]> =>
  (await (await navigator.serviceWorker?.getRegistration())?.getNotifications()) ?? [];

/** Closes the notifications of rooms in which nothing is unread any more. */
export async function closeRead(api: Pick<Api, 'room'>): Promise<void> {
  for (const one of await notifications()) {
    if (!one.tag.startsWith('!')) continue;
    const room = await api.room({ room_id: one.tag }).catch(() => null);
    if (room?.unread === 0) one.close();
  }
}

/** Removes what was shown to somebody who isn't logged in any more. */
export async function clearTray(): Promise<void> {
  showBadge(0);
  for (const one of await notifications()) one.close();
}
