import { Activity } from '../activity.ts';
import { ChangeFeed } from '../changes.ts';
import type { Http } from '../client/http.ts';
import type { NodeConfig } from '../config.ts';
import type { Verifier } from '../crypto/verifier.ts';
import type { Facts } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import { Life } from '../identity/life.ts';
import { OwnIdentity } from '../identity/own-identity.ts';
import type { Log } from '../kernel/log.ts';
import type { Ports } from '../kernel/ports.ts';
import { pauseBy } from '../kernel/timers.ts';
import type { Measures } from '../measures.ts';
import type { NamesWorld } from '../names/kept-name.ts';
import { Settings } from '../settings.ts';
import type { Store } from '../store/store.ts';
import { Warnings } from '../trust/warnings.ts';
import { Work } from '../work.ts';

/** The parts that a node is given, besides its configuration. */
export interface Given {
  readonly log: Log;
  readonly http?: Http;
  readonly verifier?: Verifier;
  readonly names?: NamesWorld;
  /** The feed of the previous run in this process, so that its listeners keep receiving changes. */
  readonly changes?: ChangeFeed;
  /** Ends this run and starts another on the same data folder. */
  readonly startAgain: () => void;
  readonly facts: Facts;
  readonly measures: Measures;
  readonly store: Store;
  readonly keyring: Keyring;
}

export type Foundation = ReturnType<typeof foundation>;

/** Builds the ground for everything else: data, settings, and the ways in which parts tell each other something. */
export function foundation(config: NodeConfig, ports: Ports, given: Given) {
  const { log, facts, measures, store, keyring } = given;
  const { clock, random } = ports;
  const { dataDir } = config;
  const { tell } = facts;
  const changes =
    given.changes ??
    new ChangeFeed(ports, (error) => log.error({ err: error }, 'a reader of changes failed'));
  const activity = new Activity(clock, store.activity.all());
  const settings = new Settings(store, config);
  const work = new Work({ clock, random, tell });
  const ownIdentity = new OwnIdentity({ store, keyring, settings, clock, tell });
  const warnings = new Warnings(log, tell);
  const { warn } = warnings;
  const life = new Life({ store, dataDir, clock, random, warn: warn(null) });
  return {
    config,
    dataDir,
    ports,
    clock,
    random,
    pause: pauseBy(clock),
    log,
    facts,
    tell,
    measures,
    meter: measures,
    store,
    keyring,
    changes,
    activity,
    settings,
    work,
    ownIdentity,
    warnings,
    warn,
    life,
  };
}
