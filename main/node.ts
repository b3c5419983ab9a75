import type { Api } from '../shared/api/contract.ts';
import { limits } from '../shared/protocol/limits.ts';
import { wordsIn } from '../shared/words/words.ts';
import { createApi } from './api/api.ts';
import { metricsText } from './api/metrics.ts';
import { recordOwnKeys } from './api/node.ts';
import { peerStateNews } from './api/peer-news.ts';
import type { ChangeFeed } from './changes.ts';
import { compose, type NodeParts } from './composition/compose.ts';
import { type NodeConfig, tuning } from './config.ts';
import { createControlApp } from './http/control/app.ts';
import { createFederationApp } from './http/federation/app.ts';
import type { FederationRoute } from './http/federation/request.ts';
import type { Addresses } from './http/listeners.ts';
import { every } from './kernel/every.ts';
import type { Ports } from './kernel/ports.ts';
import { clientKeyKeptMs } from './rooms/client-keys.ts';

export type { Addresses, NodeParts };

export interface ParacordNode {
  /** With sentences in English. */
  readonly api: Api;
  /** With sentences in this locale (`de`, `en-GB`). */
  readonly apiIn: (locale: string) => Api;
  readonly changes: ChangeFeed;
  /** The federation calls, for whoever carries requests otherwise than by HTTP. */
  readonly routes: readonly FederationRoute[];
  /** The control API's bearer token of this run. */
  readonly token: string;
  /** Delivers and catches up, without any listener. */
  work(): Promise<void>;
  /** Opens both listeners, then works. Errors of the system (a port in use) come as they are. */
  start(): Promise<Addresses>;
  /** Stops taking requests, lets running ones and the outbox finish for a moment, closes the store. */
  stop(): Promise<void>;
}

const drainMs = 2_000;
const housekeepingMs = 30_000;
/** Messages in one transaction, so that a burst of erasures keeps nobody waiting. */
const erasedTogetherMax = 100;

/** A node that is put together (composition/compose.ts) and does nothing yet. */
export function createNode(config: NodeConfig, ports: Ports, given: NodeParts): ParacordNode {
  const { log } = given;
  const { clock, random } = ports;
  const composed = compose(config, ports, given);
  const { parts, receipts, routes, lock, verifier, http, life, projection, erasure, listeners } = composed;
  const { onStanding, setPaused, stopReading } = composed;
  const {
    store,
    keyring,
    directory,
    delivery,
    settings,
    changes,
    peerAdmin,
    acceptances,
    addresses,
    keyExtensions,
    contacts,
    reach,
    logins,
  } = parts;
  const apis = new Map<string, Api>();
  const apiIn = (wanted: string): Api => {
    const words = wordsIn(wanted);
    const made = apis.get(words.locale) ?? createApi(parts, words);
    apis.set(words.locale, made);
    return made;
  };
  const api = apiIn('en');
  const tellPeerStates = peerStateNews(parts);
  const token = random.bytes(32).toString('hex');
  let cancelHousekeeping: (() => void) | null = null;
  let stopped: Promise<void> | null = null;

  async function keepHouse(): Promise<void> {
    const now = clock.now();
    const rooms = await store.writer.write(() => {
      store.outbox.pruneAttempts(now - tuning.attemptsKeepMs);
      store.receipts.prune(now - tuning.attemptsKeepMs);
      store.clientKeys.prune(now - clientKeyKeptMs);
      return projection.applyDue(now, limits.aheadMsMax);
    });
    for (const room_id of rooms) changes.publish({ topic: 'room', room_id });
    await eraseDue();
    if (keyring.isSetUp && keyring.renew()) await recordOwnKeys(parts);
    if (!settings.get().paused) parts.doctor.recheck();
    tellPeerStates();
  }

  /** What could not be erased when it came to be due; then the texts themselves go from the files. */
  async function eraseDue(): Promise<void> {
    let last: number | null = 0;
    while (last !== null) {
      const after: number = last;
      last = await store.writer.write(() => projection.eraseDue(after, erasedTogetherMax));
    }
    for (const destination of erasure.takeWithdrawn()) {
      delivery.reread(destination);
      changes.publish({ topic: 'outbox', destination });
    }
    await store.erasures.scrub();
  }

  async function work(): Promise<void> {
    await life.begin();
    await projection.bringUpToDate();
    for (const peer of directory.all())
      if (!directory.isAllowed(peer.server_name) || peer.endpoint === null) onStanding(peer.server_name);
    peerAdmin.start();
    await setPaused(settings.get().paused);
    delivery.start();
    cancelHousekeeping = every(clock, housekeepingMs, keepHouse, (error) =>
      log.error({ err: error }, 'housekeeping failed'),
    );
    acceptances.start();
    keyExtensions.start();
    contacts.start();
    addresses.start();
  }

  async function start(): Promise<Addresses> {
    await life.begin();
    await projection.bringUpToDate();
    const app = createControlApp({
      apiIn,
      changes,
      clock,
      token,
      logins,
      bots: parts.bots,
      pagesDir: config.pagesDir,
      allowedHosts: config.consoleHost === undefined ? [] : [config.consoleHost],
      version: config.version,
      log,
      metrics: () => metricsText(parts),
      isReady: () => stopped === null,
    });
    const addresses = await listeners.open(createFederationApp({ routes, clock: ports.clock, log }), app);
    await work();
    if (addresses.federation !== '') reach.begin();
    log.info(addresses, 'started');
    return addresses;
  }

  async function shutDown(): Promise<void> {
    cancelHousekeeping?.();
    peerAdmin.stop();
    contacts.stop();
    receipts.stop();
    await Promise.all([
      ...[listeners.close(), stopReading(), acceptances.stop(), addresses.stop(), keyExtensions.stop()],
      reach.end(),
    ]);
    await delivery.drain(drainMs);
    await delivery.stop();
    await verifier.stop();
    await http.close();
    await store.close();
    keyring.wipe();
    lock.release();
    if (listeners.isOpen) log.info('stopped');
  }

  return {
    api,
    apiIn,
    changes,
    routes,
    token,
    work,
    start,
    stop() {
      stopped ??= shutDown();
      return stopped;
    },
  };
}
