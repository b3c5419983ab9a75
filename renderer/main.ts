import { mount } from 'svelte';
import App from './app/App.svelte';
import { router } from './app/router.svelte.ts';
import { connect } from './node/connect.ts';

const target = document.getElementById('app');
if (target) mount(App, { target, props: { node: connect(router.route.screen === 'login') } });
