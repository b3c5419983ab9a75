import type { NodeConfig } from '../config.ts';
import { Authenticator } from '../http/federation/authenticate.ts';
import { federationRoutes } from '../http/federation/routes/routes.ts';
import type { Ports } from '../kernel/ports.ts';
import { reactionsOf } from '../reactions.ts';
import { RateLimiter } from '../trust/limits/rate-limiter.ts';
import { type Foundation, foundation, type Given } from './foundation.ts';
import { type Outbound, outbound } from './outbound.ts';
import { owner } from './owner.ts';
import { type Peers, peers } from './peers.ts';
import { type Rooms, rooms } from './rooms.ts';

/**
 * Builds the parts of a node from the bottom up, one function for each job. A part gets what is below it and, by name,
 * those parts of its own job that it uses. Anything in the other direction is a fact (facts.ts), and reactions.ts says
 * who reacts. This only constructs: it starts, opens and writes nothing.
 */
export function compose(config: NodeConfig, ports: Ports, given: Given) {
  const base = foundation(config, ports, given);
  const withPeers = { ...base, ...peers(base, given) };
  const withRooms = { ...withPeers, ...rooms(withPeers) };
  const withOutbound = { ...withRooms, ...outbound(withRooms) };
  const parts = { ...withOutbound, ...owner(withOutbound, given) };
  parts.facts.react(reactionsOf(parts));
  return { ...parts, routes: inbound(withOutbound) };
}

/** Builds the routes that answer peers. */
function inbound(below: Foundation & Peers & Rooms & Outbound) {
  const { clock, eventVerifier } = below;
  const authenticator = new Authenticator({ ...below, limiter: new RateLimiter(clock) });
  return federationRoutes({ ...below, authenticator, verifier: eventVerifier });
}
