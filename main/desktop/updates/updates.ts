/** Updates: checked and downloaded in the background, installed when the owner says so. */
import type { UpdateView } from '../../../shared/api/shell.ts';
import type { Words } from '../../../shared/words/words.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Platform, UpdateEvent, Updater } from '../host.ts';

/** So long an installer may take to end the app: on macOS the system first fetches the update from the app once more. */
export const installMsMax = (platform: Platform): number => (platform === 'macos' ? 60_000 : 5_000);

export interface Installation {
  readonly platform: Platform;
  readonly isPackaged: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** The Mac App Store's or the Microsoft Store's. */
  readonly isFromStore: boolean;
  /** False for a build made without a repository: it doesn't know where newer ones are. */
  readonly knowsWhere: () => boolean;
}

/** Who updates the app, if it does not do so itself. */
export type Manager = 'fromSources' | 'fromStore' | 'asInstalled' | 'noPlace';

/** What is known about updates. `version` is the one that is ready or on its way. */
export type UpdateState =
  | { readonly kind: 'managed'; readonly by: Manager }
  | { readonly kind: 'current' | 'checking' }
  | { readonly kind: 'downloading' | 'ready'; readonly version: string }
  | { readonly kind: 'failed'; readonly message: string };

/** `null` if the app updates itself. */
export function managedBy({
  platform,
  isPackaged,
  env,
  isFromStore,
  knowsWhere,
}: Installation): Manager | null {
  if (!isPackaged) return 'fromSources';
  if (isFromStore) return 'fromStore';
  if (platform === 'linux' && !env.APPIMAGE) return 'asInstalled';
  return knowsWhere() ? null : 'noPlace';
}

/** An update that is ready stays ready, whatever a later check finds. */
export function nextUpdate(now: UpdateState, event: UpdateEvent): UpdateState {
  if (event.kind !== 'ready' && (now.kind === 'ready' || now.kind === 'managed')) return now;
  return event;
}

/** The state as the page shows it. */
export function updateView(now: UpdateState, { desktop: { updates: texts } }: Words): UpdateView {
  switch (now.kind) {
    case 'managed':
      return { state: now.kind, version: null, text: texts[now.by] };
    case 'current':
    case 'checking':
      return { state: now.kind, version: null, text: texts[now.kind] };
    case 'downloading':
    case 'ready':
      return { state: now.kind, version: now.version, text: texts[now.kind]({ version: now.version }) };
    case 'failed':
      return { state: now.kind, version: null, text: texts.failed({ reason: now.message }) };
  }
}

const firstCheckMs = 60_000;
const checkEveryMs = 12 * 3_600_000;

export class Updates {
  readonly #clock: Clock;
  readonly #load: () => Promise<Updater>;
  readonly #onChange: () => void;
  #loaded: Promise<Updater> | null = null;
  #cancel: (() => void) | null = null;
  #state: UpdateState;

  constructor(
    managed: Manager | null,
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
    this.#state = managed === null ? { kind: 'current' } : { kind: 'managed', by: managed };
  }

  get state(): UpdateState {
    return this.#state;
  }

  start(): void {
    if (this.#state.kind !== 'managed') this.#checkAfter(firstCheckMs);
  }

  stop(): void {
    this.#cancel?.();
  }

  /** Never throws: a failed check is a state to show, and no emergency. */
  async check(): Promise<void> {
    if (this.#state.kind === 'managed' || this.#state.kind === 'ready') return;
    try {
      this.#loaded ??= this.#load().then((updater) => {
        updater.listen((event) => this.#take(event));
        return updater;
      });
      await (await this.#loaded).check();
    } catch (error) {
      // If it could not be loaded, the next check tries again.
      if (this.#loaded) await this.#loaded.catch(() => (this.#loaded = null));
      this.#take({ kind: 'failed', message: firstLine(error) });
    }
  }

  /** The one to install with; `null` if nothing is ready. */
  async updater(): Promise<Updater | null> {
    return this.#state.kind === 'ready' ? this.#loaded : null;
  }

  #take(event: UpdateEvent): void {
    const next = nextUpdate(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
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
