/**
 * The app around a running node: window, bridge to the page, notifications, updates, tray. This file only connects these
 * parts; each one is tested on its own. start.ts creates it.
 */
import { isQuiet, type QuietHours } from '../../shared/api/quiet-hours.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { Words } from '../../shared/words/words.ts';
import { changeInWords, type NumberedChange } from '../changes.ts';
import type { Log } from '../kernel/log.ts';
import { textIn } from '../kernel/regular-file.ts';
import { type RunningNode, version } from '../start/run-node.ts';
import { changeChannel, linkChannel, shellChangeChannel } from './bridge/channels.ts';
import { answerIpc } from './bridge/ipc.ts';
import { createShellApi } from './bridge/shell-api.ts';
import type { DesktopFlags } from './flags.ts';
import type { Electron, Host, Updater } from './host.ts';
import type { AppLanguage } from './language.ts';
import { dataDirArgs, type LoginItem, loginArgs, loginItem } from './login-item.ts';
import { type MenuEntry, menuEntry } from './menu-entry.ts';
import { Notifications } from './notify/notifications.ts';
import type { Places } from './places.ts';
import type { Preferences } from './preferences.ts';
import { KeepAwake } from './process/keep-awake.ts';
import { attempt, type Quitting } from './process/quitting.ts';
import { offerRestart, RestartNote } from './process/restart.ts';
import { type IdentityBox, NoKeyStoreError } from './secret-box.ts';
import { startFailure } from './start-failure.ts';
import { type BadgeDeps, showBadge } from './tray/badge.ts';
import { InviteCopier } from './tray/copy-invite.ts';
import { watchStatus } from './tray/status-watch.ts';
import { TimedPause } from './tray/timed-pause.ts';
import type { AppTray } from './tray/tray.ts';
import { type MenuActions, stoppedStatus } from './tray/tray-menu.ts';
import {
  downloadPage,
  installMsMax,
  managedBy,
  obstacle,
  Updates,
  waitingVersion,
} from './updates/updates.ts';
import type { ServiceObstacle, UserService } from './user-service.ts';
import { showAppMenu } from './window/app-menu.ts';
import type { Question } from './window/confirm.ts';
import { type LinkBox, linkScheme } from './window/deep-link.ts';
import { ask, askUnlessLast, choose, type ShowBox, showError } from './window/dialogs.ts';
import { MainWindow } from './window/window.ts';

/** These parts exist before the node does. */
export interface DesktopDeps {
  readonly electron: Electron;
  readonly host: Host;
  readonly show: ShowBox;
  readonly flags: DesktopFlags;
  readonly places: Places;
  readonly log: Log;
  readonly language: AppLanguage;
  readonly preferences: Preferences;
  readonly box: IdentityBox;
  readonly links: LinkBox;
  readonly tray: AppTray;
  readonly menuActions: MenuActions;
  readonly quitting: Quitting;
  /** `null` where there is no such service. */
  readonly service: UserService | null;
}

const boxMsMax = 60_000;
/** Longer than the start of a service and a message box together. */
const handOverMsMax = 180_000;

export class Desktop {
  readonly #deps: DesktopDeps;
  readonly #running: RunningNode;
  readonly #preferences: Preferences;
  readonly #window: MainWindow;
  readonly #invites: InviteCopier;
  readonly #updates: Updates;
  readonly #shell: ReturnType<typeof createShellApi>;
  readonly #notifications: Notifications;
  readonly #loginItem: LoginItem | null;
  readonly #menuEntry: MenuEntry | null;
  readonly #keepAwake: KeepAwake;
  readonly #timedPause: TimedPause;
  #quietHours: QuietHours | null = null;
  #stopWatching = (): void => {};

  /** Starts nothing; `begin` does. */
  constructor(deps: DesktopDeps, running: RunningNode) {
    const { electron, host, places, log, links, tray, quitting } = deps;
    const { app } = electron;
    const { clock, platform } = host;
    const words = (): Words => this.#words;
    const open = (route?: string): void => this.#window.show(route);
    const shellChanged = (): void => this.#shellChanged();
    this.#deps = deps;
    this.#running = running;
    this.#preferences = deps.preferences;
    this.#window = new MainWindow(electron, {
      preferences: this.#preferences,
      preload: places.preload,
      icon: places.icon,
      devTools: !app.isPackaged,
      platform,
      clock,
      onHidden: () => this.#sayHidden(),
      // The menu bar has the only visible way to quit if there is no icon.
      hidesMenuBar: () => tray.isThere,
      mayClose: () => quitting.isLeaving,
      quit: () => app.quit(),
      onGaveUp: (reason) => void this.#pageFailed(reason),
      log,
    });
    this.#invites = new InviteCopier(electron, {
      api: { makePeerInvite: (input) => this.#api.makePeerInvite(input) },
      words,
      copy: host.copy,
      open,
      show: deps.show,
    });
    const updateFile = textIn(places.updateSource);
    const knowsWhere = updateFile !== null;
    this.#updates = new Updates(managedBy({ ...host, isPackaged: app.isPackaged, knowsWhere }), {
      clock,
      load: (downloads) => host.loadUpdater(log, downloads),
      obstacle: () => obstacle(host, host.isSigned, () => app.isInApplicationsFolder()),
      failed: this.#preferences.get().failedUpdate,
      onChange: () => {
        shellChanged();
        this.#tellUpdate();
      },
    });
    this.#loginItem = loginItem(app, { ...host, args: loginArgs(deps.flags, host.defaultDataDir) });
    this.#timedPause = new TimedPause({
      preferences: deps.preferences,
      clock,
      change: (settings) => running.node.api.changeSettings(settings),
    });
    this.#menuEntry = menuEntry(host, places.icon);
    this.#keepAwake = new KeepAwake(electron.powerSaveBlocker);
    this.#shell = createShellApi({
      platform,
      words,
      preferences: this.#preferences,
      loginItem: this.#loginItem,
      menuEntry: this.#menuEntry,
      keepAwake: this.#keepAwake,
      updates: this.#updates,
      downloadPage: downloadPage(updateFile),
      links,
      tray: () => tray.isThere,
      notificationsRefused: () => this.#notifications.areRefused,
      keysSealed: () => deps.box.isSealed,
      sealKeys: () => this.#sealKeys(),
      offersService: deps.service !== null,
      becomeService: () => this.#becomeService(),
      install: (updater, version) => this.#install(updater, version),
      onChange: shellChanged,
      onMenuEntry: () => this.#openLinks(),
    });
    this.#notifications = new Notifications(electron, {
      api: running.node.api,
      words,
      clock,
      wanted: () =>
        this.#preferences.get().notifications && !isQuiet(this.#quietHours, new Date(clock.now())),
      lookedAt: () => this.#window.lookedAt,
      open,
      platform,
      onFailed: shellChanged,
      log,
    });
  }

  /** Begins to answer the page and to follow the node. */
  async begin(): Promise<void> {
    const { electron, host, places, log } = this.#deps;
    const { node } = this.#running;
    answerIpc(electron.ipcMain, {
      apiIn: node.apiIn,
      shell: this.#shell,
      contents: () => this.#window.contents,
      confirm: (question) => this.#ask(question),
      chooseFile: (name) => this.#chooseFile(name),
      saveRecoveryFile: node.saveRecoveryFile,
      copy: host.copy,
      clock: host.clock,
      log,
    });
    attempt(log, () => this.#loginItem?.refresh());
    attempt(log, () => this.#menuEntry?.refresh());
    this.#keepAwake.set(this.#preferences.get().keepsAwake);
    // The settings have shown it since the start.
    if (this.#preferences.get().failedUpdate !== null)
      attempt(log, () => this.#preferences.change({ failedUpdate: null }));
    await this.#readSettings();
    await this.#notifications.start();
    const badge: BadgeDeps = {
      electron,
      platform: host.platform,
      iconsDir: places.trayIcons,
      window: this.#window,
      words: () => this.#words,
    };
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
        this.#deps.tray.show({ ...status, pausedUntil: this.#timedPause.until });
        showBadge(badge, status.unread.unread);
        // Quiet hours may be over, and so may a pause.
        this.#tellUpdate();
        this.#timedPause.look().catch(this.#failed('resuming failed'));
      },
    );
    this.#deps.tray.awaitPanel(() => this.#shellChanged());
    node.changes.subscribe((change) => this.#follow(change));
    this.#updates.start();
    if (electron.app.isPackaged) this.#openLinks();
  }

  get node(): RunningNode['node'] {
    return this.#running.node;
  }

  /** `route`: such as `#/server/settings`. */
  show(route?: string): void {
    this.#window.show(route);
  }

  toggle(): void {
    this.#window.toggle();
  }

  async askToQuit(): Promise<boolean> {
    if (!this.#preferences.get().asksToQuit) return true;
    const { show, log } = this.#deps;
    const { quit } = this.#words.desktop;
    const { isYes, isLast } = await askUnlessLast(show, this.#window.native, quit, this.#words);
    if (isLast) attempt(log, () => this.#preferences.change({ asksToQuit: false }));
    return isYes;
  }

  /** Stops the node first. If another part can't be stopped, the rest still is. */
  async stop(): Promise<void> {
    const stopped = this.#running.stop();
    const others = [
      () => this.#stopWatching(),
      () => this.#deps.tray.stopWaiting(),
      () => this.#notifications.stop(),
      () => this.#updates.stop(),
      () => this.#keepAwake.set(false),
      () => this.#window.rememberPlace(),
    ];
    for (const stop of others) attempt(this.#deps.log, stop);
    await stopped;
  }

  /**
   * The node could not start again, after a restore or a change of places. The window stays, and its owner can restart the
   * app.
   */
  async nodeFailed(error: unknown): Promise<void> {
    const { electron, host, show, quitting, tray } = this.#deps;
    const { restart, later, detail, message } = this.#words.desktop.nodeFailed;
    this.#stopWatching();
    tray.show(stoppedStatus(message));
    const reason = startFailure(error, this.#words).detail;
    const texts = { message, detail: detail({ reason }) };
    await offerRestart({ electron, host, show, quitting }, texts, [restart, later]);
  }

  /** A link is waiting for the page. */
  linkArrived(): void {
    this.#window.send(linkChannel);
  }

  pause(paused: boolean): void {
    this.#running.node.api.changeSettings({ paused }).catch(this.#failed('pausing failed'));
  }

  pauseForAnHour(): void {
    this.#timedPause.begin().catch(this.#failed('pausing failed'));
  }

  copyInvite(): void {
    this.#invites.copy().catch(this.#failed('copying an invite failed'));
  }

  get #words(): Words {
    return this.#deps.language.words;
  }

  /** The node's API, with sentences in the app's language. */
  get #api(): ReturnType<RunningNode['node']['apiIn']> {
    return this.#running.node.apiIn(this.#words.locale);
  }

  #failed(what: string): (error: unknown) => void {
    return (error) => this.#deps.log.error({ err: error }, what);
  }

  #ask(question: Question): Promise<boolean> {
    return ask(this.#deps.show, this.#window.native, question, this.#words);
  }

  #follow({ change }: NumberedChange): void {
    this.#window.send(changeChannel, changeInWords(this.#words, change));
    this.#notifications.note(change);
    if (['settings', 'resync'].includes(change.topic))
      this.#readSettings().catch(this.#failed('reading the settings failed'));
  }

  #shellChanged(): void {
    this.#window.send(shellChangeChannel, this.#shell.view());
  }

  /** Tells the owner that the app still runs: once if an icon shows it, otherwise each time. Windows hides new icons. */
  #sayHidden(): void {
    const { host, tray, log } = this.#deps;
    const hasIcon = tray.isThere || host.platform !== 'linux';
    if (hasIcon && this.#preferences.get().hiddenSaid) return;
    this.#notifications.sayHidden(hasIcon);
    if (hasIcon) attempt(log, () => this.#preferences.change({ hiddenSaid: true }));
  }

  /** Shows a new version in the tray, and once in a notification. */
  #tellUpdate(): void {
    const { state } = this.#updates;
    const version = waitingVersion(state);
    this.#deps.tray.showUpdate(version);
    if (version !== null) this.#notifications.tellUpdate(version, state.kind === 'ready');
  }

  /** The language, the quiet hours, and whether federation is paused. */
  async #readSettings(): Promise<void> {
    const settings = await this.#running.node.api.settings({});
    this.#quietHours = settings.quiet_hours;
    this.#timedPause.follow(settings.paused);
    if (!this.#deps.language.choose(settings.language)) return;
    const { electron, host, menuActions } = this.#deps;
    showAppMenu(electron, host.platform, this.#words, menuActions);
    this.#deps.tray.redraw();
  }

  /** Seals on request only, because without this app nothing can open what the key store sealed. */
  async #sealKeys(): Promise<void> {
    if (!(await this.#ask(this.#words.desktop.confirm.sealKeys))) return;
    try {
      await this.#deps.box.sealIdentity();
    } catch (error) {
      this.#failed('protecting the keys failed')(error);
      const { noKeyStore, keyStoreFailed } = this.#words.desktop.shell;
      if (error instanceof NoKeyStoreError) throw new ProtocolError('CONFLICT', noKeyStore);
      const reason = error instanceof Error ? error.message : String(error);
      throw new ProtocolError('CONFLICT', keyStoreFailed({ reason }));
    }
  }

  /** Hands over to the service once the node has stopped, like an update. If that fails, the app starts again. */
  async #becomeService(): Promise<void> {
    const { service } = this.#deps;
    if (service === null) return;
    const texts = this.#words.desktop.service;
    if (this.#deps.box.isSealed) throw new ProtocolError('CONFLICT', texts.sealed);
    const why = await service.obstacle();
    if (why !== null) throw new ProtocolError('CONFLICT', obstacleText(why, texts));
    if (!(await this.#ask(this.#words.desktop.confirm.becomeService))) return;
    if (!(await service.linger()) && !(await this.#ask(texts.onlyLoggedIn))) return;
    void this.#deps.quitting.atOnce({
      takeOver: (failed) => void this.#handOver(service).catch(failed),
      msMax: handOverMsMax,
      failed: () => {},
    });
  }

  async #handOver(service: UserService): Promise<void> {
    const { electron, log } = this.#deps;
    const { done, failed } = this.#words.desktop.service;
    try {
      await service.start();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await this.#sayForAWhile('error', { ...failed, detail: failed.detail({ reason }) });
      throw error;
    }
    attempt(log, () => this.#loginItem?.set(false));
    // If the server comes back to the app, it offers this again.
    attempt(log, () => this.#preferences.change({ loginAsked: false }));
    await this.#sayForAWhile('info', done);
    electron.app.exit(0);
  }

  /** Closes by itself after a while, because nobody may be there to close it. */
  async #sayForAWhile(type: 'info' | 'error', question: Question): Promise<void> {
    const over = new AbortController();
    const cancel = this.#deps.host.clock.after(boxMsMax, () => over.abort());
    await choose(this.#deps.show, type, question, [question.button], over.signal);
    cancel();
  }

  async #pageFailed(reason: string): Promise<void> {
    this.#deps.log.error({ reason }, 'the page keeps crashing');
    await showError(this.#deps.show, this.#words.desktop.pageFailed);
    this.#window.native?.reload();
  }

  /** Asks where to save a file; `null` if the owner cancels. */
  async #chooseFile(name: string): Promise<string | null> {
    const { dialog } = this.#deps.electron;
    const options = { defaultPath: name };
    const { native } = this.#window;
    const { filePath, canceled } = native
      ? await dialog.showSaveDialog(native, options)
      : await dialog.showSaveDialog(options);
    return canceled ? null : filePath;
  }

  /** Windows starts the app with these arguments and the link. The other systems know where the app is. */
  #openLinks(): void {
    const { electron, host, flags, log } = this.#deps;
    const { app } = electron;
    const args = dataDirArgs(flags, host.defaultDataDir);
    const client: [string, string, string[]] = [linkScheme, host.execPath, args];
    attempt(log, () => {
      // A second server for a try doesn't take the links from the usual one.
      const isTaken = args.length > 0 && app.getApplicationNameForProtocol(`${linkScheme}://`) !== '';
      if (isTaken || app.isDefaultProtocolClient(...client) || app.setAsDefaultProtocolClient(...client))
        return;
      log.warn({}, 'the system does not let this app open paracord links');
    });
  }

  #install(updater: Updater, version: string): void {
    const { host, log } = this.#deps;
    const note = new RestartNote(host.defaultDataDir, host.clock);
    void this.#deps.quitting.atOnce({
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
}

function obstacleText(why: ServiceObstacle, texts: Words['desktop']['service']): string {
  switch (why.kind) {
    case 'otherVersion':
      return texts.otherVersion({ found: why.found, version });
    case 'noProgram':
      return texts.noProgram({ version });
    default:
      return texts[why.kind];
  }
}
