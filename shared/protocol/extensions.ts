/**
 * Our extensions of the protocol. A Paracord Node lists those it supports under `extensions` in its discovery document;
 * every other server ignores that field. An extension is used only with a server that lists it, so it can never stop or
 * delay a call of the draft.
 */
export const extensions = [
  /** Names no call: every signed request to this server names its destination, and so do its own. */
  'destination',
  /** `GET directory`, `GET directory/user`: users and rooms that peers may find. */
  'directory',
  /** `GET digest`: a summary of what a peer has of a room. */
  'digest',
  /** `after` in `POST events`: the next request may start before the last is answered. */
  'events.after',
  /** `POST events`: many events in one request. */
  'events.batch',
  /** `GET events?since=`: reading a room by order of arrival. */
  'events.since',
  /** `GET file`: the bytes of a file that a message names, from any member server that has them. */
  'files',
  /** `GET keys?server_name=`: a room's home vouches for a member server's keys. */
  'keys.of',
  /** `POST moderate`: what a moderator on another server decides in a room of this one. */
  'moderate',
  /** `POST peers/accept`: the answer to a peer invite. */
  'peers.accept',
  /** `POST peers/address`: a peer's new address. */
  'peers.address',
  /** `POST peers/keys`: the keys of a peer that can't be called. */
  'peers.keys',
  /** `GET queue`: a server fetches the events that wait for it. */
  'queue',
  /** `POST reach`: "can you reach me?" */
  'reach',
  /** `GET recall`, `GET recall/invites`: what a peer knows about a server that lost data. */
  'recall',
  /** `POST receipts`, `GET receipts`: an event's origin learns from the room's home which member servers have it. */
  'receipts',
  /** `POST typing`: who is writing in a room now. */
  'typing',
] as const;

export type Extension = (typeof extensions)[number];

/** The names in a discovery document, known or not; none if the list has the wrong form. */
export function readExtensions(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  const names = value.filter((name): name is string => typeof name === 'string' && namePattern.test(name));
  return [...new Set(names)].sort().slice(0, extensionsMax);
}

const namePattern = /^[a-z][a-z0-9._-]{0,63}$/;
const extensionsMax = 100;
