import type { Api, ProcedureName } from '../../shared/api/contract.ts';
import type { Level } from '../../shared/api/roles.ts';
import type { ShellApi, ShellView } from '../../shared/api/shell.ts';
import type { Change } from '../../shared/api/topics.ts';

/** A change of the node. */
export type News = Change;

/**
 * `connecting`: no contact yet. `lost`: no longer answers; retried all the time. `logged-out`: it answers and wants a
 * login; nobody was logged in, or logged out on purpose. `expired`: the login expired, perhaps in the middle of
 * something.
 */
export type Connection = 'connecting' | 'open' | 'lost' | 'logged-out' | 'expired';

/** The node behind the screens, in the window (IPC) and in the console (HTTP). */
export interface NodeLink {
  readonly api: Api;
  /** The desktop app around the screens; `null` in a browser. */
  readonly shell: DesktopShell | null;
  /** Reactive. */
  readonly connection: Connection;
  /** Reports changes until the returned function is called. */
  onNews(listener: (news: News) => void): () => void;
  /** The command that prints a login link in a terminal; `null` if the node doesn't say. */
  loginCommand(): Promise<string | null>;
  /** The ID of this browser among those that are logged in; `null` in the desktop app. */
  browserId(): Promise<string | null>;
  /** Uses the code of a login link. */
  logIn(code: string): Promise<void>;
  logOut(): Promise<void>;
  /** `text` is in another language now. Texts that the node sends on its own must follow. */
  languageChanged(): void;
  /** The rights of the person who is logged in; null until they are known. Reactive. */
  readonly level: Level | null;
  /** Whether who is logged in may use this procedure. */
  may(name: ProcedureName): boolean;
  /** Whether the desktop app asks before this action, in its own window. */
  confirms(name: ProcedureName): boolean;
}

export interface DesktopShell {
  readonly api: ShellApi;
  onChange(listener: (shell: ShellView) => void): () => void;
  onLink(listener: () => void): () => void;
}
