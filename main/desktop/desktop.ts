/** Puts the app together around a running node: tray, window, bridge, notifications, quitting. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Api } from '../../shared/api/contract.ts';
import type { Words } from '../../shared/words/words.ts';
import { changeInWords } from '../changes.ts';
import type { Log } from '../kernel/log.ts';
import { type RunningNode, runNode } from '../start/run-node.ts';
import { changeChannel, linkChannel, shellChangeChannel } from './bridge/channels.ts';
import { answerIpc } from './bridge/ipc.ts';
import { createShellApi } from './bridge/shell-api.ts';
import { ask, tell } from './dialogs.ts';
import type { DesktopFlags } from './flags.ts';
import type { Electron, Host } from './host.ts';
import { AppLanguage } from './language.ts';
import { loginItem } from './login-item.ts';
import { Notifications } from './notify/notifications.ts';
import type { Preferences } from './preferences.ts';
import { attempt, Quitting } from './quitting.ts';
import type { IdentityBox } from './secret-box.ts';
import { InviteCopier } from './tray/copy-invite.ts';
import { watchStatus } from './tray/status-watch.ts';
import { awaitTray, createTray, type NodeTray } from './tray/tray.ts';
import type { TrayActions, TrayStatus } from './tray/tray-menu.ts';
import { downloadPage, installMsMax, managedBy, obstacle, Updates } from './updates/updates.ts';
import { appMenu, contextMenu } from './window/app-menu.ts';
import { appPages, appScheme } from './window/app-scheme.ts';
import { type LinkBox, linkScheme } from './window/deep-link.ts';
import { guardContents, guardSession } from './window/guard.ts';
import { MainWindow } from './window/window.ts';

/** So long the node waits after `suspend` if nothing says that the machine is awake. */
const wakesByItselfMs = 60_000;

export interface Desktop {
  show(): void;
  showInBackground(): void;
  /** A link lies in the box. */
  linkCame(): void;
}

/** What is there before the node starts. */
export interface DesktopParts {
  readonly box: IdentityBox;
  readonly log: Log;
  readonly preferences: Preferences;
}

/** Once Electron is ready. Throws what runNode throws; nothing is left behind then. */
export async function openDesktop(
  electron: Electron,
  host: Host,
  flags: DesktopFlags,
  links: LinkBox,
  { box, log, preferences }: DesktopParts,
): Promise<Desktop> {
  const { app, powerMonitor } = electron;
  const { clock, platform } = host;
  const devTools = !app.isPackaged;
  const language = new AppLanguage(host.languages);
  const words = (): Words => language.words;
  guard(electron, host, devTools, words);

  // The tray is there before the window, and may be clicked before there is one.
  let show = (): void => {};
  const trayActions: TrayActions = {
    pause: () => pause(true),
    resume: () => pause(false),
    copyInvite: host.copy && (() => copyInvite()),
    open: () => show(),
    quit: () => app.quit(),
  };
  let tray = (await host.hasTray()) ? makeTray(electron, host, log, trayActions, words) : null;
  let status: TrayStatus = null;
  tray?.show(status);
  let running: RunningNode;
  try {
    running = await runNode(flags, { log, waitsForPort: true, secretBox: box });
  } catch (error) {
    log.error({ err: error }, 'the node did not start');
    tray?.remove();
    throw error;
  }
  const { api, apiIn, changes } = running.node;
  const spokenApi = (): Api => apiIn(words().locale);
  const readLanguage = async (): Promise<void> => {
    if (!language.choose((await api.settings({})).language)) return;
    setAppMenu(electron, host, devTools, words());
    tray?.show(status);
  };
  await readLanguage();
  const pause = (paused: boolean): void =>
    void api.changeSettings({ paused }).catch((error) => log.error({ err: error }, 'pausing failed'));

  const quitting = new Quitting({
    ask: () => ask(electron, window, words(), words().desktop.quit),
    stop: async () => {
      // First of all, and nothing else may keep it from happening.
      const stopped = running.stop();
      const others = [
        () => session?.destroy(),
        stopWatching,
        stopAwaitingTray,
        () => notifications.stop(),
        () => updates.stop(),
        () => window.rememberPlace(),
      ];
      for (const stop of others) attempt(log, stop);
      await stopped;
    },
    exit: (code) => {
      attempt(log, () => tray?.remove());
      app.exit(code);
    },
    startAgain: () => host.startAgain(),
    clock,
    log,
  });
  const leave = (): void => void quitting.atOnce();
  const window: MainWindow = new MainWindow(electron, {
    preferences,
    preload: join(host.root, 'dist/desktop/preload.cjs'),
    icon: join(host.root, 'build/icons/256x256.png'),
    devTools,
    clock,
    onHidden: () => {
      if (tray === null && platform === 'linux') notifications.sayHidden();
    },
    mayClose: () => quitting.isLeaving,
    onGaveUp: (reason) => {
      log.error({ reason }, 'the page keeps crashing');
      const { button, ...texts } = words().desktop.pageFailed;
      void tell(electron, 'error', { ...texts, buttons: [button] }).then(() => window.native?.reload());
    },
    log,
  });
  // Windows says to windows only that the session ends, and in the background there may be none.
  const session = platform === 'windows' ? new electron.BaseWindow({ show: false }) : null;
  session?.on('session-end', leave);

  show = () => window.show();
  const invites = new InviteCopier(electron, {
    api: { makePeerInvite: (input) => spokenApi().makePeerInvite(input) },
    words,
    copy: host.copy ?? (async () => {}),
    open: (route) => window.show(route),
  });
  const copyInvite = (): void =>
    void invites.copy().catch((error) => log.error({ err: error }, 'copying an invite failed'));

  const shellChanged = (): void => window.send(shellChangeChannel, shell.view());
  const updateFile = readUpdateFile(host);
  const { failedUpdate } = preferences.get();
  if (failedUpdate !== null) attempt(log, () => preferences.change({ failedUpdate: null }));
  const updates = new Updates(
    managedBy({
      platform,
      isPackaged: app.isPackaged,
      appImage: host.appImage,
      isFromStore: host.isFromStore,
      knowsWhere: updateFile !== null,
    }),
    {
      clock,
      load: (downloads) => host.loadUpdater(log, downloads),
      obstacle: () => obstacle(host, host.isSigned),
      failed: failedUpdate,
      onChange: shellChanged,
    },
  );
  const login = loginItem(app, {
    platform,
    env: host.env,
    execPath: host.execPath,
    appImage: host.appImage,
    args: loginArgs(flags, host),
  });
  attempt(log, () => login?.refresh());
  // Asked once: on some systems the key store shows a window of its own.
  const keyStore = await box.hasStore().catch(() => false);
  const shell = createShellApi({
    platform,
    words,
    preferences,
    loginItem: login,
    updates,
    downloadPage: downloadPage(updateFile),
    links,
    tray: () => tray !== null,
    keysSealed: () => box.isSealed,
    // A node without this app could not open what the key store sealed; so nothing is sealed that was not asked for.
    sealKeys: keyStore
      ? async () => {
          if (await ask(electron, window, words(), words().desktop.confirm.sealKeys))
            await box.sealIdentity();
        }
      : null,
    install: (updater, version) =>
      void quitting.atOnce({
        takeOver: (failed) => updater.install(failed),
        msMax: installMsMax(platform),
        failed: (error) => preferences.change({ failedUpdate: { version, reason: firstLine(error) } }),
      }),
    onChange: shellChanged,
  });
  answerIpc(electron.ipcMain, {
    apiIn: running.node.apiIn,
    shell,
    contents: () => window.contents,
    confirm: (question) => ask(electron, window, words(), question),
    chooseFile: async (name) => {
      const options = { defaultPath: name };
      const { native } = window;
      const { filePath, canceled } = native
        ? await electron.dialog.showSaveDialog(native, options)
        : await electron.dialog.showSaveDialog(options);
      return canceled ? null : filePath;
    },
    clock,
    log,
  });

  const notifications = new Notifications(electron, {
    api,
    words,
    clock,
    wanted: () => preferences.get().notifications,
    lookedAt: () => window.lookedAt,
    open: (route) => window.show(route),
    log,
  });
  await notifications.start();
  const stopWatching = watchStatus(
    { changes, api: { status: () => spokenApi().status({}) } },
    clock,
    (next) => {
      status = next;
      tray?.show(status);
    },
  );
  const trayCame = (): void => {
    tray = makeTray(electron, host, log, trayActions, words);
    tray?.show(status);
    shellChanged();
  };
  const stopAwaitingTray = tray === null ? awaitTray(clock, host.hasTray, trayCame) : () => {};
  changes.subscribe(({ change }) => {
    window.send(changeChannel, changeInWords(words(), change));
    notifications.note(change);
    if (change.topic === 'settings')
      void readLanguage().catch((error) => log.error({ err: error }, 'reading the language failed'));
  });
  updates.start();

  app.on('before-quit', (event) => {
    if (quitting.isGone) return;
    event.preventDefault();
    void quitting.afterAsking();
  });
  // The node goes on without a window; without this Electron would quit with the last one.
  app.on('window-all-closed', () => {});
  app.on('activate', () => show());
  // The first listener of all does not count as one for `shutdown` on Linux (lib/browser/api/power-monitor.ts), and then
  // the system doesn't wait. So `resume` comes first.
  const { sleep, wake } = running.node;
  let cancelWake = (): void => {};
  const awake = (): void => {
    cancelWake();
    void wake().catch((error) => log.error({ err: error }, 'waking the node failed'));
  };
  powerMonitor.on('resume', awake);
  powerMonitor.on('suspend', () => {
    // Should the machine stay awake, or not report that it woke.
    cancelWake = clock.after(wakesByItselfMs, awake);
    void sleep().catch((error) => log.error({ err: error }, 'pausing the node failed'));
  });
  // Electron's types leave the event out, its documentation does not: so asked, the system waits for the drain.
  powerMonitor.on('shutdown', (...[event]: { preventDefault(): void }[]) => {
    event?.preventDefault();
    leave();
  });
  host.onSignal(leave);
  host.onUncaught((error) => {
    log.fatal({ err: error }, 'an error that nothing caught');
    void offerRestart();
  });
  let isOffering = false;
  const offerRestart = async (): Promise<void> => {
    if (isOffering || quitting.isLeaving) return;
    isOffering = true;
    const { restart, keepRunning, ...texts } = words().desktop.uncaught;
    const wanted = await tell(electron, 'error', { ...texts, buttons: [restart, keepRunning] });
    isOffering = false;
    if (!wanted) return;
    await quitting.atOnce({
      takeOver: () => {
        host.startAgain();
        app.exit(0);
      },
      msMax: installMsMax(platform),
      failed: () => {},
    });
  };
  if (app.isPackaged && !app.isDefaultProtocolClient(linkScheme)) app.setAsDefaultProtocolClient(linkScheme);
  return {
    show,
    // Without a tray, too: a minimized window can't be brought back by its app on Wayland, a new one can.
    showInBackground: () => {},
    linkCame: () => window.send(linkChannel),
  };
}

function guard(electron: Electron, host: Host, devTools: boolean, words: () => Words): void {
  const { app, protocol, session, systemPreferences } = electron;
  guardSession(session.defaultSession, {
    devTools,
    // macOS asks its user once; elsewhere the system says what it has to say when the camera is opened.
    allowsCamera: async () => host.platform !== 'macos' || systemPreferences.askForMediaAccess('camera'),
  });
  protocol.handle(appScheme.scheme, appPages(join(host.root, 'dist/renderer'), words));
  app.on('web-contents-created', (_event, contents) => {
    guardContents(contents, electron);
    contents.on('context-menu', (_menuEvent, params) => {
      const items = contextMenu(params, words());
      if (items.length > 0) electron.Menu.buildFromTemplate(items).popup();
    });
  });
  setAppMenu(electron, host, devTools, words());
}

function setAppMenu({ Menu }: Electron, host: Host, devTools: boolean, words: Words): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(appMenu(host.platform, devTools, words)));
}

function makeTray(
  electron: Electron,
  host: Host,
  log: Log,
  actions: TrayActions,
  words: () => Words,
): NodeTray | null {
  try {
    return createTray(electron, host.platform, join(host.root, 'build/icons/tray'), actions, words);
  } catch (error) {
    log.warn({ err: error }, 'no tray here');
    return null;
  }
}

/** At login the app begins as it was started now, only quietly. */
function loginArgs(flags: DesktopFlags, host: Host): string[] {
  // One argument, because Electron on Windows ends the app if anything follows one that looks like a URL.
  const dataDir = flags.dataDir === host.defaultDataDir ? [] : [`--data-dir=${resolve(flags.dataDir)}`];
  return ['--background', ...dataDir];
}

/** What the packager writes beside the archive that `root` is: where newer versions are. */
function readUpdateFile(host: Host): string | null {
  try {
    return readFileSync(join(host.root, '..', 'app-update.yml'), 'utf8');
  } catch {
    return null;
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 200) ?? '';
