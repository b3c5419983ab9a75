import { Reader, type ReaderDeps } from './reader.ts';
import type { UnreadableRoom } from './room-failures.ts';

/** The first rounds after a start are spread over this time. */
const startSpreadMs = 500;
/** The average time between two first rounds: each asks for every room, so many peers don't start at once. */
const startGapMs = 20;

/** Asks each peer for what we missed. Each server has its own reader, so a slow one delays no other. */
export class CatchUp {
  readonly #deps: ReaderDeps;
  readonly #readers = new Map<string, Reader>();
  /** Readers of forgotten servers, until they have ended. */
  readonly #leaving = new Set<Promise<void>>();
  #isOn = false;

  constructor(deps: ReaderDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { directory, random } = this.#deps;
    this.#isOn = true;
    const peers = directory.all();
    const spread = Math.max(startSpreadMs, peers.length * startGapMs);
    for (const { server_name } of peers) this.#of(server_name).start(random.next() * spread);
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await Promise.all([...[...this.#readers.values()].map((reader) => reader.stop()), ...this.#leaving]);
  }

  /** A peer is new, back, or allowed again: ask it soon. */
  wake(server: string): void {
    if (this.#isOn && this.#deps.directory.isAllowed(server)) this.#of(server).wake();
  }

  /** There was a sign of life from a peer. */
  heardFrom(server: string): void {
    this.#readers.get(server)?.heardFrom();
  }

  /** The peer is forgotten: stops reading there and forgets everything about it. */
  forget(server: string): void {
    const reader = this.#readers.get(server);
    if (!reader) return;
    this.#readers.delete(server);
    const left = reader.stop().finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }

  /** Soon reads everything shared with a peer, from the beginning, and these rooms, even if they don't seem to be shared. */
  readAgain(server: string, rooms: readonly string[] = []): void {
    void this.#of(server).readAgain(rooms);
  }

  /** Reads one room at a peer now, to its end. `leave`, if a local user just joined it: what cancels that. */
  readSoon(server: string, roomId: string, leave?: () => Promise<void>): void {
    this.#of(server).readSoon(roomId, leave);
  }

  /** Rooms, and queues, that could not be read three times in a row. */
  unreadable(): UnreadableRoom[] {
    return [...this.#readers.values()].flatMap((reader) => reader.unreadable());
  }

  #of(server: string): Reader {
    let reader = this.#readers.get(server);
    if (!reader) {
      reader = new Reader(server, this.#deps);
      this.#readers.set(server, reader);
      if (this.#isOn) reader.start(null);
    }
    return reader;
  }
}
