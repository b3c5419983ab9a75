/** The app's own files in the browser: which build they are of, and how they become those of the server. */

/** The build that this page is of. The server refuses calls of another one. */
export const ownBuild = document.querySelector('meta[name=build]')?.getAttribute('content') ?? '';

const renewedKey = 'renewed';

/** Keeps the shell in this browser, if the address allows it: with a certificate that the browser trusts. */
export async function keepShell(): Promise<ServiceWorkerRegistration | null> {
  if (!('serviceWorker' in navigator) || !window.isSecureContext) return null;
  navigator.serviceWorker.addEventListener('message', ({ data }) => {
    const { route } = data as { route?: unknown };
    if (typeof route === 'string' && route.startsWith('#/')) location.hash = route;
  });
  return navigator.serviceWorker.register('/worker.js').catch(() => null);
}

/** The server has another build: loads it. At most once for each build, in case what it serves stays the same. */
export async function renewShell(): Promise<void> {
  if (sessionStorage.getItem(renewedKey) === ownBuild) return;
  sessionStorage.setItem(renewedKey, ownBuild);
  const kept = await navigator.serviceWorker?.getRegistration();
  if (kept) {
    const renewed = await kept.update().catch(() => kept);
    const next = renewed.installing ?? renewed.waiting;
    if (next)
      await new Promise<void>((done) => {
        const look = () => {
          if (next.state === 'activated' || next.state === 'redundant') done();
        };
        next.addEventListener('statechange', look);
        look();
      });
  }
  location.reload();
}

/** Tells the browser how to install the app. Only here: the owner's console is nothing to install. */
export function offerInstall(): void {
  for (const [rel, href] of [
    ['manifest', '/entrance/manifest.webmanifest'],
    ['apple-touch-icon', '/icons/180.png'],
  ] as const) {
    const link = document.createElement('link');
    Object.assign(link, { rel, href });
    document.head.append(link);
  }
}
