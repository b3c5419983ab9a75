import { type Said, said } from '../../shared/words/said.ts';
import type { Tell } from '../facts.ts';
import type { Tables } from '../store/ports.ts';
import type { AcceptanceRow, KeptRow, OpenedRow } from '../store/tables/acceptance-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { takeBackWithin } from './invite-trust.ts';

/** An accepted invite that hasn't finished. */
export interface Entry<Row extends AcceptanceRow = AcceptanceRow> {
  row: Row;
  isSaved: boolean;
  /** Why it no longer counts, even if an attempt is still running. */
  over: Said | null;
}

export const isOpened = (entry: Entry | undefined): entry is Entry<OpenedRow> =>
  entry !== undefined && entry.row.state !== 'kept';

/** The owner's name for it: the server's name, or the host of its link while the name isn't known. */
export const nameOf = ({ server_name, host }: AcceptanceRow): string => server_name ?? host;

interface Deps {
  readonly store: Tables<'acceptances' | 'outbox' | 'writer'>;
  readonly directory: PeerDirectory;
  readonly tell: Tell;
}

/** The accepted invites, in memory and on disk. One that is missing here has ended, and its row is deleted. */
export class AcceptanceBook {
  readonly #deps: Deps;
  readonly #entries = new Map<string, Entry>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  load(): Entry[] {
    for (const row of this.#deps.store.acceptances.all())
      this.#entries.set(row.id, { row, isSaved: true, over: null });
    return [...this.#entries.values()];
  }

  /** Oldest first. */
  rows(): AcceptanceRow[] {
    return [...this.#entries.values()]
      .filter(({ over, isSaved }) => over === null && isSaved)
      .map(({ row }) => row)
      .sort((a, b) => a.accepted_at - b.accepted_at);
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  isCurrent(entry: Entry): boolean {
    return entry.over === null && this.#entries.get(entry.row.id) === entry;
  }

  named(name: string): Entry[] {
    return [...this.#entries.values()].filter(({ row, over }) => over === null && nameOf(row) === name);
  }

  /** There is at most one of each server. */
  ofServer(name: string): Entry<OpenedRow> | undefined {
    return [...this.#entries.values()].filter(isOpened).find(({ row }) => row.server_name === name);
  }

  /** Keeps a link, in place of another one of its host. */
  async keep(row: KeptRow): Promise<void> {
    const { store, tell } = this.#deps;
    const others = [...this.#entries.values()].filter(
      (entry) => !isOpened(entry) && entry.row.host === row.host && entry.row.id !== row.id,
    );
    await store.writer.write((tx) => {
      for (const { row: other } of others) store.acceptances.remove(other.id);
      store.acceptances.put(row);
      tx.afterCommit(() => {
        for (const { row: other } of others) this.#entries.delete(other.id);
        this.#entries.set(row.id, { row, isSaved: true, over: null });
        tell({ fact: 'pairing-changed' });
      });
    });
  }

  /** Another invite of the same server replaces an opened one, and has to undo what that changed. */
  open(row: OpenedRow): Entry<OpenedRow> {
    const earlier = this.ofServer(row.server_name);
    if (earlier) {
      earlier.over ??= said('pairing.replaced', { server: row.server_name });
      this.#entries.delete(earlier.row.id);
    }
    const entry = { row: { ...row, before: earlier?.row.before ?? null }, isSaved: false, over: null };
    this.#entries.set(row.id, entry);
    return entry;
  }

  /** Saves a new entry. If that fails, `kept` is what is left of it. */
  async saveFirst(entry: Entry<OpenedRow>, kept: Entry | undefined): Promise<void> {
    const { store, tell } = this.#deps;
    const { id, server_name } = entry.row;
    try {
      await store.writer.write(() => {
        if (!this.isCurrent(entry)) return;
        store.acceptances.removeOf(server_name);
        store.acceptances.put(entry.row);
      });
    } catch (error) {
      if (this.isCurrent(entry)) {
        if (kept) this.#entries.set(id, kept);
        else this.#entries.delete(id);
      }
      throw error;
    }
    entry.isSaved = true;
    tell({ fact: 'pairing-changed' });
  }

  async change<Row extends AcceptanceRow>(entry: Entry<Row>, change: Partial<Row>): Promise<void> {
    const { store, tell } = this.#deps;
    entry.row = { ...entry.row, ...change };
    await store.writer.write(() => {
      if (this.isCurrent(entry)) store.acceptances.put(entry.row);
    });
    tell({ fact: 'pairing-changed' });
  }

  /** The owner decided about the server, so the invite must not continue. The row follows when the disk lets it. */
  drop(entry: Entry<OpenedRow>, why: Said): void {
    const { store, tell } = this.#deps;
    const { id } = entry.row;
    entry.over = why;
    this.#entries.delete(id);
    store.writer
      .write(() => {
        if (!this.#entries.has(id)) store.acceptances.remove(id);
      })
      .catch(() => {});
    tell({ fact: 'pairing-changed' });
  }

  /** `takesBack`: also withdraws the trust that was given only for this invite. */
  async end(entry: Entry, takesBack: boolean): Promise<void> {
    const { store, directory, tell } = this.#deps;
    const { id, server_name: name, before } = entry.row;
    const undone = await store.writer.write(() => {
      // Another invite may have replaced it, or the owner has decided.
      if (this.#entries.get(id) !== entry) return false;
      store.acceptances.remove(id);
      if (name === null || !takesBack || before === null || !takeBackWithin(directory, name, before))
        return false;
      if (!directory.get(name)) store.outbox.clear(name);
      return true;
    });
    if (this.#entries.get(id) === entry) this.#entries.delete(id);
    if (undone && name !== null) directory.tellStanding(name);
    tell({ fact: 'pairing-changed' });
  }
}
