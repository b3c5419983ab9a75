import type { Addresses } from '../addresses/addresses.ts';
import type { ClockOffsets } from '../clocks/clock-offsets.ts';
import type { Verifier } from '../crypto/verifier.ts';
import type { EventVerifier } from '../events/verify.ts';
import { Authenticator } from '../http/federation/authenticate.ts';
import type { FederationRoute } from '../http/federation/request.ts';
import { federationRoutes, type RouteParts } from '../http/federation/routes.ts';
import type { Delivery } from '../outbound/delivery/delivery.ts';
import type { Settings } from '../settings.ts';
import type { KeyResolver } from '../trust/keys/key-resolver.ts';
import { RateLimiter } from '../trust/rate-limiter.ts';
import type { Rediscovery } from '../trust/rediscovery.ts';

/** A peer that was heard from this recently is not news. */
export const seenGapMs = 60_000;

type Ground = Omit<RouteParts, 'authenticator' | 'verifier' | 'calledBeyondDraft' | 'fetched' | 'pushed'> & {
  readonly keys: KeyResolver;
  readonly verifier: Verifier;
  readonly eventVerifier: EventVerifier;
  readonly settings: Settings;
  readonly clockOffsets: ClockOffsets;
  readonly addresses: Addresses;
  readonly delivery: Delivery;
  readonly rediscovery: Rediscovery;
  readonly heardFrom: (server: string) => void;
};

/** What peers ask and how they are answered: who is calling, and the federation calls. */
export function composeAnswering(ground: Ground): FederationRoute[] {
  const { directory, settings, clock, delivery, rediscovery, heardFrom, addresses, publish } = ground;
  const authenticator = new Authenticator({
    directory,
    keys: ground.keys,
    verifier: ground.verifier,
    replay: ground.replay,
    limiter: new RateLimiter(clock),
    rateOf: (server) => {
      const { requests_per_minute, burst } = settings.get().default_limits;
      const peer = directory.get(server);
      return {
        requests_per_minute: peer?.requests_per_minute ?? requests_per_minute,
        burst: peer?.burst ?? burst,
      };
    },
    clock,
    isPaused: () => settings.get().paused,
    heardFrom: (server, host, scheme) => {
      heardFrom(server);
      addresses.calledAt(server, host, scheme);
    },
    noteClock: (server, offsetMs, by) => ground.clockOffsets.note(server, offsetMs, by),
  });
  return federationRoutes({
    ...ground,
    authenticator,
    verifier: ground.eventVerifier,
    calledBeyondDraft: (server) => {
      if (directory.isOfOurKind(server) !== true) rediscovery.lookSoon(server);
    },
    fetched: (server) => {
      delivery.reread(server);
      publish({ topic: 'outbox', destination: server });
    },
    pushed: (server) => {
      const peer = directory.get(server);
      if (!peer || (peer.pull_only === 0 && clock.now() - (peer.pushed_at ?? 0) < seenGapMs)) return;
      directory.change(server, { pushed_at: clock.now(), pull_only: 0 }).catch(() => {});
    },
  });
}
