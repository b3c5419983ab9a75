/** Updates: looked for quietly, fetched quietly, put in place when the owner says so. */
import type { UpdateView } from '../../../shared/api/shell.ts';
import { conflict } from '../../../shared/protocol/errors.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Platform } from '../electron.ts';
import { text } from '../text.ts';

export type UpdateEvent =
  | { readonly kind: 'checking' }
  | { readonly kind: 'current' }
  | { readonly kind: 'downloading'; readonly version: string }
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'failed'; readonly message: string };

/** What fetches and installs; electron-updater in life. */
export interface Updater {
  /** Tells what happens from now on. */
  listen(listener: (event: UpdateEvent) => void): void;
  /** Looks for a newer version and fetches it. */
  check(): Promise<void>;
  /** Ends the app and starts the newer one. */
  install(): void;
}

/** So long an installer may take to end the app: on macOS the system first fetches the update from the app once more. */
export const installMsMax = (platform: Platform): number => (platform === 'macos' ? 60_000 : 5_000);

export interface Installation {
  readonly platform: Platform;
  readonly isPackaged: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** The Mac App Store's or the Microsoft Store's. */
  readonly isFromStore: boolean;
  /** False for a build that was made in no repository: it was not told where newer ones are. */
  readonly knowsWhere: () => boolean;
}

/** Who renews the files: `null` when the app does so itself, else a sentence that says who. */
export function managedBy({
  platform,
  isPackaged,
  env,
  isFromStore,
  knowsWhere,
}: Installation): string | null {
  if (!isPackaged) return text.updates.fromSources;
  if (isFromStore) return text.updates.fromStore;
  if (platform === 'linux' && !env.APPIMAGE) return text.updates.asInstalled;
  return knowsWhere() ? null : text.updates.noPlace;
}

/** An update that is ready stays ready, whatever a later look for newer ones finds. */
export function nextUpdate(now: UpdateView, event: UpdateEvent): UpdateView {
  if (event.kind === 'ready')
    return {
      state: 'ready',
      version: event.version,
      text: text.updates.ready(event.version),
    };
  if (now.state === 'ready' || now.state === 'managed') return now;
  switch (event.kind) {
    case 'checking':
      return { state: 'checking', version: null, text: text.updates.checking };
    case 'current':
      return current;
    case 'downloading':
      return { state: 'downloading', version: event.version, text: text.updates.downloading(event.version) };
    case 'failed':
      return { state: 'failed', version: null, text: text.updates.failed(event.message) };
  }
}

const current: UpdateView = {
  state: 'current',
  version: null,
  text: text.updates.current,
};
const firstCheckMs = 60_000;
const checkEveryMs = 12 * 3_600_000;

export class Updates {
  readonly #clock: Clock;
  readonly #load: () => Promise<Updater>;
  readonly #onChange: () => void;
  #loaded: Promise<Updater> | null = null;
  #cancel: (() => void) | null = null;
  #view: UpdateView;

  constructor(
    managed: string | null,
    parts: {
      readonly clock: Clock;
      /** Loaded late: an app that a package manager renews never needs it. */
      readonly load: () => Promise<Updater>;
      readonly onChange: () => void;
    },
  ) {
    this.#clock = parts.clock;
    this.#load = parts.load;
    this.#onChange = parts.onChange;
    this.#view = managed === null ? current : { state: 'managed', version: null, text: managed };
  }

  get view(): UpdateView {
    return this.#view;
  }

  start(): void {
    if (this.#view.state !== 'managed') this.#checkAfter(firstCheckMs);
  }

  stop(): void {
    this.#cancel?.();
  }

  /** Never throws: that an update cannot be had is a state, and nobody's emergency. */
  async check(): Promise<void> {
    if (this.#view.state === 'managed' || this.#view.state === 'ready') return;
    try {
      this.#loaded ??= this.#load().then((updater) => {
        updater.listen((event) => this.#take(event));
        return updater;
      });
      await (await this.#loaded).check();
    } catch (error) {
      // One that could not be loaded is tried anew.
      if (this.#loaded) await this.#loaded.catch(() => (this.#loaded = null));
      this.#take({ kind: 'failed', message: firstLine(error) });
    }
  }

  /** The one to install with; throws CONFLICT when nothing is ready. */
  async updater(): Promise<Updater> {
    if (this.#view.state !== 'ready' || this.#loaded === null)
      throw conflict('There is no update that is ready to be installed.');
    return this.#loaded;
  }

  #take(event: UpdateEvent): void {
    const next = nextUpdate(this.#view, event);
    if (next === this.#view) return;
    this.#view = next;
    this.#onChange();
  }

  #checkAfter(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      this.#checkAfter(checkEveryMs);
      void this.check();
    });
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 200) ?? '';
