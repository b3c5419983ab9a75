/**
 * The service worker of the app at the entrance: it keeps the shell, so that the app opens while the server is away, and
 * shows what push services deliver. It never answers for the API. It imports nothing, because not every browser loads
 * modules in a worker.
 */
import type { PushMessage } from '../shared/api/push-message.ts';
import type { Waiting as Unsent } from './screens/rooms/composer/unsent-store.ts';

/** Filled in by the build (vite.config.ts): the build's name, and the files without which the app doesn't open. */
declare const __SHELL__: { readonly build: string; readonly files: readonly string[] };

interface Late extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Late {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Page {
  readonly url: string;
  readonly focused: boolean;
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}
interface Scope {
  readonly location: Location;
  readonly registration: ServiceWorkerRegistration;
  readonly navigator: Navigator;
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: object): Promise<readonly Page[]>;
    openWindow(url: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  addEventListener<E extends Event>(type: string, listener: (event: E) => void): void;
}

const worker = globalThis as unknown as Scope;
const prefix = 'shell ';
const name = prefix + __SHELL__.build;

worker.addEventListener<Late>('install', (event) => event.waitUntil(install()));
worker.addEventListener<Late>('activate', (event) => event.waitUntil(activate()));
worker.addEventListener<Fetching>('fetch', (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== 'GET' || origin !== worker.location.origin) return;
  if (pathname === '/' || pathname.startsWith('/assets/'))
    event.respondWith(ofShell(event.request, pathname));
});
worker.addEventListener<Late & { readonly data: { text(): string } | null }>('push', (event) =>
  event.waitUntil(show(event.data?.text() ?? '')),
);
worker.addEventListener<Late>('pushsubscriptionchange', (event) => event.waitUntil(renew()));
worker.addEventListener<Late & { readonly tag: string }>('sync', (event) => {
  if (event.tag === 'unsent') event.waitUntil(sendUnsent());
});
worker.addEventListener<Late & { readonly notification: Notification }>('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(String(event.notification.data ?? '')));
});

/** Fails, and is tried again later, if the server has another build by now. */
async function install(): Promise<void> {
  const cache = await caches.open(name);
  await cache.addAll(__SHELL__.files.map((file) => new Request(file, { cache: 'reload' })));
  const page = await (await cache.match('/'))?.text();
  if (page?.includes(`content="${__SHELL__.build}"`)) return worker.skipWaiting();
  await caches.delete(name);
  throw new Error('the server has another build');
}

async function activate(): Promise<void> {
  for (const other of await caches.keys())
    if (other.startsWith(prefix) && other !== name) await caches.delete(other);
  await worker.clients.claim();
}

async function ofShell(request: Request, pathname: string): Promise<Response> {
  const cache = await caches.open(name);
  const kept = await cache.match(pathname);
  if (kept) return kept;
  const answer = await fetch(request);
  // Names under assets/ contain a hash of the content. Typefaces are kept once they were needed.
  if (answer.ok && pathname !== '/') await cache.put(pathname, answer.clone());
  return answer;
}

async function show(text: string): Promise<void> {
  const { title, body, tag, route, unread, test } = JSON.parse(text) as PushMessage;
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const isLookedAt = pages.some(({ focused, url }) => focused && new URL(url).hash.startsWith(route));
  // Browsers let a page that is in front show it instead.
  if (!isLookedAt || test !== null)
    await worker.registration.showNotification(title, {
      body,
      tag,
      data: route,
      icon: '/icons/192.png',
      badge: '/icons/badge.png',
      // A newer one for the same room rings again.
      renotify: true,
    } as NotificationOptions);
  await (unread > 0 ? worker.navigator.setAppBadge?.(unread) : worker.navigator.clearAppBadge?.());
  if (test !== null) await call('POST', '/account/push/shown', { test });
}

/** The push service ended the subscription, perhaps with another one, or the user no longer allows any. */
async function renew(): Promise<void> {
  const { pushManager } = worker.registration;
  if (Notification.permission !== 'granted') {
    await call('DELETE', '/account/push', { why: 'denied' });
    return;
  }
  const { public_key } = (await (await fetch('/api/v1/account/push')).json()) as { public_key: string };
  const made =
    (await pushManager.getSubscription()) ??
    (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: public_key }));
  const { endpoint, keys } = made.toJSON();
  await call('PATCH', '/account/push', { endpoint, ...keys });
}

/** Sends what pages have left unsent, each once, by its key. If it fails, the browser tries again a few times. */
async function sendUnsent(): Promise<void> {
  const waiting = await inUnsent<Unsent[]>('readonly', (store) => store.getAll());
  const stuck = new Set<string>();
  for (const one of waiting.sort((a, b) => a.at - b.at)) {
    const { key, room_id, channel_id, body, files, answers, as } = one;
    const place = JSON.stringify([room_id, channel_id]);
    // It may have been taken back, or sent by a page, while those before it were on their way.
    const isThere = (await inUnsent<number>('readonly', (store) => store.count(key))) > 0;
    if (!isThere || stuck.has(place)) continue;
    const { ok, status } = await call('POST', `/rooms/${encodeURIComponent(room_id)}/messages`, {
      ...(channel_id === undefined ? {} : { channel_id }),
      ...(body === '' ? {} : { body }),
      ...(files.length === 0 ? {} : { uploads: files.map(({ upload_id }) => upload_id) }),
      ...(answers === null ? {} : { reply_to: answers.event_id }),
      as,
      client_key: key,
    });
    if (ok) await inUnsent('readwrite', (store) => store.delete(key));
    else if (status === 429 || status >= 500) throw new Error(`the server answered ${status}`);
    // The page says why.
    else stuck.add(place);
  }
}

/** Pages write it, with `renderer/screens/rooms/composer/unsent-store.ts`, which this file can't import. */
function inUnsent<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    const opened = indexedDB.open('unsent', 1);
    opened.onupgradeneeded = () => opened.result.createObjectStore('messages', { keyPath: 'key' });
    opened.onerror = () => reject(opened.error);
    opened.onsuccess = () => {
      const asked = act(opened.result.transaction('messages', mode).objectStore('messages'));
      asked.onsuccess = () => resolve(asked.result as T);
      asked.onerror = () => reject(asked.error);
      opened.result.close();
    };
  });
}

/** Calls the API as the person who is logged in. */
const call = (method: string, path: string, input: object): Promise<Response> =>
  fetch(`/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });

async function open(route: string): Promise<void> {
  if (!route.startsWith('#/')) return;
  const [page] = await worker.clients.matchAll({ type: 'window' });
  if (page === undefined) await worker.clients.openWindow(`/${route}`);
  else {
    page.postMessage({ route });
    await page.focus();
  }
}
