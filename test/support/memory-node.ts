import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import {
  type Arrival,
  type DecisionDeps,
  EventDecision,
  type IngestOutcome,
} from '../../main/events/event-decision.ts';
import type { Projection, Rebuilt } from '../../main/events/projection/projection.ts';
import type { Room } from '../../main/events/projection/room-permissions.ts';
import { RoomWriter, type RuleTables } from '../../main/events/projection/room-writer.ts';
import type { VerifiedEvent } from '../../main/events/verify.ts';
import type { Fact } from '../../main/facts.ts';
import { Store } from '../../main/store/store.ts';
import type { PeerDirectory } from '../../main/trust/peer-directory.ts';
import { type Envelope, wireEvent } from '../../shared/protocol/events/envelope.ts';
import { meaningOf } from '../../shared/protocol/events/event-content.ts';
import { cast, now, numberThere, otherRoomId, type Picture, pictureOf, roomId } from './sim/member.ts';
import { place, Teller } from './sim/told.ts';

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'paracord-memory-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
let opened = 0;
/** Nodes in use. A test needs a few at a time, and each takes 7 MB. */
const nodes: MemoryNode[] = [];
const nodesMax = 8;

/**
 * Decides like a member's node, on a database of its own: without signatures, keys and a writer, so that a whole
 * history takes a few milliseconds.
 */
export class MemoryNode {
  readonly store: Store;
  readonly #db: SQLite.Database;
  readonly #registry: RoomWriter;
  readonly tables: RuleTables;
  readonly facts: Fact[] = [];
  /** How servers stand; peers are allowed unless it says otherwise. */
  readonly standings = new Map<string, string>([[cast.third, 'known']]);
  keepsHistory = true;
  time = now;
  readonly parts: DecisionDeps;

  constructor(home: string = cast.home) {
    const clock = { now: () => this.time, after: () => () => {} };
    const path = join(folder, `${++opened}.db`);
    this.store = new Store(path, { clock, defer: queueMicrotask }, (fact) => this.facts.push(fact));
    this.#db = new SQLite(path);
    nodes.push(this);
    if (nodes.length > nodesMax) nodes.shift()?.close();
    const standing = (server: string) => this.standings.get(server) ?? 'allowed';
    const directory = {
      serverOf: (domain: string) => domain,
      standing,
      isUs: (server: string) => server === cast.self,
      isAllowed: (server: string) => standing(server) === 'allowed',
      answers: (server: string, what: string) => server === home && what === 'receipts',
      namesLearnt: 0,
    } as unknown as PeerDirectory;
    this.#registry = new RoomWriter(this.store, directory);
    this.tables = this.#registry.tables;
    this.parts = {
      directory,
      keyring: { serverName: cast.self, domain: cast.self },
      clock,
      keepsHistory: () => this.keepsHistory,
      replayOf: (signature: string) => ({ signature: Buffer.from(signature), expiresAt: 0 }),
    } as unknown as DecisionDeps;
    for (const room_id of [roomId, otherRoomId]) {
      this.tables.rooms.create({
        room_id,
        home,
        name: 'Before anything is known',
        join_rule: 'invite',
        home_announces: 0,
        created_at: now,
      });
      this.store.rooms.addPendingJoin(room_id, ours);
    }
    this.store.users.add({ user_id: ours, localpart: 'u0', display_name: 'U', created_at: now });
    this.store.remoteUsers.put({ room_id: roomId, home }, numberThere, ours);
  }

  take(envelope: Envelope, hop: string | null, arrival: Arrival = {}): IngestOutcome {
    return new EventDecision(this.tables, this.parts).decide(asVerified(envelope, hop), arrival);
  }

  close(): void {
    this.#db.close();
    void this.store.close();
  }

  /** Runs `work` and undoes what it wrote, so that a node can be used for many histories. */
  async undone(work: () => void): Promise<void> {
    const undo = new Error('undo');
    const job = this.store.writer.write(() => {
      work();
      throw undo;
    });
    await job.catch((error) => {
      if (error !== undo) throw error;
    });
  }

  /** Rows of a table, in the order in which they were added. */
  rows<Row = Record<string, unknown>>(table: string, where = 'true', ...values: unknown[]): Row[] {
    return this.#db.prepare(`SELECT * FROM ${table} WHERE ${where}`).all(...values) as Row[];
  }

  /** Runs SQL, for what only a database of another time would have. */
  run(sql: string, ...values: unknown[]): void {
    this.#db.prepare(sql).run(...values);
  }

  /** As a `MemberNode` has it. */
  picture(): Picture {
    return pictureOf(this.store, this.#registry);
  }
}

/** As if its signature had been checked. */
export function asVerified(envelope: Envelope, hop: string | null = envelope.origin_server): VerifiedEvent {
  const body = wireEvent(envelope);
  return {
    envelope,
    hop,
    body,
    filesUnsigned: false,
    meaning: meaningOf(envelope),
    keyId: 'k',
    quarantined: false,
  };
}

export const [author, ours] = [`@u0:${cast.peer}`, `@u0:${cast.self}`] as const;

/** A room with the author and a user of ours in it. */
export function inRoom() {
  const node = new MemoryNode();
  const teller = new Teller();
  for (const user of [author, ours]) node.take(teller.join(user), cast.home);
  const take = (event: Envelope, hop: string | null = event.origin_server) => node.take(event, hop);
  const about = (event: Envelope) => ({ ...place, target_event_id: event.event_id });
  return { node, teller, take, about };
}

/** Rebuilds what a room shows, with everything in one transaction. */
export function rebuild(projection: Projection, room: Room): void {
  for (let at: Rebuilt | null = projection.beginRebuild(room); at !== null; )
    at = projection.continueRebuild(room, at, 1_000_000);
}
