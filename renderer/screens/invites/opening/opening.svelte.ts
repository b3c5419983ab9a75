import type { AcceptanceView, InvitePreview } from '../../../../shared/api/views/pairing-views.ts';
import { type Ask, readAskLink } from '../../../../shared/protocol/invites/ask-link.ts';
import { visible } from '../../../../shared/unicode/visible.ts';
import { Action } from '../../../node/action.svelte.ts';
import type { Failure } from '../../../node/failure.ts';
import type { NodeLink } from '../../../node/node-link.ts';
import { text } from '../../../text/text.ts';
import { inviterOf } from './kept-invite.svelte.ts';
import { type LinkKind, linkKindOf } from './link-kind.ts';

interface Uses {
  /** Runs before the invite is accepted, for example to name this server. */
  readonly before?: () => Promise<unknown>;
  readonly entered: (roomId: string, name: string) => void;
  /** Somebody asks for an invite, and gets one. */
  readonly asked: (ask: Ask) => void;
}

/** An invite on its way from a pasted text to its room. Nothing happens that can't be undone before `accept`. */
export class Opening {
  readonly #node: NodeLink;
  readonly #uses: Uses;
  readonly looking = new Action();
  readonly accepting = new Action();
  typed = $state('');
  preview: InvitePreview | null = $state.raw(null);
  /** The link asks for an invite instead of being one. */
  ask: Ask | null = $state.raw(null);
  /** How accepting it ended, unless it led into its room. */
  answer: AcceptanceView | null = $state.raw(null);
  /** The link's server didn't answer, and this is why. */
  away: Failure | null = $state.raw(null);
  /** The server of an opened link, which nobody has called yet: any page can open a link. */
  uncalled: string | null = $state.raw(null);

  constructor(node: NodeLink, uses: Uses) {
    this.#node = node;
    this.#uses = uses;
  }

  get kind(): LinkKind {
    return linkKindOf(this.typed, Date.now());
  }

  get ready(): boolean {
    return this.kind === 'invite' || this.kind === 'ask';
  }

  get problem(): string | null {
    const { kind } = this;
    return this.typed.trim() === '' || kind === 'invite' || kind === 'ask'
      ? null
      : text.invites.accept.wrong[kind];
  }

  /** Whether there is something to decide, beyond the field. */
  get isRead(): boolean {
    return this.preview !== null || this.ask !== null || this.away !== null || this.uncalled !== null;
  }

  /** Reads what is in the field, and asks the server of an invite about it. */
  async look(): Promise<void> {
    if (!this.ready) return;
    const ask = this.kind === 'ask' ? readAskLink(this.typed) : null;
    this.ask = ask && { ...ask, from: visible(ask.from), room: visible(ask.room) };
    this.uncalled = null;
    if (this.ask !== null) return;
    const isRead = await this.looking.run(async () => {
      this.preview = await this.#node.api.previewPeerInvite({ link: this.typed.trim() });
    });
    this.away = !isRead && this.looking.failure?.code === 'SERVICE_UNAVAILABLE' ? this.looking.failure : null;
  }

  /** Reads a text that was pasted, scanned or taken from a picture. */
  found(pasted: string): void {
    this.typed = pasted;
    void this.look();
  }

  /** A link that was opened elsewhere is only shown. */
  show(link: string): void {
    this.back();
    this.answer = null;
    this.typed = link;
    const server = inviterOf(link);
    // One without a server calls nobody, so it can be read.
    if (server === null) void this.look();
    this.uncalled = server;
  }

  /** `wait`: also if its server doesn't answer now. */
  async accept(wait = false): Promise<void> {
    await this.accepting.run(async () => {
      await this.#uses.before?.();
      if (this.ask !== null) {
        this.#uses.asked(this.ask);
        return;
      }
      const link = this.typed.trim();
      const got = await this.#node.api.acceptPeerInvite({
        link,
        ...(wait ? { wait } : {}),
        ...(this.preview?.started_over ? { started_over: true } : {}),
      });
      if (got.room?.joined) {
        this.typed = '';
        this.#uses.entered(got.room.room_id, got.room.name);
      } else this.answer = got;
    });
  }

  /** Goes back to the field, with what is in it. */
  back(): void {
    this.preview = null;
    this.ask = null;
    this.away = null;
    this.uncalled = null;
    this.looking.clear();
    this.accepting.clear();
  }
}
