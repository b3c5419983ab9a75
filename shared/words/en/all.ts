import { node } from './node.ts';

export const en = { node } as const;
