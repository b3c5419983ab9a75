/** Updates: checked and downloaded in the background, installed when the owner says so. */
import type { UpdateView } from '../../../shared/api/shell.ts';
import type { Words } from '../../../shared/words/words.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Platform, UpdateEvent, Updater } from '../host.ts';
import { isReplaceable } from './app-image.ts';

/** An installer has this long to end the app. On macOS, the system first takes the update from the app, unpacks and checks it. */
export const installMsMax = (platform: Platform): number => (platform === 'macos' ? 180_000 : 5_000);

interface Installation {
  readonly platform: Platform;
  readonly isPackaged: boolean;
  readonly appImage: string | null;
  /** Installed by the Mac App Store or the Microsoft Store. */
  readonly isFromStore: boolean;
  /** False if the build doesn't know where newer versions are published, because it was not made in a repository. */
  readonly knowsWhere: boolean;
}

/** The one who updates the app if it can't do so itself. */
export type Manager = 'fromSources' | 'fromStore' | 'noPlace';

/** `version`: the one that is ready, available or being downloaded. */
export type UpdateState =
  | { readonly kind: 'managed'; readonly by: Manager }
  | { readonly kind: 'unchecked' | 'current' | 'checking' }
  | { readonly kind: 'downloading' | 'ready'; readonly version: string }
  | { readonly kind: 'available'; readonly version: string; readonly why: Obstacle }
  | { readonly kind: 'failed'; readonly message: string }
  | ({ readonly kind: 'notInstalled' } & FailedUpdate);

/** Why the app can't replace itself, so that its owner has to download a newer version. */
export type Obstacle = 'unsigned' | 'readOnly' | 'asInstalled' | 'notMoved';

/** An update that was ready and could not be installed. */
export interface FailedUpdate {
  readonly version: string;
  readonly reason: string;
}

/** `null` if the app updates itself. */
export function managedBy({
  isPackaged,
  isFromStore,
  knowsWhere,
}: Pick<Installation, 'isPackaged' | 'isFromStore' | 'knowsWhere'>): Manager | null {
  if (!isPackaged) return 'fromSources';
  if (isFromStore) return 'fromStore';
  return knowsWhere ? null : 'noPlace';
}

/**
 * A package or an archive for Linux is replaced by its owner: there is no repository that a package manager could ask. On
 * macOS, Squirrel only accepts an update with the same signature, and ad hoc signatures always
 * differ.
 */
export const obstacle = async (
  { platform, appImage }: Pick<Installation, 'platform' | 'appImage'>,
  isSigned: () => Promise<boolean>,
  /** macOS: the app is in the Applications folder. */
  isMoved: () => boolean,
): Promise<Obstacle | null> => {
  if (platform === 'linux' && appImage === null) return 'asInstalled';
  if (platform === 'macos' && !(await isSigned())) return 'unsigned';
  if (platform === 'macos' && !isMoved()) return 'notMoved';
  return appImage !== null && !isReplaceable(appImage) ? 'readOnly' : null;
};

/** The page to download new versions from, as the packager wrote it next to the archive; `null` if unknown. */
export function downloadPage(updateFile: string | null): string | null {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}: *["']?([\\w.-]+)["']?$`, 'm').exec(updateFile ?? '')?.[1];
  const [owner, repo] = [field('owner'), field('repo')];
  return field('provider') === 'github' && owner && repo
    ? `https://github.com/${owner}/${repo}/releases/latest`
    : null;
}

/** An update that is ready stays ready, whatever a later check reports. */
export function nextUpdate(now: UpdateState, event: UpdateEvent, why: Obstacle | null): UpdateState {
  if (event.kind !== 'ready' && (now.kind === 'ready' || now.kind === 'managed')) return now;
  return event.kind === 'available' ? { ...event, why: why ?? 'readOnly' } : event;
}

/** The state as the page shows it. `page`: where newer versions can be downloaded. */
export function updateView(
  now: UpdateState,
  { desktop: { updates: texts } }: Words,
  page: string | null,
): UpdateView {
  switch (now.kind) {
    case 'managed':
      return { state: now.kind, version: null, text: texts[now.by], page: null };
    case 'unchecked':
      return { state: 'current', version: null, text: texts.unchecked, page: null };
    case 'current':
    case 'checking':
      return { state: now.kind, version: null, text: texts[now.kind], page: null };
    case 'downloading':
    case 'ready':
      return {
        state: now.kind,
        version: now.version,
        text: texts[now.kind]({ version: now.version }),
        page: null,
      };
    case 'available':
      return { state: now.kind, version: now.version, text: texts[now.why]({ version: now.version }), page };
    case 'failed':
      return { state: now.kind, version: null, text: texts.failed({ reason: now.message }), page: null };
    case 'notInstalled':
      return { state: 'failed', version: now.version, text: texts.notInstalled(now), page };
  }
}

/** The version that waits for its owner; `null` without one. */
export const waitingVersion = (now: UpdateState): string | null =>
  now.kind === 'ready' || now.kind === 'available' ? now.version : null;

const firstCheckMs = 60_000;
const checkEveryMs = 12 * 3_600_000;

export class Updates {
  readonly #clock: Clock;
  readonly #load: (downloads: boolean) => Promise<Updater>;
  readonly #obstacle: () => Promise<Obstacle | null>;
  readonly #onChange: () => void;
  #loaded: Promise<Updater> | null = null;
  #cancel: (() => void) | null = null;
  #state: UpdateState;

  constructor(
    managed: Manager | null,
    deps: {
      readonly clock: Clock;
      /** Loaded on first use, because an app that a package manager updates never needs it. */
      readonly load: (downloads: boolean) => Promise<Updater>;
      /** Why the app can't replace itself; `null` if it can. */
      readonly obstacle: () => Promise<Obstacle | null>;
      /** The update that could not be installed before this start. */
      readonly failed: FailedUpdate | null;
      readonly onChange: () => void;
    },
  ) {
    this.#clock = deps.clock;
    this.#load = deps.load;
    this.#obstacle = deps.obstacle;
    this.#onChange = deps.onChange;
    if (managed !== null) this.#state = { kind: 'managed', by: managed };
    else this.#state = deps.failed ? { kind: 'notInstalled', ...deps.failed } : { kind: 'unchecked' };
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

  /** Checks for a newer version. Never throws: a failed check is a state to show. */
  async check(): Promise<void> {
    if (this.#state.kind === 'managed' || this.#state.kind === 'ready') return;
    try {
      this.#loaded ??= this.#loadIt();
      await (await this.#loaded).check();
    } catch (error) {
      // If the updater could not be loaded, the next check tries again.
      if (this.#loaded) await this.#loaded.catch(() => (this.#loaded = null));
      this.#take({ kind: 'failed', message: firstLine(error) });
    }
  }

  /**
   * The updater, if an update is ready. Otherwise `null`, and also if the app can no longer be replaced. That is checked
   * here, before the node is stopped for nothing.
   */
  async updater(): Promise<Updater | null> {
    if (this.#state.kind !== 'ready') return null;
    const why = await this.#obstacle();
    if (why === null) return this.#loaded;
    this.#state = { kind: 'available', version: this.#state.version, why };
    this.#onChange();
    return null;
  }

  async #loadIt(): Promise<Updater> {
    const why = await this.#obstacle();
    const updater = await this.#load(why === null);
    updater.listen((event) => this.#take(event, why));
    return updater;
  }

  #take(event: UpdateEvent, why: Obstacle | null = null): void {
    const next = nextUpdate(this.#state, event, why);
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
