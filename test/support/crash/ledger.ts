/** What was promised: acknowledged writes, and posts without an answer, which are repeated. */
export interface Ledger {
  /** Ids of events that the node under test acknowledged, by kind of write. */
  readonly acknowledged: Map<string, string>;
  /** Users of the hand-made peer whose join the node accepted. */
  readonly joined: Set<string>;
  /** Posts without an answer, by `client_key`. They are repeated after the restart, with the same key. */
  readonly unanswered: Map<string, { readonly room_id: string; readonly body: string }>;
  /** The text of every message that was posted or pushed, answered or not: each may appear at most once. */
  readonly bodies: Set<string>;
  /** Ids of events that the witness acknowledged, whether the node was up or down. */
  readonly byWitness: Set<string>;
}

export const newLedger = (): Ledger => ({
  acknowledged: new Map(),
  joined: new Set(),
  unanswered: new Map(),
  bodies: new Set(),
  byWitness: new Set(),
});
