import type { JsonValue } from '../../../shared/protocol/coding/json.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { parseEnvelope, type UnsignedEvent } from '../../../shared/protocol/events/envelope.ts';
import { buildDelete, type Stamp } from '../../../shared/protocol/events/event-builders.ts';
import { messageEventId, otherEventId } from '../../../shared/protocol/identifiers.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import type { ClockTrust } from '../../clocks/clock-trust.ts';
import type { RoomRegistry } from '../../events/projection/room-registry.ts';
import { readStored } from '../../events/projection/stored.ts';
import type { Upkeep } from '../../events/upkeep.ts';
import type { Tell } from '../../facts.ts';
import type { Keyring } from '../../identity/keyring.ts';
import type { Log } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/ports.ts';
import { isErased } from '../../store/erased-body.ts';
import type { Tables } from '../../store/ports.ts';
import type { EventRow } from '../../store/tables/rooms/event-store.ts';
import type { EventComposer } from '../compose.ts';
import type { IdGenerator } from '../id-generator.ts';
import type { LostChannels } from './lost-channels.ts';

interface LeapRepairDeps {
  readonly store: Tables<'events' | 'rooms' | 'outbox' | 'writer'>;
  readonly keyring: Pick<Keyring, 'isSetUp' | 'serverName' | 'domain'>;
  readonly registry: RoomRegistry;
  readonly upkeep: Pick<Upkeep, 'rebuild'>;
  readonly composer: Pick<EventComposer, 'stamp' | 'writeAll'>;
  readonly ids: IdGenerator;
  readonly lostChannels: Pick<LostChannels, 'note'>;
  readonly clockTrust: Pick<ClockTrust, 'isConfirmed'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell: Tell;
}

/** Events of which only the last counts, so an old one is not written again after a newer one. */
const lastCounts: ReadonlySet<string> = new Set([
  'm.room.info',
  'm.message.edit',
  'm.member.join',
  'm.member.leave',
  'm.member.invite',
  'm.member.uninvite',
]);

/**
 * Repairs what our own clock did while it was ahead (docs/protocol/rooms.md, "After a clock that was ahead"): events it
 * admitted too early are ahead again, here as everywhere, and events it dated are written again with the right time.
 */
export class LeapRepair {
  readonly #deps: LeapRepairDeps;
  #running: Promise<void> | null = null;

  constructor(deps: LeapRepairDeps) {
    this.#deps = deps;
  }

  /** Does nothing while the clock is in doubt. */
  run(): Promise<void> {
    this.#running ??= this.#runOnce().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #runOnce(): Promise<void> {
    const { clockTrust, keyring, clock } = this.#deps;
    if (!clockTrust.isConfirmed || !keyring.isSetUp) return;
    const limit = clock.now() + limits.aheadMsMax;
    for (const { room_id } of this.#deps.store.rooms.rooms()) await this.#takeBack(room_id, limit);
    await this.#sayAgain(limit);
  }

  async #takeBack(roomId: string, limit: number): Promise<void> {
    const { store, registry, upkeep, tell } = this.#deps;
    if (store.events.highestDepth(roomId) <= limit) return;
    await store.writer.write(() => {
      const room = store.rooms.room(roomId);
      if (!room) return;
      // Rebuilt right after; if this run ends before that, at the next start.
      store.rooms.setOutdated(roomId);
      store.events.putAhead(roomId, limit);
      if (room.info_depth > limit) store.rooms.forgetInfo(roomId);
    });
    registry.forget(roomId);
    await upkeep.rebuild(roomId);
    tell({ fact: 'room-changed', roomId });
  }

  async #sayAgain(limit: number): Promise<void> {
    const { store, keyring } = this.#deps;
    const ours = store.events
      .aheadUpTo(Number.MAX_SAFE_INTEGER)
      .filter((row) => row.origin_server === keyring.serverName && Math.max(row.origin_ts, row.depth) > limit)
      .filter((row) => store.events.saidAgain(row.event_id) === undefined)
      .sort((a, b) => a.seq - b.seq);
    for (const row of ours) {
      const isMoot = isErased(row) || (lastCounts.has(row.event_type) && store.events.isOvertaken(row));
      // A damaged event is fetched again first.
      if (readStored(row).isDamaged) continue;
      if (isMoot) await this.#leave(row);
      else await this.#sayOneAgain(row);
    }
  }

  async #sayOneAgain(row: EventRow): Promise<void> {
    const { store, composer, log } = this.#deps;
    const event = parseEnvelope(row.body);
    const again = this.#again(event, composer.stamp(event.room_id, event.sender));
    const events = event.event_type === 'm.message' ? [again, this.#deleteOf(event)] : [again];
    try {
      await composer.writeAll(events, () => {
        store.events.putSaidAgain(event.event_id, again.event_id);
        store.outbox.withdrawEvent(row.seq);
      });
      log.info({ event: event.event_id, again: again.event_id }, 'event with a wrong time written again');
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      log.warn({ event: event.event_id, err: error }, 'event with a wrong time could not be written again');
      await this.#leave(row);
    }
  }

  async #leave(row: EventRow): Promise<void> {
    const { store, lostChannels } = this.#deps;
    await store.writer.write(() => store.events.putSaidAgain(row.event_id, null));
    await lostChannels.note(row.room_id, row.event_id);
  }

  /** The same text and the same target, with a new ID and a new time. */
  #again(event: UnsignedEvent, stamp: Stamp): UnsignedEvent {
    const { keyring, ids } = this.#deps;
    const content = new Map<string, JsonValue>(event.content);
    if (event.event_type === 'm.message') {
      const messageId = ids.id();
      content.set('message_id', messageId);
      const answered = this.#writtenAgain(content.get('reply_to'));
      if (answered) content.set('reply_to', answered);
      const event_id = messageEventId(messageId, keyring.domain);
      return { ...placed(event, stamp), event_id, content };
    }
    const pinned = event.content.get('pinned');
    if (Array.isArray(pinned))
      content.set(
        'pinned',
        pinned.map((id) => this.#writtenAgain(id) ?? id),
      );
    const moved = this.#writtenAgain(event.content.get('target_event_id'));
    if (moved) {
      content.set('target_event_id', moved);
      content.set('message_id', moved.slice(1, moved.indexOf(':')));
    }
    const about = content.get('message_id') ?? content.get('user_id') ?? content.get('guild_id');
    const stableId = event.event_type.startsWith('m.member.') ? `${content.get('guild_id')}:${about}` : about;
    const event_id = otherEventId(event.event_type, String(stableId), stamp.originTs, keyring.domain);
    return { ...placed(event, stamp), event_id, content };
  }

  #writtenAgain(target: JsonValue | undefined): string | null | undefined {
    return typeof target === 'string' ? this.#deps.store.events.saidAgain(target) : undefined;
  }

  /** Servers that ignore the clock show the first copy, so it is deleted everywhere. */
  #deleteOf(event: UnsignedEvent): UnsignedEvent {
    const { event_id: eventId, content } = event;
    const [messageId, channelId] = ['message_id', 'channel_id'].map((field) => String(content.get(field)));
    const stamp = this.#deps.composer.stamp(event.room_id, event.sender);
    return buildDelete(stamp, { eventId, messageId: messageId ?? '', channelId: channelId ?? '' });
  }
}

function placed(event: UnsignedEvent, stamp: Stamp): UnsignedEvent {
  const { room_id, event_type, sender, origin_server, state_key, content } = event;
  const { originTs: origin_ts, depth } = stamp;
  return { event_id: '', room_id, event_type, sender, origin_server, origin_ts, depth, state_key, content };
}
