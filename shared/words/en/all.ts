import { node } from './node.ts';
import { screens } from './screens.ts';

export const en = { ...screens, node } as const;
