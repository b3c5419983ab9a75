import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Db, openDatabase } from '../../../main/store/database.ts';
import { Writer } from '../../../main/store/writer.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { tempDir } from '../temp.ts';
import { until } from '../until.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A database whose data moves. */
export interface MovingFile {
  readonly path: string;
  readonly db: Db;
  readonly writer: Writer;
}

export function fileOf(t: TestContext): MovingFile {
  const path = join(tempDir(t), 'node.db');
  const db = openDatabase(path);
  const writer = new Writer(
    db,
    (run) => setImmediate(run),
    () => {},
    assert.ifError,
  );
  t.after(() => writer.close());
  return { path, db, writer };
}

/** Rows with everything that is difficult: BLOBs, U+0000, big numbers, NULL, AUTOINCREMENT. */
export function fill({ db }: Pick<MovingFile, 'db'>, rows: number): void {
  const meta = db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
  const key = db.prepare(
    `INSERT INTO federation_server_keys (server_name, key_id, public_key, valid_until, first_seen_at, source)
     VALUES ('anna.test', 'ed25519:1', 'key', 9007199254740991, 1, 'own')`,
  );
  db.transaction(() => {
    key.run();
    for (let n = 0; n < rows; n++) meta.run(`key ${n}`, `value \0 ${n} “ü” \x1a1 ${'x'.repeat(n % 300)}`);
  })();
}

/**
 * Writes, changes and removes rows until it is stopped. Each write that was confirmed is counted. `mayWrite` is asked
 * before each; until it is true, nothing is written.
 */
export function load(t: TestContext, { db, writer }: MovingFile, mayWrite = () => true) {
  const put = db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
  const drop = db.prepare('DELETE FROM meta WHERE key = ?');
  const confirmed = new Set<number>();
  let isRunning = true;
  const done = (async () => {
    for (let n = 0; isRunning; n++) {
      while (isRunning && !mayWrite()) await turn();
      const written = writer.write(() => {
        put.run(`load ${n}`, String(n));
        put.run(`key ${n}`, 'changed');
        drop.run(`key ${n + 2_000}`);
      });
      await written.then(
        () => confirmed.add(n),
        // While the connection is broken.
        turn,
      );
      await turn();
    }
  })();
  const stop = async () => {
    isRunning = false;
    await done;
    return confirmed;
  };
  t.after(stop);
  return { confirmed, stop };
}

/** Moves the data of a node; again, as its owner would, if the machine was too busy for a switch within its limit. */
export const moveData = (api: Api, to: string): Promise<Awaited<ReturnType<Api['moveData']>>> =>
  until(
    [],
    'the data to move',
    () =>
      api.moveData({ to }).catch((error: { code: string }) => {
        if (error.code !== 'SERVICE_UNAVAILABLE') throw error;
        return null;
      }),
    60_000,
  );
