import { WorkingSet } from '../../../main/events/batch/working-set.ts';
import {
  type Arrival,
  type DecisionParts,
  EventDecision,
  expectEvent,
  type IngestOutcome,
} from '../../../main/events/event-decision.ts';
import type { RoomRegistry } from '../../../main/events/projection/room-registry.ts';
import { filesIn, wordsOf } from '../../../main/events/projection/stored.ts';
import type { VerifiedEvent } from '../../../main/events/verify.ts';
import { isErased } from '../../../main/store/erased-body.ts';
import type { PeerDirectory } from '../../../main/trust/peer-directory.ts';
import { type Envelope, wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { meaningOf } from '../../../shared/protocol/events/event-content.ts';
import { cast, now, numberThere, otherRoomId, type Picture, roomId } from '../sim/member.ts';
import { place, Teller } from '../sim/told.ts';
import { workingTables } from './working-tables.ts';

/** What the tables have of the two rooms before anything comes in. */
const before = {
  [`isJoining ${roomId}`]: true,
  [`isJoining ${otherRoomId}`]: true,
  [`userIn ${roomId} ${numberThere}`]: { user_id: `@u0:${cast.self}` },
  [`isLocalUser @u0:${cast.self}`]: true,
};

/**
 * What a member's node decides about events that all come in one batch, without tables: in a millisecond what takes a
 * `MemberNode` a hundred.
 */
export class OneBatch {
  readonly set: WorkingSet;
  readonly wanted: readonly string[];
  readonly asked: readonly string[];
  /** How servers stand; peers are allowed unless it says otherwise. */
  readonly standings = new Map<string, string>([[cast.third, 'known']]);
  keepsHistory = true;
  time = now;
  readonly #parts: DecisionParts;

  constructor(answers: Readonly<Record<string, unknown>> = {}, home: string = cast.home) {
    const { ask, wanted, asked } = workingTables({ ...before, ...answers });
    const registry = { remembered: () => undefined, rememberedLast: () => undefined };
    const standing = (server: string) => this.standings.get(server) ?? 'allowed';
    const directory = {
      serverOf: (domain: string) => domain,
      standing,
      isAllowed: (server: string) => standing(server) === 'allowed',
      answers: (server: string, what: string) => server === home && what === 'receipts',
    } as unknown as PeerDirectory;
    this.set = new WorkingSet(ask, new Map(), { registry: registry as unknown as RoomRegistry, directory });
    this.wanted = wanted;
    this.asked = asked;
    this.#parts = {
      directory,
      keyring: { serverName: cast.self, domain: cast.self },
      clock: { now: () => this.time },
      keepsHistory: () => this.keepsHistory,
      replayOf: (signature: string) => ({ signature: Buffer.from(signature), expiresAt: 0 }),
    } as unknown as DecisionParts;
    for (const room_id of [roomId, otherRoomId])
      this.set.rooms.create({
        ...{ room_id, home, name: 'Before anything is known', join_rule: 'invite', home_announces: 0 },
        created_at: now,
      });
  }

  get parts(): DecisionParts {
    return this.#parts;
  }

  expect(envelope: Envelope, hop: string | null): void {
    expectEvent(this.set, verified(envelope, hop), cast.self);
  }

  take(envelope: Envelope, hop: string | null, arrival: Arrival = {}): IngestOutcome {
    return new EventDecision(this.set, this.#parts).decide(verified(envelope, hop), arrival);
  }

  /** As a `MemberNode` has it. */
  picture(): Picture {
    const { rooms, events } = this.set;
    const room = rooms.get(roomId)?.row ?? { name: '', join_rule: 'invite', home_announces: 0 };
    const announces = room.home_announces === 1;
    const effects = this.set.effects();
    const stored = effects.events.newEvents.filter((event) => event.room_id === roomId);
    const bodyOf = (seq: number) => events.bySeq(seq)?.body ?? '';
    const messages = (effects.messages?.messages ?? [])
      .filter((message) => message.room_id === roomId && message.shown === 1)
      .sort((a, b) => b.depth - a.depth || (a.event_id < b.event_id ? 1 : -1));
    const reactions = (effects.messages?.reactions ?? []).filter(({ given }) => given === 1);
    return {
      room: { name: room.name, joinRule: room.join_rule, announces },
      channels: rooms
        .channels(roomId)
        .sort((a, b) => a.position - b.position || (a.channel_id < b.channel_id ? -1 : 1))
        .map((channel) => ({ id: channel.channel_id, name: channel.name })),
      members: effects.rooms.members
        .filter((member) => member.room_id === roomId && (member.implicit === 0 || !announces))
        .map((m) => `${m.user_id} of ${m.server} ${m.state} as ${m.role} at ${m.joined_at}`)
        .sort(),
      timeline: messages.map((message) => {
        const { seq, event_id, channel_id, sender, edited_at, deleted } = message;
        const body = message.text_seq === null ? null : wordsOf(bodyOf(message.text_seq));
        const files = deleted === 1 ? [] : filesIn(bodyOf(seq));
        const given = reactions
          .filter((each) => each.message_seq === seq)
          .sort((a, b) =>
            a.emoji === b.emoji
              ? a.depth - b.depth || (a.event_id < b.event_id ? -1 : 1)
              : a.emoji < b.emoji
                ? -1
                : 1,
          )
          .map((each) => [each.emoji, each.user_id]);
        return JSON.stringify({
          ...{ event_id, channel_id, sender, body, edited_at, deleted, files, reactions: given },
        });
      }),
      erased: stored
        .filter(isErased)
        .map((event) => event.event_id)
        .sort(),
      states: Object.fromEntries(stored.map((event) => [event.event_id, event.state])),
    };
  }
}

/** As if its signature had been checked. */
function verified(envelope: Envelope, hop: string | null): VerifiedEvent {
  const body = wireEvent(envelope);
  const filesUnsigned = false;
  return {
    ...{ envelope, hop, body, filesUnsigned },
    meaning: meaningOf(envelope),
    keyId: 'k',
    quarantined: false,
  };
}

export const [author, ours] = [`@u0:${cast.peer}`, `@u0:${cast.self}`] as const;

/** A room with the author and a user of ours in it. */
export function inRoom(answers: Readonly<Record<string, unknown>> = {}) {
  const batch = new OneBatch(answers);
  const teller = new Teller();
  for (const user of [author, ours]) batch.take(teller.join(user), cast.home);
  const take = (event: Envelope, hop: string | null = event.origin_server) => batch.take(event, hop);
  const about = (event: Envelope) => ({ ...place, target_event_id: event.event_id });
  return { batch, teller, take, about };
}

/** What the batch changes in the queues. */
export const queues = ({ set }: OneBatch) => set.effects().queues;
