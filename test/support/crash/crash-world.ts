import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import SQLite from 'better-sqlite3';
import { isErasedSql } from '../../../main/store/erased-body.ts';
import { type Picture, pictureOf } from '../browser/picture.ts';
import { type ChildNode, startChildNode } from '../nodes/child-node.ts';
import { freePorts } from '../nodes/free-ports.ts';
import { type LocalNode, startLocalNode } from '../nodes/local-node.ts';
import { RawPeer } from '../parties/raw-peer.ts';
import { Dice } from '../sim/dice.ts';
import { tempDir } from '../temp.ts';
import { until } from '../until.ts';
import { type Known, type Ledger, newLedger, runLoad } from './mixed-load.ts';

/** A life is killed after a random number of acknowledged writes between these. */
const writesPerLife = { min: 20, max: 140 };
const patienceMs = 180_000;

/**
 * A node that is killed over and over while everyone writes. With it run a witness (a node that stays up and is the
 * home of one of the two rooms) and a hand-made peer that sends and receives events.
 */
export class CrashWorld {
  readonly ledger: Ledger = newLedger();
  kills = 0;
  readonly #dice: Dice;
  readonly #start: () => Promise<ChildNode>;
  #node: ChildNode;
  readonly #witness: LocalNode;
  readonly #raw: RawPeer;
  readonly #rooms: readonly [string, string];
  readonly #known: Known = { own: [], raw: [] };
  /** Events that the hand-made peer has accepted with a 202. */
  readonly #taken: Set<string>;

  private constructor(deps: {
    dice: Dice;
    start: () => Promise<ChildNode>;
    node: ChildNode;
    witness: LocalNode;
    raw: RawPeer;
    rooms: readonly [string, string];
    taken: Set<string>;
  }) {
    this.#dice = deps.dice;
    this.#start = deps.start;
    this.#node = deps.node;
    this.#witness = deps.witness;
    this.#raw = deps.raw;
    this.#rooms = deps.rooms;
    this.#taken = deps.taken;
  }

  static async make(t: Pick<TestContext, 'after'>, seed: number): Promise<CrashWorld> {
    const dataDir = join(tempDir(t), 'node');
    const [port] = await freePorts(1);
    const start = () => startChildNode({ name: 'a.test', dataDir, listen: `127.0.0.1:${port}` }, t);
    const [node, witness, raw] = await Promise.all([
      start(),
      startLocalNode(t, { name: 'witness.test' }),
      new RawPeer('raw.test').listen(t),
    ]);
    const taken = new Set<string>();
    raw.handlers.set('/event', ({ body }) => {
      taken.add((JSON.parse(body) as { event_id: string }).event_id);
      return { status: 202, body: { event_id: 'x', inserted: true } };
    });
    const limits = { requests_per_minute: 1_000_000, burst: 1_000_000 };
    for (const endpoint of [raw.url, witness.url]) await node.api.addPeer({ endpoint });
    for (const server_name of [raw.name, witness.name]) await node.api.changePeer({ server_name, limits });
    await witness.api.addPeer({ endpoint: node.federation });
    await witness.api.changePeer({ server_name: node.name, limits });
    const own = (await node.api.createRoom({ name: 'Own', join_rule: 'peers' })).room_id;
    const away = (await witness.api.createRoom({ name: 'Away', join_rule: 'peers' })).room_id;
    await witness.api.joinRoom({ room_id: own });
    await node.api.joinRoom({ room_id: away });
    const body = JSON.stringify({ origin_server: raw.name, room_id: own, user_id: `@user:${raw.name}` });
    await raw.call(node.federation, 'POST', '/join', body);
    const dice = new Dice(seed);
    return new CrashWorld({ dice, start, node, witness, raw, rooms: [own, away], taken });
  }

  /** One life: load, `kill -9` in the middle of it, restart, and a check that every promise was kept. */
  async live(): Promise<void> {
    const { min, max } = writesPerLife;
    let left = this.#dice.between(min, max);
    let killing: Promise<void> | null = null;
    const waiting: (() => void)[] = [];
    const writing = runLoad(
      {
        dice: this.#dice,
        ledger: this.ledger,
        raw: this.#raw,
        rooms: this.#rooms,
        api: this.#node.api,
        federation: this.#node.federation,
        witness: this.#witness.api,
        isOver: () => killing !== null,
        onAcknowledged: () => {
          if (--left <= 0) killing ??= this.#node.kill();
          for (const wake of waiting.splice(0)) wake();
        },
        nextAcknowledged: () => new Promise((resolve) => waiting.push(resolve)),
      },
      this.#known,
    );
    await writing;
    await killing;
    this.kills++;
    this.#node = await this.#start();
    this.assertKept();
    await this.#postAgain();
  }

  /** Every acknowledged write is on the node's disk. */
  assertKept(): void {
    const stored = new Set(this.#read<string>('SELECT event_id FROM federation_events'));
    const lost = [...this.ledger.acknowledged].filter(([id]) => !stored.has(id));
    assert.deepEqual(lost, [], `acknowledged and lost by kill ${this.kills}`);
    const members = new Set(this.#read<string>('SELECT user_id FROM room_members'));
    assert.deepEqual(
      [...this.ledger.joined].filter((user) => !members.has(user)),
      [],
      `let in and lost by kill ${this.kills}`,
    );
  }

  #read<T>(sql: string): T[] {
    const db = new SQLite(join(this.#node.dataDir, 'node.db'), { readonly: true });
    try {
      return db.prepare(sql).pluck().all() as T[];
    } finally {
      db.close();
    }
  }

  /** A client that got no answer repeats the call with the same key. */
  async #postAgain(): Promise<void> {
    for (const [client_key, message] of this.ledger.unanswered) {
      const { event_id } = await this.#node.api.postMessage({ ...message, client_key });
      this.ledger.acknowledged.set(event_id, 'post, sent again');
      this.ledger.unanswered.delete(client_key);
    }
  }

  /** Waits until nothing is left to send. Then every node must have each event exactly once. */
  async settle(): Promise<void> {
    const apis = [this.#node.api, this.#witness.api];
    // Attempts that failed while the node was down have led to long pauses.
    for (const api of apis)
      for (const { server_name } of (await api.outbox({})).items)
        await api.retryOutbox({ destination: server_name });
    let pictures: Picture[][] = [];
    const isSettled = async () => {
      const waiting = (await Promise.all(apis.map((api) => api.outbox({})))).flatMap(({ items }) => items);
      if (waiting.length > 0) return false;
      pictures = await Promise.all(
        this.#rooms.map((room) => Promise.all(apis.map((api) => pictureOf(api, room)))),
      );
      return pictures.every(([a, b]) => JSON.stringify(a) === JSON.stringify(b));
    };
    // The checks below report what didn't happen in time.
    await until([this.#witness], 'everything to be delivered', isSettled, patienceMs).catch(() => {});
    for (const [mine, theirs] of pictures) assert.deepEqual(mine, theirs, 'both nodes show the same');
    this.#assertOnce(pictures.flatMap(([mine]) => mine?.timeline ?? []));
    this.#assertDelivered(
      new Set(pictures.flatMap(([mine]) => mine?.timeline ?? []).map((each) => each.event_id)),
    );
    assert.deepEqual((await this.#node.api.outbox({})).items, [], 'nothing is left to send');
    assert.equal(await this.#node.stop(), 0);
    assert.deepEqual(this.#read('PRAGMA integrity_check'), ['ok']);
  }

  #assertOnce(timeline: Picture['timeline']): void {
    const ids = timeline.map((item) => item.event_id);
    assert.equal(new Set(ids).size, ids.length, 'no message is shown twice');
    const first = new Map<string, number>();
    for (const body of this.#read<string>(firstBodies)) first.set(body, (first.get(body) ?? 0) + 1);
    const doubled = [...first].filter(([body, count]) => count > 1 && this.ledger.bodies.has(body));
    assert.deepEqual(doubled, [], 'nothing was written twice');
  }

  #assertDelivered(shown: ReadonlySet<string>): void {
    const owed = new Set(this.#read<string>(owedToRaw(this.#rooms[0])));
    const missing = [...owed].filter((id) => !this.#taken.has(id));
    assert.deepEqual(missing, [], 'every event of the room is with the peer that is pushed to');
    const unseen = [...this.ledger.byWitness].filter((id) => !shown.has(id));
    assert.deepEqual(unseen, [], 'what the witness wrote has arrived');
  }
}

const firstBodies = `SELECT json_extract(body, '$.content.body') FROM federation_events
  WHERE event_type = 'm.message' AND NOT ${isErasedSql('body')}`;

/**
 * Without erased events, which nobody has to receive. Joins and the room itself may be older than the peer's own join.
 */
const owedToRaw = (room: string): string => `SELECT event_id FROM federation_events
  WHERE room_id = '${room}' AND origin_server <> 'raw.test' AND NOT ${isErasedSql('body')}
  AND event_type NOT IN ('m.member.join', 'm.room.info')`;
