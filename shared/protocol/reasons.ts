/**
 * All codes in error details, and all finding codes. One list each, so that a typo fails the type check; docs/protocol
 * explains each of them once (test/house/protocol.test.ts).
 */

/** `details.reason` in answers to other servers (docs/protocol/wire.md, "Reasons"). */
export const wireReasons = [
  'addressed_to_another',
  'clock',
  'clock_doubted',
  'deleted',
  'edited',
  'event_id_conflict',
  'guild_differs',
  'invite',
  'key_differs',
  'key_expired',
  'key_unknown',
  'no_such_user',
  'not_a_member',
  'not_a_moderator',
  'not_by_home',
  'not_the_origin',
  'only_moderators',
  'origin_blocked',
  'origin_quarantined',
  'origin_unknown',
  'paused',
  'replay',
  'room_archived',
  'room_closed',
  'sender_not_of_origin',
  'too_early',
  'unaddressed',
] as const;
export type WireReason = (typeof wireReasons)[number];

/** Why a peer invite is not accepted here (docs/protocol/pairing.md, "Refusals"). */
export const inviteFaults = [
  'address',
  'altered',
  'certificate_differs',
  'cut',
  'endless',
  'expired',
  'foreign',
  'newer',
  'not_the_inviter',
  'own',
  'revoked',
  'unknown_invite',
  'used',
] as const;
export type InviteFault = (typeof inviteFaults)[number];

/** Why the control API refuses a call (docs/protocol/control-api.md, "Errors"). Never sent to another server. */
export const callReasons = ['canceled', 'client_key_reused'] as const;
type CallReason = (typeof callReasons)[number];

export type Reason = WireReason | InviteFault | CallReason;

/** `details.scope`: what a refusal is about, if not the sender as a whole (docs/protocol/wire.md, "Scopes"). */
export const scopes = ['event'] as const;
export type Scope = (typeof scopes)[number];

/** `details` of an error. Other fields depend on the reason. */
export interface ErrorDetails {
  readonly reason?: Reason;
  readonly scope?: Scope;
  /** The event is held for the owner of the refusing server, so it counts as delivered. */
  readonly held?: true;
  readonly [field: string]: unknown;
}

/** The reason in the `details` of another server's answer. Null without one, or one we don't know. */
export function reasonIn(details: unknown): Reason | null {
  const { reason } = fieldsOf(details);
  return known.has(reason as Reason) ? (reason as Reason) : null;
}

/** The same for its scope. */
export function scopeIn(details: unknown): Scope | null {
  const { scope } = fieldsOf(details);
  return scopes.includes(scope as Scope) ? (scope as Scope) : null;
}

const known: ReadonlySet<Reason> = new Set([...wireReasons, ...inviteFaults, ...callReasons]);
const fieldsOf = (details: unknown): Readonly<Record<string, unknown>> =>
  typeof details === 'object' && details !== null ? (details as Record<string, unknown>) : {};

/** Codes of the doctor's findings (docs/protocol/control-api.md, "Findings"). */
export const findingCodes = [
  'address-not-announced',
  'address-outdated',
  'address-port-differs',
  'certificate-expired',
  'certificate-not-renewed',
  'clock-skewed',
  'clock-wrong',
  'database-damaged',
  'deliveries-failed',
  'disk-full',
  'disk-read-only',
  'entrance-unreachable',
  'event-id-reused',
  'events-damaged',
  'events-held',
  'federation-paused',
  'identity-missing',
  'kept-name-outdated',
  'key-expired',
  'key-expiring',
  'key-used-elsewhere',
  'listener-down',
  'node-offline',
  'open-files-exhausted',
  'peer-certificate-refused',
  'peer-clock-skewed',
  'peer-downgraded',
  'peer-key-expired',
  'peer-refusing',
  'peer-registration-expiring',
  'peer-silent',
  'peer-started-over',
  'peer-unreachable',
  'peer-upgraded',
  'proxy-missing',
  'public-address-missing',
  'public-address-unreachable',
  'queue-unreadable',
  'recovery-file-missing',
  'recovery-file-outdated',
  'room-quota-full',
  'room-unreadable',
  'router-address-missing',
  'router-address-shared',
  'router-answer-wrong',
  'router-double-nat',
  'router-port-closed',
  'server-not-set-up',
  'trust-unconfirmed',
] as const;
export type FindingCode = (typeof findingCodes)[number];
