/**
 * The app around a running node: window, bridge to the page, notifications, updates, tray. Each part decides for itself
 * and is tested by itself; here they are only connected. How it gets here: start.ts.
 */
import { readFileSync } from 'node:fs';
import { isQuiet, type QuietHours } from '../../shared/api/quiet-hours.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { Words } from '../../shared/words/words.ts';
import { changeInWords, type NumberedChange } from '../changes.ts';
import type { Log } from '../kernel/log.ts';
import type { RunningNode } from '../start/run-node.ts';
import { diskTroubleOf } from '../store/disk-watch.ts';
import { changeChannel, linkChannel, shellChangeChannel } from './bridge/channels.ts';
import { answerIpc } from './bridge/ipc.ts';
import { createShellApi } from './bridge/shell-api.ts';
import type { DesktopFlags } from './flags.ts';
import type { Electron, Host, Updater } from './host.ts';
import type { AppLanguage } from './language.ts';
import { dataDirArgs, type LoginItem, loginArgs, loginItem } from './login-item.ts';
import { Notifications } from './notify/notifications.ts';
import type { Places } from './places.ts';
import type { Preferences } from './preferences.ts';
import { attempt, Quitting } from './process/quitting.ts';
import { ownFlags, RestartNote } from './process/restart.ts';
import { followSystem } from './process/system-events.ts';
import type { IdentityBox } from './secret-box.ts';
import { InviteCopier } from './tray/copy-invite.ts';
import { watchStatus } from './tray/status-watch.ts';
import type { AppTray } from './tray/tray.ts';
import { downloadPage, installMsMax, managedBy, obstacle, Updates } from './updates/updates.ts';
import { showAppMenu } from './window/app-menu.ts';
import type { Question } from './window/confirm.ts';
import { type LinkBox, linkScheme } from './window/deep-link.ts';
import { ask, choose, showError } from './window/dialogs.ts';
import { MainWindow } from './window/window.ts';

/** What is there before the node. */
export interface Ground {
  readonly electron: Electron;
  readonly host: Host;
  readonly flags: DesktopFlags;
  readonly places: Places;
  readonly log: Log;
  readonly language: AppLanguage;
  readonly preferences: Preferences;
  readonly box: IdentityBox;
  readonly links: LinkBox;
}

export class Desktop {
  readonly #ground: Ground;
  readonly #running: RunningNode;
  readonly #tray: AppTray;
  readonly #preferences: Preferences;
  readonly #quitting: Quitting;
  readonly #window: MainWindow;
  readonly #invites: InviteCopier;
  readonly #updates: Updates;
  readonly #shell: ReturnType<typeof createShellApi>;
  readonly #notifications: Notifications;
  readonly #loginItem: LoginItem | null;
  #quietHours: QuietHours | null = null;
  #stopWatching = (): void => {};
  #endRest = (): void => {};
  #isOffering = false;

  /** Starts nothing; `begin` does. */
  constructor(ground: Ground, running: RunningNode, tray: AppTray) {
    const { electron, host, places, log, links } = ground;
    const { app } = electron;
    const { clock, platform } = host;
    const words = (): Words => this.#words;
    const open = (route: string): void => this.#window.show(route);
    const shellChanged = (): void => this.#shellChanged();
    this.#ground = ground;
    this.#running = running;
    this.#tray = tray;
    this.#preferences = ground.preferences;
    this.#quitting = new Quitting({
      ask: () => this.#ask(this.#words.desktop.quit),
      stop: () => this.#stop(),
      exit: (code) => {
        attempt(log, () => tray.remove());
        app.exit(code);
      },
      startAgain: () => host.startAgain(ownFlags(host.args)),
      clock,
      log,
    });
    this.#window = new MainWindow(electron, {
      preferences: this.#preferences,
      preload: places.preload,
      icon: places.icon,
      devTools: !app.isPackaged,
      clock,
      onHidden: () => {
        if (!tray.isThere && platform === 'linux') this.#notifications.sayHidden();
      },
      mayClose: () => this.#quitting.isLeaving,
      onGaveUp: (reason) => void this.#pageFailed(reason),
      log,
    });
    this.#invites = new InviteCopier(electron, {
      api: { makePeerInvite: (input) => this.#api.makePeerInvite(input) },
      words,
      copy: host.copy,
      open,
    });
    const updateFile = textOf(places.updateSource);
    const knowsWhere = updateFile !== null;
    this.#updates = new Updates(managedBy({ ...host, isPackaged: app.isPackaged, knowsWhere }), {
      clock,
      load: (downloads) => host.loadUpdater(log, downloads),
      obstacle: () => obstacle(host, host.isSigned),
      failed: this.#preferences.get().failedUpdate,
      onChange: shellChanged,
    });
    this.#loginItem = loginItem(app, { ...host, args: loginArgs(ground.flags, host.defaultDataDir) });
    this.#shell = createShellApi({
      platform,
      words,
      preferences: this.#preferences,
      loginItem: this.#loginItem,
      updates: this.#updates,
      downloadPage: downloadPage(updateFile),
      links,
      tray: () => tray.isThere,
      keysSealed: () => ground.box.isSealed,
      sealKeys: ground.box.hasStore ? () => this.#sealKeys() : null,
      install: (updater, version) => this.#install(updater, version),
      onChange: shellChanged,
    });
    this.#notifications = new Notifications(electron, {
      api: running.node.api,
      words,
      clock,
      wanted: () =>
        this.#preferences.get().notifications && !isQuiet(this.#quietHours, new Date(clock.now())),
      lookedAt: () => this.#window.lookedAt,
      open,
      log,
    });
  }

  /** From here on the page is answered, and the app follows the node and the system. */
  async begin(): Promise<void> {
    const { electron, host, log } = this.#ground;
    const { node } = this.#running;
    answerIpc(electron.ipcMain, {
      apiIn: node.apiIn,
      shell: this.#shell,
      contents: () => this.#window.contents,
      confirm: (question) => this.#ask(question),
      chooseFile: (name) => this.#chooseFile(name),
      copy: host.copy,
      clock: host.clock,
      log,
    });
    attempt(log, () => this.#loginItem?.refresh());
    // It has been shown since the start.
    if (this.#preferences.get().failedUpdate !== null)
      attempt(log, () => this.#preferences.change({ failedUpdate: null }));
    await this.#readSettings();
    await this.#notifications.start();
    this.#stopWatching = watchStatus(
      {
        changes: node.changes,
        api: {
          status: () => this.#api.status({}),
          unread: () => this.#api.unread({}),
          work: () => this.#api.work({}),
        },
      },
      host.clock,
      (status) => {
        this.#tray.show(status);
        // The dock of macOS, and the launchers of some Linux desktops; elsewhere it does nothing.
        electron.app.setBadgeCount(status.unread.unread);
      },
    );
    this.#tray.awaitPanel(() => this.#shellChanged());
    node.changes.subscribe((change) => this.#follow(change));
    this.#updates.start();
    this.#followSystem();
  }

  show(): void {
    this.#window.show();
  }

  /** Shows nothing, also without a tray: on Wayland an app can't bring a minimized window back, but show a new one. */
  showInBackground(): void {}

  /** A link is in the box. */
  linkCame(): void {
    this.#window.send(linkChannel);
  }

  pause(paused: boolean): void {
    this.#running.node.api.changeSettings({ paused }).catch(this.#failed('pausing failed'));
  }

  copyInvite(): void {
    this.#invites.copy().catch(this.#failed('copying an invite failed'));
  }

  get #words(): Words {
    return this.#ground.language.words;
  }

  /** The node, with sentences in the language of the app. */
  get #api(): ReturnType<RunningNode['node']['apiIn']> {
    return this.#running.node.apiIn(this.#words.locale);
  }

  #failed(what: string): (error: unknown) => void {
    return (error) => this.#ground.log.error({ err: error }, what);
  }

  #ask(question: Question): Promise<boolean> {
    return ask(this.#ground.electron.dialog, this.#window.native, question, this.#words);
  }

  #follow({ change }: NumberedChange): void {
    this.#window.send(changeChannel, changeInWords(this.#words, change));
    this.#notifications.note(change);
    if (change.topic === 'settings') this.#readSettings().catch(this.#failed('reading the settings failed'));
  }

  #shellChanged(): void {
    this.#window.send(shellChangeChannel, this.#shell.view());
  }

  /** The language and the quiet hours. */
  async #readSettings(): Promise<void> {
    const settings = await this.#running.node.api.settings({});
    this.#quietHours = settings.quiet_hours;
    if (!this.#ground.language.choose(settings.language)) return;
    showAppMenu(this.#ground.electron, this.#ground.host.platform, this.#words);
    this.#tray.redraw();
  }

  /** Sealed only if asked for: a node without this app could not open what the key store sealed. */
  async #sealKeys(): Promise<void> {
    if (!(await this.#ask(this.#words.desktop.confirm.sealKeys))) return;
    try {
      await this.#ground.box.sealIdentity();
    } catch (error) {
      this.#failed('protecting the keys failed')(error);
      const reason = error instanceof Error ? error.message : String(error);
      throw new ProtocolError('CONFLICT', this.#words.desktop.shell.keyStoreFailed({ reason }));
    }
  }

  async #pageFailed(reason: string): Promise<void> {
    this.#ground.log.error({ reason }, 'the page keeps crashing');
    await showError(this.#ground.electron.dialog, this.#words.desktop.pageFailed);
    this.#window.native?.reload();
  }

  /** Where to save a file; `null` if nowhere. */
  async #chooseFile(name: string): Promise<string | null> {
    const { dialog } = this.#ground.electron;
    const options = { defaultPath: name };
    const { native } = this.#window;
    const { filePath, canceled } = native
      ? await dialog.showSaveDialog(native, options)
      : await dialog.showSaveDialog(options);
    return canceled ? null : filePath;
  }

  #followSystem(): void {
    const { electron, host, log } = this.#ground;
    const { app } = electron;
    app.on('before-quit', (event) => {
      if (this.#quitting.isGone) return;
      event.preventDefault();
      void this.#quitting.afterAsking();
    });
    // The node goes on without a window; without this Electron would quit with the last one.
    app.on('window-all-closed', () => {});
    app.on('activate', () => this.show());
    const leave = (): void => void this.#quitting.atOnce();
    const failed = (what: string) => this.#failed(what);
    const { clock, platform } = host;
    this.#endRest = followSystem({ electron, platform, clock, node: this.#running.node, leave, failed });
    host.onSignal(leave);
    host.onUncaught((error) => {
      log.fatal({ err: error }, 'an error that nothing caught');
      // The finding says what to do; after a restart the pages are as damaged as before.
      if (diskTroubleOf(error) === 'damaged') return;
      void this.#offerRestart();
    });
    if (app.isPackaged) this.#openLinks();
  }

  /** Windows starts the app with what is given here and the link; the others know where to find it. */
  #openLinks(): void {
    const { electron, host, flags, log } = this.#ground;
    const client = [linkScheme, host.execPath, dataDirArgs(flags, host.defaultDataDir)] as const;
    const isOurs = (): boolean => electron.app.isDefaultProtocolClient(client[0], client[1], [...client[2]]);
    attempt(log, () => {
      if (isOurs() || electron.app.setAsDefaultProtocolClient(client[0], client[1], [...client[2]])) return;
      log.warn({}, 'the system does not let this app open paracord links');
    });
  }

  async #offerRestart(): Promise<void> {
    if (this.#isOffering || this.#quitting.isLeaving) return;
    this.#isOffering = true;
    const { electron, host } = this.#ground;
    const { restart, keepRunning, ...texts } = this.#words.desktop.uncaught;
    const pressed = await choose(electron.dialog, 'error', texts, [restart, keepRunning]);
    this.#isOffering = false;
    if (pressed !== 0) return;
    const takeOver = (): void => {
      host.startAgain(ownFlags(host.args));
      electron.app.exit(0);
    };
    await this.#quitting.atOnce({ takeOver, msMax: installMsMax(host.platform), failed: () => {} });
  }

  #install(updater: Updater, version: string): void {
    const { host, log } = this.#ground;
    const note = new RestartNote(host.defaultDataDir, host.clock);
    void this.#quitting.atOnce({
      takeOver: (failed) => {
        if (host.platform !== 'linux') attempt(log, () => note.leave(host.args));
        updater.install(failed);
      },
      msMax: installMsMax(host.platform),
      failed: (error) => {
        attempt(log, () => note.remove());
        const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
        this.#preferences.change({ failedUpdate: { version, reason: reason.slice(0, 200) } });
      },
    });
  }

  /** The node first of all, and nothing else may keep it from stopping. */
  async #stop(): Promise<void> {
    const stopped = this.#running.stop();
    const others = [
      () => this.#endRest(),
      () => this.#stopWatching(),
      () => this.#tray.stopWaiting(),
      () => this.#notifications.stop(),
      () => this.#updates.stop(),
      () => this.#window.rememberPlace(),
    ];
    for (const stop of others) attempt(this.#ground.log, stop);
    await stopped;
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
