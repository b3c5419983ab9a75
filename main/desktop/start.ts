/** From the command line to the one running app: flags, the data folder, the first instance. */
import { join, resolve } from 'node:path';
import { CommanderError } from 'commander';
import type { Words } from '../../shared/words/words.ts';
import { reportFailure, usageFailure } from '../start/failure.ts';
import { terminalWords } from '../start/language.ts';
import { startNode } from '../start/start.ts';
import { explained } from '../start/start-failure.ts';
import { DataFolderUnusableError, makeFolder } from '../store/data-lock.ts';
import { type Desktop, openDesktop } from './desktop.ts';
import { type DesktopFlags, readDesktopFlags } from './flags.ts';
import { appId, appName, type Electron, type Host } from './host.ts';
import { AppLanguage } from './language.ts';
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
    if (flags.headless) app.exit(await withoutWindow(flags, terminal));
    else await withWindow(electron, host, flags, link);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) app.exit(0);
    else await explainAndExit(electron, host, error);
  }
}

async function withoutWindow(flags: DesktopFlags, words: Words): Promise<number> {
  try {
    return await startNode(flags, words);
  } catch (error) {
    const { body, exitCode } = reportFailure(error, words);
    process.stderr.write(`${body.message}\n`);
    return exitCode;
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
  desktop = await openDesktop(electron, host, flags, links);
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
