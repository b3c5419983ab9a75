import { createContext } from 'svelte';
import type { NodeLink } from './node-link.ts';

/** The node that the screens are of. */
export const [useNode, provideNode] = createContext<NodeLink>();
