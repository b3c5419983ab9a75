/** From the command line to the one running app: flags, the data folder, the first instance. */
import { join, resolve } from 'node:path';
import { CommanderError } from 'commander';
import type { Words } from '../../shared/words/words.ts';
import { createLog, type Log } from '../kernel/log.ts';
import { exitCodes, reportFailure, usageFailure } from '../start/failure.ts';
import { FlagError } from '../start/flags.ts';
import { terminalWords } from '../start/language.ts';
import { explained } from '../start/start-failure.ts';
import { DataFolderUnusableError, makeFolder } from '../store/data-lock.ts';
import { type Desktop, openDesktop } from './desktop.ts';
import { askLocked, tell } from './dialogs.ts';
import { type DesktopFlags, readDesktopFlags } from './flags.ts';
import { appId, appName, type Electron, type Host } from './host.ts';
import { AppLanguage } from './language.ts';
import { logFile } from './log-file.ts';
import { Preferences } from './preferences.ts';
import { attempt } from './quitting.ts';
import { IdentityBox } from './secret-box.ts';
import { startFailure } from './start-failure.ts';
import { appScheme } from './window/app-scheme.ts';
import { LinkBox, splitCommandLine } from './window/deep-link.ts';

/** Resolves when the app is up, or on its way out. Up to its first wait it has to run before Electron is ready. */
export async function startDesktop(electron: Electron, host: Host): Promise<void> {
  const { app } = electron;
  const { flags: args, link } = splitCommandLine(host.args);
  const terminal = terminalWords(host.env);
  try {
    const flags = readDesktopFlags(args, host.defaultDataDir, terminal);
    // Electron replaces the handlers of signals, and on Linux it needs a display: such a node would never drain.
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
  keepInDataFolder(app, flags);
  if (!app.requestSingleInstanceLock({ link })) {
    app.exit(0);
    return;
  }

  const links = new LinkBox();
  links.put(link);
  let desktop: Desktop | null = null;
  let called = false;
  const call = (text: unknown): void => {
    called = true;
    if (links.put(text)) desktop?.linkCame();
    desktop?.show();
  };
  app.on('second-instance', (_event, argv, _cwd, data) =>
    call(linkOf(data) ?? splitCommandLine(argv.slice(1)).link),
  );
  app.on('open-url', (event, url) => {
    event.preventDefault();
    call(url);
  });
  await app.whenReady();
  const dataDir = resolve(flags.dataDir);
  const { words } = new AppLanguage(host.languages);
  const log = createLog(flags.logLevel, logFile(join(dataDir, 'desktop')));
  const preferences = new Preferences(join(dataDir, 'desktop', 'preferences.json'));
  const box = new IdentityBox(electron.safeStorage, host.platform, dataDir);
  if (!(await mayRunUnsandboxed(electron, host, words, preferences, log))) return;
  if (!(await unlockIdentity(electron, host, words, box, log))) return;
  desktop = await openDesktop(electron, host, flags, links, { box, log, preferences });
  // macOS passes no flags at login, and says so afterwards.
  const atLogin = host.platform === 'macos' && app.getLoginItemSettings().wasOpenedAtLogin;
  if (called || link !== null || !(flags.background || atLogin)) desktop.show();
  else desktop.showInBackground();
}

/**
 * What Chromium keeps lies in the data folder, too: so there is one app to a data folder, and what Windows needs to
 * open a sealed identity is copied along with it.
 */
function keepInDataFolder(app: Electron['app'], flags: DesktopFlags): void {
  const dir = join(resolve(flags.dataDir), 'desktop');
  try {
    makeFolder(dir);
  } catch (error) {
    throw explained(new DataFolderUnusableError(flags.dataDir, error as Error), flags);
  }
  app.setPath('userData', dir);
}

/**
 * AppRun of an AppImage adds `--no-sandbox` where the system forbids user namespaces, and says nothing. The owner is
 * asked once. False if the app is on its way out.
 */
async function mayRunUnsandboxed(
  electron: Electron,
  host: Host,
  words: Words,
  preferences: Preferences,
  log: Log,
): Promise<boolean> {
  if (!host.args.includes('--no-sandbox')) return true;
  log.warn({}, 'the system starts the app without a sandbox for the window');
  if (preferences.get().unsandboxed) return true;
  const { message, detail, start, quit } = words.desktop.unsandboxed;
  if (await tell(electron, 'warning', { message, detail, buttons: [start, quit] })) {
    attempt(log, () => preferences.change({ unsandboxed: true }));
    return true;
  }
  electron.app.exit(exitCodes.ok);
  return false;
}

const unlockAttemptsMax = 10;
const unlockAgainMs = 30_000;
const attemptFlag = '--unlock-attempt=';

/**
 * Opens a sealed identity. Electron asks the key store once in the life of a process (electron_api_safe_storage.cc,
 * EnsureAsyncEncryptorRequested), so trying again means starting again: by itself while the key store says that it is
 * only unavailable for now, and when the owner asks for it. False if the app is on its way out.
 */
async function unlockIdentity(
  electron: Electron,
  host: Host,
  words: Words,
  box: IdentityBox,
  log: Log,
): Promise<boolean> {
  try {
    await box.unlock();
    return true;
  } catch (error) {
    log.error({ err: error }, 'the key store did not open the identity');
    const reason = error instanceof Error ? error.message : String(error);
    const last = host.args.findLast((argument) => argument.startsWith(attemptFlag));
    const attempts = Number(last?.slice(attemptFlag.length)) || 0;
    const waiting = new AbortController();
    const triesAgain = /temporarily unavailable/.test(reason) && attempts < unlockAttemptsMax;
    const cancel = triesAgain ? host.clock.after(unlockAgainMs, () => waiting.abort()) : () => {};
    const answer = await askLocked(electron, words, reason, waiting.signal);
    cancel();
    if (answer === 'recover') {
      box.putAside();
      return true;
    }
    const again = waiting.signal.aborted || answer === 'again';
    if (again) host.startAgain([`${attemptFlag}${waiting.signal.aborted ? attempts + 1 : 0}`]);
    electron.app.exit(again ? exitCodes.ok : exitCodes.failure);
    return false;
  }
}

/** Says it twice: to the terminal in its language, and in a dialog in the system's. */
async function explainAndExit(electron: Electron, host: Host, error: unknown): Promise<void> {
  const { app, dialog } = electron;
  const cause =
    error instanceof CommanderError
      ? usageFailure((words) => reportFailure(error, words).body.message)
      : error;
  const { message, detail } = startFailure(cause, terminalWords(host.env));
  process.stderr.write(`${message}: ${detail.replaceAll('\n\n', ' ')}\n`);
  await app.whenReady();
  const { words } = new AppLanguage(host.languages);
  const failure = startFailure(cause, words);
  await dialog.showMessageBox({
    type: 'error',
    title: appName,
    message: failure.message,
    detail: failure.detail,
    buttons: [words.desktop.start.button],
  });
  app.exit(failure.exitCode);
}

const linkOf = (data: unknown): unknown =>
  typeof data === 'object' && data !== null ? Object(data).link : null;
