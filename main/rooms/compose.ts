import {
  canonicalEvent,
  checkContent,
  type Envelope,
  type UnsignedEvent,
} from '../../shared/protocol/events/envelope.ts';
import type { Stamp } from '../../shared/protocol/events/event-builders.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { nextDepth } from '../../shared/protocol/room-state.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { ClockTrust } from '../clocks/clock-trust.ts';
import type { Ingest, IngestOutcome } from '../events/ingest.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import type { EventVerifier, VerifiedEvent } from '../events/verify.ts';
import type { Keyring } from '../identity/keyring.ts';
import { SerialQueues } from '../kernel/queue.ts';
import type { Tables } from '../store/ports.ts';
import type { NewRoom } from '../store/rules/room-table.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { IdGenerator } from './id-generator.ts';

interface ComposerDeps {
  readonly store: Tables<'events'>;
  readonly clockTrust: Pick<ClockTrust, 'require'>;
  readonly keyring: Keyring;
  readonly registry: RoomRegistry;
  readonly directory: Pick<PeerDirectory, 'strictServers' | 'ownKeysInUse'>;
  readonly verifier: EventVerifier;
  readonly ingest: Ingest;
  readonly ids: IdGenerator;
  /** Throws while writing in a room is on hold. */
  readonly hold: { check(roomId: string): void };
}

/** Signs what this server writes, and ingests it like any other event. */
export class EventComposer {
  readonly #deps: ComposerDeps;
  /** Depths assigned to events that are not stored yet. */
  readonly #idsed = new Map<string, number>();
  /** Signatures are checked on several threads; events still enter the room in the order of their depths. */
  readonly #entering = new SerialQueues();

  constructor(deps: ComposerDeps) {
    this.#deps = deps;
  }

  /**
   * The time and position of a new event of `sender`. SERVICE_UNAVAILABLE while our clock is certainly wrong, or writing in
   * the room is on hold.
   */
  stamp(roomId: string, sender: string): Stamp {
    const { keyring, ids, hold, clockTrust } = this.#deps;
    hold.check(roomId);
    clockTrust.require();
    const originTs = ids.time();
    const depth = nextDepth(this.#highestDepth(roomId, sender, originTs), originTs);
    this.#idsed.set(roomId, depth);
    return {
      serverName: keyring.serverName,
      domain: keyring.domain,
      sender,
      roomId,
      originTs,
      depth,
    };
  }

  /**
   * Ignores events that a wrong clock, ours or another server's, has placed in the future. But never returns a place
   * before the sender's join, where nobody would see the event.
   */
  #highestDepth(roomId: string, sender: string, originTs: number): number {
    const { registry, store, directory } = this.#deps;
    const room = registry.get(roomId);
    // In a room with a server that refuses what is ahead of its clock, ours stay where it takes them.
    const isNarrow = room && [...directory.strictServers()].some((server) => room.servers.has(server));
    const limit = originTs + (isNarrow ? limits.otherAheadMsMax : limits.aheadMsMax);
    const seen = room?.highestDepth ?? -1;
    const minted = this.#idsed.get(roomId) ?? -1;
    const upToNow = () => {
      const joined = store.events.joinedAt(roomId, sender);
      // A depth more than a day ahead doesn't count (countedDepth), so such a join is written again.
      const behind = joined - originTs <= limits.depthBeyondTimeMsMax ? joined : -1;
      return Math.max(store.events.highestDepthUpTo(roomId, limit), behind);
    };
    return Math.max(seen <= limit ? seen : upToNow(), minted <= limit ? minted : -1);
  }

  #sign(event: UnsignedEvent): Envelope {
    const { keyring, directory } = this.#deps;
    const active = keyring.active();
    const contentText = checkContent(event.content);
    const text = canonicalEvent(event, contentText);
    const signatures = new Map([[active.keyId, active.signer.sign(text)]]);
    // One valid signature is enough for everybody, and some know only an older key.
    for (const keyId of directory.ownKeysInUse()) {
      const key = signatures.size < limits.eventSignaturesMax && !signatures.has(keyId) && keyring.key(keyId);
      if (key) signatures.set(keyId, key.signer.sign(text));
    }
    return { ...event, contentText, signatures };
  }

  /**
   * Signs, stores and queues one event, and writes `alongside` in the same transaction. Resolves once it is on disk;
   * throws ProtocolError if a rule refuses it.
   */
  async write(event: UnsignedEvent, alongside: () => void = () => {}): Promise<void> {
    const { ingest } = this.#deps;
    const verified = this.#verified(event);
    const { stored } = await this.#entering.run(event.room_id, async () => {
      const ready = await verified;
      const stored = ingest.ingestTogether({ events: [ready], check, also: alongside });
      return { stored };
    });
    await stored;
  }

  #verified(event: UnsignedEvent): Promise<VerifiedEvent> {
    const verified = this.#deps.verifier.verify(this.#sign(event), null);
    // An event waiting for its turn notices a failure only then.
    verified.catch(() => {});
    return verified;
  }

  /** Several events, and `alongside`, in one transaction. */
  async writeAll(events: readonly UnsignedEvent[], alongside: () => void = () => {}): Promise<void> {
    const verified: VerifiedEvent[] = [];
    for (const event of events) verified.push(await this.#verified(event));
    await this.#deps.ingest.ingestTogether({ events: verified, check, also: alongside });
  }

  /** A new room of ours, and its first events, in one transaction. */
  async writeRoom(room: NewRoom, events: readonly UnsignedEvent[]): Promise<void> {
    const { ingest } = this.#deps;
    const verified: VerifiedEvent[] = [];
    for (const event of events) verified.push(await this.#verified(event));
    await ingest.ingestTogether({ room, events: verified, check });
  }
}

function check(outcome: IngestOutcome): void {
  if (outcome.kind === 'refused') throw outcome.error;
  if (outcome.kind !== 'inserted') throw refusal('SERVICE_UNAVAILABLE', said('event.written'));
}
