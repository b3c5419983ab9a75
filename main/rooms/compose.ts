import {
  canonicalEvent,
  checkContent,
  type Envelope,
  type UnsignedEvent,
} from '../../shared/protocol/envelope.ts';
import { unavailable } from '../../shared/protocol/errors.ts';
import type { Stamp } from '../../shared/protocol/event-builders.ts';
import { nextDepth } from '../../shared/protocol/room-state.ts';
import type { Ingest, IngestOutcome } from '../events/ingest.ts';
import type { RoomRegistry } from '../events/room-registry.ts';
import type { EventVerifier, VerifiedEvent } from '../events/verify.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../ports.ts';
import type { Store } from '../store/store.ts';
import type { Mint } from './mint.ts';

/** Signs what this server itself builds, and sends it through the same door as everybody's events. */
export class Composer {
  private readonly parts: {
    readonly store: Store;
    readonly keyring: Keyring;
    readonly registry: RoomRegistry;
    readonly verifier: EventVerifier;
    readonly ingest: Ingest;
    readonly mint: Mint;
    readonly clock: Clock;
  };
  /** Depths given to events that are not stored yet. */
  private readonly minted = new Map<string, number>();

  constructor(parts: Composer['parts']) {
    this.parts = parts;
  }

  /** The time and place in the order for a new event of `sender`. */
  stamp(roomId: string, sender: string): Stamp {
    const { registry, keyring, mint, clock } = this.parts;
    const highest = Math.max(registry.get(roomId)?.highestDepth ?? -1, this.minted.get(roomId) ?? -1);
    const depth = nextDepth(highest, clock.now());
    this.minted.set(roomId, depth);
    return {
      serverName: keyring.serverName,
      domain: keyring.domain,
      sender,
      roomId,
      originTs: mint.time(),
      depth,
    };
  }

  private sign(event: UnsignedEvent): Envelope {
    const { keyId, signer } = this.parts.keyring.active();
    const contentText = checkContent(event.content);
    const signature = signer.sign(canonicalEvent(event, contentText));
    return { ...event, contentText, signatures: new Map([[keyId, signature]]) };
  }

  /** Signs, stores and queues one event. Resolves once it is on disk; throws ProtocolError if a rule refuses it. */
  async write(event: UnsignedEvent): Promise<void> {
    const verified = await this.parts.verifier.verify(this.sign(event), null);
    settle(await this.parts.ingest.ingest(verified));
  }

  /** Several events, and whatever `first` writes, in one transaction. */
  async writeTogether(first: () => void, events: readonly UnsignedEvent[]): Promise<void> {
    const { verifier, ingest, store } = this.parts;
    const verified: VerifiedEvent[] = [];
    for (const event of events) verified.push(await verifier.verify(this.sign(event), null));
    const outcomes = await store.writer.write(() => {
      first();
      return verified.map((each) => {
        const outcome = ingest.inTransaction(each);
        settle(outcome);
        return outcome;
      });
    });
    verified.forEach((each, i) => {
      ingest.committed(each, outcomes[i] as IngestOutcome);
    });
  }
}

function settle(outcome: IngestOutcome): void {
  if (outcome.kind === 'refused') throw outcome.error;
  if (outcome.kind !== 'inserted') throw unavailable('The event was written already.');
}
