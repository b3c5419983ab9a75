/**
 * Whether this node may answer and sign now. Of several nodes with one identity and one database, only the leader signs.
 * A node that shares no database always leads.
 */
export interface Lead {
  /** Throws SERVICE_UNAVAILABLE unless it is certain that no other node signs or answers. Never waits. */
  readonly check: () => void;
  /**
   * Does work that can't be interrupted for a beat and can take longer than a node may be silent, such as rebuilding a large room. The other
   * nodes wait for its end, at most a minute, before one of them takes over.
   */
  readonly uninterrupted: <T>(work: () => Promise<T>) => Promise<T>;
}

export const alwaysLeads: Lead = { check() {}, uninterrupted: (work) => work() };

/** The leader, as it wrote itself into the database. */
export interface Leader {
  /** Its computer, for people. */
  readonly name: string;
  /** Where its standbys call it: `https://10.0.0.1:8450`. */
  readonly url: string;
  /** Its certificate there, in PEM. */
  readonly cert: string;
  /** Counts leads: each has a higher one than those before. */
  readonly token: number;
}

/** A standby whose copy is older answers no peers, because it may be behind decisions of the owner. */
export const outOfDateMsMax = 5_000;

/** What a node that stands by knows. */
export interface StandsBy {
  /** Null while nobody leads. */
  readonly leader: () => Leader | null;
  /** When the copy last had everything that was in the database, unix ms. */
  readonly upToDateAt: () => number;
}

/** This node's place beside others with the same identity and database. */
export interface Place {
  readonly lead: Lead;
  /** Throws what to answer instead if the owner may not even read. */
  readonly mayRead: () => void;
  /** Null for a node that was started as the leader. */
  readonly standsBy: StandsBy | null;
}

export const alone: Place = { lead: alwaysLeads, mayRead() {}, standsBy: null };
