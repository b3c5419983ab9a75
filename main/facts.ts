/**
 * What modules tell each other. A fact says what happened, never what to do about it; reactions.ts is the one table of
 * who reacts. A fact about stored rows is told after their commit (`tx.afterCommit`).
 */
import type { Meaning } from '../shared/protocol/event-content.ts';

export type Fact =
  /** An event is on disk with its effect and its outbox rows. */
  | {
      readonly fact: 'event-stored';
      readonly roomId: string;
      readonly eventId: string;
      readonly origin: string;
      readonly meaning: Meaning['kind'];
      /** Servers that it waits for in the outbox. */
      readonly destinations: readonly string[];
      /** Servers for which something that waited was withdrawn: because they left the room, or it was deleted. */
      readonly withdrawn: readonly string[];
    }
  /** An event of a quarantined server waits for the owner's decision. */
  | { readonly fact: 'event-held'; readonly origin: string }
  /** Something shows as deleted in a room that was not known here before. */
  | { readonly fact: 'deletion-learned'; readonly roomId: string };

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
