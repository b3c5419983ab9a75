/**
 * The app around a running node: window, bridge to the page, notifications, updates, tray. Each part decides for itself
 * and is tested by itself; here they are only connected. How it gets here: start.ts.
 */
import { existsSync } from 'node:fs';
import type { Words } from '../../shared/words/words.ts';
import { changeInWords, type NumberedChange } from '../changes.ts';
import type { SecretBox } from '../identity/vault.ts';
import type { Log } from '../kernel/log.ts';
import type { RunningNode } from '../start/run-node.ts';
import { changeChannel, linkChannel, shellChangeChannel } from './bridge/channels.ts';
import { answerIpc } from './bridge/ipc.ts';
import { createShellApi } from './bridge/shell-api.ts';
import type { DesktopFlags } from './flags.ts';
import type { Electron, Host, Updater } from './host.ts';
import type { AppLanguage } from './language.ts';
import { loginArgs, loginItem } from './login-item.ts';
import { Notifications } from './notify/notifications.ts';
import type { Places } from './places.ts';
import { Preferences } from './preferences.ts';
import { Quitting } from './quitting.ts';
import { identityIsSealed, sealIdentity } from './secret-box.ts';
import { InviteCopier } from './tray/copy-invite.ts';
import { watchStatus } from './tray/status-watch.ts';
import type { AppTray } from './tray/tray.ts';
import { installMsMax, managedBy, Updates } from './updates/updates.ts';
import { showAppMenu } from './window/app-menu.ts';
import type { Question } from './window/confirm.ts';
import { type LinkBox, linkScheme } from './window/deep-link.ts';
import { ask, showError } from './window/dialogs.ts';
import { MainWindow } from './window/window.ts';

/** What is there before the node. */
export interface Ground {
  readonly electron: Electron;
  readonly host: Host;
  readonly flags: DesktopFlags;
  readonly places: Places;
  readonly log: Log;
  readonly language: AppLanguage;
  /** The system's key store; `null` if it has none. */
  readonly box: SecretBox | null;
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
  #stopWatching = (): void => {};

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
    this.#preferences = new Preferences(places.preferences);
    this.#quitting = new Quitting({
      ask: () => this.#ask(this.#words.desktop.quit),
      stop: () => this.#stop(),
      exit: (code) => {
        tray.remove();
        app.exit(code);
      },
      clock,
      log,
    });
    this.#window = new MainWindow(electron, {
      preferences: this.#preferences,
      preload: places.preload,
      icon: places.icon,
      devTools: !app.isPackaged,
      clock,
      hidesOnClose: () => tray.isThere || platform === 'macos',
      mayClose: () => this.#quitting.isLeaving,
      onGaveUp: (reason) => void this.#pageFailed(reason),
      onSessionEnd: () => this.#leave(),
    });
    this.#invites = new InviteCopier(electron, {
      api: { makePeerInvite: (input) => this.#api.makePeerInvite(input) },
      words,
      copy: host.copy ?? (() => {}),
      open,
    });
    const { isPackaged } = app;
    const knowsWhere = (): boolean => existsSync(places.updateSource);
    this.#updates = new Updates(
      managedBy({ platform, isPackaged, env: host.env, isFromStore: host.isFromStore, knowsWhere }),
      { clock, load: () => host.loadUpdater(log), onChange: shellChanged },
    );
    this.#shell = createShellApi({
      platform,
      words,
      preferences: this.#preferences,
      loginItem: loginItem(app, { ...host, args: loginArgs(ground.flags, host.defaultDataDir) }),
      updates: this.#updates,
      links,
      tray: () => tray.isThere,
      keysSealed: () => identityIsSealed(places.dataDir, ground.box),
      sealKeys: ground.box && (() => this.#sealKeys()),
      install: (updater) => this.#install(updater),
      onChange: shellChanged,
    });
    this.#notifications = new Notifications(electron, {
      api: running.node.api,
      words,
      clock,
      wanted: () => this.#preferences.get().notifications,
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
      log,
    });
    await this.#readLanguage();
    await this.#notifications.start();
    this.#stopWatching = watchStatus(
      { changes: node.changes, api: { status: () => this.#api.status({}) } },
      host.clock,
      (status) => this.#tray.show(status),
    );
    this.#tray.awaitPanel(() => this.#shellChanged());
    node.changes.subscribe((change) => this.#follow(change));
    this.#updates.start();
    this.#followSystem();
  }

  show(): void {
    this.#window.show();
  }

  showInBackground(): void {
    if (!this.#tray.isThere) this.#window.showMinimized();
  }

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
    if (change.topic === 'settings') this.#readLanguage().catch(this.#failed('reading the language failed'));
  }

  #shellChanged(): void {
    this.#window.send(shellChangeChannel, this.#shell.view());
  }

  async #readLanguage(): Promise<void> {
    const settings = await this.#running.node.api.settings({});
    if (!this.#ground.language.choose(settings.language)) return;
    showAppMenu(this.#ground.electron, this.#ground.host.platform, this.#words);
    this.#tray.redraw();
  }

  /** Sealed only if asked for: a node without this app could not open what the key store sealed. */
  async #sealKeys(): Promise<void> {
    const { box, places } = this.#ground;
    if (box && (await this.#ask(this.#words.desktop.confirm.sealKeys))) sealIdentity(places.dataDir, box);
  }

  async #pageFailed(reason: string): Promise<void> {
    this.#ground.log.error({ reason }, 'the page keeps crashing');
    await showError(this.#ground.electron.dialog, this.#words.desktop.pageFailed);
    this.#window.native?.reload();
  }

  #followSystem(): void {
    const { app, powerMonitor } = this.#ground.electron;
    app.on('before-quit', (event) => {
      if (this.#quitting.isGone) return;
      event.preventDefault();
      void this.#quitting.afterAsking();
    });
    // The node goes on without a window; without this Electron would quit with the last one.
    app.on('window-all-closed', () => {});
    app.on('activate', () => this.show());
    // Electron's types leave this event out, its documentation does not: so asked, the system waits for the drain.
    powerMonitor.on('shutdown', (...[event]: { preventDefault(): void }[]) => {
      event?.preventDefault();
      this.#leave();
    });
    this.#ground.host.onSignal(() => this.#leave());
    if (app.isPackaged && !app.isDefaultProtocolClient(linkScheme))
      app.setAsDefaultProtocolClient(linkScheme);
  }

  #leave(): void {
    void this.#quitting.atOnce();
  }

  #install(updater: Updater): void {
    const msMax = installMsMax(this.#ground.host.platform);
    void this.#quitting.atOnce({ takeOver: () => updater.install(), msMax });
  }

  async #stop(): Promise<void> {
    this.#stopWatching();
    this.#tray.stopWaiting();
    this.#notifications.stop();
    this.#updates.stop();
    this.#window.rememberPlace();
    await this.#running.stop();
  }
}
