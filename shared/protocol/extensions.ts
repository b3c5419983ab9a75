/**
 * Calls beyond the draft. A server of our kind lists those it answers under `extensions` in its discovery document;
 * every other server ignores that field. An extension call goes only to a server that lists it, so it can never stop
 * or delay a call of the draft.
 */
export const extensions = [
  /** `GET digest`: what a peer has of a room, in short. */
  'digest',
  /** `POST events`: many events in one request. */
  'events.batch',
  /** `GET events?since=`: reading a room by arrival order. */
  'events.since',
  /** `GET keys?server_name=`: a room's home vouches for a member server's keys. */
  'keys.of',
  /** `POST peers/accept`: the answer to a peer invite. */
  'peers.accept',
  /** `POST peers/address`: a peer moved. */
  'peers.address',
  /** `GET queue`: what waits for a server that nobody can call. */
  'queue',
  /** `POST reach`: "can you reach me?" */
  'reach',
  /** `GET recall`: what a peer knows of a server that lost data. */
  'recall',
  /** `POST receipts`: a room's home reports to an event's origin which member servers have it. */
  'receipts',
] as const;

export type Extension = (typeof extensions)[number];

/** The names in a discovery document, whatever else is there: known and unknown ones, none from a wrong form. */
export function readExtensions(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  const names = value.filter((name): name is string => typeof name === 'string' && namePattern.test(name));
  return [...new Set(names)].sort().slice(0, extensionsMax);
}

const namePattern = /^[a-z][a-z0-9._-]{0,63}$/;
const extensionsMax = 100;
