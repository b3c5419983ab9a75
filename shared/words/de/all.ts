import type { en } from '../en/all.ts';
import type { Translation } from '../messages.ts';
import { node } from './node.ts';
import { screens } from './screens.ts';

export const de: Translation<typeof en> = { ...screens, node };
