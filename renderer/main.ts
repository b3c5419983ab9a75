import { mount } from 'svelte';
import type { Bridge } from '../shared/api/shell.ts';
import App from './app/App.svelte';
import PeopleApp from './app/PeopleApp.svelte';
import { router } from './app/router.svelte.ts';
import { keepShell, offerInstall, ownBuild, renewShell } from './app/shell.ts';
import { followTranslator } from './app/translator.ts';
import { HttpLink } from './node/http-link.svelte.ts';
import { createIpcLink } from './node/ipc-link.ts';
import { language } from './text/language.svelte.ts';
import { theme } from './text/theme.svelte.ts';

const { paracord: bridge } = window as Window & { paracord?: Bridge };
const target = document.getElementById('app');
/** An app that was kept here opens after this, even if the server hasn't answered. */
const patienceMs = 700;
const serverKey = 'server';

if (target) {
  theme.start();
  followTranslator(document);
  const server = bridge ? null : await entranceServer();
  await language.start();
  const { screen } = router.route;
  // The desktop app's preload script adds a bridge to its page. Without one this is the console in a browser.
  if (server === null)
    mount(App, {
      target,
      props: { node: bridge ? createIpcLink(bridge) : new HttpLink(screen === 'login') },
    });
  else {
    offerInstall();
    void keepShell();
    const node = new HttpLink(screen === 'join' || screen === 'link', '/entrance', {
      build: ownBuild,
      renew: () => void renewShell(),
    });
    mount(PeopleApp, { target, props: { node, server } });
  }
}

/** The name of the server whose entrance this page is from; null if it is from the console. */
async function entranceServer(): Promise<string | null> {
  // The entrance is never there, and the console nearly always.
  if (['localhost', '127.0.0.1', '[::1]'].includes(location.hostname)) return null;
  // A worker is only at the entrance.
  const isKept = Boolean(navigator.serviceWorker?.controller);
  const signal = isKept ? { signal: AbortSignal.timeout(patienceMs) } : {};
  const answer = await fetch('/entrance', signal).catch(() => null);
  if (!answer?.ok) return isKept ? (localStorage.getItem(serverKey) ?? location.host) : null;
  const { server_name: name, build } = (await answer.json()) as { server_name: string | null; build: string };
  if (build !== ownBuild) await renewShell();
  if (name !== null) localStorage.setItem(serverKey, name);
  return name;
}
