import { addressKind, networkOf } from '../kernel/ip.ts';

/** A connection that is open. */
export interface Held {
  /** A request on it has proved who sent it, so it stays until that request is over. */
  proven(): void;
  /** Such a request is over. */
  over(): void;
  closed(): void;
}

interface Connection {
  /** Null for a connection that may come from a proxy, and so from anyone. */
  readonly sender: string | null;
  readonly cut: () => void;
  proven: number;
}

/**
 * The connections of a listener. If there are too many, the one that has been without a proven request for longest gives
 * way: an honest request is proven long before 4000 others have connected. A request that only began proves nothing.
 */
export class Connections {
  readonly #max: { readonly total: number; readonly perAddress: number };
  readonly #open = new Set<Connection>();
  /** Connections without a proven request; the one that has waited longest comes first. */
  readonly #idle = new Set<Connection>();
  readonly #idleOf = new Map<string, Set<Connection>>();

  constructor(max: { readonly total: number; readonly perAddress: number }) {
    this.#max = max;
  }

  /** A new one, for which others may be cut off; or the new one itself, if all others have a proven request. */
  add(address: string, cut: () => void): Held {
    const sender = addressKind(address) === 'public' ? networkOf(address) : null;
    const one: Connection = { sender, cut, proven: 0 };
    this.#open.add(one);
    this.#rest(one);
    if (this.#open.size > this.#max.total) this.#cutFirst(this.#idle);
    return {
      proven: () => {
        one.proven++;
        this.#work(one);
      },
      over: () => {
        if (--one.proven === 0 && this.#open.has(one)) this.#rest(one);
      },
      closed: () => this.#remove(one),
    };
  }

  #rest(one: Connection): void {
    this.#idle.add(one);
    if (one.sender === null) return;
    const own = this.#idleOf.get(one.sender) ?? new Set();
    this.#idleOf.set(one.sender, own.add(one));
    if (own.size > this.#max.perAddress) this.#cutFirst(own);
  }

  #work(one: Connection): void {
    this.#idle.delete(one);
    if (one.sender === null) return;
    const own = this.#idleOf.get(one.sender);
    own?.delete(one);
    if (own?.size === 0) this.#idleOf.delete(one.sender);
  }

  #remove(one: Connection): void {
    this.#open.delete(one);
    this.#work(one);
  }

  #cutFirst(idle: ReadonlySet<Connection>): void {
    const [first] = idle;
    if (!first) return;
    this.#remove(first);
    first.cut();
  }
}
