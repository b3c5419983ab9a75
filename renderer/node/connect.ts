import type { Bridge } from '../../shared/api/shell.ts';
import { HttpLink } from './http-link.svelte.ts';
import { createIpcLink } from './ipc-link.ts';
import type { NodeLink } from './node-link.ts';

/** The desktop app's preload puts a bridge into its page; without one this is the console in a browser. */
export function connect(askedToLogIn: boolean): NodeLink {
  const { paracord } = window as Window & { paracord?: Bridge };
  return paracord ? createIpcLink(paracord) : new HttpLink(askedToLogIn);
}
