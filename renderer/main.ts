import { mount } from 'svelte';
import App from './app/App.svelte';
import { connect } from './node/connect.ts';

const target = document.getElementById('app');
if (target) mount(App, { target, props: { node: connect() } });
