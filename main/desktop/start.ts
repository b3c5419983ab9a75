/**
 * How the app starts: it reads its flags, checks that no other app uses the data folder, waits for Electron, and then
 * opens the tray, the node and the window (desktop.ts), in this order.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { createLog } from '../kernel/log.ts';
import { CommandFailure, reportFailure, usageFailure } from '../start/failure.ts';
import { FlagError } from '../start/flags.ts';
import { terminalWords } from '../start/language.ts';
import { type RunningNode, runNode } from '../start/run-node.ts';
import { explained } from '../start/start-failure.ts';
import { DataFolderUnusableError, makeFolder } from '../store/data-lock.ts';
import { Desktop, type DesktopDeps } from './desktop.ts';
import { type DesktopFlags, readDesktopFlags } from './flags.ts';
import { activatorId, appId, appName, type Electron, type Host } from './host.ts';
import { AppLanguage } from './language.ts';
import { dataDirArgs } from './login-item.ts';
import { LogFile, placesOf } from './places.ts';
import { Preferences } from './preferences.ts';
import { mayRunUnsandboxed, offerToComeBack, offerToMove, unlockIdentity } from './process/before-start.ts';
import { attempt, Quitting } from './process/quitting.ts';
import { activatedFlag, followUncaught, ownFlags, RestartNote } from './process/restart.ts';
import { followSystem } from './process/system-events.ts';
import { IdentityBox } from './secret-box.ts';
import { startFailure } from './start-failure.ts';
import { AppTray, createTray } from './tray/tray.ts';
import { UserService } from './user-service.ts';
import { offerContextMenu, showAppMenu } from './window/app-menu.ts';
import { appPages, appScheme } from './window/app-scheme.ts';
import { Calls, linkOf, splitCommandLine } from './window/deep-link.ts';
import { choose, messageBoxes, showError } from './window/dialogs.ts';
import { bytesPathOf, forwardBytes, type OwnApi } from './window/file-forward.ts';
import { guardContents, guardSession } from './window/guard.ts';
import { StartingWindow, startingUrl } from './window/starting-window.ts';

/**
 * Resolves when the app is open or about to exit. Call it before Electron is ready: everything up to the first await has
 * to happen before that.
 */
export async function startDesktop(electron: Electron, given: Host): Promise<void> {
  const { app } = electron;
  const note = new RestartNote(given.defaultDataDir, given.clock);
  // On Linux the app restarts itself after an update, and keeps its flags.
  const host = given.platform === 'linux' ? given : { ...given, args: note.take(given.args) };
  const { flags: args, link } = splitCommandLine(host.args);
  const terminal = terminalWords(host.env);
  try {
    // From its sources, Electron gets the app's folder as its first argument.
    if (app.isPackaged && /^[a-z]/.test(args[0] ?? ''))
      throw new FlagError(args[0] ?? '', (words) => words.desktop.start.command);
    const flags = readDesktopFlags(args, host.defaultDataDir, terminal);
    // Electron replaces the signal handlers (electron_browser_main_parts_posix.cc) and needs a display on Linux, so a
    // node without a window would never shut down cleanly.
    if (flags.headless) throw new FlagError('--headless', (words) => words.desktop.start.headless);
    // The notification may be another server's: Windows starts the app without the flags that it had.
    if (args.includes(activatedFlag) && !existsSync(join(flags.dataDir, 'identity.json'))) app.exit(0);
    else await withWindow(electron, host, flags, link);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) app.exit(0);
    else await explainAndExit(electron, host, error);
  }
}

async function withWindow(
  electron: Electron,
  host: Host,
  flags: DesktopFlags,
  link: string | null,
): Promise<void> {
  const { app, protocol } = electron;
  app.setName(appName);
  // From its sources, the app would leave a shortcut with this name that starts an empty Electron (EnsureShortcut in
  // windows_toast_activator.cc).
  if (host.platform === 'windows' && app.isPackaged) {
    app.setAppUserModelId(appId);
    app.setToastActivatorCLSID(activatorId);
  }
  app.enableSandbox();
  protocol.registerSchemesAsPrivileged([appScheme]);
  keepInDataFolder(app, flags, host);
  if (!app.requestSingleInstanceLock({ link })) {
    app.exit(0);
    return;
  }

  const calls = new Calls(link);
  app.on('second-instance', (_event, argv, _cwd, data) =>
    calls.take(linkOf(data) ?? splitCommandLine(argv.slice(1)).link),
  );
  app.on('open-url', (event, url) => {
    event.preventDefault();
    calls.take(url);
  });
  await app.whenReady();
  // At login, macOS passes no flags. It has to be asked.
  const atLogin = host.platform === 'macos' && app.getLoginItemSettings().wasOpenedAtLogin;
  const isQuiet = flags.background || atLogin;
  const desktop = await openDesktop(electron, host, flags, calls, isQuiet);
  if (desktop === null) return;
  calls.answeredBy(desktop);
  // Without a tray, too: on Wayland an app can't bring back a minimized window, but starting it again opens a new one.
  if (calls.wantsWindow || !isQuiet) desktop.show();
  // macOS: a click on the dock. Not before, because macOS also sends it when the app starts.
  app.on('activate', () => desktop.show());
}

/** `null` if the app is about to exit. Throws what runNode throws, and leaves nothing running then. */
async function openDesktop(
  electron: Electron,
  host: Host,
  flags: DesktopFlags,
  calls: Calls,
  isQuiet: boolean,
): Promise<Desktop | null> {
  const { links } = calls;
  const places = placesOf(flags.dataDir, host.root);
  const log = createLog(flags.logLevel, new LogFile(places.log));
  const language = new AppLanguage(host.languages);
  const preferences = new Preferences(places.preferences);
  const show = messageBoxes(electron, host.platform);
  const box = new IdentityBox(electron.safeStorage, host.platform, places.dataDir);

  // The tray and the way out are there before the node: it can take a while to start, and its owner may quit meanwhile.
  let starting: Promise<RunningNode> | null = null;
  let desktop: Desktop | null = null;
  // Until there is a window, this says that the server is starting.
  const open = (route?: string): void => (desktop === null ? calls.take(null) : desktop.show(route));
  const menuActions = { open, showLog: () => electron.shell.showItemInFolder(places.log) };
  const tray = new AppTray({
    clock: host.clock,
    hasTray: host.hasTray,
    log,
    make: () =>
      createTray(electron, host.platform, places.trayIcons, () => language.words, {
        ...menuActions,
        toggle: () => (desktop === null ? open() : desktop.toggle()),
        pause: () => desktop?.pause(true),
        pauseForAnHour: () => desktop?.pauseForAnHour(),
        resume: () => desktop?.pause(false),
        copyInvite: () => desktop?.copyInvite(),
        quit: () => electron.app.quit(),
      }),
  });
  const quitting = new Quitting({
    // Until the node runs, peers don't notice that the app quits, so there is nothing to ask.
    ask: () => desktop?.askToQuit() ?? Promise.resolve(true),
    starting: () => (desktop === null ? starting : desktop.node.restarting),
    sayStarting: async (over) => {
      const { now, wait, ...texts } = language.words.desktop.quitStarting;
      return (await choose(show, 'info', texts, [now, wait], over)) === 0;
    },
    stop: async () => {
      endRest();
      if (desktop !== null) await desktop.stop();
      else await (await starting?.catch(() => null))?.stop();
    },
    exit: (code) => {
      attempt(log, () => tray.remove());
      electron.app.exit(code);
    },
    startAgain: () => host.startAgain(ownFlags(host.args)),
    clock: host.clock,
    log,
  });
  const node = () => desktop?.node ?? null;
  const endRest = followSystem({ electron, host, quitting, node, log });
  followUncaught({ electron, host, show, quitting, log }, () => language.words);

  const before = { electron, host, show, words: language.words, log };
  if (!(await mayRunUnsandboxed(before, preferences))) return null;
  if (!(await offerToMove(before, preferences, new RestartNote(host.defaultDataDir, host.clock))))
    return null;
  if (!(await unlockIdentity(before, box))) return null;
  const service = serviceFor(host, electron.app.isPackaged, flags, places.dataDir);
  const deps: DesktopDeps = {
    electron,
    host,
    show,
    flags,
    places,
    log,
    language,
    preferences,
    links,
    box,
    tray,
    quitting,
    menuActions,
    service,
  };
  const startingWindow = new StartingWindow(electron, {
    icon: places.icon,
    clock: host.clock,
    words: () => language.words,
  });
  let own: OwnApi | null = null;
  guardPages(deps, startingWindow, () => own);
  showAppMenu(electron, host.platform, language.words, menuActions);
  await tray.open();
  if (quitting.isLeaving) return null;
  const endStarting = sayStarting(startingWindow, host, calls, isQuiet);
  try {
    const onFailed = (error: unknown) => void desktop?.nodeFailed(error);
    const onRoom = (done: number, total: number) => startingWindow.advance({ done, total });
    starting = runNode(flags, { log, waitsForPort: true, secretBox: box, onFailed, onRoom });
    const running = await starting;
    own = { control: running.addresses.control, token: running.node.token };
    if (quitting.isLeaving) return null;
    endStarting();
    desktop = new Desktop(deps, running);
    await desktop.begin();
    return quitting.isLeaving ? null : desktop;
  } catch (error) {
    endStarting();
    log.error({ err: error }, 'the node did not start');
    // Someone who quits doesn't want to read why the start failed.
    if (quitting.isLeaving) return null;
    tray.remove();
    await (await starting?.catch(() => null))?.stop();
    const isInUse = error instanceof CommandFailure && error.code === 'DATA_IN_USE';
    if (!isInUse || !service?.isSetUp) throw error;
    await offerToComeBack(before, service);
    return null;
  }
}

/** Offers a service for the usual data folder only, so that there is one. A sandbox has no access to systemd. */
function serviceFor(
  host: Host,
  isPackaged: boolean,
  flags: DesktopFlags,
  dataDir: string,
): UserService | null {
  const isPossible = host.platform === 'linux' && isPackaged && !host.env.FLATPAK_ID && !host.env.SNAP;
  if (!isPossible || dataDirArgs(flags, host.defaultDataDir).length > 0) return null;
  return new UserService({ host, dataDir, clock: host.clock });
}

const startPatienceMs = 2_000;

/**
 * Shows the window of the start if that takes long; after a start at login, only once its owner asks for a window. The
 * returned function ends that.
 */
function sayStarting(starting: StartingWindow, { clock }: Host, calls: Calls, isQuiet: boolean): () => void {
  calls.answeredBy({ show: () => starting.show(), linkArrived() {} });
  const cancel = clock.after(startPatienceMs, () => {
    if (!isQuiet || calls.wantsWindow) starting.show();
  });
  return () => {
    cancel();
    starting.end();
  };
}

/**
 * Chromium's files are in the data folder, too. So each data folder can have only one app, and copying the folder also
 * copies what Windows needs to open a sealed identity.
 */
function keepInDataFolder(app: Electron['app'], flags: DesktopFlags, { root }: Host): void {
  const { own } = placesOf(flags.dataDir, root);
  try {
    makeFolder(own);
  } catch (error) {
    throw explained(new DataFolderUnusableError(flags.dataDir, error as Error), flags);
  }
  app.setPath('userData', own);
}

/** Limits what a page may load and ask of the machine, whether it is ours or one that it was led to. */
function guardPages(
  { electron, host, places, language }: DesktopDeps,
  starting: StartingWindow,
  own: () => OwnApi | null,
): void {
  const { app, protocol, session, systemPreferences } = electron;
  guardSession(session.defaultSession, {
    devTools: !app.isPackaged,
    // macOS has to be asked first. Other systems decide when the camera is opened.
    allowsCamera: async () => host.platform !== 'macos' || systemPreferences.askForMediaAccess('camera'),
  });
  const pages = appPages(places.pages, () => language.words);
  protocol.handle(appScheme.scheme, (request) => {
    if (request.url === startingUrl) return starting.page();
    const [path, api] = [bytesPathOf(request), own()];
    return path === null || api === null ? pages(request) : forwardBytes(request, path, api);
  });
  app.on('web-contents-created', (_event, contents) => {
    guardContents(contents, electron);
    offerContextMenu(contents, electron, () => language.words, host.copy);
  });
}

/** Reports the error in the terminal, in its language, and in a dialog, in the system's. */
async function explainAndExit(electron: Electron, host: Host, error: unknown): Promise<void> {
  const cause =
    error instanceof CommanderError
      ? usageFailure((words) => reportFailure(error, words).body.message)
      : error;
  const { app } = electron;
  const { message, detail } = startFailure(cause, terminalWords(host.env));
  process.stderr.write(`${message}: ${detail.replaceAll('\n\n', ' ')}\n`);
  await app.whenReady();
  const { words } = new AppLanguage(host.languages);
  const failure = startFailure(cause, words);
  // Otherwise Electron would quit, with another exit code, when the window behind the dialog closes.
  app.on('window-all-closed', () => {});
  await showError(messageBoxes(electron, host.platform), { ...failure, button: words.desktop.start.button });
  app.exit(failure.exitCode);
}
