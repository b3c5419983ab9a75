import type { UnsignedEvent } from '../../../shared/protocol/events/envelope.ts';
import type { Meaning } from '../../../shared/protocol/events/event-content.ts';
import { parseUserId } from '../../../shared/protocol/identifiers.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import {
  type ClosedBy,
  type CountedFact,
  closedTo,
  comparePositions,
  laterOf,
  type MembershipChange,
  type MembershipEnds,
  type MembershipStep,
  membershipNow,
  orderBegin,
  orderEnd,
  type Position,
  type RoomRole,
  type Writing,
} from '../../../shared/protocol/room-state.ts';
import type { RoomRow } from '../../store/tables/rooms/room-store.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';

/** A room, as far as decisions about its events need it. */
export interface Room {
  row: RoomRow;
  highestDepth: number;
  /** server_names with a joined member, the home included; a new set whenever that changes. */
  servers: ReadonlySet<string>;
  /** The number of joined members per server; a new map whenever that changes. */
  joined: ReadonlyMap<string, number>;
}

export type Change = MembershipChange;
type Membership = Meaning & { kind: 'membership' };

/** The rules about who may do what in a room. */
export abstract class RoomPermissions {
  protected readonly directory: PeerDirectory;

  constructor(directory: PeerDirectory) {
    this.directory = directory;
  }

  /** The nearest counted fact about a user's membership before a position in the order, of one kind or of any. */
  protected abstract factBefore(
    roomId: string,
    userId: string,
    at: Position,
    change?: Change,
  ): CountedFact | null;

  /** The nearest one after it. */
  protected abstract factAfter(
    roomId: string,
    userId: string,
    at: Position,
    change?: Change,
  ): CountedFact | null;

  /** The user of ours that the home means by a number (user-store.ts). */
  protected abstract userIn(roomId: string, remoteId: string): string | undefined;

  /** Who may write by the last description of a room before a place in its order. */
  protected abstract writingBefore(roomId: string, at: Position): Writing;

  /** How a user stands at the end of the room's order; null for one of whom nothing is known. */
  standing(room: Room, userId: string): MembershipStep | null {
    return membershipNow(this.#ends(room.row.room_id, userId));
  }

  #ends(roomId: string, userId: string): MembershipEnds {
    const last = (change: Change) => this.factBefore(roomId, userId, orderEnd, change);
    const join = last('join');
    return {
      first: this.factAfter(roomId, userId, orderBegin),
      join,
      leave: last('leave'),
      remove: last('remove'),
      ban: last('ban'),
      cameIn: join && this.#cameIn(roomId, userId, join),
    };
  }

  /** The first of the joins that end with this one, with nothing else between them. */
  #cameIn(roomId: string, userId: string, join: Position): CountedFact | null {
    const last = (change: Change) => this.factBefore(roomId, userId, join, change);
    const border = laterOf(last('leave'), laterOf(last('remove'), last('ban')));
    return this.factAfter(roomId, userId, border ?? orderBegin, 'join');
  }

  /** Whether the user is or was in the room. */
  wasIn(room: Room, userId: string): boolean {
    return this.factBefore(room.row.room_id, userId, orderEnd) !== null;
  }

  /** Whether the user was a member at a position in the order. */
  isMemberAt(room: Room, userId: string, at: Position): boolean {
    const last = this.factBefore(room.row.room_id, userId, orderEnd);
    if (last === null) return false;
    if (comparePositions(last, at) < 0) return last.change === 'join';
    return this.factBefore(room.row.room_id, userId, at)?.change === 'join';
  }

  /** Reads the meaning of an event in its room: a home of another kind reports in its own ways who came and went. */
  meaningIn(room: Room, event: UnsignedEvent, meaning: Meaning): Meaning {
    if (meaning.kind !== 'membership' || !this.isByHome(room, event) || (event.state_key ?? '') !== '')
      return meaning;
    if (event.content.has('membership_user_id')) return this.#endorsed(room, event, meaning);
    return meaning.change === 'join' ? meaning : this.#thrownOut(room, event, meaning);
  }

  /**
   * Before release 3.0, the existing server reports that a user of ours was kicked or banned with a leave in the name of
   * its stand-in for that user. The number it gave us at the join shows which user it means.
   */
  #thrownOut(room: Room, event: UnsignedEvent, meaning: Membership): Meaning {
    const remoteId = event.content.get('user_id');
    if (typeof remoteId !== 'string') return meaning;
    const subject = this.userIn(room.row.room_id, remoteId);
    return subject === undefined ? meaning : { ...meaning, subject, change: 'remove' };
  }

  /**
   * The existing server from 3.0 on names the user of another server who came or went, whatever the reason
   * (docs/protocol/rooms.md, "Endorsements"). Our users join and leave by events of ours, so for them only a leave that
   * doesn't answer one of ours counts: they were kicked or banned.
   */
  #endorsed(room: Room, event: UnsignedEvent, meaning: Membership): Meaning {
    const { subject, change } = meaning;
    if (!this.directory.isUs(this.serverOfUser(subject))) return meaning;
    const at = { depth: event.depth, eventId: event.event_id };
    const before = (place: Position) => this.factBefore(room.row.room_id, subject, place);
    const last = change === 'join' ? null : before(at);
    if (last?.change === 'leave') return meaning;
    if (last?.change !== 'join') return { kind: 'other' };
    // The home's clock may be ahead of ours. Then its answer to a leave is placed after the join that followed.
    const left = before(last);
    const isUnanswered = left?.change === 'leave' && before(left)?.change !== 'leave';
    const isAnswer = isUnanswered && at.depth - last.depth <= limits.clockSkewMsMax;
    return isAnswer ? { kind: 'other' } : { ...meaning, change: 'remove' };
  }

  isByHome(room: Room, event: Pick<UnsignedEvent, 'origin_server'>): boolean {
    return event.origin_server === room.row.home;
  }

  /** `room`: its home's word about names counts in it. */
  serverOfUser(userId: string, room?: Room): string {
    return this.directory.serverOf(parseUserId(userId).server, room?.row.home);
  }

  /** The users a direct chat is for; null for any other room. */
  directOf({ row }: Room): readonly string[] | null {
    return row.direct?.split(' ') ?? null;
  }

  /** Whether a user can be in the room at all: in a direct chat, only the two can. */
  isFor(room: Room, userId: string): boolean {
    return this.directOf(room)?.includes(userId) ?? true;
  }

  /** Users of the home always count. Others count if they were members at that position in the order. */
  mayAct(room: Room, event: Pick<UnsignedEvent, 'origin_server' | 'sender' | 'depth' | 'event_id'>): boolean {
    if (!this.isFor(room, event.sender)) return false;
    if (this.isByHome(room, event)) return true;
    return this.isMemberAt(room, event.sender, { depth: event.depth, eventId: event.event_id });
  }

  /** The role that the user's last join before a place gives. */
  #roleAt(roomId: string, userId: string, at: Position): RoomRole {
    const last = this.factBefore(roomId, userId, at);
    return last?.change === 'join' ? last.role : 'member';
  }

  #writingAt({ row }: Pick<Room, 'row'>, at: Position): Writing {
    const isLast = comparePositions({ depth: row.info_depth, eventId: row.info_event_id }, at) < 0;
    if (!isLast) return this.writingBefore(row.room_id, at);
    return { archived: row.archived === 1, writers: row.writers, slowSeconds: row.slow_seconds };
  }

  /** The reason why a message, an edit or a reaction doesn't count at its place; null if it counts. */
  closedTo(
    room: Pick<Room, 'row'>,
    event: Pick<UnsignedEvent, 'depth' | 'event_id' | 'event_type' | 'sender'>,
  ): ClosedBy | null {
    const at = { depth: event.depth, eventId: event.event_id };
    const writing = this.#writingAt(room, at);
    const isOpen = writing.writers === 'everybody';
    const role = isOpen ? 'member' : this.#roleAt(room.row.room_id, event.sender, at);
    return closedTo(writing, { role, reacts: event.event_type.startsWith('m.reaction.') });
  }

  /** The reason why a user may not write now. */
  closedNow(room: Pick<Room, 'row'>, sender: string, event_type = 'm.message'): ClosedBy | null {
    const { depth, eventId: event_id } = orderEnd;
    return this.closedTo(room, { depth, event_id, event_type, sender });
  }

  /** How long the author of a message waits after their last one, in ms: 0 without slow mode, and for owners and moderators. */
  pauseBefore(room: Pick<Room, 'row'>, event: Pick<UnsignedEvent, 'depth' | 'event_id' | 'sender'>): number {
    const at = { depth: event.depth, eventId: event.event_id };
    const { slowSeconds } = this.#writingAt(room, at);
    if (slowSeconds === 0 || this.#roleAt(room.row.room_id, event.sender, at) !== 'member') return 0;
    return slowSeconds * 1000;
  }

  pauseNow(room: Pick<Room, 'row'>, sender: string): number {
    return this.pauseBefore(room, { depth: orderEnd.depth, event_id: orderEnd.eventId, sender });
  }
}
