export interface FanOut {
  readonly self: string;
  readonly home: string;
  /** server_names with a joined member, after the event was applied. */
  readonly servers: Iterable<string>;
  readonly origin: string;
  /** The server that sent us the event; null if it was written here. */
  readonly hop: string | null;
  /** The servers to which the origin says it sends the event itself. */
  readonly sentTo: readonly string[];
  /**
   * The server of the user that a membership or invite is about. It gets the event even if it is no longer, or not yet,
   * in the room.
   */
  readonly subjectServer: string | null;
  readonly isAllowed: (server: string) => boolean;
}

/**
 * Lists, for an event written here in a room homed elsewhere, the member servers that get it from the home because we
 * don't send it to them. Only the home can tell whether they have it.
 */
export function servedByHome(fan: FanOut, destinations: readonly string[]): string[] {
  if (fan.hop !== null || fan.home === fan.self) return [];
  const others = new Set(fan.servers);
  if (fan.subjectServer !== null) others.add(fan.subjectServer);
  for (const server of [fan.self, fan.home, ...destinations]) others.delete(server);
  return [...others].sort();
}

/**
 * Returns the servers to which an event goes from here. An event written here goes to every server in the room. An
 * event that arrived at the room's home also goes to the members that its origin doesn't reach. It never goes back to
 * its origin or its hop (docs/protocol/rooms.md, "Who receives an event").
 */
export function destinationsOf(fan: FanOut): string[] {
  const isHome = fan.home === fan.self;
  if (fan.hop !== null && !isHome) return [];
  if (fan.hop !== null && fan.origin === fan.self) return comeBackFor(fan);
  const all = new Set([...fan.servers, fan.home]);
  if (fan.subjectServer !== null) all.add(fan.subjectServer);
  all.delete(fan.self);
  all.delete(fan.origin);
  if (fan.hop !== null) all.delete(fan.hop);
  for (const server of fan.sentTo) all.delete(server);
  return [...all].filter(fan.isAllowed).sort();
}

/**
 * An event of ours that was lost with our disk and came back, in a room of ours: the queue was lost with it. Members find
 * what they lack when they compare the room with us. A server outside of it can't, so it is sent what is about its user.
 */
function comeBackFor({ self, subjectServer, servers, hop, isAllowed }: FanOut): string[] {
  if (subjectServer === null || subjectServer === hop || subjectServer === self) return [];
  if (new Set(servers).has(subjectServer)) return [];
  return isAllowed(subjectServer) ? [subjectServer] : [];
}
