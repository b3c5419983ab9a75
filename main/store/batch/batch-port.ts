import type { CountedFact } from '../../../shared/protocol/room-state.ts';
import type { EditRow, EventPlace, EventRow, EventState } from '../tables/rooms/event-store.ts';
import type { HeldPlace, HeldRow } from '../tables/rooms/held-store.ts';
import type { MessageRow, Reaction } from '../tables/rooms/message-store.ts';
import type { ChannelRow, InviteRow, MemberRow, RoomRow } from '../tables/rooms/room-store.ts';

/** The parts of the key that a question is about. */
export type Key = readonly (string | number | null)[];

/** One question for many keys: returns the answers in the order of the keys. */
export type Ask<K extends Key, A> = (keys: readonly K[]) => readonly A[] | Promise<readonly A[]>;

/** A room as stored in the tables. */
export interface RoomFound {
  readonly row: RoomRow;
  /** The number of joined members per server. */
  readonly joined: ReadonlyMap<string, number>;
  /** Of events that are already in the order; -1 in a room without events. */
  readonly highestDepth: number;
}

/** That a user left or was removed, and when this server learned of it. */
export type WentOut = Pick<EventRow, 'origin_server' | 'origin_ts' | 'received_from' | 'received_at'>;

/** An applied edit. */
export type LatestEdit = EditRow & { readonly state: EventState };

type InRoom = readonly [roomId: string, name: string];
type BySomeone = readonly [roomId: string, name: string, sender: string];
type Place = readonly [roomId: string, userId: string, depth: number, eventId: string];
type KindAt = readonly [...Place, change: CountedFact['change']];

/**
 * What a batch may ask before it decides. Answers stay valid until its effects are written, because nobody else writes.
 */
export interface BatchReads {
  /** The last sequence number; the key is irrelevant. */
  readonly lastSeq: Ask<readonly [null], number>;
  readonly eventById: Ask<readonly [eventId: string], EventRow | null>;
  readonly eventBySeq: Ask<readonly [seq: number], EventRow | null>;
  /** Whether there is any event about this name, applied or not, in any room. */
  readonly isSpokenOf: Ask<readonly [name: string], boolean>;
  /** Whether a delete of this name is applied, by its sender or by the room's home. */
  readonly isDeleted: Ask<
    readonly [roomId: string, name: string, sender: string | null, home: string | null],
    boolean
  >;
  /** All events about a name, applied or not. */
  readonly effectsOn: Ask<InRoom, readonly EventRow[]>;
  /** The last two applied edits by one user. */
  readonly latestEdits: Ask<BySomeone, readonly LatestEdit[]>;
  readonly editsBy: Ask<BySomeone, readonly EventRow[]>;
  /** Those whose sender is not a member at that point. */
  readonly pendingEditsBy: Ask<BySomeone, readonly EventRow[]>;
  /** Applied reactions. */
  readonly reactionsTo: Ask<InRoom, readonly EventRow[]>;
  readonly reactionsBy: Ask<BySomeone, readonly EventRow[]>;
  /** The positions of a user's events between two depths (inclusive). */
  readonly placesOf: Ask<
    readonly [roomId: string, userId: string, from: number, to: number],
    readonly EventPlace[]
  >;
  readonly pendingCount: Ask<readonly [roomId: string, origin: string], number>;
  /** Counts no further than `pendingEventsMax`. */
  readonly deletesCount: Ask<readonly [roomId: string, origin: string], number>;
  /** All events of a room, in no particular order, for a rebuild. */
  readonly eventsIn: Ask<readonly [roomId: string], readonly EventRow[]>;
  readonly messageBySeq: Ask<readonly [seq: number], MessageRow | null>;
  /** In any room, shown or not. */
  readonly messagesNamed: Ask<readonly [name: string], readonly MessageRow[]>;
  readonly reaction: Ask<readonly [seq: number, userId: string, emoji: string], Reaction | null>;
  readonly room: Ask<readonly [roomId: string], RoomFound | null>;
  readonly meta: Ask<readonly [key: string], { readonly value: string } | null>;
  readonly channel: Ask<readonly [roomId: string, channelId: string], ChannelRow | null>;
  readonly channels: Ask<readonly [roomId: string], readonly ChannelRow[]>;
  /** A message in the channel that is shown, deleted or not; none of those in `except`, a JSON list of numbers. */
  readonly shownIn: Ask<
    readonly [roomId: string, channelId: string, except: string],
    Pick<MessageRow, 'event_id'> | null
  >;
  readonly member: Ask<readonly [roomId: string, userId: string], MemberRow | null>;
  /** Whether some user of the server is or was in the room. */
  readonly hasMemberOf: Ask<readonly [roomId: string, server: string], boolean>;
  /** How many users of the server are or were in the room. */
  readonly usersOf: Ask<readonly [roomId: string, server: string], number>;
  /** Whether a local user has asked to join. */
  readonly isJoining: Ask<readonly [roomId: string], boolean>;
  /** The nearest counted fact about a user's membership before or after a position in the order. */
  readonly factBefore: Ask<Place, CountedFact | null>;
  readonly factAfter: Ask<Place, CountedFact | null>;
  readonly factOfKindBefore: Ask<KindAt, CountedFact | null>;
  readonly factOfKindAfter: Ask<KindAt, CountedFact | null>;
  /** The first leave or removal of a user that arrived after the event with that sequence number. */
  readonly outAfter: Ask<readonly [roomId: string, userId: string, seq: number], WentOut | null>;
  readonly isLocalUser: Ask<readonly [userId: string], boolean>;
  /** Our user that a room's home refers to by a number. */
  readonly userIn: Ask<readonly [roomId: string, remoteId: string], { readonly user_id: string } | null>;
  /** The destinations an event is queued for, dead letters included. */
  readonly queuedFor: Ask<
    readonly [seq: number],
    readonly { readonly destination: string; readonly state: string }[]
  >;
  /** The events of a user in a room that are still queued, except leaves and deletes. */
  readonly queuedBy: Ask<
    readonly [roomId: string, sender: string],
    readonly { readonly id: number; readonly event_seq: number; readonly destination: string }[]
  >;
  readonly isDiscarded: Ask<readonly [eventId: string], boolean>;
  /** Whether an event was dropped; by the SHA-256 of its ID, in hex. */
  readonly isDropped: Ask<readonly [roomId: string, depth: number, hash: string], boolean>;
  readonly isHeld: Ask<readonly [eventId: string], boolean>;
  readonly heldCount: Ask<readonly [server: string], number>;
  /** Held messages with that name, and held events about a message with that name. */
  readonly heldAbout: Ask<InRoom, readonly HeldPlace[]>;
}

/** What a batch changes in rooms, channels and memberships. */
export interface RoomEffects {
  readonly newRooms: readonly NewRoom[];
  /** Of existing rooms: all columns that a batch changes. */
  readonly rooms: readonly RoomRow[];
  readonly clearedChannels: readonly string[];
  readonly goneChannels: readonly Pick<ChannelRow, 'room_id' | 'channel_id'>[];
  readonly channels: readonly ChannelRow[];
  readonly facts: readonly (CountedFact & { readonly roomId: string; readonly userId: string })[];
  readonly goneMembers: readonly Pick<MemberRow, 'room_id' | 'user_id'>[];
  readonly members: readonly MemberRow[];
  readonly meta: readonly { readonly key: string; readonly value: string }[];
  readonly invites: readonly Omit<InviteRow, 'status'>[];
  /** Users whose unanswered invites to a room end with a later revocation, if there is one. */
  readonly inviteesChecked: readonly Pick<InviteRow, 'room_id' | 'user_id'>[];
}

/** What a batch changes in the stored events. */
export interface EventEffects {
  /** Events that are replaced by the event itself, which has the same ID. */
  readonly retired: readonly number[];
  readonly newEvents: readonly EventRow[];
  readonly states: readonly { readonly seq: number; readonly state: EventState }[];
  /** Texts that are overwritten in place (erased-body.ts). */
  readonly erased: readonly { readonly seq: number; readonly body: string }[];
  /** Another copy of the same event. */
  readonly copies: readonly EventRow[];
}

/** What a batch changes in messages and reactions. */
export interface MessageEffects {
  /** The users mentioned in new messages. Which of them are local is looked up when this is written. */
  readonly mentions: readonly NewMention[];
  /** Rooms whose messages, reactions, members and facts are rebuilt from nothing. */
  readonly clearedRooms: readonly string[];
  readonly goneMessages: readonly number[];
  readonly messages: readonly MessageRow[];
  /** Messages that have no reactions any more. */
  readonly goneReactionsTo: readonly number[];
  readonly goneReactions: readonly Pick<Reaction, 'message_seq' | 'user_id' | 'emoji'>[];
  /** Each is kept unless the table has a later one in the room's order. */
  readonly reactions: readonly Reaction[];
}

/** What a batch changes in the outbox, in receipts and in held events. */
export interface QueueEffects {
  /** Outbox rows by their purpose. Nobody needs them any more. */
  readonly withdrawnLanes: readonly {
    readonly destination: string;
    readonly roomId: string;
    readonly home: string;
  }[];
  readonly withdrawnRows: readonly number[];
  /** Events removed from every queue, together with the answers about them. */
  readonly withdrawnEvents: readonly number[];
  readonly queued: readonly NewQueueRow[];
  /** Events that no longer wait for receipts; `owed`: no receipts are reported for them either. */
  readonly passedOver: readonly { readonly seq: number; readonly owed: boolean }[];
  readonly expected: readonly ExpectedReceipt[];
  readonly held: readonly Omit<HeldRow, 'id'>[];
  readonly goneHeld: readonly string[];
  /** Messages with texts that could not be erased yet. */
  readonly due: readonly number[];
  readonly doneDue: readonly number[];
  readonly waitingDue: readonly number[];
  readonly replays: readonly ReplayRow[];
}

/** What a batch changes. Existing rows are replaced unless noted otherwise; null means nothing. */
export interface BatchEffects {
  readonly rooms: RoomEffects;
  readonly events: EventEffects;
  readonly messages: MessageEffects | null;
  readonly queues: QueueEffects | null;
}

/** The signature of a request, to be remembered for a while. */
export interface ReplayRow {
  readonly signature: Buffer;
  /** Unix ms. */
  readonly expiresAt: number;
}

export interface NewMention extends Pick<MessageRow, 'seq' | 'room_id' | 'channel_id'> {
  /** A local part, a user ID without its `@`, or `#` and the number by which the room's home knows a user of ours. */
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
  /** The server of the user who is the subject of the event. */
  readonly subjectServer: string | null;
  readonly at: number;
}

export interface ExpectedReceipt {
  readonly roomId: string;
  readonly seq: number;
  readonly server: string;
  readonly via: string;
  /** Whether the home answers such requests. */
  readonly tells: boolean;
  readonly at: number;
}
