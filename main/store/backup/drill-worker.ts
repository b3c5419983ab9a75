import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { openDatabase } from '../database.ts';
import { answerFromThread, copyInSteps, notCopied, progressFromThread } from '../thread.ts';
import { ownKeysIn, problemOf } from './copied.ts';
import type { DrillAnswer, DrillTask, Missing } from './drill.ts';

/** The most entries of a list that could be long; the numbers count everything. */
const listedMax = 50;

/** Opens a copy of a backup's database as a start would, checks it completely, and compares it with the current one. */
function drill({ backup, live, scratch, self }: DrillTask): DrillAnswer {
  const copy = join(scratch, 'node.db');
  try {
    try {
      rmSync(scratch, { recursive: true, force: true });
      mkdirSync(scratch, { mode: 0o700 });
      copyInSteps(join(backup, 'node.db'), copy);
    } catch (error) {
      return { notCopied: notCopied(error) };
    }
    progressFromThread('checking');
    const db = openDatabase(copy, true);
    try {
      const verdict = String(db.pragma('integrity_check(1)', { simple: true }));
      if (verdict !== 'ok') return { problem: verdict };
      const own = ownKeysIn(db);
      // The connection may write, but nothing here does: this is the current database.
      db.prepare('ATTACH ? AS live').run(live);
      const count = (sql: string, ...values: unknown[]): number =>
        (db.prepare(`SELECT count(*) AS n FROM ${sql}`).get(...values) as { n: number }).n;
      const texts = (sql: string): string[] =>
        (db.prepare(`${sql} LIMIT ${listedMax}`).all() as { text: string }[]).map(({ text }) => text);
      const events = `live.federation_events AS e
        WHERE NOT EXISTS (SELECT 1 FROM main.federation_events WHERE event_id = e.event_id)`;
      const missing: Missing = {
        events: count(events),
        eventsOnlyHere: count(
          `${events} AND NOT EXISTS (SELECT 1 FROM live.room_members AS m
             WHERE m.room_id = e.room_id AND m.state = 'joined' AND m.server <> ?)
           AND NOT EXISTS (SELECT 1 FROM live.rooms AS r WHERE r.room_id = e.room_id AND r.home <> ?)`,
          self,
          self,
        ),
        rooms: texts(
          'SELECT name AS text FROM live.rooms WHERE room_id NOT IN (SELECT room_id FROM main.rooms) ORDER BY name',
        ),
        users: texts(
          'SELECT user_id AS text FROM live.users WHERE user_id NOT IN (SELECT user_id FROM main.users) ORDER BY id',
        ),
        decisions: texts(
          `SELECT l.server_name AS text FROM live.federation_peer_trust_state AS l
           LEFT JOIN main.federation_peer_trust_state AS b USING (server_name)
           WHERE l.mode <> 'known' AND (b.mode IS NULL OR b.mode <> l.mode) ORDER BY 1`,
        ),
      };
      return { own, missing, checked: count('main.federation_events') };
    } finally {
      db.close();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

try {
  answerFromThread(drill(workerData as DrillTask));
} catch (error) {
  answerFromThread(problemOf(error) satisfies DrillAnswer);
}
