/** What was promised: writes that were acknowledged, and posts that were not and are sent again. */
export interface Ledger {
  /** Ids of events that the node under test acknowledged, by what the writer did. */
  readonly acknowledged: Map<string, string>;
  /** Users of the hand-made peer that the node let in. */
  readonly joined: Set<string>;
  /** Posts by `client_key`; no answer came yet. They are posted again after the restart, with the same key. */
  readonly unanswered: Map<string, { readonly room_id: string; readonly body: string }>;
  /** Every body that was posted or pushed as a message, answered or not: each may be shown once at most. */
  readonly bodies: Set<string>;
  /** Ids of events that the witness acknowledged while the node was up or down. */
  readonly byWitness: Set<string>;
}

export const newLedger = (): Ledger => ({
  acknowledged: new Map(),
  joined: new Set(),
  unanswered: new Map(),
  bodies: new Set(),
  byWitness: new Set(),
});
