import type { News } from '../../node/node-link.ts';

/** Whether the queue may have changed. Anything written here is queued, too. */
export const concernsOutbox = ({ topic }: News): boolean =>
  ['delivery', 'outbox', 'peer', 'settings', 'timeline', 'members', 'room'].includes(topic);
