import { createContext } from 'svelte';
import type { WorkView } from '../../shared/api/views/node-views.ts';
import type { Live } from './live.svelte.ts';
import type { NodeLink } from './node-link.ts';

/** The node that the screens belong to. */
export const [useNode, provideNode] = createContext<NodeLink>();

/** Long work of the node that is worth showing. */
export const [useWork, provideWork] = createContext<Live<readonly WorkView[]>>();
