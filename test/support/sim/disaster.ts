import assert from 'node:assert/strict';
import type { People, SimRoom } from './actions.ts';
import { hasRoom, holdsChannel, runUntilQuiet, storedEvents } from './checks.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/**
 * Damages disks: a node comes back from an older backup, on an empty disk with its recovery file, or without the
 * database's log. Only what nobody else had may be lost.
 */
export class Disasters {
  /** Rooms for which nothing is left that proves to their home that they are its own. */
  readonly lostRooms = new Set<string>();
  readonly #world: World;
  readonly #rooms: readonly SimRoom[];
  readonly #people: People;
  readonly #users: readonly string[];
  readonly #hit = new Set<SimNode>();
  /** The peers of a node, by name. */
  readonly #peers: ReadonlyMap<string, readonly string[]>;

  constructor(deps: {
    world: World;
    rooms: readonly SimRoom[];
    people: People;
    users: readonly string[];
    peers: ReadonlyMap<string, readonly string[]>;
  }) {
    this.#world = deps.world;
    this.#rooms = deps.rooms;
    this.#people = deps.people;
    this.#users = deps.users;
    this.#peers = deps.peers;
  }

  /** One thing that happens to a disk, or that its owner does as a precaution. */
  async act(): Promise<void> {
    const { dice, nodes } = this.#world;
    const node = dice.pick(nodes);
    if (!node) return;
    const kind = dice.pick(['back up', 'back up', 'rotate', 'restore', 'empty disk', 'no log'] as const);
    if (kind === 'back up' && node.isUp) {
      await node.backUp();
      this.#world.note(`${node.name} made a backup`);
    } else if (kind === 'rotate' && node.isUp && dice.chance(0.3)) {
      await node.api.rotateKeys({});
      this.#world.note(`${node.name} rotated its keys`);
    } else if (kind === 'restore' && node.hasBackup) await this.#lose(node, kind, () => node.restore());
    else if (kind === 'empty disk' && node.hasBackup && dice.chance(0.5))
      await this.#lose(node, kind, () => node.emptyDisk());
    else if (kind === 'no log' && node.hasMoreThanLog) await this.#lose(node, kind, () => node.loseLog());
  }

  async #lose(node: SimNode, kind: string, lose: () => void): Promise<void> {
    const world = this.#world;
    await world.clock.settle();
    if (node.isUp) node.crash();
    await world.wait(node.stopped);
    lose();
    this.#hit.add(node);
    this.#forgive();
    world.note(`${node.name}: ${kind}`);
    if (node.hasDatabase) return;
    await node.start();
    await node.recover();
    // Like the owner: the recovery file has the users and peers of the day it was saved.
    const { items } = await node.api.users({});
    for (const localpart of this.#users)
      if (!items.some((user) => user.localpart === localpart)) await node.api.addUser({ localpart });
    await this.#addPeers(node);
    world.note(`${node.name} has its keys again`);
  }

  /** Peers that can't be reached are added once they can. */
  async #addPeers(node: SimNode): Promise<void> {
    const { items } = await node.api.peers({});
    const allowed = new Set(items.filter((peer) => peer.mode === 'allow').map((peer) => peer.server_name));
    for (const name of this.#peers.get(node.name) ?? [])
      if (!allowed.has(name))
        await this.#world.wait(node.api.addPeer({ endpoint: `http://${name}` })).catch(() => {});
  }

  /** Drops events that are on no disk any more: they can't come back, even if they were confirmed to users. */
  #forgive(): void {
    const { nodes } = this.#world;
    for (const room of this.#rooms) {
      const left = nodes
        .filter((node) => node.hasDatabase && hasRoom(node, room.id))
        .flatMap((node) => storedEvents(node, room.id));
      const ids = new Set(left.map((event) => event.event_id));
      this.#people.forgive(room.id, {
        event: (id) => !ids.has(id),
        channel: (name) => !nodes.some((node) => node.hasDatabase && holdsChannel(node, room.id, name)),
      });
      if (!left.some((event) => event.event_type === 'm.room.info')) this.lostRooms.add(room.id);
    }
  }

  /** Does the owners' work once everyone is back, according to the report of the recovery. */
  async chores(): Promise<void> {
    const world = this.#world;
    if (this.#hit.size === 0) return;
    for (const node of this.#hit) await this.#addPeers(node);
    await runUntilQuiet(world);
    // Rooms are compared one after the other, every ten minutes.
    await world.clock.advance(3 * 3_600_000);
    for (const node of this.#hit)
      for (const room of this.#rooms) {
        if (room.home === node || this.lostRooms.has(room.id)) continue;
        const { items } = await node.api.recovery({});
        const isElsewhere = items.some(({ id, outcome }) => id === room.id && outcome === 'elsewhere');
        const { items: there } = await room.home.api.members({ room_id: room.id });
        for (const { user_id } of there)
          if (isElsewhere && user_id.endsWith(`:${node.domain}`))
            await world.wait(node.api.joinRoom({ room_id: room.id, as: user_id }));
      }
  }

  /** Nobody else has these servers' keys, and every loss was noticed, so there must be no such finding. */
  async assertNoFalseAlarm(): Promise<void> {
    for (const node of this.#world.nodes) {
      const { findings } = await node.api.doctor({});
      assert.deepEqual(
        findings.filter(({ code }) => code === 'key-used-elsewhere' || code === 'events-damaged'),
        [],
        `${node.name} raises no false alarm`,
      );
    }
  }
}
