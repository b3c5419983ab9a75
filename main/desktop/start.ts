/**
 * How the app starts, from its command line to a window around a running node: flags, one app for a data folder, Electron
 * is ready, tray, node, window (desktop.ts).
 */
import { CommanderError } from 'commander';
import { createLog } from '../kernel/log.ts';
import { reportFailure, usageFailure } from '../start/failure.ts';
import { FlagError } from '../start/flags.ts';
import { terminalWords } from '../start/language.ts';
import { type RunningNode, runNode } from '../start/run-node.ts';
import { explained } from '../start/start-failure.ts';
import { DataFolderUnusableError, makeFolder } from '../store/data-lock.ts';
import { Desktop, type Ground } from './desktop.ts';
import { type DesktopFlags, readDesktopFlags } from './flags.ts';
import { appId, appName, type Electron, type Host } from './host.ts';
import { AppLanguage } from './language.ts';
import { placesOf, rotateLog } from './places.ts';
import { Preferences } from './preferences.ts';
import { mayRunUnsandboxed, unlockIdentity } from './process/before-start.ts';
import { RestartNote } from './process/restart.ts';
import { IdentityBox } from './secret-box.ts';
import { startFailure } from './start-failure.ts';
import { AppTray, createTray } from './tray/tray.ts';
import { offerContextMenu, showAppMenu } from './window/app-menu.ts';
import { appPages, appScheme } from './window/app-scheme.ts';
import { Calls, linkOf, splitCommandLine } from './window/deep-link.ts';
import { showError } from './window/dialogs.ts';
import { guardContents, guardSession } from './window/guard.ts';

/** Resolves when the app is up, or on its way out. Up to its first wait it has to run before Electron is ready. */
export async function startDesktop(electron: Electron, given: Host): Promise<void> {
  const { app } = electron;
  const note = new RestartNote(given.defaultDataDir, given.clock);
  // On Linux the app starts its successor itself, with flags.
  const host = given.platform === 'linux' ? given : { ...given, args: note.take(given.args) };
  const { flags: args, link } = splitCommandLine(host.args);
  const terminal = terminalWords(host.env);
  try {
    const flags = readDesktopFlags(args, host.defaultDataDir, terminal);
    // Electron replaces the handlers of signals (electron_browser_main_parts_posix.cc), and on Linux it needs a display:
    // a node without a window would never be stopped in order.
    if (flags.headless) throw new FlagError('--headless', (words) => words.desktop.start.headless);
    await withWindow(electron, host, flags, link);
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
  if (host.platform === 'windows') app.setAppUserModelId(appId);
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
  const desktop = await openDesktop(electron, host, flags, calls);
  if (desktop === null) return;
  calls.answeredBy(desktop);
  // macOS passes no flags at login, and says so afterwards.
  const atLogin = host.platform === 'macos' && app.getLoginItemSettings().wasOpenedAtLogin;
  if (calls.wantsWindow || !(flags.background || atLogin)) desktop.show();
  else desktop.showInBackground();
}

/** `null` if the app is on its way out. Throws what runNode throws; nothing is left behind then. */
async function openDesktop(
  electron: Electron,
  host: Host,
  flags: DesktopFlags,
  { links }: Calls,
): Promise<Desktop | null> {
  const places = placesOf(flags.dataDir, host.root);
  rotateLog(places.log);
  const log = createLog(flags.logLevel, places.log);
  const language = new AppLanguage(host.languages);
  const preferences = new Preferences(places.preferences);
  const box = new IdentityBox(electron.safeStorage, host.platform, places.dataDir);
  const before = { electron, host, words: language.words, log };
  if (!(await mayRunUnsandboxed(before, preferences)) || !(await unlockIdentity(before, box))) return null;
  const ground: Ground = { electron, host, flags, places, log, language, preferences, links, box };
  guardPages(ground);
  showAppMenu(electron, host.platform, language.words);

  // The tray is there while the node starts. Until then its menu offers nothing that needs the node.
  let desktop: Desktop | null = null;
  const tray = new AppTray({
    clock: host.clock,
    hasTray: host.hasTray,
    log,
    make: () =>
      createTray(electron, host.platform, places.trayIcons, () => language.words, {
        pause: () => desktop?.pause(true),
        resume: () => desktop?.pause(false),
        copyInvite: () => desktop?.copyInvite(),
        open: () => desktop?.show(),
        quit: () => electron.app.quit(),
      }),
  });
  await tray.open();
  let running: RunningNode;
  try {
    running = await runNode(flags, { log, waitsForPort: true, secretBox: box });
  } catch (error) {
    log.error({ err: error }, 'the node did not start');
    tray.remove();
    throw error;
  }
  try {
    desktop = new Desktop(ground, running, tray);
    await desktop.begin();
    return desktop;
  } catch (error) {
    tray.remove();
    await running.stop();
    throw error;
  }
}

/**
 * What Chromium keeps is in the data folder, too. So a data folder has one app, and what Windows needs to open a sealed
 * identity is copied along with it.
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

/** What a page of the app, or one that it was led to, may load and ask of the machine. */
function guardPages({ electron, host, places, language }: Ground): void {
  const { app, protocol, session, systemPreferences } = electron;
  guardSession(session.defaultSession, {
    devTools: !app.isPackaged,
    // macOS asks its user once; elsewhere the system says what it has to say when the camera is opened.
    allowsCamera: async () => host.platform !== 'macos' || systemPreferences.askForMediaAccess('camera'),
  });
  protocol.handle(
    appScheme.scheme,
    appPages(places.pages, () => language.words),
  );
  app.on('web-contents-created', (_event, contents) => {
    guardContents(contents, electron);
    offerContextMenu(contents, electron, () => language.words);
  });
}

/** Says it twice: to the terminal in its language, and in a dialog in the system's. */
async function explainAndExit({ app, dialog }: Electron, host: Host, error: unknown): Promise<void> {
  const cause =
    error instanceof CommanderError
      ? usageFailure((words) => reportFailure(error, words).body.message)
      : error;
  const { message, detail } = startFailure(cause, terminalWords(host.env));
  process.stderr.write(`${message}: ${detail.replaceAll('\n\n', ' ')}\n`);
  await app.whenReady();
  const { words } = new AppLanguage(host.languages);
  const failure = startFailure(cause, words);
  await showError(dialog, { ...failure, button: words.desktop.start.button });
  app.exit(failure.exitCode);
}
