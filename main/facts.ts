/**
 * What modules tell each other. A fact says what happened, never what to do about it; reactions.ts is the one table of
 * who reacts. A fact about stored rows follows their commit (`tx.afterCommit`); a `WriteFact` comes before it.
 */
import type { Meaning } from '../shared/protocol/events/event-content.ts';
import type { Said } from '../shared/words/said.ts';

/** How a server stands with us right now. */
export type Standing = 'allowed' | 'blocked' | 'quarantined' | 'known' | 'unknown';

export type Fact = EventFact | PeerFact | DeliveryFact | WriteFact | NodeFact;

type EventFact =
  /** An event is on disk with its effect and its outbox rows. */
  | {
      readonly fact: 'event-stored';
      readonly roomId: string;
      readonly eventId: string;
      readonly origin: string;
      /** Who brought it; null if it was written here. */
      readonly by: string | null;
      readonly meaning: Meaning['kind'];
      /** Servers that it waits for in the outbox. */
      readonly destinations: readonly string[];
      /** Servers for which something that waited was withdrawn: because they left the room, or it was deleted. */
      readonly withdrawn: readonly string[];
    }
  /** An event of a quarantined server waits for the owner's decision. */
  | { readonly fact: 'event-held'; readonly origin: string }
  /** The owner released or discarded held events of this server. */
  | { readonly fact: 'held-decided'; readonly origin: string }
  /** Something shows as deleted in a room that was not known here before. */
  | { readonly fact: 'deletion-learned'; readonly roomId: string }
  /** More of a room than one event is different now: a user joined it, or events took effect that waited. */
  | { readonly fact: 'room-changed'; readonly roomId: string }
  /** A room's home let a local user in, and the room has not been read since. */
  | { readonly fact: 'admitted'; readonly home: string; readonly roomId: string }
  /** A room was read to its end at a server. `askedAt`: when the last of it was asked for, unix ms. */
  | {
      readonly fact: 'room-read';
      readonly server: string;
      readonly roomId: string;
      readonly askedAt: number;
    }
  /** A local user accepted or declined an invite to a room. */
  | { readonly fact: 'invite-answered' };

type PeerFact =
  /** How far a server is trusted, or where it can be called, may be different now. `isCallable`: it has an address. */
  | {
      readonly fact: 'standing-changed';
      readonly server: string;
      readonly standing: Standing;
      readonly isCallable: boolean;
    }
  /** The owner decided how far a server is trusted; in force already, perhaps not yet on disk. */
  | { readonly fact: 'owner-decided'; readonly server: string }
  /** Something shown of a peer is different now: its state, its keys, its clock, the rooms that cannot be read. */
  | { readonly fact: 'peer-changed'; readonly server: string }
  /** A peer signed a request, or showed in its answer that it knows us. `afterSilence`: for the first time in a while. */
  | { readonly fact: 'heard-from'; readonly server: string; readonly afterSilence: boolean }
  /** A peer that did not answer, or did not know us, does so again. */
  | { readonly fact: 'came-back'; readonly server: string }
  /** A peer let us read. `isBack`: the reading before failed or was refused. `isFirst`: nothing was heard of it before. */
  | {
      readonly fact: 'let-us-read';
      readonly server: string;
      readonly isBack: boolean;
      readonly isFirst: boolean;
    }
  /** A signed call at a peer's own endpoint was answered. Times are ours, unix ms. */
  | {
      readonly fact: 'answered';
      readonly server: string;
      readonly status: number;
      readonly headers: { readonly date?: string | undefined; readonly age?: string | undefined };
      readonly body: string;
      readonly sentAt: number;
      readonly receivedAt: number;
    }
  /** A signed call at a peer's own endpoint got no answer. */
  | { readonly fact: 'could-not-be-reached'; readonly server: string; readonly error: Said }
  /** Something suggests that a peer answers other calls beyond the draft than we think. */
  | { readonly fact: 'extensions-doubted'; readonly server: string }
  /** A peer's discovery document lists other calls than before. */
  | { readonly fact: 'extensions-changed'; readonly server: string }
  /** A key of this peer is accepted for longer. `missed`: something was refused while it was not. */
  | { readonly fact: 'key-extended'; readonly server: string; readonly missed: boolean }
  /** What a peer lists for us has been read. */
  | { readonly fact: 'listing-read'; readonly server: string }
  /** A local user has read more of this room, or muted it or not. */
  | { readonly fact: 'read-changed'; readonly roomId: string }
  /** Invites that peers use, or that wait to be answered, are different now. */
  | { readonly fact: 'pairing-changed' }
  /** A new peer used an invite of ours. */
  | { readonly fact: 'invite-used'; readonly server: string };

type DeliveryFact =
  /** An attempt to deliver ended. `isBack`: it got through, and the one before did not. */
  | {
      readonly fact: 'delivery-settled';
      readonly destination: string;
      readonly outcome: string;
      readonly latencyMs: number;
      readonly isBack: boolean;
    }
  /** Results of deliveries are on disk: of our own attempts, or as a home reported them. */
  | {
      readonly fact: 'deliveries-recorded';
      readonly deliveries: readonly {
        readonly destination: string;
        readonly eventId: string;
        readonly outcome: string;
      }[];
    }
  /** What became of deliveries to this server could not be written to disk. */
  | { readonly fact: 'deliveries-lost'; readonly destination: string }
  /** Rows of this server's queue were put back or taken out by someone other than delivery. */
  | { readonly fact: 'queue-changed'; readonly destination: string };

/**
 * Told inside the transaction that writes these rows. What a reaction writes is part of that transaction, and a reaction
 * that throws undoes it.
 */
type WriteFact =
  /** The outcome of an attempt to deliver an event is written down, but not yet applied to its outbox row. */
  | { readonly fact: 'attempt-written'; readonly attempt: WrittenAttempt }
  /** Events wait for these servers from now on. */
  | { readonly fact: 'events-queued'; readonly rows: readonly QueuedRow[] }
  /** There is something new to report to these servers about who has their events. */
  | { readonly fact: 'receipts-owed'; readonly origins: readonly string[] };

export interface WrittenAttempt {
  readonly row: { readonly destination: string; readonly origin: string; readonly eventSeq: number };
  /** Unix ms. */
  readonly at: number;
  readonly status: number | null;
  readonly outcome: string;
  readonly next: { readonly state: string; readonly nextAttemptAt?: number | null };
}

export interface QueuedRow {
  readonly destination: string;
  /** The server that wrote the event. */
  readonly origin: string;
  readonly seq: number;
  /** Unix ms. */
  readonly at: number;
}

type NodeFact =
  /**
   * This node lost data, and a peer told what it knows of it (or is of a kind that can only be read). `rooms`: what is
   * here again, and at which server each has to be read.
   */
  | {
      readonly fact: 'recalled';
      readonly server: string;
      readonly rooms: readonly { readonly roomId: string; readonly readAt: string }[];
    }
  /** What is known of lost data is different now. */
  | { readonly fact: 'recovery-changed' }
  /** The owner changed settings, or named this server. */
  | { readonly fact: 'settings-changed' }
  /** The signing keys changed, or a recovery file of them was saved. */
  | { readonly fact: 'keys-changed' }
  /** The users, tokens or backups of this server changed, or which peers know its address. */
  | { readonly fact: 'node-changed' }
  /** Nothing speaks against our clock any more, or it was set back: what it dated wrongly can be put right. */
  | { readonly fact: 'clock-settled' }
  /** The federation listener opened after the start. */
  | { readonly fact: 'listener-opened' }
  /** The listener shows another certificate, or none. */
  | { readonly fact: 'certificate-changed' }
  /** What the router lets through is different now. */
  | { readonly fact: 'reach-changed' }
  /** A step of a check began or ended: of this node (`null`), or of this peer. */
  | { readonly fact: 'check-progressed'; readonly server: string | null }
  /** Something the owner should read. */
  | { readonly fact: 'notice'; readonly level: 'info' | 'warning'; readonly said: Said };

export type Tell = (fact: Fact) => void;

/** A reaction to each kind of fact; all of them are named, so a new fact cannot be overlooked. */
export type Reactions = {
  readonly [K in Fact['fact']]: (fact: Extract<Fact, { readonly fact: K }>) => void;
};

/**
 * Carries facts from those who tell to those who react. Tellers are made before the parts that react to them, so
 * reactions come later, once.
 */
export class Facts {
  #reactions: Reactions | null = null;

  readonly tell: Tell = (fact) => {
    const react = this.#reactions?.[fact.fact] as ((fact: Fact) => void) | undefined;
    react?.(fact);
  };

  react(reactions: Reactions): void {
    if (this.#reactions !== null) throw new Error('the reactions are given once');
    this.#reactions = reactions;
  }
}
