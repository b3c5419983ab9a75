import { type Api, contract, type ProcedureName } from '../shared/api/contract.ts';
import { refusal } from '../shared/words/refusal.ts';
import { said } from '../shared/words/said.ts';
import { wordsIn } from '../shared/words/words.ts';
import { sessionMsMax } from './access/logins.ts';
import { createApi } from './api/api.ts';
import { snapshotOf } from './api/node.ts';
import type { ChangeFeed } from './changes.ts';
import { compose, type NodeParts } from './compose.ts';
import type { NodeConfig } from './config.ts';
import { Housekeeping } from './housekeeping.ts';
import { createControlApp } from './http/control/app.ts';
import { createFederationApp } from './http/federation/app.ts';
import type { FederationRoute } from './http/federation/request.ts';
import type { ListenerUrls } from './http/listeners.ts';
import type { OwnIdentity } from './identity/own-identity.ts';
import type { Ports } from './kernel/ports.ts';

export type { ListenerUrls as Addresses, NodeParts };

export interface ParacordNode {
  /** With sentences in English. */
  readonly api: Api;
  /** With sentences in this locale (`de`, `en-GB`). */
  readonly apiIn: (locale: string) => Api;
  /** A recovery file, for an owner in this process; see OwnIdentity.export. */
  readonly saveRecoveryFile: OwnIdentity['export'];
  readonly changes: ChangeFeed;
  /** The federation calls, for simulations without HTTP. */
  readonly routes: readonly FederationRoute[];
  /** The control API's bearer token of this run. */
  readonly token: string;
  /** Starts delivering and catching up, without any listener. */
  work(): Promise<void>;
  /** Opens both listeners, then starts work. Errors of the system (a port in use) are passed on. */
  start(): Promise<ListenerUrls>;
  /**
   * Rebuilds every room's projection; calls `onRoom` after each. Returns the rooms that were shown differently before.
   */
  repair(onRoom: (done: number, total: number) => void): Promise<readonly string[]>;
  /** The computer is about to sleep: starts nothing until `wake`. */
  sleep(): Promise<void>;
  /** The computer was asleep: delivers and reads again, unless the owner paused it. */
  wake(): Promise<void>;
  /** Resolves once the restart after a restore is over; `null` if none is under way. Never rejects. */
  readonly restarting: Promise<void> | null;
  /** Refuses new requests, lets running ones and the outbox finish for a moment, closes the store. */
  stop(): Promise<void>;
}

const drainMs = 2_000;

/** What a room shows, as a text to compare. */
function shownIn(store: ReturnType<typeof compose>['store'], roomId: string): string {
  const messages = store.messages.page(roomId, null, null, Number.MAX_SAFE_INTEGER);
  const reactions = store.messages.reactions(messages.map(({ seq }) => seq));
  return JSON.stringify([messages, reactions, store.rooms.members(roomId), store.rooms.channels(roomId)]);
}

async function rebuildAll(
  { store, upkeep }: Pick<ReturnType<typeof compose>, 'store' | 'upkeep'>,
  onRoom: (done: number, total: number) => void,
): Promise<string[]> {
  const rooms = store.rooms.rooms().map(({ room_id }) => room_id);
  const changed: string[] = [];
  for (const [at, roomId] of rooms.entries()) {
    const before = shownIn(store, roomId);
    await upkeep.rebuild(roomId);
    if (shownIn(store, roomId) !== before) changed.push(roomId);
    onRoom(at + 1, rooms.length);
  }
  return changed;
}

interface Run extends Omit<ParacordNode, 'restarting'> {
  readonly sessions: Sessions;
}
type Sessions = ReturnType<ReturnType<typeof compose>['store']['sessions']['all']>;

/**
 * A fully built node (compose.ts) that does nothing yet. When a backup replaces its empty data folder, its run ends and
 * another one starts on the restored data. Its users notice only a short silence.
 */
export function createNode(config: NodeConfig, ports: Ports, given: NodeParts): ParacordNode {
  const { log } = given;
  let stopped: Promise<void> | null = null;
  let restarting: Promise<void> | null = null;
  let at: ListenerUrls | null = null;
  let hasFailed = false;
  let run = createRun(config, ports, { ...given, startAgain });
  const { changes, token } = run;

  /** The listeners send the answer to the request that asked for it before they close. */
  function startAgain(): void {
    restarting = changeRuns().finally(() => {
      restarting = null;
    });
  }

  async function changeRuns(): Promise<void> {
    const before = run;
    const { sessions } = before;
    try {
      await before.stop();
      const control = { ...config.control, port: at === null ? config.control.port : portOf(at.control) };
      run = createRun({ ...config, control }, ports, {
        ...{ ...given, changes, startAgain: () => {} },
        ...{ token, sessions },
      });
      at = await run.start();
      changes.publish({ topic: 'settings' });
    } catch (error) {
      log.error({ err: error }, 'the node did not start again after a restore');
      hasFailed = true;
      // Another process may start on this data folder now.
      await run.stop();
      given.onFailed?.(error);
    }
  }

  const names = Object.keys(contract) as ProcedureName[];
  const refused = (): Promise<never> =>
    Promise.reject(refusal('SERVICE_UNAVAILABLE', said('control.not_running')));
  /** One API per language. Each call goes to the current run. */
  const apis = new Map<string, Api>();
  const apiIn = (wanted: string): Api => {
    const { locale } = wordsIn(wanted);
    const made =
      apis.get(locale) ??
      (Object.fromEntries(
        names.map((name) => [
          name,
          (input: never) => (hasFailed ? refused() : run.apiIn(locale)[name](input)),
        ]),
      ) as unknown as Api);
    apis.set(locale, made);
    return made;
  };
  return {
    api: apiIn('en'),
    apiIn,
    saveRecoveryFile: (passphrase, save) => run.saveRecoveryFile(passphrase, save),
    changes,
    get routes() {
      return run.routes;
    },
    token,
    work: () => run.work(),
    async start() {
      at = await run.start();
      return at;
    },
    repair: (onRoom) => run.repair(onRoom),
    sleep: () => run.sleep(),
    wake: () => run.wake(),
    get restarting() {
      return restarting;
    },
    stop() {
      stopped ??= restarting === null ? run.stop() : restarting.then(() => run.stop());
      return stopped;
    },
  };
}

const portOf = (url: string): number => Number(new URL(url).port);

/** What a run takes over from the one before it, beside its parts. */
interface Kept {
  readonly token?: string;
  readonly sessions?: Sessions;
}

function createRun(config: NodeConfig, ports: Ports, given: NodeParts & Kept): Run {
  const { log } = given;
  const parts = compose(config, ports, given);
  const { store, keyring, changes, settings, routes, life, listeners, reach, traffic } = parts;
  const { peerAdmin, acceptances, keptLinks, addresses, contacts, keyExtensions, receipts, recovery } = parts;
  const housekeeping = new Housekeeping(parts);
  const apis = new Map<string, Api>();
  const apiIn = (wanted: string): Api => {
    const words = wordsIn(wanted);
    const made = apis.get(words.locale) ?? createApi(parts.api, words);
    apis.set(words.locale, made);
    return made;
  };
  const token = given.token ?? ports.random.bytes(32).toString('hex');
  let stopped: Promise<void> | null = null;

  async function work(): Promise<void> {
    await life.begin();
    await recovery.prepare();
    await parts.upkeep.bringUpToDate();
    peerAdmin.start();
    await traffic.start(settings.get().paused);
    housekeeping.start();
    acceptances.start();
    keptLinks.start();
    keyExtensions.start();
    contacts.start();
    addresses.start();
    recovery.start();
    parts.scrub.start();
  }

  async function start(): Promise<ListenerUrls> {
    await life.begin();
    // A restored database has no logins; the browser that restored it stays in.
    for (const { hash, last_used_at } of given.sessions ?? [])
      await store.sessions.add(hash, last_used_at, last_used_at - sessionMsMax);
    await recovery.prepare();
    await parts.upkeep.bringUpToDate();
    const control = createControlApp({
      ...{ apiIn, changes, clock: ports.clock, token, logins: parts.logins, bots: parts.bots, log },
      pagesDir: config.pagesDir,
      consoleCommand: config.consoleCommand,
      allowedHosts: config.consoleHost === undefined ? [] : [config.consoleHost],
      version: config.version,
      metrics: () => parts.measures.text(snapshotOf(parts.api)),
      isReady: () => stopped === null,
    });
    const { disk } = store;
    const federation = createFederationApp({
      ...{ routes, clock: ports.clock, disk, log },
      onDisk: () => store.writer.onDisk(),
      measure: (call) => parts.measures.request(call),
    });
    const at = await listeners.open(federation, control);
    await work();
    parts.databaseCheck.start();
    if (at.federation !== '') reach.begin(listeners);
    log.info(at, 'started');
    return at;
  }

  /** If a part fails to end, for example because a file can't be written, the others still do. */
  async function ended(parts: readonly Promise<unknown>[]): Promise<void> {
    for (const end of await Promise.allSettled(parts))
      if (end.status === 'rejected') log.warn({ err: end.reason }, 'a part did not end as it should');
  }

  async function shutDown(): Promise<void> {
    housekeeping.stop();
    parts.databaseCheck.stop();
    peerAdmin.stop();
    contacts.stop();
    receipts.stop();
    await ended([
      ...[listeners.close(), traffic.stopReading(), keptLinks.stop(), acceptances.stop(), addresses.stop()],
      ...[keyExtensions.stop(), reach.end(), recovery.stop(), parts.scrub.stop()],
    ]);
    await ended([traffic.stop(drainMs)]);
    await ended([parts.verifier.stop(), parts.http.close()]);
    // Where the disk takes nothing more, the next start finds out that this was no orderly end.
    await ended([parts.ownEvents.end(), housekeeping.saveActivity()]);
    parts.measures.stop();
    await ended([store.close()]);
    keyring.wipe();
    parts.lock.release();
    if (listeners.isOpen) log.info('stopped');
  }

  return {
    ...{ api: apiIn('en'), apiIn, changes, routes, token, work, start },
    saveRecoveryFile: (passphrase, save) => parts.ownIdentity.export(passphrase, save),
    get sessions() {
      return store.sessions.all();
    },
    repair: (onRoom) => rebuildAll(parts, onRoom),
    sleep: () => (stopped ? Promise.resolve() : traffic.setPaused(true)),
    wake: () => (stopped ? Promise.resolve() : traffic.wake(settings.get().paused)),
    stop() {
      stopped ??= shutDown();
      return stopped;
    },
  };
}
