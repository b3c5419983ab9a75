import type { RequestListener } from 'node:http';
import { type Api, contract, type ProcedureName } from '../shared/api/contract.ts';
import { refusal } from '../shared/words/refusal.ts';
import { said } from '../shared/words/said.ts';
import { wordsIn } from '../shared/words/words.ts';
import { sessionMsMax } from './access/logins.ts';
import { createApi } from './api/api.ts';
import { snapshotOf } from './api/node.ts';
import type { ChangeFeed } from './changes.ts';
import { UndiciHttp } from './client/undici-http.ts';
import { compose, type NodeParts } from './compose.ts';
import type { NodeConfig } from './config.ts';
import { failurePage } from './doctor/finding.ts';
import { rebuildAll } from './events/projection/rebuild-all.ts';
import { Housekeeping } from './housekeeping.ts';
import { createLeaderSide } from './http/between/leader-side.ts';
import { StandbySide } from './http/between/standby-side.ts';
import { apiWhileLeading } from './http/between/switching.ts';
import { VerifyAhead } from './http/between/verify-ahead.ts';
import { createControlApp } from './http/control/app.ts';
import { createFederationApp, createFederationCalls } from './http/federation/app.ts';
import type { FederationRoute } from './http/federation/request.ts';
import type { ListenerUrls } from './http/listeners.ts';
import { takeInKeys } from './identity/belonging.ts';
import type { OwnIdentity } from './identity/own-identity.ts';
import { alone, outOfDateMsMax } from './kernel/lead.ts';
import type { Ports } from './kernel/ports.ts';
import { isElsewhere } from './store/disk-watch.ts';

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
  /** A login link that other users of this computer may see, because they can't use it; see Logins.makeCode. */
  readonly makeSeenLoginLink: () => string;
  /** Starts delivering and catching up, without any listener. */
  work(): Promise<void>;
  /**
   * Opens both listeners, then starts work unless it stands by. Errors of the system (a port in use) are passed on.
   */
  start(): Promise<ListenerUrls>;
  /**
   * Rebuilds every room's projection; calls `onRoom` after each. Returns the rooms that were shown differently before.
   */
  repair(onRoom: (done: number, total: number) => void): Promise<readonly string[]>;
  /** The computer is about to sleep: starts nothing until `wake`. */
  sleep(): Promise<void>;
  /** The computer was asleep: delivers and reads again, unless the owner paused it. */
  wake(): Promise<void>;
  /**
   * Ends this run and starts another one with other parts: another place, another store. Its users notice a short
   * silence. `parts` is called in between, when nothing uses the data folder.
   */
  become(parts: () => Promise<Partial<NodeParts>>): Promise<void>;
  /**
   * Answers requests of standbys; `token` is that of this lead. Null before the node is set up: without an identity it
   * can't tell who they are.
   */
  answerStandbys(token: number): RequestListener | null;
  /** What another node wrote is in the store: keys that it made are used, and screens read again. */
  readAgain(): void;
  /** Resolves once the restart after a restore is over; `null` if none is in progress. Never rejects. */
  readonly restarting: Promise<void> | null;
  /** Refuses new requests, lets running ones and the outbox finish for a moment, closes the store. */
  stop(): Promise<void>;
  /** The process ends now, and the node has not stopped. */
  leave(): void;
}

const drainMs = 2_000;
const startAgainMs = 300;
/** For the rest of a change of places: more than it takes, unless the database is away. */
const changeMsMax = 5_000;

interface Run extends Omit<ParacordNode, 'restarting' | 'become' | 'makeSeenLoginLink'> {
  readonly makeSeenCode: () => string;
  readonly sessions: Sessions;
}
type Sessions = readonly { readonly hash: string; readonly last_used_at: number }[];

/**
 * A fully built node (compose.ts) that does nothing yet. When a backup replaces its empty data folder, or it changes
 * places with another node, its run ends and another one starts. Its users notice only a short silence.
 */
export function createNode(config: NodeConfig, ports: Ports, given: NodeParts): ParacordNode {
  const { log } = given;
  let stopped: Promise<void> | null = null;
  let restarting: Promise<void> | null = null;
  let at: ListenerUrls | null = null;
  let hasFailed = false;
  let changing: Promise<void> | null = null;
  let current = given;
  let run = createRun(config, ports, { ...given, startAgain });
  const { changes, token } = run;

  /** The listeners send the answer to the request that asked for it before they close. */
  function startAgain(): void {
    restarting = changeRuns(async () => ({ startAgain: () => {} })).finally(() => {
      restarting = null;
    });
  }

  async function changeRuns(parts: () => Promise<Partial<NodeParts>>): Promise<void> {
    const { sessions } = run;
    try {
      await run.stop();
      at = await nextRun(parts, sessions);
      changes.publish({ topic: 'resync' });
    } catch (error) {
      log.error({ err: error }, 'the node did not start again');
      hasFailed = true;
      // Another process may start on this data folder now.
      await run.stop();
      given.onFailed?.(error);
    }
  }

  /** If the database of another machine stores nothing now, that is no reason to end: tries again. */
  async function nextRun(
    parts: () => Promise<Partial<NodeParts>>,
    sessions: Sessions,
  ): Promise<ListenerUrls> {
    for (;;) {
      current = { ...current, ...(await parts()) };
      const control = { ...config.control, port: at === null ? config.control.port : portOf(at.control) };
      run = createRun({ ...config, control }, ports, {
        ...{ startAgain, ...current, changes },
        ...{ token, sessions },
      });
      try {
        return await run.start();
      } catch (error) {
        if (!isElsewhere(error)) throw error;
        log.warn({ reason: (error as Error).message }, 'the node could not start, and tries again');
        await run.stop();
      }
      await new Promise<void>((resolve) => void ports.clock.after(startAgainMs, resolve));
    }
  }

  /** A call while the node changes places waits until it has, unless that takes longer than usual. */
  async function onceChanged(call: () => Promise<unknown>): Promise<unknown> {
    const late = Promise.withResolvers<void>();
    const cancel = ports.clock.after(changeMsMax, late.resolve);
    await Promise.race([changing, late.promise]).finally(cancel);
    if (hasFailed) throw refusal('SERVICE_UNAVAILABLE', said('control.not_running'));
    if (changing !== null)
      throw refusal('SERVICE_UNAVAILABLE', said('control.changing'), {
        retryAfterSeconds: 2,
        details: { reason: 'no_leader' },
      });
    return await call();
  }
  const names = Object.keys(contract) as ProcedureName[];
  /** One API per language. Each call goes to the current run. */
  const apis = new Map<string, Api>();
  const apiIn = (wanted: string): Api => {
    const { locale } = wordsIn(wanted);
    const made =
      apis.get(locale) ??
      (Object.fromEntries(
        names.map((name) => [
          name,
          (input: never) => {
            const call = () => run.apiIn(locale)[name](input);
            return changing === null && !hasFailed ? call() : onceChanged(call);
          },
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
    makeSeenLoginLink: () => `${at?.control}/#/login/${run.makeSeenCode()}`,
    work: () => run.work(),
    async start() {
      at = await run.start();
      return at;
    },
    repair: (onRoom) => run.repair(onRoom),
    sleep: () => run.sleep(),
    wake: () => run.wake(),
    async become(parts) {
      if (stopped !== null) return;
      changing = changeRuns(parts).finally(() => {
        changing = null;
      });
      await changing;
    },
    answerStandbys: (of) => run.answerStandbys(of),
    readAgain: () => run.readAgain(),
    get restarting() {
      return restarting;
    },
    stop() {
      stopped ??= restarting === null ? run.stop() : restarting.then(() => run.stop());
      return stopped;
    },
    leave: () => run.leave(),
  };
}

const portOf = (url: string): number => Number(new URL(url).port);

/** What a run takes over from the previous one, besides its parts. */
interface Kept {
  readonly token?: string;
  readonly sessions?: Sessions;
}

function createRun(config: NodeConfig, ports: Ports, given: NodeParts & Kept): Run {
  const { log, place = alone } = given;
  const parts = compose(config, ports, given);
  const { store, keyring, changes, settings, routes, life, listeners, reach, traffic } = parts;
  const { peerAdmin, acceptances, addressAnnouncer, contacts, keyExtensions, receipts, recovery } = parts;
  const housekeeping = new Housekeeping(parts);
  const apis = new Map<string, Api>();
  const apiIn = (wanted: string): Api => {
    const words = wordsIn(wanted);
    const made = apis.get(words.locale) ?? apiOfPlace(createApi(parts.api, words), words.locale);
    apis.set(words.locale, made);
    return made;
  };
  const { standsBy, lead, mayRead } = place;
  const isUpToDate = (): boolean =>
    standsBy === null || ports.clock.now() - standsBy.upToDateAt() <= outOfDateMsMax;
  const toLeader =
    standsBy &&
    new StandbySide({
      ...{ ...ports, leader: standsBy.leader, isUpToDate, key: () => keyring.betweenNodesKey() },
      ahead: new VerifyAhead({ ...parts.api, verifier: parts.verifier }),
      http: given.http ?? new UndiciHttp(),
      failurePage,
    });
  const apiOfPlace = (api: Api, locale: string): Api =>
    toLeader ? toLeader.apiOver(api, locale) : apiWhileLeading(api, place);
  const mayAnswerPeers = (): void => {
    if (standsBy === null) lead.check();
    else if (!isUpToDate())
      throw refusal('SERVICE_UNAVAILABLE', said('standby.old_copy', { seconds: outOfDateMsMax / 1000 }), {
        retryAfterSeconds: 2,
      });
  };
  const { disk } = store;
  const calls = {
    ...{ clock: ports.clock, disk, log, mayAnswer: mayAnswerPeers },
    onDisk: () => store.writer.onDisk(),
    measure: (call: string) => parts.measures.request(call),
  };
  let answerPeers: RequestListener = () => {};
  const token = given.token ?? ports.random.bytes(32).toString('hex');
  let stopped: Promise<void> | null = null;

  /** Before anything is sent, received or answered. */
  async function prepare(): Promise<void> {
    await life.begin();
    await parts.ownIdentity.share();
    await recovery.prepare();
    await parts.upkeep.bringUpToDate();
  }

  async function work(): Promise<void> {
    await prepare();
    await run();
  }

  async function run(): Promise<void> {
    peerAdmin.start();
    await traffic.start(settings.get().paused);
    housekeeping.start();
    acceptances.start();
    keyExtensions.start();
    contacts.start();
    addressAnnouncer.start();
    recovery.start();
    parts.scrub.start();
  }

  async function start(): Promise<ListenerUrls> {
    if (toLeader !== null) {
      toLeader.carry();
      return await openListeners();
    }
    await prepare();
    // A restored database has no logins, and nobody has saved those made at a standby. Those browsers stay logged in.
    for (const { hash, last_used_at } of given.sessions ?? [])
      await store.sessions.add(hash, last_used_at, last_used_at - sessionMsMax);
    const at = await openListeners();
    await run();
    parts.databaseCheck.start();
    if (at.federation !== '') reach.begin(listeners);
    log.info(at, 'started');
    return at;
  }

  function openListeners(): Promise<ListenerUrls> {
    const control = createControlApp({
      ...{ apiIn, changes, clock: ports.clock, token, logins: parts.logins, bots: parts.bots, log },
      pagesDir: config.pagesDir,
      consoleCommand: config.consoleCommand,
      allowedHosts: config.consoleHost === undefined ? [] : [config.consoleHost],
      version: config.version,
      metrics: () => parts.measures.text(snapshotOf(parts.api)),
      isReady: () => stopped === null,
      mayAnswer: mayRead,
    });
    answerPeers = createFederationApp({ ...calls, routes: toLeader?.routesOver(routes) ?? routes });
    return listeners.open(toLeader?.listenerOver(answerPeers) ?? answerPeers, control);
  }

  /** If a part fails to end, for example because a file can't be written, the others still do. */
  async function ended(parts: readonly Promise<unknown>[]): Promise<void> {
    for (const end of await Promise.allSettled(parts))
      if (end.status === 'rejected') log.warn({ err: end.reason }, 'a part did not stop cleanly');
  }

  async function shutDown(): Promise<void> {
    const sending = toLeader?.close();
    housekeeping.stop();
    parts.databaseCheck.stop();
    peerAdmin.stop();
    contacts.stop();
    receipts.stop();
    await ended([
      ...[listeners.close(), traffic.stopReading(), acceptances.stop()],
      addressAnnouncer.stop(),
      ...[keyExtensions.stop(), reach.end(), recovery.stop(), parts.scrub.stop()],
    ]);
    await ended([traffic.stop(drainMs)]);
    await ended([parts.verifier.stop(), parts.http.close(), ...(sending ? [sending] : [])]);
    // If the disk is full, the next start notices that this was not a clean stop. A standby stores nothing.
    if (toLeader === null) await ended([parts.ownEvents.end(), housekeeping.saveActivity()]);
    parts.measures.stop();
    await ended([store.close()]);
    keyring.wipe();
    parts.lock.release();
    if (listeners.isOpen) log.info('stopped');
  }

  return {
    ...{ api: apiIn('en'), apiIn, changes, routes, token, work, start },
    saveRecoveryFile: (passphrase, save) => parts.ownIdentity.export(passphrase, save),
    makeSeenCode: () => parts.logins.makeCode(true).code,
    readAgain() {
      takeInKeys(store, keyring, log);
      changes.publish({ topic: 'resync' });
    },
    answerStandbys: (of) => {
      if (!keyring.isSetUp) return null;
      return createLeaderSide({
        ...{
          carriers: parts.carriers,
          key: keyring.betweenNodesKey(),
          token: of,
          clock: ports.clock,
          apiIn,
          mayAnswer: lead.check,
          log,
        },
        federation: (request, response) => answerPeers(request, response),
        push: createFederationCalls({ ...calls, routes }),
      });
    },
    get sessions() {
      return parts.sessions.own?.() ?? parts.sessions.all();
    },
    repair: (onRoom) => rebuildAll(parts, onRoom),
    sleep: () => (stopped ? Promise.resolve() : traffic.setPaused(true)),
    wake: () => (stopped ? Promise.resolve() : traffic.wake(settings.get().paused)),
    stop() {
      stopped ??= shutDown();
      return stopped;
    },
    leave: () => store.leave(),
  };
}
