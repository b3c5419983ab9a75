/** The smaller parts of the stand-in for Electron. */
import { EventEmitter } from 'node:events';
import type {
  MediaAccessPermissionRequest,
  MenuItemConstructorOptions,
  Notification,
  NotificationConstructorOptions,
  PermissionCheckHandlerHandlerDetails,
  Session,
  Tray,
} from 'electron';

type TrayMembers = {
  readonly [K in keyof Pick<Tray, 'setImage' | 'setToolTip' | 'setContextMenu' | 'destroy'>]: unknown;
};

export class StandInTray extends EventEmitter implements TrayMembers {
  image: string;
  toolTip = '';
  menu: readonly MenuItemConstructorOptions[] = [];
  destroyed = false;

  constructor(image: { readonly path: string }) {
    super();
    this.image = image.path;
  }

  setImage(image: { readonly path: string }): void {
    this.image = image.path;
  }
  setToolTip(text: string): void {
    this.toolTip = text;
  }
  setContextMenu(menu: { readonly items: readonly MenuItemConstructorOptions[] }): void {
    this.menu = menu.items;
    this.emit('stand-in-menu');
  }
  destroy(): void {
    this.destroyed = true;
  }
}

export class StandInNotification extends EventEmitter implements Pick<Notification, 'show' | 'close'> {
  static isSupported = (): boolean => true;
  static activated: Parameters<typeof Notification.handleActivation>[0] | null = null;
  static handleActivation(callback: Parameters<typeof Notification.handleActivation>[0]): void {
    StandInNotification.activated = callback;
  }
  readonly options: NotificationConstructorOptions;
  shown = false;

  readonly #fails: boolean;

  constructor(options: NotificationConstructorOptions, fails = false) {
    super();
    this.options = options;
    this.#fails = fails;
  }

  /** Electron's documentation of Notification: an unsigned app shows none on macOS, although `isSupported` is true. */
  show(): void {
    if (this.#fails) queueMicrotask(() => this.emit('failed', {}, 'Notifications are not allowed.'));
    else this.shown = true;
  }
  close(): void {
    this.shown = false;
    this.emit('close', {});
  }
  /** Windows moves it to the notification center, where it can still be clicked (windows_toast_notification.cc). */
  timeOut(): void {
    this.emit('close', { reason: 'timedOut' });
  }
}

type SessionMembers = Pick<
  Session,
  | 'setPermissionRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setDevicePermissionHandler'
  | 'setDisplayMediaRequestHandler'
>;
type BeforeRequest = (
  details: { readonly url: string },
  answer: (response: { cancel?: boolean }) => void,
) => void;

export class StandInSession extends EventEmitter implements SessionMembers {
  #request: Parameters<Session['setPermissionRequestHandler']>[0] = null;
  #check: Parameters<Session['setPermissionCheckHandler']>[0] = null;
  #device: Parameters<Session['setDevicePermissionHandler']>[0] = null;
  #beforeRequest: BeforeRequest | null = null;
  readonly webRequest = {
    onBeforeRequest: (listener: BeforeRequest): void => {
      this.#beforeRequest = listener;
    },
  };

  setPermissionRequestHandler(handler: Parameters<Session['setPermissionRequestHandler']>[0]): void {
    this.#request = handler;
  }
  setPermissionCheckHandler(handler: Parameters<Session['setPermissionCheckHandler']>[0]): void {
    this.#check = handler;
  }
  setDevicePermissionHandler(handler: Parameters<Session['setDevicePermissionHandler']>[0]): void {
    this.#device = handler;
  }
  setDisplayMediaRequestHandler(): void {}

  /** Without a handler Electron grants everything; so does this. */
  async grants(permission: string, details: MediaAccessPermissionRequest): Promise<boolean> {
    const request = this.#request;
    if (!request) return true;
    return new Promise((resolve) => request(null as never, permission as never, resolve, details));
  }
  checks(
    permission: string,
    origin: string,
    details: PermissionCheckHandlerHandlerDetails = { isMainFrame: true },
  ): boolean {
    return this.#check?.(null, permission as never, origin, details) ?? true;
  }
  grantsDevice(): boolean {
    return this.#device?.({} as never) ?? true;
  }
  requests(url: string): 'made' | 'cancelled' {
    let cancel = false;
    this.#beforeRequest?.({ url }, (answer) => {
      cancel = answer.cancel ?? false;
    });
    return cancel ? 'cancelled' : 'made';
  }
}
