import type { CountedFact } from '../../../shared/protocol/room-state.ts';
import type { EditRow, EventPlace, EventRow, EventState } from '../tables/rooms/event-store.ts';
import type { HeldPlace, HeldRow } from '../tables/rooms/held-store.ts';
import type { MessageRow, Reaction } from '../tables/rooms/message-store.ts';
import type { ChannelRow, InviteRow, MemberRow, RoomRow } from '../tables/rooms/room-store.ts';

/** The parts of what a question is asked for. */
export type Key = readonly (string | number | null)[];

/** One question for many keys: gives an answer for each, in their order. */
export type Ask<K extends Key, A> = (keys: readonly K[]) => readonly A[] | Promise<readonly A[]>;

/** A room as the tables have it. */
export interface RoomFound {
  readonly row: RoomRow;
  /** How many joined members each server has. */
  readonly joined: ReadonlyMap<string, number>;
  /** Of what has its place in the order already; -1 in a room without events. */
  readonly highestDepth: number;
}

/** An edit in force. */
export type LatestEdit = EditRow & { readonly state: EventState };

type InRoom = readonly [roomId: string, name: string];
type BySomeone = readonly [roomId: string, name: string, sender: string];
type Place = readonly [roomId: string, userId: string, depth: number, eventId: string];
type KindAt = readonly [...Place, change: CountedFact['change']];

/** What a batch may ask before it decides. Answers hold until its effects are written: nobody else writes. */
export interface BatchReads {
  /** The last place in arrival order; asked for no key in particular. */
  readonly lastSeq: Ask<readonly [null], number>;
  readonly eventById: Ask<readonly [eventId: string], EventRow | null>;
  readonly eventBySeq: Ask<readonly [seq: number], EventRow | null>;
  /** Whether anything was said about this name, in force or not, in any room. */
  readonly isSpokenOf: Ask<readonly [name: string], boolean>;
  /** Whether a delete of this name is in force, by its sender or by the room's home. */
  readonly isDeleted: Ask<
    readonly [roomId: string, name: string, sender: string | null, home: string | null],
    boolean
  >;
  /** Everything that was said about a name, in force or not. */
  readonly effectsOn: Ask<InRoom, readonly EventRow[]>;
  /** The last two edits in force by one user. */
  readonly latestEdits: Ask<BySomeone, readonly LatestEdit[]>;
  readonly editsBy: Ask<BySomeone, readonly EventRow[]>;
  /** Those whose sender is not a member there. */
  readonly pendingEditsBy: Ask<BySomeone, readonly EventRow[]>;
  /** Reactions in force. */
  readonly reactionsTo: Ask<InRoom, readonly EventRow[]>;
  readonly reactionsBy: Ask<BySomeone, readonly EventRow[]>;
  /** Where a user's events stand between two depths, both included. */
  readonly placesOf: Ask<
    readonly [roomId: string, userId: string, from: number, to: number],
    readonly EventPlace[]
  >;
  readonly pendingCount: Ask<readonly [roomId: string, origin: string], number>;
  /** Counts no further than `pendingEventsMax`. */
  readonly deletesCount: Ask<readonly [roomId: string, origin: string], number>;
  /** All events of a room, in no order: for a rebuild. */
  readonly eventsIn: Ask<readonly [roomId: string], readonly EventRow[]>;
  readonly messageBySeq: Ask<readonly [seq: number], MessageRow | null>;
  /** In any room, shown or not. */
  readonly messagesNamed: Ask<readonly [name: string], readonly MessageRow[]>;
  readonly reaction: Ask<readonly [seq: number, userId: string, emoji: string], Reaction | null>;
  readonly room: Ask<readonly [roomId: string], RoomFound | null>;
  readonly meta: Ask<readonly [key: string], { readonly value: string } | null>;
  readonly channel: Ask<readonly [roomId: string, channelId: string], ChannelRow | null>;
  readonly channels: Ask<readonly [roomId: string], readonly ChannelRow[]>;
  readonly member: Ask<readonly [roomId: string, userId: string], MemberRow | null>;
  /** Whether some user of the server is or was in the room. */
  readonly hasMemberOf: Ask<readonly [roomId: string, server: string], boolean>;
  /** Whether a local user has asked to be let in. */
  readonly isJoining: Ask<readonly [roomId: string], boolean>;
  /** Of what counts of a user's membership, the nearest before or behind a place in the order. */
  readonly factBefore: Ask<Place, CountedFact | null>;
  readonly factAfter: Ask<Place, CountedFact | null>;
  readonly factOfKindBefore: Ask<KindAt, CountedFact | null>;
  readonly factOfKindAfter: Ask<KindAt, CountedFact | null>;
  readonly isLocalUser: Ask<readonly [userId: string], boolean>;
  /** The user of ours that a room's home means by a number. */
  readonly userIn: Ask<readonly [roomId: string, remoteId: string], { readonly user_id: string } | null>;
  /** For whom an event is queued, dead letters included. */
  readonly queuedFor: Ask<
    readonly [seq: number],
    readonly { readonly destination: string; readonly state: string }[]
  >;
  /** What a user wrote into a room and is still to be sent, except that they leave and what they take back. */
  readonly queuedBy: Ask<
    readonly [roomId: string, sender: string],
    readonly { readonly id: number; readonly event_seq: number; readonly destination: string }[]
  >;
  readonly isDiscarded: Ask<readonly [eventId: string], boolean>;
  readonly isHeld: Ask<readonly [eventId: string], boolean>;
  readonly heldCount: Ask<readonly [server: string], number>;
  /** Held messages of that name, and what is held about a message of that name. */
  readonly heldAbout: Ask<InRoom, readonly HeldPlace[]>;
}

/** What a batch changes in rooms, channels and memberships. */
export interface RoomEffects {
  readonly newRooms: readonly NewRoom[];
  /** Of rooms that are there already: all columns a batch changes. */
  readonly rooms: readonly RoomRow[];
  readonly clearedChannels: readonly string[];
  readonly channels: readonly ChannelRow[];
  readonly facts: readonly (CountedFact & { readonly roomId: string; readonly userId: string })[];
  readonly goneMembers: readonly Pick<MemberRow, 'room_id' | 'user_id'>[];
  readonly members: readonly MemberRow[];
  readonly meta: readonly { readonly key: string; readonly value: string }[];
  readonly invites: readonly Omit<InviteRow, 'status'>[];
}

/** What a batch changes in the stored events. */
export interface EventEffects {
  /** Events that make room for the event itself, which has their id. */
  readonly retired: readonly number[];
  readonly newEvents: readonly EventRow[];
  readonly states: readonly { readonly seq: number; readonly state: EventState }[];
  /** Texts that are written over where they stand (erased-body.ts). */
  readonly erased: readonly { readonly seq: number; readonly body: string }[];
  /** Another copy of the same event. */
  readonly copies: readonly EventRow[];
}

/** What a batch changes in messages and reactions. */
export interface MessageEffects {
  /** Whom new messages mention; who of them is a local user is looked up when it is written. */
  readonly mentions: readonly NewMention[];
  /** Rooms whose messages, reactions, members and facts are made again from nothing. */
  readonly clearedRooms: readonly string[];
  readonly goneMessages: readonly number[];
  readonly messages: readonly MessageRow[];
  /** Messages that have no reactions any more. */
  readonly goneReactionsTo: readonly number[];
  readonly goneReactions: readonly Pick<Reaction, 'message_seq' | 'user_id' | 'emoji'>[];
  /** Each stands unless one that is later in the room's order is there. */
  readonly reactions: readonly Reaction[];
}

/** What a batch changes in the outbox, in receipts and in what waits for somebody. */
export interface QueueEffects {
  /** Outbox rows by what they are for: nobody is owed them any more. */
  readonly withdrawnLanes: readonly {
    readonly destination: string;
    readonly roomId: string;
    readonly home: string;
  }[];
  readonly withdrawnRows: readonly number[];
  /** Events that are taken out of every queue, with what was answered about them. */
  readonly withdrawnEvents: readonly number[];
  readonly queued: readonly NewQueueRow[];
  /** Events whose receipts are not waited for any more; `owed`: nor is anything told about them. */
  readonly passedOver: readonly { readonly seq: number; readonly owed: boolean }[];
  readonly expected: readonly ExpectedReceipt[];
  readonly held: readonly Omit<HeldRow, 'id'>[];
  readonly goneHeld: readonly string[];
  /** Messages with texts that could not be erased at once. */
  readonly due: readonly number[];
  readonly doneDue: readonly number[];
  readonly waitingDue: readonly number[];
  readonly replays: readonly ReplayRow[];
}

/** What a batch changes. Rows that are there already are replaced unless said otherwise; null is nothing. */
export interface BatchEffects {
  readonly rooms: RoomEffects;
  readonly events: EventEffects;
  readonly messages: MessageEffects | null;
  readonly queues: QueueEffects | null;
}

/** A request's signature, to be remembered until then. */
export interface ReplayRow {
  readonly signature: Buffer;
  /** Unix ms. */
  readonly expiresAt: number;
}

export interface NewMention extends Pick<MessageRow, 'seq' | 'room_id' | 'channel_id'> {
  /** A local part, a user id without its `@`, or `#` and the number under which the room's home knows a user of ours. */
  readonly called: string;
}

export type NewRoom = Pick<
  RoomRow,
  'room_id' | 'home' | 'name' | 'join_rule' | 'home_announces' | 'created_at'
>;

export interface NewQueueRow {
  readonly destination: string;
  readonly roomId: string;
  readonly seq: number;
  /** The server that wrote the event. */
  readonly origin: string;
  readonly alsoSentTo: readonly string[];
  /** The server of the user that the event is about. */
  readonly subjectServer: string | null;
  readonly at: number;
}

export interface ExpectedReceipt {
  readonly roomId: string;
  readonly seq: number;
  readonly server: string;
  readonly via: string;
  /** Whether the home answers such questions. */
  readonly tells: boolean;
  readonly at: number;
}
