import { mount } from 'svelte';
import type { Bridge } from '../shared/api/shell.ts';
import App from './app/App.svelte';
import { router } from './app/router.svelte.ts';
import { followTranslator } from './app/translator.ts';
import { HttpLink } from './node/http-link.svelte.ts';
import { createIpcLink } from './node/ipc-link.ts';
import type { NodeLink } from './node/node-link.ts';
import { language } from './text/language.svelte.ts';
import { theme } from './text/theme.svelte.ts';

const target = document.getElementById('app');
if (target) {
  theme.start();
  followTranslator(document);
  await language.start();
  mount(App, { target, props: { node: connect(router.route.screen === 'login') } });
}

/** The desktop app's preload script adds a bridge to its page. Without one this is the console in a browser. */
function connect(askedToLogIn: boolean): NodeLink {
  const { paracord } = window as Window & { paracord?: Bridge };
  return paracord ? createIpcLink(paracord) : new HttpLink(askedToLogIn);
}
