import type { Notification } from 'electron';
import type { Api } from '../../../shared/api/contract.ts';
import type { Words } from '../../../shared/words/words.ts';
import type { Change, Notice as NodeNotice } from '../../changes.ts';
import { BoundedMap } from '../../kernel/bounded-map.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Electron, Platform } from '../host.ts';
import {
  inviteNotice,
  messageNotice,
  type Notice,
  pendingInvites,
  roomRoute,
  warningNotice,
} from './notices.ts';

interface NotificationDeps {
  readonly api: Api;
  readonly words: () => Words;
  readonly clock: Clock;
  /** The owner's setting. */
  readonly wanted: () => boolean;
  /** The route that the owner is looking at (`#/chats/…`); `null` if they look elsewhere. */
  readonly lookedAt: () => string | null;
  /** Opens the window, at this route if there is one. */
  readonly open: (route?: string) => void;
  readonly platform: Platform;
  /** The system has refused a notification. */
  readonly onFailed: () => void;
  readonly log: { warn(details: object, message: string): void };
}

/** Messages within this time make one notification. */
const gatherMs = 1_500;
/** The same warning is not repeated within this time. */
const warningRestMs = 600_000;
const remembered = 500;

/** Notifies the owner of what arrives while they look elsewhere. */
export class Notifications {
  readonly #Notification: Electron['Notification'];
  readonly #deps: NotificationDeps;
  readonly #gathered = new Map<string, Set<string>>();
  readonly #standing = new Map<string, Notification>();
  readonly #warnedAt = new BoundedMap<string, number>(remembered);
  #seenInvites: Set<string> | null = null;
  #cancel: (() => void) | null = null;
  #invitesChanged = false;
  #toldVersion = '';
  #areRefused = false;

  constructor(electron: Pick<Electron, 'Notification'>, deps: NotificationDeps) {
    this.#Notification = electron.Notification;
    this.#deps = deps;
  }

  /** Invites that were pending before the app started don't notify. */
  async start(): Promise<void> {
    // macOS asks its user when this is first called (NotificationPresenterMac), and loses a notification that comes with it.
    this.#Notification.isSupported();
    // A click in Windows' notification center on what an earlier run has left there.
    if (this.#deps.platform === 'windows') this.#Notification.handleActivation(() => this.#deps.open());
    this.#seenInvites = new Set((await pendingInvites(this.#deps.api)).map(({ id }) => id));
  }

  /** The system showed none of the last notifications, although the owner wants them. */
  get areRefused(): boolean {
    return this.#areRefused;
  }

  note(change: Change): void {
    if (change.topic === 'invites') this.#invitesChanged = true;
    else if (change.topic === 'timeline') {
      const events = this.#gathered.get(change.room_id) ?? new Set();
      if (events.size <= remembered) events.add(change.event_id);
      this.#gathered.set(change.room_id, events);
    } else if (change.topic === 'notice' && change.level === 'warning') {
      this.#warn(change);
      return;
    } else return;
    this.#cancel ??= this.#deps.clock.after(gatherMs, () => {
      this.#cancel = null;
      void this.#tell();
    });
  }

  stop(): void {
    this.#cancel?.();
    for (const notification of this.#standing.values()) notification.close();
    this.#standing.clear();
  }

  /** The window was closed, and the app still runs. `hasIcon`: an icon shows that. */
  sayHidden(hasIcon: boolean): void {
    const { title, body, bodyWithIcon } = this.#deps.words().desktop.notices.hidden;
    if (this.#Notification.isSupported())
      this.#present({ key: 'hidden', title, body: hasIcon ? bodyWithIcon : body, route: '#/' });
  }

  /** Once for each version, as soon as its owner wants notifications. `isReady`: the app can install it. */
  tellUpdate(version: string, isReady: boolean): void {
    if (version === this.#toldVersion || !this.#isPossible()) return;
    this.#toldVersion = version;
    const { update: title, updateReady, updateToDownload } = this.#deps.words().desktop.notices;
    const body = isReady ? updateReady : updateToDownload;
    this.#present({ key: 'update', title: title({ version }), body, route: '#/server/settings' });
  }

  #warn(change: NodeNotice): void {
    const now = this.#deps.clock.now();
    const notice = warningNotice(this.#deps.words(), change);
    if (now - (this.#warnedAt.get(notice.key) ?? -Infinity) < warningRestMs) return;
    this.#warnedAt.set(notice.key, now);
    this.#show(notice);
  }

  async #tell(): Promise<void> {
    const rooms = [...this.#gathered];
    this.#gathered.clear();
    for (const [roomId, events] of rooms)
      await this.#tellRoom(roomId, [...events]).catch((error) => this.#failed(error));
    if (this.#invitesChanged) await this.#tellInvites().catch((error) => this.#failed(error));
  }

  /** Shows nothing if the owner is looking at this room. */
  async #tellRoom(roomId: string, events: readonly string[]): Promise<void> {
    if (!this.#isPossible() || this.#isShown(roomId)) return;
    const notice = await messageNotice(this.#deps.api, this.#deps.words(), roomId, events, (error) =>
      this.#failed(error),
    );
    if (notice && this.#isPossible() && !this.#isShown(roomId)) this.#present(notice);
  }

  #failed(error: unknown): void {
    this.#deps.log.warn({ err: error }, 'a notification could not be made');
  }

  async #tellInvites(): Promise<void> {
    this.#invitesChanged = false;
    const seen = this.#seenInvites;
    const pending = await pendingInvites(this.#deps.api);
    this.#seenInvites = new Set(pending.map(({ id }) => id));
    for (const invite of pending)
      if (seen && !seen.has(invite.id)) this.#show(inviteNotice(this.#deps.words(), invite));
  }

  #isPossible(): boolean {
    return this.#deps.wanted() && this.#Notification.isSupported();
  }

  #isShown(roomId: string): boolean {
    const at = this.#deps.lookedAt();
    const room = roomRoute(roomId);
    return at !== null && (at === room || at.startsWith(`${room}/`) || at.startsWith(`${room}?`));
  }

  /** Shows nothing while the owner is looking at the window, which shows it itself. */
  #show(notice: Notice): void {
    if (this.#isPossible() && this.#deps.lookedAt() === null) this.#present(notice);
  }

  #present(notice: Notice): void {
    this.#standing.get(notice.key)?.close();
    const notification = new this.#Notification({ title: notice.title, body: notice.body });
    // Keeps it from being garbage-collected, because then its click would be lost.
    this.#standing.set(notice.key, notification);
    const forget = (): void => {
      if (this.#standing.get(notice.key) === notification) this.#standing.delete(notice.key);
    };
    notification.on('click', () => {
      forget();
      this.#deps.open(notice.route);
    });
    // A notification on Windows moves to the notification center, where it can still be clicked.
    notification.on('close', ({ reason }) => {
      if (reason !== 'timedOut') forget();
    });
    notification.on('show', () => {
      this.#areRefused = false;
    });
    notification.on('failed', (_event, error) => {
      forget();
      this.#areRefused = true;
      this.#failed(error);
      this.#deps.onFailed();
    });
    notification.show();
  }
}
