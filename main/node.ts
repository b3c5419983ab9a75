import { type Api, contract, type ProcedureName } from '../shared/api/contract.ts';
import { refusal } from '../shared/words/refusal.ts';
import { said } from '../shared/words/said.ts';
import { wordsIn } from '../shared/words/words.ts';
import { Known, machineLogin } from './access/callers.ts';
import { sessionMsMax } from './access/logins.ts';
import { createApi } from './api/api.ts';
import { messageNow } from './api/messages.ts';
import { snapshotOf } from './api/node.ts';
import { readNow } from './api/room-view.ts';
import type { ChangeFeed } from './changes.ts';
import type { Http } from './client/http.ts';
import { compose } from './compose/compose.ts';
import type { NodeConfig } from './config.ts';
import type { Verifier } from './crypto/verifier.ts';
import { type Opening, openDataFolder } from './data-folder.ts';
import { rebuildAll } from './events/projection/rebuild-all.ts';
import { Facts } from './facts.ts';
import { Housekeeping } from './housekeeping.ts';
import { createControlApp } from './http/control/app.ts';
import { createEntrance } from './http/entrance/app.ts';
import { createFederationApp } from './http/federation/app.ts';
import type { FederationRoute } from './http/federation/request.ts';
import type { ListenerUrls } from './http/listeners.ts';
import type { Ports } from './kernel/ports.ts';
import { Measures } from './measures.ts';
import type { NamesWorld } from './names/kept-name.ts';
import { entranceHosts } from './people/entrance-url.ts';
import type { RecoveryFile } from './recovery/export.ts';
import type { Files } from './rooms/files/files.ts';
import type { Pictures } from './rooms/files/pictures.ts';
import type { Uploads } from './rooms/files/uploads.ts';
import type { SessionRow } from './store/tables/access-store.ts';

export type { ListenerUrls as Addresses };

export interface NodeDeps extends Omit<Opening, 'tell'> {
  readonly http?: Http;
  readonly verifier?: Verifier;
  readonly names?: NamesWorld;
  /** While it starts: a room was brought up to date, after `done` of `total`. */
  readonly onRoom?: (done: number, total: number) => void;
  /** After a restore no new run could start, so nothing is answered any more. */
  readonly onFailed?: (error: unknown) => void;
}

export interface ParacordNode {
  /** Answers with sentences in English. */
  readonly api: Api;
  /** Answers with sentences in this locale (`de`, `en-GB`). */
  readonly apiIn: (locale: string) => Api;
  /** A recovery file, for an owner in this process; see RecoveryFile.export. */
  readonly saveRecoveryFile: RecoveryFile['export'];
  readonly changes: ChangeFeed;
  /** The federation calls, for simulations without HTTP. */
  readonly routes: readonly FederationRoute[];
  /** The bytes of uploads, files and pictures of people, which are in no procedure, without HTTP. */
  readonly bytes: Pick<Uploads, 'receive'> & Pick<Files, 'read'> & { readonly picture: Pictures['read'] };
  /** The control API's bearer token of this run. */
  readonly token: string;
  /** A login link that other users of this computer may see, because they can't use it; see Logins.makeCode. */
  readonly makeSeenLoginLink: () => string;
  /** Starts delivering and catching up, without any listener. */
  work(): Promise<void>;
  /** Opens both listeners, then starts work. Errors of the system (a port in use) are passed on. */
  start(): Promise<ListenerUrls>;
  /**
   * Rebuilds every room's projection; calls `onRoom` after each. Returns the rooms that were shown differently before, and
   * how many events can't be read. The node fetches those again when it runs.
   */
  repair(
    onRoom: (done: number, total: number) => void,
  ): Promise<{ readonly changed: readonly string[]; readonly unreadable: number }>;
  /** The computer is about to sleep: starts nothing until `wake`. */
  sleep(): Promise<void>;
  /** The computer was asleep: delivers and reads again, unless the owner paused it. */
  wake(): Promise<void>;
  /** Resolves once the restart after a restore is over; `null` if none is in progress. Never rejects. */
  readonly restarting: Promise<void> | null;
  /** Refuses new requests, lets running ones and the outbox finish for a moment, closes the store. */
  stop(): Promise<void>;
  /** The process ends now, and the node has not stopped. */
  leave(): void;
}

const drainMs = 2_000;

interface Run extends Omit<ParacordNode, 'restarting' | 'makeSeenLoginLink'> {
  readonly makeSeenCode: () => string;
  /** The owner on this machine, who speaks for nobody who can log in. */
  readonly machine: Known;
  readonly sessions: Sessions;
}
type Sessions = readonly SessionRow[];

/**
 * A fully built node (compose/compose.ts) that does nothing yet. When a backup replaces its empty data folder, its
 * run ends and another one starts. Its users notice only a short silence.
 */
export function createNode(config: NodeConfig, ports: Ports, given: NodeDeps): ParacordNode {
  const { log } = given;
  let stopped: Promise<void> | null = null;
  let restarting: Promise<void> | null = null;
  let at: ListenerUrls | null = null;
  let hasFailed = false;
  let run = createRun(config, ports, { ...given, startAgain });
  const { changes, token } = run;

  /** The listeners send the answer to the request that asked for it before they close. */
  function startAgain(): void {
    restarting = nextRun().finally(() => {
      restarting = null;
    });
  }

  async function nextRun(): Promise<void> {
    const { sessions } = run;
    try {
      await run.stop();
      const control = { ...config.control, port: at === null ? config.control.port : portOf(at.control) };
      run = createRun({ ...config, control }, ports, { ...given, changes, token, sessions, startAgain });
      at = await run.start();
      changes.publish({ topic: 'resync' });
    } catch (error) {
      log.error({ err: error }, 'the node did not start again');
      hasFailed = true;
      // Another process may start on this data folder now.
      await run.stop();
      given.onFailed?.(error);
    }
  }

  async function refuseStopped(): Promise<never> {
    throw refusal('SERVICE_UNAVAILABLE', said('control.not_running'));
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
          (input: never) =>
            hasFailed
              ? refuseStopped()
              : run.machine.answer(name, input ?? {}, (decided) => run.apiIn(locale)[name](decided as never)),
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
    get bytes() {
      return run.bytes;
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

/** A run takes this over from the previous one, besides its parts. */
interface Kept {
  readonly changes?: ChangeFeed;
  readonly token?: string;
  readonly sessions?: Sessions;
  /** Ends this run and starts another on the same data folder. */
  readonly startAgain: () => void;
}

function createRun(config: NodeConfig, ports: Ports, given: NodeDeps & Kept): Run {
  const { log } = given;
  const facts = new Facts();
  const measures = new Measures();
  const folder = openDataFolder(config, { ...ports, meter: measures }, { ...given, tell: facts.tell });
  const parts = compose(config, ports, { ...given, ...folder, facts, measures });
  const { store, keyring, changes, settings, routes, life, listeners, reach, traffic } = parts;
  const { peerAdmin, acceptances, addressAnnouncer, contacts, keyExtensions, receipts, recovery } = parts;
  const housekeeping = new Housekeeping(parts);
  const apis = new Map<string, Api>();
  const apiIn = (wanted: string): Api => {
    const words = wordsIn(wanted);
    const made = apis.get(words.locale) ?? createApi(parts, words);
    apis.set(words.locale, made);
    return made;
  };
  const { disk } = store;
  const token = given.token ?? ports.random.bytes(32).toString('hex');
  let stopped: Promise<void> | null = null;

  /** Before anything is sent, received or answered. */
  async function prepare(): Promise<void> {
    await life.begin();
    parts.folder.begin();
    await parts.ownIdentity.share();
    await recovery.prepare();
    await parts.upkeep.bringUpToDate(given.onRoom);
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
    parts.keptName.start();
    parts.pushes.start();
  }

  async function start(): Promise<ListenerUrls> {
    await prepare();
    // A restored database has no logins. The browsers that were logged in stay so.
    for (const session of given.sessions ?? [])
      await store.sessions.add(session, session.last_used_at - sessionMsMax);
    const at = await openListeners();
    await run();
    parts.databaseCheck.start();
    if (at.federation !== '') reach.begin(listeners);
    log.info(at, 'started');
    return at;
  }

  /** Screens read for themselves what comes to them without it, and show what that finds. */
  function forScreens<T>(read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      log.error({ err: error }, 'what changed could not be read for those who see it');
      return null;
    }
  }

  function openListeners(): Promise<ListenerUrls> {
    const control = createControlApp({
      files: parts,
      apiIn,
      changes,
      clock: ports.clock,
      token,
      logins: parts.logins,
      bots: parts.bots,
      log,
      access: parts.access,
      pagesDir: config.pagesDir,
      consoleCommand: config.consoleCommand,
      allowedHosts: config.consoleHost === undefined ? [] : [config.consoleHost],
      version: config.version,
      metrics: () => measures.text(snapshotOf(parts)),
      isReady: () => stopped === null,
    });
    const federation = createFederationApp({
      clock: ports.clock,
      disk,
      log,
      routes,
      onDisk: () => store.writer.onDisk(),
      measure: (call) => measures.request(call),
    });
    const entrance = createEntrance({
      messageNow: (locale, eventId) =>
        forScreens(() => messageNow({ ...parts, words: wordsIn(locale) }, eventId)),
      readNow: (locale, userId, roomId) =>
        forScreens(() => readNow({ ...parts, words: wordsIn(locale) }, userId, roomId)),
      files: parts,
      apiIn,
      changes,
      clock: ports.clock,
      log,
      access: parts.access,
      pagesDir: config.pagesDir,
      accounts: parts.accounts,
      peopleLinks: parts.peopleLinks,
      passkeys: parts.passkeys,
      isOpen: () => settings.get().people_log_in && keyring.isSetUp,
      hosts: () => entranceHosts(parts),
      serverName: () => keyring.serverName,
    });
    return listeners.open(federation, control, entrance);
  }

  /** If a part fails to end, for example because a file can't be written, the others still do. */
  async function ended(parts: readonly Promise<unknown>[]): Promise<void> {
    for (const end of await Promise.allSettled(parts))
      if (end.status === 'rejected') log.warn({ err: end.reason }, 'a part did not stop cleanly');
  }

  async function shutDown(): Promise<void> {
    housekeeping.stop();
    parts.databaseCheck.stop();
    peerAdmin.stop();
    contacts.stop();
    parts.typing.stop();
    parts.directChats.stop();
    receipts.stop();
    parts.pushes.stop();
    await ended([
      ...[listeners.close(), traffic.stopReading(), acceptances.stop()],
      addressAnnouncer.stop(),
      ...[keyExtensions.stop(), reach.end(), parts.keptName.stop(), recovery.stop(), parts.scrub.stop()],
      parts.fetching.stop(),
    ]);
    await ended([parts.uploads.stop()]);
    await ended([traffic.stop(drainMs)]);
    await ended([parts.verifier.stop(), parts.http.close()]);
    // If the disk is full, the next start notices that this was not a clean stop.
    await ended([parts.ownEvents.end(), housekeeping.saveActivity()]);
    measures.stop();
    await ended([store.close()]);
    keyring.wipe();
    folder.lock.release();
    if (listeners.isOpen) log.info('stopped');
  }

  return {
    api: apiIn('en'),
    apiIn,
    changes,
    routes,
    bytes: {
      receive: parts.uploads.receive.bind(parts.uploads),
      read: parts.files.read.bind(parts.files),
      picture: parts.pictures.read.bind(parts.pictures),
    },
    token,
    work,
    start,
    saveRecoveryFile: (passphrase, save) => parts.recoveryFile.export(passphrase, save),
    machine: new Known(machineLogin, parts.access),
    makeSeenCode: () => parts.logins.makeCode(true).code,
    get sessions() {
      return store.sessions.all();
    },
    async repair(onRoom) {
      const changed = await rebuildAll(parts, onRoom);
      return { changed, unreadable: await parts.scrub.findUnreadable() };
    },
    sleep: () => (stopped ? Promise.resolve() : traffic.setPaused(true)),
    wake: () => (stopped ? Promise.resolve() : traffic.wake(settings.get().paused)),
    stop() {
      stopped ??= shutDown();
      return stopped;
    },
    leave: () => store.leave(),
  };
}
