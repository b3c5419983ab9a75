import type { StatusView } from '../../shared/api/views.ts';
import type { ApiParts } from './parts.ts';
import { type PeerState, peerViews } from './peers.ts';

/** What health and status are told from, looked at once: the queue may be long. */
export interface Survey {
  /** Servers the owner decided about, without those we only heard of. */
  readonly peers: readonly PeerState[];
  readonly outbox: StatusView['outbox'];
}

export function survey(parts: ApiParts): Survey {
  const counts = parts.store.outbox.counts();
  const total = (state: keyof StatusView['outbox']) => counts.reduce((sum, row) => sum + row[state], 0);
  return {
    peers: parts.directory
      .all()
      .map(peerViews(parts, counts))
      .filter(({ mode }) => mode !== 'known'),
    outbox: {
      queued: total('queued'),
      retrying: total('retrying'),
      parked: total('parked'),
      dead: total('dead'),
    },
  };
}
