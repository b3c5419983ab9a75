/** Copies an invite link for another server from the tray's menu, without opening the window. */
import type { Notification } from 'electron';
import type { Api } from '../../../shared/api/contract.ts';
import { bestLink } from '../../../shared/api/views/pairing-views.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { errorText } from '../../../shared/words/refusal.ts';
import type { Words } from '../../../shared/words/words.ts';
import { appName, type Electron } from '../host.ts';
import type { ShowBox } from '../window/dialogs.ts';

interface CopyInviteDeps {
  readonly api: Pick<Api, 'makePeerInvite'>;
  readonly words: () => Words;
  readonly copy: (text: string) => Promise<void>;
  readonly open: (route: string) => void;
  readonly show: ShowBox;
}

/** The notification says the same. */
const lastsSeconds = 7 * 86_400;

export class InviteCopier {
  readonly #electron: Pick<Electron, 'Notification'>;
  readonly #deps: CopyInviteDeps;
  /** Kept from being garbage-collected, because then its click would be lost. */
  #told: Notification | null = null;

  constructor(electron: Pick<Electron, 'Notification'>, deps: CopyInviteDeps) {
    this.#electron = electron;
    this.#deps = deps;
  }

  /** Always shows the result, because nothing else on screen does. */
  async copy(): Promise<void> {
    try {
      const made = await this.#deps.api.makePeerInvite({ expires_in_seconds: lastsSeconds });
      await this.#deps.copy(bestLink(made) ?? '');
    } catch (error) {
      await this.#tellWhyNot(error);
      return;
    }
    const { Notification } = this.#electron;
    const texts = this.#deps.words().desktop;
    const { copied: title, copiedDetail: body } = texts.invite;
    const inDialog = async (): Promise<void> => {
      await this.#deps.show({
        type: 'info',
        title: appName,
        message: title,
        detail: body,
        buttons: [texts.ok],
      });
    };
    if (!Notification.isSupported()) {
      await inDialog();
      return;
    }
    this.#told?.close();
    this.#told = new Notification({ title, body });
    this.#told.on('click', () => this.#deps.open('#/people'));
    // macOS shows no notifications of unsigned apps.
    this.#told.on('failed', () => void inDialog());
    this.#told.show();
  }

  /** A server without a public address answers CONFLICT with a message that says what to do. */
  async #tellWhyNot(error: unknown): Promise<void> {
    const addressMissing = error instanceof ProtocolError && error.code === 'CONFLICT';
    const words = this.#deps.words();
    const { invite, cancel, ok } = words.desktop;
    const buttons = addressMissing ? [invite.setAddress, cancel] : [ok];
    const { response } = await this.#deps.show({
      type: 'warning',
      title: appName,
      message: invite.none,
      detail: error instanceof Error ? errorText(words, error) : String(error),
      buttons,
      cancelId: buttons.length - 1,
      noLink: true,
    });
    if (addressMissing && response === 0) this.#deps.open('#/server/network');
  }
}
