import type { TestContext } from 'node:test';
import SQLite from 'better-sqlite3';
import type { Http } from '../../../main/client/http.ts';
import { directVerifier } from '../../../main/crypto/verifier.ts';
import { transportHeaders } from '../../../shared/protocol/transport.ts';
import { World } from '../../support/sim/world.ts';
import { answerBytes, type Counts, callOf, kinds, noCounts, requestBytes } from './counts.ts';
import { textOf } from './world.ts';

type Ground = Pick<TestContext, 'after'>;

/** Runs the same scenes with whole nodes: one room, whose home is the peer of all its members. */
export class RealWorld {
  /** The home first. */
  readonly counts: readonly Counts[];
  readonly calls = new Map<string, number>();
  readonly world: World;
  #roomId = '';
  #written = 0;

  constructor(t: Ground, servers: number, seed: number) {
    const names = Array.from({ length: servers }, (_, i) => `s${i}.test`);
    this.world = new World(t, { seed, names });
    this.counts = names.map(noCounts);
    const byName = new Map(names.map((name, i) => [name, this.counts[i] ?? noCounts()]));
    this.#countRequests(byName);
    countRows(t, (path) => this.counts[this.world.nodes.findIndex((node) => node.databasePath === path)]);
    countChecks(t, () => {
      // Who checks isn't known, so all share it.
      for (const counts of this.counts) counts.verified += 1 / servers;
    });
  }

  #countRequests(byName: ReadonlyMap<string, Counts>): void {
    const { network } = this.world;
    const portOf = network.portOf.bind(network);
    network.portOf = (name, isAlive): Http => {
      const port = portOf(name, isAlive);
      const sender = byName.get(name) ?? noCounts();
      return {
        ...port,
        request: async (request) => {
          const url = new URL(request.url);
          const target = byName.get(url.host) ?? noCounts();
          const call = callOf(request.method, url.pathname);
          this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
          const bytes = requestBytes(request);
          sender.sent++;
          if (request.headers[transportHeaders.signature] !== undefined) sender.signed++;
          target.received++;
          const result = await port.request(request);
          const all = bytes + (result.kind === 'answer' ? answerBytes(result.body) : 0);
          sender.bytes += all;
          target.bytes += all;
          return result;
        },
      };
    };
  }

  async start(): Promise<void> {
    const { world } = this;
    await world.setUp();
    const [home, ...members] = world.nodes;
    if (!home) throw new Error('no servers');
    for (const member of members) await world.befriend(home, member);
    const { room_id } = await home.api.createRoom({ name: 'Room', join_rule: 'peers' });
    this.#roomId = room_id;
    for (const member of members) await world.wait(member.api.joinRoom({ room_id }));
  }

  planMessages(count: number, withinMs: number): void {
    const { dice, clock, nodes } = this.world;
    for (let n = 0; n < count; n++) {
      const node = dice.pick(nodes);
      clock.after(dice.below(withinMs), () => {
        const counts = node && this.counts[nodes.indexOf(node)];
        if (counts) counts.signed++;
        void node?.api.postMessage({ room_id: this.#roomId, body: textOf(++this.#written) });
      });
    }
  }

  /** The counts of each server from now on, when the returned function is called. */
  measure(): () => Counts[] {
    const before = this.counts.map((counts) => ({ ...counts }));
    return () =>
      this.counts.map((counts, i) => {
        const since = { ...counts };
        for (const kind of kinds) since[kind] -= before[i]?.[kind] ?? 0;
        return since;
      });
  }
}

function countRows(t: Ground, countsOf: (path: string) => Counts | undefined): void {
  const { prepare } = SQLite.prototype;
  SQLite.prototype.prepare = function (this: SQLite.Database, sql: string) {
    const statement = prepare.call(this, sql) as SQLite.Statement<unknown[]>;
    const { run } = statement;
    return Object.assign(statement, {
      run: (...values: unknown[]) => {
        const result = run.apply(statement, values);
        const counts = countsOf(this.name);
        if (counts) counts.rows += result.changes;
        return result;
      },
    });
  } as typeof prepare;
  t.after(() => {
    SQLite.prototype.prepare = prepare;
  });
}

function countChecks(t: Ground, note: () => void): void {
  const { verify } = directVerifier;
  const counted = directVerifier as { verify: typeof verify };
  counted.verify = (...given) => {
    note();
    return verify(...given);
  };
  t.after(() => {
    counted.verify = verify;
  });
}
