/**
 * How something is doing, in one of four states that look the same everywhere: each has one icon, one color and one
 * word (`words.standing`). This file decides which, for the screens, the tray and the command line. What exactly
 * happens is one step behind: in the sentence beside it, or on the page that it leads to.
 */

import { limits } from '../protocol/limits.ts';
import type { FindingCode } from '../protocol/reasons.ts';
import type { DeliveryState, OutboxDestinationView } from './views/delivery-views.ts';
import type { Finding } from './views/doctor-views.ts';
import type { PeerState, PeerView } from './views/peer-views.ts';

/** The most urgent first. */
export const standings = ['broken', 'needs', 'waiting', 'ok'] as const;

/** `waiting`: nothing to do. `needs`: you. `broken`: something is lost, or stands still for everybody. */
export type Standing = (typeof standings)[number];

/** Sorts by standing. Anything without one comes last. */
export const byUrgency = (a: Standing | null, b: Standing | null): number => urgency(a) - urgency(b);

const urgency = (standing: Standing | null): number =>
  standing === null ? standings.length : standings.indexOf(standing);

const ofPeers = {
  ok: 'ok',
  waiting: 'waiting',
  unreachable: 'waiting',
  silent: 'waiting',
  closed: 'needs',
  refused: 'needs',
  unknown: null,
  blocked: null,
  quarantined: null,
} as const satisfies Record<PeerState, Standing | null>;

/** Says how the connection is doing; `null` if the owner has put the server away, or has not decided about it yet. */
export function standingOfPeer(peer: PeerView): Standing | null {
  if (peer.held > 0) return 'needs';
  const standing = ofPeers[peer.state];
  if (standing === null) return null;
  const isTroubled = peer.state === 'ok' && (peer.unreadable_rooms > 0 || clockIsOff(peer));
  const isLocked = peer.state === 'waiting' && peer.last_seen_at !== null && isExpired(peer);
  return isTroubled || isLocked || peer.warnings.length > 0 ? 'needs' : standing;
}

const clockIsOff = ({ clock_offset_ms }: PeerView): boolean =>
  Math.abs(clock_offset_ms ?? 0) > limits.clockSkewMsMax;

/** Whether none of its keys is accepted any more. */
export const isExpired = ({ keys }: Pick<PeerView, 'keys'>): boolean =>
  keys.length > 0 && keys.every(({ standing }) => standing === 'expired');

const ofDeliveries = {
  delivered: 'ok',
  handed_over: null,
  held: 'waiting',
  queued: 'waiting',
  retrying: 'waiting',
  parked: 'needs',
  dead: 'needs',
} as const satisfies Record<DeliveryState, Standing | null>;

/** Says how a delivery is doing; `null` if nobody reported whether that server has it. */
export const standingOfDelivery = (state: DeliveryState): (typeof ofDeliveries)[DeliveryState] =>
  ofDeliveries[state];

/** Says how the deliveries to one server are doing. */
export const standingOfQueue = ({
  parked,
  dead,
}: Pick<OutboxDestinationView, 'parked' | 'dead'>): Standing => (parked + dead > 0 ? 'needs' : 'waiting');

/** Findings that resolve themselves, whatever their severity. */
const waitedFor: readonly FindingCode[] = ['peer-unreachable', 'peer-silent', 'address-not-announced'];
/** Findings that wait for a decision, although nothing is wrong. */
const decisions: readonly FindingCode[] = ['events-held', 'federation-paused'];

/** How a finding stands. `null` for a note: nothing is wrong, and nothing is expected. */
export function standingOfFinding({ code, severity }: Pick<Finding, 'code' | 'severity'>): Standing | null {
  if (waitedFor.includes(code)) return 'waiting';
  if (severity === 'error') return 'broken';
  return severity === 'warning' || decisions.includes(code) ? 'needs' : null;
}
