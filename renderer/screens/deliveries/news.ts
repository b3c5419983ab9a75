import type { News } from '../../node/node-link.ts';

/** Whether what waits may be another after this. Whatever is written here waits for somebody, too. */
export const concernsOutbox = ({ topic }: News): boolean =>
  ['delivery', 'outbox', 'peer', 'settings', 'timeline', 'members', 'room'].includes(topic);
