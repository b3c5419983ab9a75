import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import SQLite from 'better-sqlite3';
import { atEnd } from '../at-end.ts';
import { newCluster, type Postgres, postgresId, startPostgres, waitForStandby } from '../daemons/postgres.ts';
import { type ChildNode, startChildNode } from '../nodes/child-node.ts';
import { Dice } from '../sim/dice.ts';
import { tempDir } from '../temp.ts';
import { until } from '../until.ts';
import { MixedWriters } from './mixed-writers.ts';
import { Recorder, roomAt } from './recorder.ts';

const diskMegabytes = 160;
const patienceMs = 120_000;

/** What can be wrong with the one database of a node: how it begins and ends. */
interface Trouble {
  readonly begin: (database: Small) => unknown;
  readonly end: (database: Small) => Promise<unknown>;
}

/** A PostgreSQL on a small disk of its own. */
interface Small {
  readonly server: Postgres;
  readonly ballast: string;
}

export const troubles: Readonly<Record<string, Trouble>> = {
  'stands still': {
    begin: ({ server }) => server.signal('SIGSTOP'),
    end: async ({ server }) => server.signal('SIGCONT'),
  },
  'waits for its standby': {
    begin: ({ server }) => waitForStandby(server, 'nobody'),
    end: ({ server }) => waitForStandby(server, ''),
  },
  vanished: {
    begin: ({ server }) => server.signal('SIGKILL'),
    end: ({ server }) => server.restart(),
  },
  full: {
    begin: ({ ballast }) => fill(ballast),
    // It ends itself if it can't write its log, and somebody has to start it again.
    end: async ({ server, ballast }) => {
      rmSync(ballast);
      server.signal('SIGKILL');
      await server.restart();
    },
  },
};

/** Uses up all the space, to the last block. */
function fill(file: string): void {
  for (const part of [1_000_000, 4_096])
    try {
      for (;;) writeFileSync(file, Buffer.alloc(part), { flag: 'a' });
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
}

async function smallPostgres(t: Pick<TestContext, 'after'>): Promise<Small> {
  let disk = '';
  const server = await startPostgres({
    durable: true,
    fill: (data) => {
      disk = data;
      mkdirSync(data);
      const [user, group] = postgresId();
      const options = `size=${diskMegabytes}m,mode=0700,uid=${user},gid=${group}`;
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', data]);
      newCluster(data);
    },
    // So that the disk is needed for what is written, and not for old log.
    settings: { min_wal_size: '32MB', max_wal_size: '32MB' },
  });
  atEnd(t, async () => {
    server.signal('SIGKILL');
    execFileSync('umount', ['-l', disk]);
    await server.stop();
  });
  return { server, ballast: join(disk, 'ballast') };
}

/** A node under load, on one database that gets into trouble and out of it again. */
export class TroubledDatabase {
  readonly writers: MixedWriters;
  readonly #database: Small;
  readonly #node: ChildNode;
  readonly #recorder: Recorder;

  private constructor(database: Small, node: ChildNode, recorder: Recorder, room: string, seed: number) {
    this.#database = database;
    this.#node = node;
    this.#recorder = recorder;
    this.writers = new MixedWriters({ dice: new Dice(seed), nodes: [node], raw: recorder.raw, room });
  }

  static async make(t: Pick<TestContext, 'after'>, seed: number): Promise<TroubledDatabase> {
    const database = await smallPostgres(t);
    const env = { PARACORD_NODE_DATABASE: await database.server.database() };
    const node = await startChildNode({ name: 'a.test', dataDir: join(tempDir(t), 'node'), env }, t);
    const recorder = await Recorder.listen(t, '127.0.0.1');
    await recorder.becomePeerOf(node);
    const room = await roomAt(node, 'Hall');
    await recorder.join(node, room);
    return new TroubledDatabase(database, node, recorder, room, seed);
  }

  /** Resolves with how long it took until something was written after the end of it, in ms. */
  async suffer({ begin, end }: Trouble): Promise<number> {
    this.writers.start();
    this.writers.hurry(true);
    await this.writers.acknowledge(30);
    await begin(this.#database);
    await this.#peersGet503();
    await this.#findingIs(true);
    // What the node has can still be read.
    await this.#node.api.timeline({ room_id: this.writers.room, limit: 10 });
    await end(this.#database);
    const since = performance.now();
    await this.writers.acknowledge(1);
    const took = performance.now() - since;
    this.writers.hurry(false);
    await this.#findingIs(false);
    await this.writers.acknowledge(10);
    await this.writers.stop();
    this.#check();
    return took;
  }

  #peersGet503(): Promise<unknown> {
    const { raw } = this.#recorder;
    return until(
      [],
      'a peer to be told to retry',
      async () => {
        const event = raw.message(this.writers.room, 'in trouble');
        const { status, headers } = await raw.post(this.#node.federation, event);
        if (status === 202) this.writers.acknowledged.set(event.event_id, 'in trouble');
        else assert.equal(status, 503);
        return status === 503 && Number(headers.get('retry-after')) > 0;
      },
      patienceMs,
    );
  }

  #findingIs(isThere: boolean): Promise<unknown> {
    return until(
      [],
      `the owner to read ${isThere ? 'of it' : 'that it is over'}`,
      async () => {
        const doctor = await this.#node.api.doctor({}).catch(() => null);
        return doctor && doctor.findings.some(({ code }) => code === 'database-unreachable') === isThere;
      },
      patienceMs,
    );
  }

  #check(): void {
    assert.deepEqual(this.writers.wrong, [], 'answers that no fault explains');
    assert.deepEqual(this.#recorder.faults, [], 'two signers');
    const db = new SQLite(join(this.#node.dataDir, 'node.db'), { readonly: true });
    const stored = new Set(db.prepare('SELECT event_id FROM federation_events').pluck().all() as string[]);
    const texts = db
      .prepare("SELECT json_extract(body, '$.content.body') FROM federation_events")
      .pluck()
      .all() as string[];
    db.close();
    const lost = [...this.writers.acknowledged].filter(([id]) => !stored.has(id));
    assert.deepEqual(lost, [], 'acknowledged and lost');
    const ours = texts.filter((text) => this.writers.texts.has(text));
    assert.equal(new Set(ours).size, ours.length, 'nothing is there twice');
    const unknown = [...this.#recorder.received.keys()].filter((id) => !stored.has(id));
    assert.deepEqual(unknown, [], 'delivered, but not part of the history');
  }
}
