import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ExistingServer, type ExistingServerOptions } from '../support/existing-server/existing-server.ts';
import { type ChildNode, startChildNode } from '../support/nodes/child-node.ts';
import { type LocalNode, startLocalNode } from '../support/nodes/local-node.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/until.ts';
import { Afterwards } from './afterwards.ts';

/** A busy machine is slow. The time limit only matters for a failing test. */
const patienceMs = Number(process.env.INTEROP_PATIENCE_SECONDS ?? 45) * 1000;

/** The ground of a scenario: a new existing server, nodes of ours, and its measurements. */
export class Ground extends Afterwards {
  readonly bin: string;
  readonly release: string;
  readonly measured: (readonly [string, string])[] = [];

  constructor(bin: string, release: string) {
    super();
    this.bin = bin;
    this.release = release;
  }

  measure(name: string, value: string | number): void {
    this.measured.push([name, String(value)]);
  }

  server(options: ExistingServerOptions = {}): Promise<ExistingServer> {
    return ExistingServer.start(this, { ...options, bin: this.bin });
  }

  node(name: string): Promise<LocalNode> {
    return startLocalNode(this, { name });
  }

  /** Restarts the node at the same address. */
  again({ name, dataDir, url }: LocalNode): Promise<LocalNode> {
    return startLocalNode(this, { name, dataDir, port: Number(new URL(url).port) });
  }

  /** A node in its own process, which can be killed. */
  child(name: string, was?: ChildNode): Promise<ChildNode> {
    const dataDir = was?.dataDir ?? tempDir(this);
    const listen = was ? new URL(was.federation).host : '127.0.0.1:0';
    return startChildNode({ name, dataDir, listen }, this);
  }

  /** Both have added each other. */
  async together(
    options: ExistingServerOptions = {},
  ): Promise<{ readonly server: ExistingServer; readonly a: LocalNode }> {
    const server = await this.server(options);
    const a = await this.node('a.test');
    await introduce(server, a);
    return { server, a };
  }

  until<T>(
    nodes: Parameters<typeof until>[0],
    what: string,
    check: Parameters<typeof until<T>>[2],
    patience = patienceMs,
  ): Promise<T> {
    return until(nodes, what, check, patience);
  }

  /** Measures how long it takes until something is true. */
  async timed(name: string, job: () => Promise<unknown>): Promise<void> {
    const started = performance.now();
    await job();
    this.measure(name, `${((performance.now() - started) / 1000).toFixed(1)} s`);
  }

  /** SQL on the database of a node of ours that is stopped. */
  change(node: { readonly dataDir: string }, sql: string, ...values: unknown[]): void {
    const db = new Database(join(node.dataDir, 'node.db'));
    db.prepare(sql).run(...values);
    db.close();
  }
}

export async function introduce(server: ExistingServer, node: LocalNode): Promise<void> {
  await node.api.addPeer({ endpoint: server.url });
  await server.addPeer(node);
}
