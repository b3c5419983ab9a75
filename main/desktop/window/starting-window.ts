import { createHash } from 'node:crypto';
import type { BrowserWindow } from 'electron';
import type { Words } from '../../../shared/words/words.ts';
import type { Clock } from '../../kernel/ports.ts';
import { appName, type Electron } from '../host.ts';
import { appOrigin } from './app-scheme.ts';

export const startingUrl = `${appOrigin}/starting`;

/** Rooms that a newer version brings up to date. */
interface Progress {
  readonly done: number;
  readonly total: number;
}

interface StartingDeps {
  readonly icon: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly words: () => Words;
}

const reloadMs = 500;

/**
 * A small window while the server starts. Without it, a long start looks like none, and its owner starts the app again and
 * again.
 */
export class StartingWindow {
  readonly #electron: Pick<Electron, 'BrowserWindow'>;
  readonly #deps: StartingDeps;
  #window: BrowserWindow | null = null;
  #progress: Progress | null = null;
  #loadedAt = 0;
  #isOver = false;

  constructor(electron: Pick<Electron, 'BrowserWindow'>, deps: StartingDeps) {
    this.#electron = electron;
    this.#deps = deps;
  }

  /** Shows the window, unless the start is over. The owner may close it. */
  show(): void {
    if (this.#isOver) return;
    if (this.#window !== null) {
      this.#window.show();
      this.#window.focus();
      return;
    }
    const window = new this.#electron.BrowserWindow({
      width: 480,
      height: 260,
      title: appName,
      icon: this.#deps.icon,
      autoHideMenuBar: true,
      resizable: false,
      maximizable: false,
      fullscreenable: false,
      webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false, spellcheck: false },
    });
    window.once('closed', () => {
      this.#window = null;
    });
    this.#window = window;
    this.#load(window);
  }

  advance(progress: Progress): void {
    this.#progress = progress;
    if (this.#window !== null && this.#deps.clock.now() - this.#loadedAt >= reloadMs)
      this.#load(this.#window);
  }

  end(): void {
    this.#isOver = true;
    this.#window?.destroy();
  }

  page(): Response {
    return startingPage(this.#deps.words(), this.#progress);
  }

  #load(window: BrowserWindow): void {
    this.#loadedAt = this.#deps.clock.now();
    window.loadURL(startingUrl).catch(() => {});
  }
}

const style = 'body{margin:24px;font:15px/1.5 system-ui,sans-serif}h1{font-size:18px}progress{width:100%}';
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`;

/** The page has no script and no file: the main process is busy, and loads it again when there is progress. */
function startingPage({ locale, desktop: { starting } }: Words, progress: Progress | null): Response {
  const bar = progress === null ? '' : ` value="${progress.done}" max="${progress.total}"`;
  const html = `<!doctype html><html lang="${escaped(locale)}"><meta charset="utf-8">
<meta name="color-scheme" content="light dark"><title>${escaped(appName)}</title><style>${style}</style>
<h1>${escaped(starting.message)}</h1><p>${escaped(starting.detail)}</p>
<progress${bar} aria-label="${escaped(starting.message)}"></progress>
<p>${progress === null ? '' : escaped(starting.rooms(progress))}</p></html>`;
  return new Response(html, {
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy },
  });
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
