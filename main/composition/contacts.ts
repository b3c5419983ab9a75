import type { Change } from '../changes.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { Log } from '../kernel/log.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Delivery } from '../outbound/delivery/delivery.ts';
import type { Settings } from '../settings.ts';
import { Contacts } from '../trust/contacts.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';

/** Who asks peers whether they are there: what deliveries have met counts, and readers are told what comes of it. */
export function composeContacts(ground: {
  readonly directory: PeerDirectory;
  readonly client: FederationClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  readonly delivery: Delivery;
  readonly publish: (change: Change) => void;
  readonly onBack: (server: string) => void;
}): Contacts {
  const { directory, client, clock, log, settings, delivery, publish, onBack } = ground;
  const tell = (server: string) => publish({ topic: 'peer', server_name: server });
  return new Contacts({
    ...{ directory, client, clock, log },
    isPaused: () => settings.get().paused,
    refusing: () => {
      const parked = delivery.snapshot().filter(({ state }) => state === 'parked');
      return new Set(parked.map(({ destination }) => destination));
    },
    onBack: (server) => {
      onBack(server);
      tell(server);
    },
    onChanged: tell,
  });
}
