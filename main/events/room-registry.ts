import { parseEnvelope, type UnsignedEvent } from '../../shared/protocol/envelope.ts';
import { type Meaning, meaningOf } from '../../shared/protocol/event-content.ts';
import { parseUserId } from '../../shared/protocol/identifiers.ts';
import { limits } from '../../shared/protocol/limits.ts';
import {
  type MembershipFact,
  type MembershipStep,
  memberAt,
  membershipSteps,
  type Position,
} from '../../shared/protocol/room-state.ts';
import type { Store } from '../store/store.ts';
import { eventState } from '../store/tables/event-store.ts';
import type { RoomRow } from '../store/tables/room-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';

/** What deciding about an event in a room needs, read once and kept until something about it changes. */
export interface Room {
  row: RoomRow;
  highestDepth: number;
  /** server_names with a joined member, the home included. */
  readonly servers: ReadonlySet<string>;
  readonly steps: Map<string, readonly MembershipStep[]>;
}

const refusedKey = (roomId: string): string => `refused_depth ${roomId}`;

export class RoomRegistry {
  private readonly store: Store;
  private readonly directory: PeerDirectory;
  private readonly rooms = new Map<string, Room>();
  private namesLearnt = 0;

  constructor(store: Store, directory: PeerDirectory) {
    this.store = store;
    this.directory = directory;
    store.onRollback(() => this.rooms.clear());
  }

  get(roomId: string): Room | undefined {
    if (this.namesLearnt !== this.directory.namesLearnt) this.rooms.clear();
    this.namesLearnt = this.directory.namesLearnt;
    const known = this.rooms.get(roomId);
    if (known) return known;
    const row = this.store.rooms.room(roomId);
    if (!row) return undefined;
    const servers = new Set([row.home]);
    for (const member of this.store.rooms.members(roomId))
      if (member.state === 'joined') servers.add(member.server);
    const highestDepth = Math.max(this.store.events.highestDepth(roomId), this.refusedDepth(roomId));
    const room = { row, servers, steps: new Map(), highestDepth };
    this.rooms.set(roomId, room);
    return room;
  }

  private refusedDepth(roomId: string): number {
    return Number(this.store.meta.get(refusedKey(roomId)) ?? -1);
  }

  /**
   * The home refused an event that lies there because its sender is out. What is written here from now on stands
   * behind it, so that nobody who is let in again was a member at that place for those who have the event. Inside the
   * transaction that refuses.
   */
  noteRefused(room: Room, depth: number, now: number): void {
    // Further ahead than that it has no effect anywhere until then, and is not followed.
    if (depth <= room.highestDepth || depth > now + limits.aheadMsMax) return;
    room.highestDepth = depth;
    this.store.meta.put(refusedKey(room.row.room_id), String(depth));
  }

  /** After membership or the room itself changed. */
  forget(roomId: string): void {
    this.rooms.delete(roomId);
  }

  /** The membership of one user over the room's order. */
  stepsOf(room: Room, userId: string): readonly MembershipStep[] {
    let steps = room.steps.get(userId);
    if (!steps) {
      steps = membershipSteps(this.factsOf(room, userId), room.row.home_announces === 1);
      room.steps.set(userId, steps);
    }
    return steps;
  }

  private factsOf(room: Room, userId: string): MembershipFact[] {
    const facts: MembershipFact[] = [];
    for (const row of this.store.events.aboutUser(room.row.room_id, userId)) {
      if (row.state !== eventState.applied) continue;
      const event = parseEnvelope(row.body);
      const meaning = this.meaningIn(room, event, meaningOf(event));
      if (meaning.kind !== 'membership') continue;
      facts.push({
        depth: row.depth,
        eventId: row.event_id,
        by: this.isByHome(room, event) ? 'home' : 'self',
        change: meaning.change,
        role: meaning.role,
        originTs: row.origin_ts,
      });
    }
    return facts;
  }

  /**
   * What an event means in a room. The existing server says that a user of ours is out, kicked or banned, by a leave
   * in the name of the user it keeps in that one's place; the number it gave us at the join tells who is meant.
   */
  meaningIn(room: Room, event: UnsignedEvent, meaning: Meaning): Meaning {
    if (meaning.kind !== 'membership' || meaning.change === 'join' || !this.isByHome(room, event))
      return meaning;
    const remoteId = event.content.get('user_id');
    if ((event.state_key ?? '') !== '' || typeof remoteId !== 'string') return meaning;
    const subject = this.store.remoteUsers.userIn(room.row.room_id, remoteId);
    return subject === undefined ? meaning : { ...meaning, subject, change: 'remove' };
  }

  isByHome(room: Room, event: Pick<UnsignedEvent, 'origin_server'>): boolean {
    return event.origin_server === room.row.home;
  }

  serverOfUser(userId: string): string {
    return this.directory.serverOf(parseUserId(userId).server);
  }

  /** Users of the home always count; others when they were members at that place in the order. */
  mayAct(room: Room, event: Pick<UnsignedEvent, 'origin_server' | 'sender' | 'depth' | 'event_id'>): boolean {
    if (this.isByHome(room, event)) return true;
    return memberAt(this.stepsOf(room, event.sender), { depth: event.depth, eventId: event.event_id });
  }

  /** Where the newest invite for a user stands. */
  lastInvite(roomId: string, userId: string): Position | null {
    let last: Position | null = null;
    for (const row of this.store.events.aboutUser(roomId, userId))
      if (row.event_type === 'm.member.invite' && (last === null || row.depth > last.depth))
        last = { depth: row.depth, eventId: row.event_id };
    return last;
  }

  /** Whether a server has, or had at that depth, a member in the room: who may read it. */
  mayRead(room: Room, server: string, depth: number | null): boolean {
    if (room.servers.has(server)) return true;
    if (depth === null)
      return this.store.rooms.members(room.row.room_id).some((member) => member.server === server);
    const members = this.store.rooms.members(room.row.room_id).filter((member) => member.server === server);
    // At the very depth of a membership event the event itself is for that server too.
    return members.some((member) => {
      const steps = this.stepsOf(room, member.user_id);
      return memberAt(steps, { depth, eventId: '\u{10ffff}' }) || memberAt(steps, { depth, eventId: '' });
    });
  }
}
