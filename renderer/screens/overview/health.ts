import type { StatusView } from '../../../shared/api/views/views.ts';

export type HealthAction = 'setUp' | 'resume' | 'deliveries' | 'peers' | 'addPeer' | null;

/** Where the owner can do something about how the server is. */
export function healthAction({
  health,
  peers,
  outbox,
}: Pick<StatusView, 'health' | 'peers' | 'outbox'>): HealthAction {
  switch (health.state) {
    case 'starting':
      return 'setUp';
    case 'paused':
      return 'resume';
    case 'offline':
      return 'peers';
    case 'attention':
      return outbox.dead > 0 ? 'deliveries' : 'peers';
    case 'ok':
      return peers.total === 0 ? 'addPeer' : null;
  }
}
