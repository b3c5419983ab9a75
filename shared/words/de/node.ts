import type { node as english } from '../en/node.ts';
import type { Translation } from '../messages.ts';

export const node: Translation<typeof english> = {
  plain: {
    text: '{text}',
  },
};
