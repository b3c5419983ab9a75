import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import pg from 'pg';
import { atEnd } from '../at-end.ts';
import {
  awaitPostgresProgram,
  newCluster,
  type Postgres,
  startPostgres,
  writeAsPostgres,
} from '../daemons/postgres.ts';
import { databasePort, type Machine } from '../netns/machines.ts';
import { pause, until } from '../until.ts';

/** As docs/scale.md has it, but faster, so that a round doesn't take minutes. */
const settings = {
  listen_addresses: '*',
  wal_sender_timeout: '2s',
  wal_receiver_timeout: '2s',
  wal_retrieve_retry_interval: '500ms',
  tcp_user_timeout: '4s',
  max_connections: '100',
  shared_buffers: '32MB',
};
const lookEveryMs = 200;
/** A primary that doesn't answer for so long is given up. */
const primaryMs = 1_000;
/** A standby that doesn't confirm for so long isn't waited for any more. */
const standbyMs = 2_000;
const askMs = 1_000;
const patienceMs = 120_000;
const replica = 'replica';

/** One of the two servers. */
export class Member {
  readonly machine: Machine;
  readonly server: Postgres;
  /** The database of the nodes, on this server. */
  readonly url: string;
  #client: pg.Client | null = null;

  constructor(machine: Machine, server: Postgres, url: string) {
    this.machine = machine;
    this.server = server;
    this.url = url;
  }

  get data(): string {
    return join(this.server.folder, 'data');
  }

  /** Rejects if there is no answer within a second. */
  async ask<R extends object>(sql: string, ms = askMs): Promise<R | undefined> {
    const client = this.#client ?? new pg.Client({ connectionString: this.url, query_timeout: ms });
    try {
      if (this.#client === null) {
        client.on('error', () => {});
        await Promise.race([
          client.connect(),
          pause(askMs).then(() => {
            throw new Error('no connection within a second');
          }),
        ]);
        this.#client = client;
      }
      const found = await client.query<R>({ text: sql, query_timeout: ms } as pg.QueryConfig);
      // Several statements have several results.
      return [found].flat().at(-1)?.rows[0];
    } catch (error) {
      this.#client = null;
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      throw error;
    }
  }

  /** The settings that change at run time. */
  writeSettings(lines: readonly string[]): void {
    writeAsPostgres(join(this.data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`);
  }

  /** Makes a primary wait for this standby at each commit. */
  async waitFor(standby: string): Promise<void> {
    await this.ask(`ALTER SYSTEM SET synchronous_standby_names = '${standby}'`);
    await this.ask('SELECT pg_reload_conf()');
  }
}

/**
 * A primary with a synchronous standby, and what PostgreSQL doesn't have: somebody outside who promotes the standby when
 * the primary is silent, lets a primary go on alone when its standby is, and brings back who returns. It promotes only a
 * standby that has everything that was acknowledged.
 */
export class PostgresPair {
  readonly members: readonly [Member, Member];
  /** The address that nodes are given: both servers. */
  readonly url: string;
  primary: Member;
  promotions = 0;
  /** Every commit that was acknowledged is on both. */
  #isInSync = false;
  #answeredAt = 0;
  #confirmedAt = 0;
  /** It was the primary, or lost its place, and has to be set up again. */
  #stray: Member | null = null;
  #mayReturnAt = Number.POSITIVE_INFINITY;
  #isOver = false;
  #problem = '';

  private constructor(members: [Member, Member], url: string) {
    this.members = members;
    this.primary = members[0];
    this.url = url;
  }

  static async make(
    t: Pick<TestContext, 'after'>,
    [first, second]: readonly [Machine, Machine],
  ): Promise<PostgresPair> {
    const start = async (machine: Machine, fill: (data: string) => unknown) => {
      const { address: host, within } = machine;
      const server = await startPostgres({
        host,
        within,
        fill,
        settings,
        port: databasePort,
        durable: true,
      });
      atEnd(t, () => server.stop());
      return server;
    };
    const primary = await start(first, (data) => {
      newCluster(data);
      // Also for the recovery before pg_rewind, which reads only this file.
      appendFileSync(join(data, 'postgresql.conf'), "wal_keep_size = '512MB'\nwal_log_hints = on\n");
      for (const network of ['10.1.0.0/24', '10.2.0.0/24'])
        for (const database of ['all', 'replication'])
          appendFileSync(join(data, 'pg_hba.conf'), `host ${database} all ${network} scram-sha-256\n`);
    });
    const url = new URL(await primary.database());
    const at = (...hosts: string[]) => url.href.replace(url.host, hosts.join(','));
    const standby = await start(second, (data) => copyOf(first, second, data));
    const hosts = [first, second].map(({ address }) => `${address}:${databasePort}`) as [string, string];
    const pair = new PostgresPair(
      [new Member(first, primary, at(hosts[0])), new Member(second, standby, at(hosts[1]))],
      at(...hosts),
    );
    const running = pair.#watch();
    atEnd(t, async () => {
      pair.#isOver = true;
      await running;
    });
    await pair.untilInSync();
    return pair;
  }

  get standby(): Member {
    return this.members.find((each) => each !== this.primary)!;
  }

  get isInSync(): boolean {
    return this.#isInSync;
  }

  async untilInSync(): Promise<void> {
    await until([], 'the standby to confirm', () => this.#isInSync, patienceMs).catch((error: Error) => {
      throw new Error(`${error.message}: ${this.#problem}`);
    });
  }

  /** Who was away can be reached again. For a while, an old primary may still believe that it is the primary. */
  returned(afterMs: number): void {
    this.#mayReturnAt = performance.now() + afterMs;
  }

  async #watch(): Promise<void> {
    this.#answeredAt = this.#confirmedAt = performance.now();
    while (!this.#isOver) {
      await this.#look().catch((error: Error) => {
        this.#problem = error.stack ?? error.message;
      });
      await pause(lookEveryMs);
    }
  }

  async #look(): Promise<void> {
    const { primary, standby } = this;
    let seen: { streams: number; confirms: number } | undefined;
    try {
      seen = await primary.ask(
        `SELECT count(*)::int AS streams, count(*) FILTER (WHERE sync_state = 'sync')::int AS confirms
         FROM pg_stat_replication WHERE state = 'streaming' AND application_name = '${replica}'`,
      );
      this.#answeredAt = performance.now();
    } catch (error) {
      if (this.#isInSync && performance.now() - this.#answeredAt > primaryMs) await this.#promote(standby);
      else throw error;
      return;
    }
    if ((seen?.confirms ?? 0) > 0) this.#confirmedAt = performance.now();
    if (this.#isInSync) {
      if (performance.now() - this.#confirmedAt > standbyMs) await this.#goOnAlone();
    } else if (this.#stray !== null) {
      if (performance.now() >= this.#mayReturnAt) await this.#bringBack(this.#stray);
    } else if ((seen?.streams ?? 0) > 0) await this.#waitAgain();
  }

  async #promote(standby: Member): Promise<void> {
    // It has to answer: a primary that can't be seen may be our own trouble.
    await standby.ask('SELECT 1');
    this.#isInSync = false;
    this.#stray = this.primary;
    this.primary = standby;
    await standby.ask('SELECT pg_promote(true, 30)', 30_000);
    await standby.waitFor('');
    this.#answeredAt = performance.now();
    this.promotions++;
  }

  async #goOnAlone(): Promise<void> {
    // First, because from here on the standby may lack something.
    this.#isInSync = false;
    await this.primary.waitFor('');
  }

  async #waitAgain(): Promise<void> {
    const { primary } = this;
    await primary.waitFor(replica);
    // All its processes have heard of it by then. Writes from now on come after all that didn't wait.
    await pause(500);
    await primary.ask("SELECT pg_logical_emit_message(true, 'paracord', 'waits')", 5_000);
    this.#confirmedAt = performance.now();
    this.#isInSync = true;
  }

  /** First it is made sure that it is off, as somebody on a phone would. */
  async #bringBack(stray: Member): Promise<void> {
    const { primary } = this;
    stray.server.signal('SIGKILL');
    // Until the first checkpoint after a promotion, pg_rewind takes the new primary for the old one, and does nothing.
    await primary.ask('CHECKPOINT', 60_000);
    const from = `host=${primary.machine.replication} port=${databasePort} user=postgres dbname=postgres`;
    await awaitPostgresProgram(
      'pg_rewind',
      ['-D', stray.data, '--source-server', from],
      stray.machine.within,
    );
    becomeStandbyOf(primary.machine, stray.data);
    await stray.server.restart();
    this.#stray = null;
  }
}

async function copyOf(from: Machine, to: Machine, data: string): Promise<void> {
  const source = ['-h', from.replication, '-p', String(databasePort), '-U', 'postgres'];
  await awaitPostgresProgram(
    'pg_basebackup',
    [...source, '-D', data, '-X', 'stream', '-c', 'fast'],
    to.within,
  );
  becomeStandbyOf(from, data);
}

function becomeStandbyOf(primary: Machine, data: string): void {
  const user = 'user=postgres password=test-password';
  const to = `host=${primary.replication} port=${databasePort} ${user} application_name=${replica}`;
  writeAsPostgres(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${to}'\n`);
  writeAsPostgres(join(data, 'standby.signal'), '');
}
