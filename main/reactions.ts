/** Who reacts to which fact (facts.ts): the one place to look for what follows from what. */
import type { Activity } from './activity.ts';
import type { ChangeFeed } from './changes.ts';
import type { Reactions } from './facts.ts';
import type { Keyring } from './identity/keyring.ts';
import type { Delivery } from './outbound/delivery/delivery.ts';
import type { Settings } from './settings.ts';

export interface Reacting {
  readonly activity: Activity;
  readonly changes: ChangeFeed;
  readonly delivery: Delivery;
  readonly keyring: Keyring;
  readonly settings: Settings;
  /** Whether deliveries to a server fail at present. */
  readonly isFailing: (server: string) => boolean;
}

export function reactionsOf(parts: Reacting): Reactions {
  const { activity, changes, delivery, keyring, settings, isFailing } = parts;
  return {
    'event-stored': ({ roomId: room_id, eventId: event_id, origin, meaning, destinations, withdrawn }) => {
      if (origin !== keyring.serverName) activity.received();
      for (const server of withdrawn) delivery.reread(server);
      for (const destination of destinations) {
        delivery.kick(destination, [room_id]);
        // Where nothing flows, nothing else will tell that more is waiting.
        if (isFailing(destination) || settings.get().paused)
          changes.publish({ topic: 'outbox', destination });
      }
      if (meaning === 'membership') changes.publish({ topic: 'members', room_id });
      else if (meaning === 'invite') changes.publish({ topic: 'invites' });
      else if (meaning === 'room') changes.publish({ topic: 'room', room_id });
      else changes.publish({ topic: 'timeline', room_id, event_id });
    },
    'event-held': ({ origin }) => changes.publish({ topic: 'held', server_name: origin }),
    'deletion-learned': ({ roomId }) => changes.publish({ topic: 'room', room_id: roomId }),
  };
}
