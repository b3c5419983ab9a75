import { createContext } from 'svelte';
import type { NodeLink } from './node-link.ts';

/** The node that the screens belong to. */
export const [useNode, provideNode] = createContext<NodeLink>();
