/** Puts the app together around a running node: tray, window, bridge, notifications, quitting. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Api } from '../../shared/api/contract.ts';
import type { Words } from '../../shared/words/words.ts';
import { changeInWords } from '../changes.ts';
import { createLog, type Log } from '../kernel/log.ts';
import { type RunningNode, runNode } from '../start/run-node.ts';
import { changeChannel, linkChannel, shellChangeChannel } from './bridge/channels.ts';
import { answerIpc } from './bridge/ipc.ts';
import { createShellApi } from './bridge/shell-api.ts';
import type { DesktopFlags } from './flags.ts';
import { appName, type Electron, type Host } from './host.ts';
import { AppLanguage } from './language.ts';
import { logFile } from './log-file.ts';
import { loginItem } from './login-item.ts';
import { Notifications } from './notify/notifications.ts';
import { Preferences } from './preferences.ts';
import { Quitting } from './quitting.ts';
import { identityIsSealed, platformSecretBox, sealIdentity } from './secret-box.ts';
import { InviteCopier } from './tray/copy-invite.ts';
import { watchStatus } from './tray/status-watch.ts';
import { awaitTray, createTray, type NodeTray } from './tray/tray.ts';
import type { TrayActions, TrayStatus } from './tray/tray-menu.ts';
import { installMsMax, managedBy, Updates } from './updates/updates.ts';
import { appMenu } from './window/app-menu.ts';
import { appPages, appScheme } from './window/app-scheme.ts';
import type { Question } from './window/confirm.ts';
import { type LinkBox, linkScheme } from './window/deep-link.ts';
import { guardContents, guardSession } from './window/guard.ts';
import { MainWindow } from './window/window.ts';

export interface Desktop {
  show(): void;
  showInBackground(): void;
  /** A link lies in the box. */
  linkCame(): void;
}

/** Once Electron is ready. Throws what runNode throws; nothing is left behind then. */
export async function openDesktop(
  electron: Electron,
  host: Host,
  flags: DesktopFlags,
  links: LinkBox,
): Promise<Desktop> {
  const { app, powerMonitor } = electron;
  const { clock, platform } = host;
  const dataDir = resolve(flags.dataDir);
  const log = createLog(flags.logLevel, logFile(join(dataDir, 'desktop')));
  const devTools = !app.isPackaged;
  const language = new AppLanguage(host.languages);
  const words = (): Words => language.words;
  guard(electron, host, devTools, words);

  // The tray is there before the window, and may be clicked before there is one.
  let show = (): void => {};
  const box = platformSecretBox(electron.safeStorage, platform);
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
    running = await runNode(flags, { log, waitsForPort: true, ...(box ? { secretBox: box } : {}) });
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

  const preferences = new Preferences(join(dataDir, 'desktop', 'preferences.json'));
  const quitting = new Quitting({
    ask: () => ask(electron, window, words(), words().desktop.quit),
    stop: async () => {
      stopWatching();
      stopAwaitingTray();
      notifications.stop();
      updates.stop();
      window.rememberPlace();
      await running.stop();
    },
    exit: (code) => {
      tray?.remove();
      app.exit(code);
    },
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
    hidesOnClose: () => tray !== null || platform === 'macos',
    mayClose: () => quitting.isLeaving,
    onGaveUp: (reason) => {
      log.error({ reason }, 'the page keeps crashing');
      void tellPageFailed(electron, window, words());
    },
    onSessionEnd: leave,
  });

  show = () => window.show();
  const invites = new InviteCopier(electron, {
    api: { makePeerInvite: (input) => spokenApi().makePeerInvite(input) },
    words,
    copy: host.copy ?? (() => {}),
    open: (route) => window.show(route),
  });
  const copyInvite = (): void =>
    void invites.copy().catch((error) => log.error({ err: error }, 'copying an invite failed'));

  const shellChanged = (): void => window.send(shellChangeChannel, shell.view());
  const updates = new Updates(
    managedBy({
      platform,
      isPackaged: app.isPackaged,
      env: host.env,
      isFromStore: host.isFromStore,
      // What the packager writes beside the archive that `root` is.
      knowsWhere: () => existsSync(join(host.root, '..', 'app-update.yml')),
    }),
    { clock, load: () => host.loadUpdater(log), onChange: shellChanged },
  );
  const shell = createShellApi({
    platform,
    words,
    preferences,
    loginItem: loginItem(app, {
      platform,
      env: host.env,
      execPath: host.execPath,
      args: loginArgs(flags, host),
    }),
    updates,
    links,
    tray: () => tray !== null,
    keysSealed: () => identityIsSealed(dataDir, box),
    // A node without this app could not open what the key store sealed; so nothing is sealed that was not asked for.
    sealKeys:
      box &&
      (async () => {
        if (await ask(electron, window, words(), words().desktop.confirm.sealKeys))
          sealIdentity(dataDir, box);
      }),
    install: (updater) =>
      void quitting.atOnce({ takeOver: () => updater.install(), msMax: installMsMax(platform) }),
    onChange: shellChanged,
  });
  answerIpc(electron.ipcMain, {
    apiIn: running.node.apiIn,
    shell,
    contents: () => window.contents,
    confirm: (question) => ask(electron, window, words(), question),
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
  // Electron's types leave this event out, its documentation does not: so asked, the system waits for the drain.
  powerMonitor.on('shutdown', (...[event]: { preventDefault(): void }[]) => {
    event?.preventDefault();
    leave();
  });
  host.onSignal(leave);
  if (app.isPackaged && !app.isDefaultProtocolClient(linkScheme)) app.setAsDefaultProtocolClient(linkScheme);
  return {
    show,
    showInBackground: () => {
      if (tray === null) window.showMinimized();
    },
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
  app.on('web-contents-created', (_event, contents) => guardContents(contents, electron));
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
  const dataDir = flags.dataDir === host.defaultDataDir ? [] : ['--data-dir', resolve(flags.dataDir)];
  return ['--background', ...dataDir];
}

/** Escape and Enter mean no: only a deliberate click means yes. */
async function ask(
  electron: Electron,
  window: MainWindow,
  words: Words,
  question: Question,
): Promise<boolean> {
  const { button, message, detail } = question;
  const options = {
    type: 'question' as const,
    title: appName,
    message,
    detail,
    buttons: [button, words.desktop.cancel],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  };
  const { native } = window;
  const shown = native?.isVisible()
    ? electron.dialog.showMessageBox(native, options)
    : electron.dialog.showMessageBox(options);
  return (await shown).response === 0;
}

async function tellPageFailed(electron: Electron, window: MainWindow, words: Words): Promise<void> {
  const { message, detail, button } = words.desktop.pageFailed;
  await electron.dialog.showMessageBox({
    type: 'error',
    title: appName,
    message,
    detail,
    buttons: [button],
  });
  window.native?.reload();
}
