/** Deliveries: what went to which server, and what waits. */
import * as v from 'valibot';
import { optionalTime, time } from './parts.ts';

/** `handed_over`: the room's home has it and passes it on; it isn't known whether this server has it. */
export const DeliveryState = v.picklist([
  'delivered',
  'queued',
  'retrying',
  'parked',
  'dead',
  'held',
  'handed_over',
]);

export const DeliveryDestination = v.object({
  server_name: v.string(),
  state: DeliveryState,
  /** The room's home, if the home delivers this and we don't. */
  via: v.nullable(v.string()),
  /** Why this server does not have it, in a sentence. */
  reason: v.nullable(v.string()),
  next_attempt_at: optionalTime,
  /** Since when: it got the event then, or has been waiting. */
  at: optionalTime,
});

export const DeliverySummary = v.object({
  /** Servers that have a member in the room, without our own. */
  total: v.number(),
  /** Servers known to have it. Held events don't count. */
  delivered: v.number(),
  destinations: v.array(DeliveryDestination),
  /** The destination, a room's home, that accepts events without showing them to its users; null without one. */
  not_shown_at: v.nullable(v.string()),
});

/** One member server lacks these of the events written here, apart from those that wait here. */
export const LackingView = v.object({
  server_name: v.string(),
  /** The room's home that delivers it; `null` if this server did, and it was held there. */
  via: v.nullable(v.string()),
  waiting: v.number(),
  /** The home has them, but has not reported more. */
  unknown: v.number(),
  /** Held in the last 30 days, as far as is known: an owner's decision there isn't reported. */
  held: v.number(),
  /** Refused in the last 30 days. */
  refused: v.number(),
  reason: v.nullable(v.string()),
  next_attempt_at: optionalTime,
});

export const OutboxEntryView = v.object({
  event_id: v.string(),
  room_id: v.string(),
  event_type: v.string(),
  attempts: v.number(),
  enqueued_at: time,
  next_attempt_at: optionalTime,
  last_status: v.nullable(v.number()),
  last_error: v.nullable(v.string()),
  state: v.picklist(['queued', 'retrying', 'parked', 'dead']),
});

export const OutboxDestinationView = v.object({
  server_name: v.string(),
  queued: v.number(),
  retrying: v.number(),
  parked: v.number(),
  dead: v.number(),
  in_flight: v.number(),
  next_attempt_at: optionalTime,
  last_error: v.nullable(v.string()),
  state_text: v.string(),
});

export const AttemptView = v.object({
  destination: v.string(),
  at: time,
  status: v.nullable(v.number()),
  outcome: v.string(),
  error: v.nullable(v.string()),
  latency_ms: v.number(),
});

export type DeliveryState = v.InferOutput<typeof DeliveryState>;
export type DeliveryDestination = v.InferOutput<typeof DeliveryDestination>;
export type DeliverySummary = v.InferOutput<typeof DeliverySummary>;
export type LackingView = v.InferOutput<typeof LackingView>;
export type OutboxEntryView = v.InferOutput<typeof OutboxEntryView>;
export type OutboxDestinationView = v.InferOutput<typeof OutboxDestinationView>;
export type AttemptView = v.InferOutput<typeof AttemptView>;
