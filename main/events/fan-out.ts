export interface FanOut {
  readonly self: string;
  readonly home: string;
  /** server_names with a joined member, after the event had its effect. */
  readonly servers: Iterable<string>;
  readonly origin: string;
  /** Who handed the event to us; null if it was written here. */
  readonly hop: string | null;
  /** Whom the origin says it sends the event to itself. */
  readonly sentTo: readonly string[];
  /** The server of the user a membership or invite is about: told even when no longer, or not yet, in the room. */
  readonly subjectServer: string | null;
  readonly isAllowed: (server: string) => boolean;
}

/**
 * Of what was written here for a room homed elsewhere: the member servers that get it from the home, because it is
 * not sent to them from here. What they have, only the home can tell.
 */
export function servedByHome(fan: FanOut, destinations: readonly string[]): string[] {
  const writtenHere = fan.origin === fan.self && fan.hop === null;
  if (!writtenHere || fan.home === fan.self) return [];
  const others = new Set(fan.servers);
  if (fan.subjectServer !== null) others.add(fan.subjectServer);
  for (const server of [fan.self, fan.home, ...destinations]) others.delete(server);
  return [...others].sort();
}

/**
 * Where an event goes from here: what was written here to every server in the room; what came to the room's home also
 * on to the members its origin does not reach. Never back to its origin or its hop (docs/protocol/rooms.md,
 * "Who receives an event").
 */
export function destinationsOf(fan: FanOut): string[] {
  const writtenHere = fan.origin === fan.self && fan.hop === null;
  const relaying = !writtenHere && fan.home === fan.self && fan.origin !== fan.self;
  if (!writtenHere && !relaying) return [];
  const all = new Set(fan.servers);
  if (fan.subjectServer !== null) all.add(fan.subjectServer);
  if (writtenHere) all.add(fan.home);
  all.delete(fan.self);
  all.delete(fan.origin);
  if (fan.hop !== null) all.delete(fan.hop);
  for (const server of fan.sentTo) all.delete(server);
  return [...all].filter(fan.isAllowed).sort();
}
