/**
 * Facts are what modules tell each other. A fact says what happened, never what to do about it; reactions.ts is the one
 * table of who reacts. A fact about stored rows comes after their commit (`tx.afterCommit`); a `WriteFact` comes before
 * it.
 */
import type { Meaning } from '../shared/protocol/events/event-content.ts';
import type { Said } from '../shared/words/said.ts';

/** The current standing of a server. */
export type Standing = 'allowed' | 'blocked' | 'quarantined' | 'known' | 'unknown';

export type Fact = EventFact | PeerFact | DeliveryFact | WriteFact | NodeFact;

type EventFact =
  /** An event is on disk with its effect and its outbox rows. */
  | {
      readonly fact: 'event-stored';
      readonly roomId: string;
      readonly eventId: string;
      readonly origin: string;
      /** The server that sent it; null if it was written here. */
      readonly by: string | null;
      readonly meaning: Meaning['kind'];
      /** The user that a membership is about; null for other events. */
      readonly member: string | null;
      /** Servers it waits for in the outbox. */
      readonly destinations: readonly string[];
      /**
       * Servers for which queued events were withdrawn: they left the room, the home removed the author, or the text
       * was erased.
       */
      readonly withdrawn: readonly string[];
    }
  /** An event of a quarantined server waits for the owner's decision. */
  | { readonly fact: 'event-held'; readonly origin: string }
  /** A valid event of `origin` came from `by`. Another one of that ID is stored here. */
  | {
      readonly fact: 'two-texts';
      readonly origin: string;
      readonly roomId: string;
      readonly eventId: string;
      readonly by: string;
    }
  /** The owner released or discarded held events of this server. */
  | { readonly fact: 'held-decided'; readonly origin: string }
  /** Messages that were unknown here now show as deleted in these rooms. */
  | {
      readonly fact: 'deletion-learned';
      readonly rooms: readonly string[];
      /** Servers for which something that was queued about these messages was withdrawn. */
      readonly withdrawn: readonly string[];
    }
  /**
   * A room has changed in a way that no single event says: a user joined it, its owner limited or listed it, pending
   * events were applied, events were repaired or dropped, or it may be written in again after a recovery.
   */
  | { readonly fact: 'room-changed'; readonly roomId: string }
  /** A room has to be rebuilt, because its home began to announce who is in it. */
  | { readonly fact: 'room-outdated'; readonly roomId: string }
  /** A room's home admitted a local user, and the room has not been read since. */
  | {
      readonly fact: 'admitted';
      readonly home: string;
      readonly roomId: string;
      readonly user: string;
    }
  /** A room was read to its end at a server. `askedAt`: when its last page was requested, unix ms. */
  | {
      readonly fact: 'room-read';
      readonly server: string;
      readonly roomId: string;
      readonly askedAt: number;
    }
  /** We are the room's home, and a server asked to let its user in, who is in now. */
  | { readonly fact: 'joined-on-request'; readonly roomId: string; readonly server: string }
  /** A local user accepted or declined an invite to a room. */
  | { readonly fact: 'invite-answered' };

type PeerFact =
  /** A server's trust or address may have changed. `isCallable`: it has an address. */
  | {
      readonly fact: 'standing-changed';
      readonly server: string;
      readonly standing: Standing;
      readonly isCallable: boolean;
    }
  /** The owner decided how far a server is trusted. It is in effect, but perhaps not on disk yet. */
  | { readonly fact: 'owner-decided'; readonly server: string }
  /** Something shown about a peer has changed: its state, its keys, its clock, the rooms that can't be read. */
  | { readonly fact: 'peer-changed'; readonly server: string }
  /**
   * A peer signed a request, or showed in its answer that it knows us. `afterPause`: for the first time in a minute.
   * `afterSilence`: after so long without contact that it was shown as silent.
   */
  | {
      readonly fact: 'heard-from';
      readonly server: string;
      readonly afterPause: boolean;
      readonly afterSilence: boolean;
    }
  /** A peer that did not answer, or did not know us, does so again. */
  | { readonly fact: 'came-back'; readonly server: string }
  /** A peer let us read. `isBack`: the previous read failed or was refused. `isFirst`: it is the first contact. */
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
  /** Something suggests that a peer's extensions are not the ones we have stored. */
  | { readonly fact: 'extensions-doubted'; readonly server: string }
  /** A peer's discovery document lists different extensions than before. */
  | { readonly fact: 'extensions-changed'; readonly server: string }
  /** A key of this peer is accepted for longer. `missed`: something was refused while it was not accepted. */
  | { readonly fact: 'key-extended'; readonly server: string; readonly missed: boolean }
  /** A peer's list for us has been read. */
  | { readonly fact: 'listing-read'; readonly server: string }
  /** Somebody's account, devices or links have changed. */
  | { readonly fact: 'account-changed'; readonly userId: string }
  /** A local user has read more of this room, or muted it or not. */
  | { readonly fact: 'read-changed'; readonly roomId: string; readonly userId: string }
  /** Peer invites, or accepted invites that wait for an answer, have changed. */
  | { readonly fact: 'pairing-changed' }
  /** A new peer used an invite of ours. */
  | { readonly fact: 'invite-used'; readonly server: string };

type DeliveryFact =
  /** A delivery attempt ended. `isAnswered`: by the peer. `isBack`: it succeeded, and the one before failed. */
  | {
      readonly fact: 'delivery-settled';
      readonly destination: string;
      readonly outcome: string;
      readonly latencyMs: number;
      readonly isAnswered: boolean;
      readonly isBack: boolean;
    }
  /** Results of deliveries are on disk: of our own attempts, or as reported by a home. */
  | {
      readonly fact: 'deliveries-recorded';
      readonly deliveries: readonly {
        readonly destination: string;
        readonly eventId: string;
        readonly outcome: string;
      }[];
    }
  /** The result of a delivery to this server could not be saved. */
  | { readonly fact: 'deliveries-lost'; readonly destination: string }
  /** This server has these events from its queue without a delivery: it fetched them, or showed that it has them. */
  | { readonly fact: 'events-fetched'; readonly destination: string; readonly eventIds: readonly string[] }
  /** Something other than delivery added rows to this server's queue or removed them. */
  | { readonly fact: 'queue-changed'; readonly destination: string };

/**
 * Emitted inside the transaction that writes these rows. The writes of a reaction are part of that transaction, and a
 * reaction that throws rolls it back.
 */
type WriteFact =
  /**
   * The outcomes of delivery attempts are saved, but not applied to their outbox rows yet. If there is more than one,
   * each ends its row.
   */
  | { readonly fact: 'attempts-written'; readonly attempts: readonly WrittenAttempt[] }
  /** Events now wait for these servers. */
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
   * This node lost data, and a peer returned what it knows (or is of a kind that can only be read). `rooms`: those to read
   * because of that, and the server to read each from.
   */
  | {
      readonly fact: 'recalled';
      readonly server: string;
      readonly rooms: readonly { readonly roomId: string; readonly readAt: string }[];
    }
  /** The stored text of this event can't be read. */
  | { readonly fact: 'event-unreadable'; readonly eventId: string }
  /** More, or less, is known about lost data than before. */
  | { readonly fact: 'recovery-changed' }
  /** Long work began, advanced or ended; at most four times a second. */
  | { readonly fact: 'work-changed' }
  /** The owner changed settings, or gave this server its name. */
  | { readonly fact: 'settings-changed' }
  /** The signing keys changed, or were saved to a recovery file. */
  | { readonly fact: 'keys-changed' }
  /**
   * Something has changed that the status or the settings show: users, tokens, backups, which peers know our address,
   * whether our clock or the disk is in order, where the data is, or that our port is in use.
   */
  | { readonly fact: 'node-changed' }
  /** Our clock is known to be right, or was set back: events written with a wrong clock can be repaired. */
  | { readonly fact: 'clock-settled' }
  /** The federation listener opened after the node had started. */
  | { readonly fact: 'listener-opened' }
  /** The listener uses a different certificate, or none. */
  | { readonly fact: 'certificate-changed' }
  /** The port forwarding in the router has changed. */
  | { readonly fact: 'reach-changed' }
  /** A step of a check began or ended: of this node (`null`), or of this peer. */
  | { readonly fact: 'check-progressed'; readonly server: string | null }
  /** These users are writing in a room now. */
  | { readonly fact: 'typing'; readonly roomId: string; readonly users: readonly string[] }
  /** A notice for the owner. */
  | {
      readonly fact: 'notice';
      readonly level: 'info' | 'warning';
      readonly said: Said;
      /** The one that it is about, if it is about one. */
      readonly server?: string | null;
    };

export type Tell = (fact: Fact) => void;

/** A reaction to each kind of fact. All are listed, so a new fact can't be overlooked. */
export type Reactions = {
  readonly [K in Fact['fact']]: (fact: Extract<Fact, { readonly fact: K }>) => void;
};

/**
 * Carries facts to the reactions. Parts that emit facts are built before the parts that react, so the reactions are set
 * later, once.
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
