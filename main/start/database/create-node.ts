import type { NodeConfig } from '../../config.ts';
import type { Place, StandsBy } from '../../kernel/lead.ts';
import type { Ports } from '../../kernel/ports.ts';
import { createNode, type NodeParts, type ParacordNode } from '../../node.ts';
import type { DatabaseAddress } from '../../store/postgres/address.ts';
import { type DataHome, type Joining, nowhere } from '../../store/postgres/move/move-data.ts';
import type { StartFlags } from '../flags.ts';
import { databaseOf, rememberDatabase } from './remembered.ts';
import type { SharedNode } from './shared-node.ts';

/**
 * A node that stores everything where the flags say, or where it did before: in the file of its data folder, or in a
 * PostgreSQL database. There it stands by while another node leads; with `isAlone` that is a CommandFailure. Throws
 * CommandFailure too if the database can't be used.
 */
export async function createNodeFor(
  flags: Pick<StartFlags, 'database'>,
  config: NodeConfig,
  ports: Ports,
  parts: NodeParts,
  isAlone = false,
): Promise<ParacordNode> {
  const { dataDir } = config;
  const address = databaseOf({ ...flags, dataDir });
  const remember: DataHome['remember'] = (next) => rememberDatabase(dataDir, next);
  const alone = { home: { ...nowhere, remember }, ...parts };
  const home = new Home(config, ports, parts);
  if (address === null) return isAlone ? createNode(config, ports, alone) : home.onFile();
  // Most nodes never need this.
  const { explainedOpening, openAlone, whereToOpen } = await import('./open.ts');
  const opening = { address, isGiven: flags.database !== undefined, config, ports, parts };
  if ((await whereToOpen(opening)) === 'file') {
    remember(null);
    return isAlone ? createNode(config, ports, alone) : home.onFile();
  }
  let node: ParacordNode;
  if (isAlone) node = createNode(config, ports, { ...alone, ...(await openAlone(opening)) });
  else
    try {
      node = await home.on(address);
    } catch (error) {
      throw explainedOpening(error, opening);
    }
  remember(address);
  return node;
}

/** Where a node's data is, and whether it shares it with other nodes. Both change while the node runs, when the data moves. */
class Home implements DataHome {
  readonly #config: NodeConfig;
  readonly #ports: Ports;
  readonly #parts: NodeParts;
  #node: ParacordNode | null = null;
  /** Its part in the database that it shares; null if its data is in the file. */
  #shared: SharedNode | null = null;

  constructor(config: NodeConfig, ports: Ports, parts: NodeParts) {
    this.#config = config;
    this.#ports = ports;
    this.#parts = { home: this, ...parts };
  }

  onFile(): ParacordNode {
    return this.#around(createNode(this.#config, this.#ports, { place: this.#place(null), ...this.#parts }));
  }

  async on(address: DatabaseAddress): Promise<ParacordNode> {
    this.#shared = await this.#sharedAt(address);
    return this.#around(await this.#shared.begin());
  }

  async #sharedAt(address: DatabaseAddress): Promise<SharedNode> {
    const { SharedNode } = await import('./shared-node.ts');
    const placeOf = (standsBy: StandsBy | null) => this.#place(standsBy);
    return new SharedNode(this.#config, this.#ports, this.#parts, address, placeOf);
  }

  #place(standsBy: StandsBy | null): Place {
    return {
      lead: {
        check: () => this.#shared?.checkLease(),
        uninterrupted: (work) => (this.#shared === null ? work() : this.#shared.uninterrupted(work)),
      },
      mayRead: () => this.#shared?.mayRead(),
      standsBy,
    };
  }

  #around(node: ParacordNode): ParacordNode {
    this.#node = node;
    return {
      ...node,
      get routes() {
        return node.routes;
      },
      get restarting() {
        return node.restarting;
      },
      work: () => this.#started(node.work()),
      start: () => this.#started(node.start()),
      stop: () => this.#stop(node),
    };
  }

  async #stop(node: ParacordNode): Promise<void> {
    if (this.#shared === null) await node.stop();
    // Its data may have moved to a database while it stopped, and then it leads there.
    await this.#shared?.stop(node);
  }

  #started<T>(start: Promise<T>): Promise<T> {
    return this.#shared === null ? start : this.#shared.started(start);
  }

  remember(address: DatabaseAddress | null): void {
    rememberDatabase(this.#config.dataDir, address);
  }

  async join(address: DatabaseAddress): Promise<Joining> {
    if (this.#node === null) throw new Error('a node that is not created yet has no data to move');
    const shared = await this.#sharedAt(address);
    await shared.prepare(this.#node);
    return {
      lead: (database, lock) => {
        this.#shared = shared;
        shared.lead(database, lock);
        return true;
      },
      giveUp: () => void shared.leave(),
    };
  }

  movedBack(): void {
    void this.#shared?.leave();
    this.#shared = null;
  }
}
