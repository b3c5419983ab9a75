import { mount } from 'svelte';
import App from './app/App.svelte';
import { router } from './app/router.svelte.ts';
import { connect } from './node/connect.ts';
import { language } from './text/language.svelte.ts';

const target = document.getElementById('app');
if (target) {
  await language.start();
  mount(App, { target, props: { node: connect(router.route.screen === 'login') } });
}
