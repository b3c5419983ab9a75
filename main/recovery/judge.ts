/** Judges what peers say about this server. Pure. Only our own signatures make a room or user ours. */
import type { Meaning } from '../../shared/protocol/events/event-content.ts';

/** An event whose signature by this server has been verified. */
export interface SignedByUs {
  readonly roomId: string;
  readonly sender: string;
  readonly originTs: number;
  readonly meaning: Meaning;
}

export interface RoomClaim {
  readonly roomId: string;
  /** We have this room. */
  readonly isKnown: boolean;
  /** The room's id names this server. */
  readonly isOurs: boolean;
  /** The server that the room's ID names. */
  readonly home: string;
  readonly isHomeAllowed: boolean;
  /** Events that a peer showed and that we signed, of whatever room. */
  readonly signed: readonly SignedByUs[];
}

export type RoomVerdict =
  | { readonly kind: 'known' }
  /** We are its home. */
  | {
      readonly kind: 'home';
      readonly name: string;
      readonly joinRule: 'invite' | 'peers';
      readonly createdAt: number;
    }
  /** Users of ours were in it. */
  | {
      readonly kind: 'member';
      readonly home: string;
      readonly users: readonly string[];
      readonly createdAt: number;
    }
  /** A user of ours may have been in it, but no event that we signed shows it. */
  | { readonly kind: 'elsewhere' }
  /** The room or key has our name, but no event that we signed shows that it is ours. */
  | { readonly kind: 'lost' };

/** Judges a peer's claim about a room. `nobody`: the name in which a home acts; it isn't a user. */
export function judgeRoom(claim: RoomClaim, nobody: string): RoomVerdict {
  if (claim.isKnown) return { kind: 'known' };
  const signed = claim.signed.filter(({ roomId }) => roomId === claim.roomId);
  const createdAt = Math.min(...signed.map(({ originTs }) => originTs));
  if (claim.isOurs) {
    // A home alone writes this event, and the room's id is part of what is signed.
    const info = signed.map(({ meaning }) => meaning).find((meaning) => meaning.kind === 'room');
    if (info === undefined) return { kind: 'lost' };
    return { kind: 'home', name: info.name, joinRule: info.joinRule, createdAt };
  }
  const users = [...new Set(signed.map(({ sender }) => sender))].filter((user) => user !== nobody);
  if (users.length === 0 || !claim.isHomeAllowed) return { kind: 'elsewhere' };
  return { kind: 'member', home: claim.home, users, createdAt };
}

/** A server in a room where writing is on hold. */
export interface MemberServer {
  readonly name: string;
  /** Whether the server is an allowed peer with an address. */
  readonly isAskable: boolean;
  /** Since the recovery began, it has answered `recall`, and after that the room was read there to its end. */
  readonly isRead: boolean;
  /** Since when it hasn't answered calls, unix ms; null if it has, or wasn't called. */
  readonly unreachedSince: number | null;
}

/** A peer that has failed for this long is away. Before that, our own network may not be up yet. */
export const awayAfterMs = 60_000;
/** After this time, a room may be written to no matter who has answered. */
export const holdMsMax = 10 * 60_000;
/** The time for which peers that come back are still asked. */
export const recoveryMsMax = 30 * 86_400_000;

/** Whether a room may be written to: its home and the reachable members have been read, or it took too long. */
export function mayWrite(room: {
  readonly home: string;
  /** The member servers, without this one. */
  readonly servers: readonly MemberServer[];
  readonly holdUntil: number;
  readonly now: number;
}): boolean {
  const { home, servers, holdUntil, now } = room;
  if (now >= holdUntil) return true;
  const isAway = ({ isAskable, unreachedSince }: MemberServer) =>
    !isAskable || (unreachedSince !== null && now - unreachedSince >= awayAfterMs);
  return servers.every((server) => server.isRead || (server.name !== home && isAway(server)));
}

/** How long to wait before asking a peer again that did not answer, by failures in a row. */
export const askAgainMs = (failures: number): number =>
  Math.min(15_000 * 2 ** Math.min(failures - 1, 10), 3_600_000);
