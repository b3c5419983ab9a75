/**
 * Two machines on a switch, and this process on a third: it has to run in a namespace of its own already. Each machine
 * has one address for everybody, and one for what the two databases send each other.
 */
import { execFileSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import { routerEnv as env } from '../daemons/router.ts';
import { Place } from './netns.ts';

export const databasePort = 5432;
const ours = '10.1.0.3';

/** The ways to cut: all, that to both databases, that to the other machine's node, or that between the databases. */
export const cuts = ['machine', 'database', 'node', 'replication'] as const;
export type Cut = (typeof cuts)[number];

export class Machine {
  readonly place: Place;
  readonly address: string;
  /** Between the databases. */
  readonly replication: string;
  readonly #otherAddress: string;

  constructor(place: Place, number: 1 | 2) {
    this.place = place;
    this.address = `10.1.0.${number}`;
    this.replication = `10.2.0.${number}`;
    this.#otherAddress = `10.1.0.${3 - number}`;
  }

  /** Prefix of a command that runs here. */
  get within(): readonly string[] {
    return ['ip', 'netns', 'exec', this.place.name];
  }

  /** Packets get lost from now on, in both directions, and neither side notices. */
  cut(what: Cut): void {
    const rules: Record<Cut, readonly [out: string, back: string]> = {
      machine: ['oifname != "lo"', 'iifname != "lo"'],
      database: [
        `ip daddr 10.1.0.0/24 tcp dport ${databasePort}`,
        `ip saddr 10.1.0.0/24 tcp sport ${databasePort}`,
      ],
      node: [
        `ip daddr ${this.#otherAddress} tcp dport != ${databasePort} tcp sport != ${databasePort}`,
        `ip saddr ${this.#otherAddress} tcp dport != ${databasePort} tcp sport != ${databasePort}`,
      ],
      replication: ['ip daddr 10.2.0.0/24', 'ip saddr 10.2.0.0/24'],
    };
    const [out, back] = rules[what];
    this.place.run(
      'nft',
      ['-f', '-'],
      `table inet cut {
  chain out { type filter hook output priority 0; ${out} drop; }
  chain back { type filter hook input priority 0; ${back} drop; }
}`,
    );
  }

  mend(): void {
    this.place.run('nft', ['flush', 'ruleset']);
  }
}

/** Both machines, connected with each other and with this process. */
export function makeMachines(t: Pick<TestContext, 'after'>): [Machine, Machine] {
  const nexus = new Place(t, 'switch');
  nexus.ip('link', 'add', 'br0', 'type', 'bridge');
  nexus.ip('link', 'set', 'br0', 'up');
  const plug = (link: string) => {
    nexus.ip('link', 'set', link, 'master', 'br0');
    nexus.ip('link', 'set', link, 'up');
  };
  const machines = ([1, 2] as const).map((number) => {
    const machine = new Machine(new Place(t, `machine${number}`), number);
    const { place, address, replication } = machine;
    const link = `machine${number}`;
    nexus.ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', place.name);
    plug(link);
    for (const each of [address, replication]) place.ip('addr', 'add', `${each}/24`, 'dev', 'eth0');
    place.ip('link', 'set', 'eth0', 'up');
    return machine;
  });
  const here = (...args: string[]) => execFileSync('ip', args, { env });
  here('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'here', 'netns', nexus.name);
  plug('here');
  here('addr', 'add', `${ours}/24`, 'dev', 'eth0');
  here('link', 'set', 'eth0', 'up');
  return machines as [Machine, Machine];
}

export const addressHere = ours;
