/** The app answers these calls of the page itself. */
import type { ShellApi, ShellView } from '../../../shared/api/shell.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import type { Words } from '../../../shared/words/words.ts';
import type { Platform, Updater } from '../host.ts';
import type { LoginItem } from '../login-item.ts';
import type { MenuEntry } from '../menu-entry.ts';
import type { Preferences } from '../preferences.ts';
import type { KeepAwake } from '../process/keep-awake.ts';
import { type Updates, updateView } from '../updates/updates.ts';
import type { LinkBox } from '../window/deep-link.ts';
import { checksSpelling } from '../window/window.ts';

interface ShellDeps {
  readonly platform: Platform;
  readonly words: () => Words;
  readonly preferences: Preferences;
  readonly loginItem: LoginItem | null;
  readonly menuEntry: MenuEntry | null;
  readonly keepAwake: KeepAwake;
  readonly updates: Updates;
  /** The page to download new versions from; `null` if unknown. */
  readonly downloadPage: string | null;
  readonly links: LinkBox;
  readonly tray: () => boolean;
  readonly notificationsRefused: () => boolean;
  readonly keysSealed: () => boolean;
  /** Asks the owner first. */
  readonly sealKeys: () => Promise<void>;
  readonly offersService: boolean;
  /** Asks the owner first. */
  readonly becomeService: () => Promise<void>;
  /** Stops the node, then runs the updater. */
  readonly install: (updater: Updater, version: string) => void;
  readonly onChange: () => void;
  /** The menu has got an entry, which the system needs to open links. */
  readonly onMenuEntry: () => void;
}

export function createShellApi(deps: ShellDeps): ShellApi & { view(): ShellView } {
  const { platform, preferences, loginItem, menuEntry, keepAwake, updates, links } = deps;
  const view = (): ShellView => ({
    platform,
    start_at_login: loginItem?.isOn() ?? null,
    offers_start_at_login: loginItem?.isOn() === false && !preferences.get().loginAsked,
    notifications: preferences.get().notifications,
    notifications_refused: deps.notificationsRefused(),
    keeps_running: preferences.get().keepsRunning,
    asks_to_quit: preferences.get().asksToQuit,
    checks_spelling: checksSpelling(preferences, platform),
    keeps_awake: preferences.get().keepsAwake,
    in_menu: menuEntry?.isThere() ?? null,
    tray: deps.tray(),
    keys_sealed: deps.keysSealed(),
    offers_service: deps.offersService,
    update: updateView(updates.state, deps.words(), deps.downloadPage),
  });
  return {
    view,
    shell: async () => view(),
    async changeShell({ start_at_login, in_menu, ...wanted }) {
      const { notifications, keeps_running, asks_to_quit, keeps_awake, checks_spelling } = wanted;
      if (start_at_login !== undefined) {
        const texts = deps.words().desktop.shell;
        if (!loginItem) throw new ProtocolError('CONFLICT', texts.noLoginItem);
        const result = loginItem.set(start_at_login);
        if (result !== 'done')
          throw new ProtocolError('CONFLICT', result === 'refused' ? texts.noLoginItem : texts.needsApproval);
      }
      const changes = {
        ...(start_at_login !== undefined && { loginAsked: true }),
        ...(notifications !== undefined && { notifications }),
        ...(keeps_running !== undefined && { keepsRunning: keeps_running }),
        ...(asks_to_quit !== undefined && { asksToQuit: asks_to_quit }),
        ...(checks_spelling !== undefined && { checksSpelling: checks_spelling }),
        ...(keeps_awake !== undefined && { keepsAwake: keeps_awake }),
      };
      if (Object.keys(changes).length > 0) preferences.change(changes);
      if (in_menu !== undefined) {
        menuEntry?.set(in_menu);
        if (in_menu) deps.onMenuEntry();
      }
      keepAwake.set(preferences.get().keepsAwake);
      deps.onChange();
      return view();
    },
    async sealKeys() {
      if (!deps.keysSealed()) await deps.sealKeys();
      deps.onChange();
      return view();
    },
    async becomeService() {
      await deps.becomeService();
      return view();
    },
    async checkForUpdate() {
      await updates.check();
      return view();
    },
    async installUpdate() {
      const updater = await updates.updater();
      if (updater === null) {
        const { state, text } = view().update;
        throw new ProtocolError(
          'CONFLICT',
          state === 'available' ? text : deps.words().desktop.updates.notReady,
        );
      }
      deps.install(updater, view().update.version ?? '');
      return { done: true };
    },
    takeLink: async () => ({ link: links.take() }),
  };
}
