/** `app`, and how it quits: which events come, and in which order. */
import { EventEmitter } from 'node:events';
import type { App } from 'electron';
import type { Platform } from '../../../../main/desktop/host.ts';

export interface Cancellable {
  prevented: boolean;
  preventDefault(): void;
}

export function cancellable(): Cancellable {
  const event = {
    prevented: false,
    preventDefault(): void {
      event.prevented = true;
    },
  };
  return event;
}

export interface AppOptions {
  readonly platform?: Platform;
  readonly isPackaged?: boolean;
  /** False: another instance has the lock. */
  readonly firstInstance?: boolean;
  /** macOS: the result of setting a login item (SetLoginItemEnabled in platform_util_mac.mm throws nothing). */
  readonly loginItemStatus?: 'enabled' | 'requires-approval' | 'not-found';
  /** Some program opens links already. */
  readonly linksTaken?: boolean;
  /** macOS: the app runs from where it was downloaded to. */
  readonly outsideApplications?: boolean;
  /** macOS: the app was started at login. */
  readonly openedAtLogin?: boolean;
  /**
   * The system doesn't let the app open links. On Linux without a menu entry, as with an AppImage: SetDefaultWebClient of
   * shell/browser/browser_linux.cc looks for the .desktop file. On Windows without access to the registry. Nothing is thrown.
   */
  readonly refusesLinks?: boolean;
}

export type ClosableWindow = Pick<EventEmitter, 'emit'> & {
  close(): void;
  destroy(): void;
};

/** shell/browser/browser.cc and shell/browser/window_list.cc. */
export class StandInApp {
  readonly events = new EventEmitter();
  readonly windows: ClosableWindow[] = [];
  readonly exitCodes: number[] = [];
  readonly exited = Promise.withResolvers<number>();
  isReady = false;
  #isQuitting = false;
  #isExiting = false;
  #isShutDown = false;

  /** Browser::Quit. */
  quit(): void {
    if (this.#isQuitting) return;
    this.#isQuitting = this.#mayGoOn('before-quit');
    if (!this.#isQuitting) return;
    if (this.windows.length === 0) this.#notifyAndShutDown();
    else for (const window of [...this.windows]) window.close();
  }

  /** Browser::ExitWithCode: windows are destroyed, and the only event is `quit`. */
  exit(code = 0): void {
    this.exitCodes.push(code);
    this.#isQuitting = true;
    this.#isExiting = true;
    if (this.windows.length === 0) this.#shutDown();
    else for (const window of [...this.windows]) window.destroy();
  }

  /** A window’s `close` was prevented: Browser::OnWindowCloseCancelled. */
  staysOpen(): void {
    this.#isQuitting = false;
  }

  /** Browser::OnWindowAllClosed; without a listener the app quits (lib/browser/init). */
  closed(window: ClosableWindow): void {
    this.windows.splice(this.windows.indexOf(window), 1);
    if (this.windows.length > 0) return;
    if (this.#isExiting) this.#shutDown();
    else if (this.#isQuitting) this.#notifyAndShutDown();
    else if (!this.events.emit('window-all-closed')) this.quit();
  }

  /**
   * Windows is about to end the session: WM_QUERYENDSESSION in shell/browser/native_window_views_win.cc. False if the
   * app refuses. Another program may refuse after that, and the app isn't notified.
   */
  askToEndSession(): boolean {
    return this.windows.every((window) => {
      const event = cancellable();
      window.emit('query-session-end', event);
      return !event.prevented;
    });
  }

  /**
   * The session ends: WM_ENDSESSION in the same file. An app without a window isn't notified. The process is terminated
   * once the listeners have returned, unless the app is quitting. True if it was terminated.
   */
  endSession(): boolean {
    for (const window of [...this.windows]) window.emit('session-end', cancellable());
    if (this.#isQuitting) return false;
    this.#isShutDown = true;
    this.exited.resolve(0);
    return true;
  }

  /** Browser::NotifyAndShutdown. */
  #notifyAndShutDown(): void {
    if (this.#isShutDown) return;
    this.#isQuitting = this.#mayGoOn('will-quit');
    if (!this.#isQuitting) return;
    this.exitCodes.push(0);
    this.#shutDown();
  }

  #shutDown(): void {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    const code = this.exitCodes.at(-1) ?? 0;
    this.events.emit('quit', {}, code);
    this.exited.resolve(code);
  }

  #mayGoOn(name: 'before-quit' | 'will-quit'): boolean {
    const event = cancellable();
    this.events.emit(name, event);
    return !event.prevented;
  }
}

/** Stands in for the parts of Electron that the app calls. Tests check `did`. */
export function standInApp(options: AppOptions) {
  const core = new StandInApp();
  const did = {
    exitCodes: core.exitCodes,
    paths: {} as Record<string, string>,
    names: [] as string[],
    /** Windows: what it registers the app by. */
    windowsIds: [] as string[],
    badge: 0,
    sandboxed: false,
    readyAsked: false,
    protocolClients: [] as string[],
    /** The command line that a link opens, if the app has set one. */
    linkArgs: [] as readonly string[],
    loginItem: { openAtLogin: false } as { openAtLogin: boolean; args?: readonly string[] },
    /** Windows: its owner turned the app off in Settings or the Task Manager, which leaves the entry in `Run`. */
    startupOff: false,
    /** macOS: the app moved itself, and starts again from there. */
    moved: false,
  };
  const app = Object.assign(core.events, {
    isPackaged: options.isPackaged ?? true,
    getPreferredSystemLanguages: () => ['en-US'],
    setName: (name) => void did.names.push(name),
    setAppUserModelId: (id) => void did.windowsIds.push(id),
    setToastActivatorCLSID: (id) => void did.windowsIds.push(id),
    setBadgeCount(count = 0) {
      if (options.platform === 'windows') throw new Error('setBadgeCount is for Linux and macOS');
      did.badge = count;
      return true;
    },
    setPath(name, path) {
      did.paths[name] = path;
    },
    enableSandbox() {
      if (did.readyAsked) throw new Error('the sandbox has to be on before the app is ready');
      did.sandboxed = true;
    },
    requestSingleInstanceLock: () => options.firstInstance ?? true,
    async whenReady() {
      did.readyAsked = true;
      core.isReady = true;
    },
    exit: (code) => core.exit(code),
    quit: () => core.quit(),
    isInApplicationsFolder: () => !options.outsideApplications,
    moveToApplicationsFolder() {
      did.moved = true;
      core.quit();
      return true;
    },
    getApplicationNameForProtocol: () =>
      (options.linksTaken ?? did.protocolClients.length > 0) ? 'Paracord Node' : '',
    isDefaultProtocolClient: (scheme, _path, args = []) =>
      did.protocolClients.includes(scheme) && args.join() === did.linkArgs.join(),
    setAsDefaultProtocolClient(scheme, _path, args = []) {
      if (options.refusesLinks) return false;
      did.linkArgs = args;
      return did.protocolClients.push(scheme) > 0;
    },
    setLoginItemSettings(settings) {
      did.startupOff = false;
      did.loginItem = { openAtLogin: settings.openAtLogin ?? false, args: settings.args ?? [] };
    },
    // On Windows, `openAtLogin` only compares the entry in `Run` (browser_win.cc).
    getLoginItemSettings() {
      const status = did.loginItem.openAtLogin ? (options.loginItemStatus ?? 'enabled') : 'not-registered';
      return {
        ...did.loginItem,
        ...(options.platform === 'macos' && { openAtLogin: status === 'enabled', status }),
        executableWillLaunchAtLogin: did.loginItem.openAtLogin && !did.startupOff,
        wasOpenedAtLogin: options.openedAtLogin ?? false,
      } as ReturnType<App['getLoginItemSettings']>;
    },
  } satisfies Partial<App>);
  return { core, app, did };
}
