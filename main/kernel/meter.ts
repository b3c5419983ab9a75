/** The parts of a node measure their own work here, for `/metrics`. */

/**
 * The steps of an event on its way in. `authenticate`: the signature of the request, with the arrival of its body.
 * `verify`: the signature of the event, with the wait for a thread. `decide`: applying the rules to all events of a
 * transaction, with what they read and write. `commit`: from there until the transaction is on disk.
 */
export type Step = 'authenticate' | 'verify' | 'decide' | 'commit';

/** Handling of several events at once: in a transaction, in a request of a peer, or in one of ours. */
export type Group = 'commit' | 'received' | 'sent';

export interface Meter {
  /** Starts the timer of a step; the returned function stops it. */
  begin(step: Step): () => void;
  /** So many events were handled at once. */
  together(group: Group, events: number): void;
}

const nothing = (): void => {};

/** Measures nothing. */
export const noMeter: Meter = { begin: () => nothing, together: nothing };
