import { ProtocolError } from '../../shared/protocol/errors.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { reasonIn } from '../../shared/protocol/reasons.ts';
import { refusal as refused } from '../../shared/words/refusal.ts';
import { type Said, said, saidOf, storeSaid } from '../../shared/words/said.ts';
import { sha256Hex } from '../crypto/ed25519.ts';
import type { Tell } from '../facts.ts';
import { fingerprint } from '../identity/fingerprint.ts';
import type { Tables } from '../store/ports.ts';
import type { AcceptanceRow, OpenedRow } from '../store/tables/acceptance-store.ts';
import { AcceptanceBook, type Entry, isOpened, nameOf } from './acceptance-book.ts';
import { Connecting, type ConnectingDeps } from './connecting.ts';
import { refusalOf } from './invite-trust.ts';
import { type Invite, linkText, Offers, readLink } from './read-link.ts';
import { lateNews, Retries } from './retries.ts';

/** `connected`: each trusts the other. `waiting`: retried until it answers. `their_turn`: it has no invites. */
type Acceptance = 'connected' | 'waiting' | 'their_turn';

/** How an attempt ended. `notJoined`: why the invite's room wasn't joined, although the servers are peers. */
interface Outcome {
  readonly state: Acceptance;
  readonly notJoined: Said | null;
  /** True if it waits because the other owner is asked whether we are the server they know. */
  readonly asksOwner?: boolean;
}

/** The owner's choices when they open a link. */
interface Opened {
  /** Joins the invite's room; the owner by default. */
  readonly as?: string | undefined;
  /** Lets a server in again that is known here under another key. */
  readonly startedOver?: boolean | undefined;
}

/** An accepted invite and its progress. `isConnected` is also true while only the room is still to be joined. */
export interface Accepted extends Outcome {
  readonly invite: Invite;
  readonly isConnected: boolean;
}

/** A link that is tried until its server says what it is for. */
export interface Kept {
  readonly host: string;
  /** The words for the key in the link. */
  readonly fingerprint: string;
}

/** `kept`: what an opened invite becomes again if it can't be saved. */
interface Open {
  readonly entry: Entry<OpenedRow>;
  readonly kept: Entry | undefined;
}

export const keptDays = limits.peerInviteAgeMsMax / 86_400_000;

interface AcceptancesDeps extends ConnectingDeps {
  readonly store: Tables<'acceptances' | 'outbox' | 'writer'>;
  readonly tell: Tell;
}

/**
 * The invited side (docs/protocol/pairing.md, "Opening a link"). An accepted invite is kept until its server says what
 * it is for, then connecting, then joining its room; it is done when it is gone.
 */
export class Acceptances {
  readonly #deps: AcceptancesDeps;
  readonly #book: AcceptanceBook;
  readonly #connecting: Connecting;
  readonly #offers: Offers;
  readonly #retries: Retries;
  readonly #attempts = new Map<Entry, Promise<Outcome>>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(deps: AcceptancesDeps) {
    this.#deps = deps;
    this.#book = new AcceptanceBook(deps);
    this.#connecting = new Connecting(deps, this.#book);
    this.#offers = new Offers(deps);
    this.#retries = new Retries(deps.clock, (id) => this.#tracked(this.#again(id)));
  }

  start(): void {
    this.#retries.start();
    for (const { row } of this.#book.load())
      if (row.state === 'kept') this.#retries.begin(row.id);
      else this.#retries.schedule(row.id);
  }

  async stop(): Promise<void> {
    this.#retries.stop();
    await Promise.allSettled(this.#running);
  }

  /** Acceptances that haven't finished, oldest first. */
  waiting(): AcceptanceRow[] {
    return this.#book.rows();
  }

  /**
   * Reads a link by asking the inviter, without the token. Changes nothing. BAD_REQUEST for a link that can't be used,
   * also if the answer isn't signed by the link's key; NOT_FOUND if the server doesn't know the invite;
   * SERVICE_UNAVAILABLE if it doesn't answer.
   */
  async preview(link: string): Promise<Invite> {
    return this.#connecting.checked(link, await this.#offerOf(link));
  }

  /** Doesn't ask again about an opened link, because it may count as used by now. */
  async #offerOf(link: string): Promise<string> {
    const entry = this.#book.get(idOf(link));
    return isOpened(entry) && entry.over === null ? entry.row.offer : await this.#offers.of(linkText(link));
  }

  /**
   * Opens a link that the owner confirmed. A refusal changes nothing; without an answer it stays `waiting`. Rejects as
   * `preview` does, or with CONFLICT.
   */
  async accept(link: string, how: Opened = {}): Promise<Accepted> {
    return this.#accept(link, await this.#offerOf(link), how);
  }

  /** The same, but a link whose server doesn't answer is kept. */
  async acceptOrKeep(link: string, how: Opened = {}): Promise<Accepted | Kept> {
    let offer: string;
    try {
      offer = await this.#offerOf(link);
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.code !== 'SERVICE_UNAVAILABLE') throw error;
      return this.#keep(link, how.as ?? null, saidOf(error));
    }
    return this.#accept(link, offer, how);
  }

  async #accept(link: string, offer: string, { as, startedOver = false }: Opened): Promise<Accepted> {
    const invite = this.#allowed(link, offer, startedOver);
    const user = invite.room === undefined ? null : this.#deps.actors.local(as);
    const { entry, kept } = this.#open(link, offer, user, invite, startedOver);
    try {
      const outcome = await this.#attempt(entry, kept);
      return { invite, ...outcome, isConnected: entry.row.state === 'joining' };
    } catch (error) {
      if (!(error instanceof ProtocolError) && this.#book.isCurrent(entry))
        this.#retries.schedule(entry.row.id);
      throw error;
    }
  }

  async #keep(link: string, userId: string | null, why: Said): Promise<Kept> {
    const { clock, keyring } = this.#deps;
    const { base, public_key } = readLink(link);
    const { host } = new URL(base);
    const id = idOf(link);
    await this.#book.keep({
      id,
      host,
      state: 'kept',
      server_name: null,
      offer: null,
      before: null,
      user_id: userId,
      link: keyring.sealLink(linkText(link)),
      accepted_at: clock.now(),
      started_over: 0,
      expires_at: clock.now() + limits.peerInviteAgeMsMax,
      last_error: storeSaid(waitingFor(why)),
    });
    this.#retries.schedule(id);
    return { host, fingerprint: fingerprint(public_key) };
  }

  /** The owner gives up waiting for a server, or for the host of a link. NOT_FOUND if nothing waits for it. */
  async giveUp(name: string): Promise<void> {
    const entries = this.#book.named(name);
    if (entries.length === 0) throw refused('NOT_FOUND', said('pairing.none_waiting', { server: name }));
    for (const entry of entries) {
      entry.over = said('pairing.you_gave_up', { server: name });
      try {
        await this.#end(entry, true);
      } catch (error) {
        entry.over = null;
        this.#retries.schedule(entry.row.id);
        throw error;
      }
    }
  }

  /** The owner has decided about a server: an invite must neither continue against that, nor undo it later. */
  decided(server: string): void {
    const entry = this.#book.ofServer(server);
    if (!entry) return;
    const standing = this.#deps.directory.standing(server);
    if (standing === 'allowed') {
      this.#book.change(entry, { before: null }).catch(() => {});
      return;
    }
    this.#retries.end(entry.row.id);
    this.#book.drop(
      entry,
      said(standing === 'unknown' ? 'pairing.forgotten' : 'pairing.blocked', { server }),
    );
  }

  /** The invite behind an offer, unless it must not be accepted. */
  #allowed(link: string, offer: string, startedOver = false): Invite {
    const invite = this.#connecting.checked(link, offer);
    const refusal = refusalOf(this.#deps.directory, invite, startedOver) ?? this.#rivalOf(invite);
    if (refusal) throw refusal;
    return invite;
  }

  /** Anyone can sign a link that names a server, so another key must not replace the first. */
  #rivalOf({ server_name, public_key }: Invite): ProtocolError | null {
    const earlier = this.#book.ofServer(server_name);
    const before = earlier?.over === null ? this.#readAgain(earlier.row) : null;
    if (before === null || before.public_key === public_key) return null;
    return refused('CONFLICT', said('pairing.rival', { server: server_name }), {
      details: { reason: 'key_differs' },
    });
  }

  /** Null if the link can't be read any more. */
  #readAgain(row: OpenedRow): Invite | null {
    try {
      return this.#connecting.asOpened(row);
    } catch {
      return null;
    }
  }

  /** A link that was opened before continues where it was. */
  #open(link: string, offer: string, user_id: string | null, invite: Invite, startedOver = false): Open {
    const { clock, keyring } = this.#deps;
    const id = idOf(link);
    const earlier = this.#book.get(id);
    if (isOpened(earlier) && earlier.over === null) return { entry: earlier, kept: undefined };
    const replaced = this.#book.ofServer(invite.server_name);
    if (replaced) this.#retries.end(replaced.row.id);
    this.#retries.end(id);
    const entry = this.#book.open({
      id,
      offer,
      user_id,
      state: 'connecting',
      last_error: null,
      before: null,
      host: new URL(readLink(link).base).host,
      link: keyring.sealLink(linkText(link)),
      server_name: invite.server_name,
      accepted_at: clock.now(),
      started_over: startedOver ? 1 : 0,
      expires_at: invite.expires_at,
    });
    return { entry, kept: earlier };
  }

  /** One attempt at a time for each invite, however often its link is opened. */
  #attempt(entry: Entry<OpenedRow>, kept?: Entry): Promise<Outcome> {
    const running = this.#attempts.get(entry);
    if (running) return running;
    const attempt = this.#tracked(this.#advance(entry, kept).finally(() => this.#attempts.delete(entry)));
    this.#attempts.set(entry, attempt);
    return attempt;
  }

  async #advance(entry: Entry<OpenedRow>, kept: Entry | undefined): Promise<Outcome> {
    this.#retries.hold(entry.row.id);
    if (!entry.isSaved) await this.#book.saveFirst(entry, kept);
    try {
      if (entry.row.state === 'connecting' && (await this.#connecting.connect(entry)) === 'their_turn') {
        await this.#end(entry, false);
        return { state: 'their_turn', notJoined: null };
      }
      const notJoined = await this.#connecting.join(entry);
      await this.#end(entry, false);
      return { state: 'connected', notJoined };
    } catch (error) {
      if (entry.over !== null) throw refused('CONFLICT', entry.over);
      if (!(error instanceof ProtocolError)) throw error;
      if (error.code !== 'SERVICE_UNAVAILABLE') {
        await this.#end(entry, true);
        throw error;
      }
      const asksOwner = reasonIn(error.details) === 'key_differs';
      await this.#wait(entry, saidOf(error), asksOwner);
      return { state: 'waiting', notJoined: null, asksOwner };
    }
  }

  async #wait(entry: Entry<OpenedRow>, why: Said, asksOwner: boolean): Promise<void> {
    await this.#book.change(entry, { last_error: storeSaid(why) });
    if (entry.over !== null) throw refused('CONFLICT', entry.over);
    this.#retries.schedule(entry.row.id, asksOwner);
  }

  async #end(entry: Entry, takesBack: boolean): Promise<void> {
    await this.#book.end(entry, takesBack);
    if (!this.#book.get(entry.row.id)) this.#retries.end(entry.row.id);
  }

  /** Tries again. No caller waits for this, so the result becomes a fact. Anything but a refusal is retried. */
  async #again(id: string): Promise<void> {
    const known = this.#book.get(id);
    if (!known) return;
    try {
      const open = isOpened(known) ? { entry: known, kept: undefined } : await this.#check(known);
      if (open === null) return;
      const { entry, kept } = open;
      const outcome = await this.#attempt(entry, kept);
      const room = this.#connecting.asOpened(entry.row).room?.name;
      for (const { level, news } of lateNews(entry.row.server_name, room, outcome)) this.#notify(level, news);
    } catch (error) {
      if (known.over !== null) return;
      if (!(error instanceof ProtocolError)) throw error;
      this.#notify(
        'warning',
        said('pairing.came_to_nothing', { server: nameOf(known.row), why: saidOf(error) }),
      );
    }
  }

  /** Asks the server of a kept link what it is for. Null if the link goes on waiting, or has ended. */
  async #check(known: Entry): Promise<Open | null> {
    const { clock, keyring, actors } = this.#deps;
    const { id, host, user_id } = known.row;
    if (clock.now() >= known.row.expires_at) {
      await this.#end(known, false);
      this.#notify('warning', said('pairing.kept_expired', { host, days: keptDays }));
      return null;
    }
    try {
      const link = keyring.openLink(known.row.link);
      const offer = await this.#offers.of(link);
      const invite = this.#allowed(link, offer);
      if (!this.#book.isCurrent(known)) return null;
      const user = invite.room === undefined ? null : actors.local(user_id ?? undefined);
      return this.#open(link, offer, user, invite);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (!this.#book.isCurrent(known)) return null;
      if (!isUnproven(error)) {
        await this.#end(known, false);
        throw error;
      }
      await this.#book.change(known, { last_error: storeSaid(waitingFor(saidOf(error))) });
      this.#retries.schedule(id);
      return null;
    }
  }

  #notify(level: 'info' | 'warning', news: Said): void {
    this.#deps.tell({ fact: 'notice', level, said: news });
  }

  #tracked<T>(work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
    return tracked;
  }
}

const idOf = (link: string): string => sha256Hex(linkText(link));

/** Why a kept link waits, without the advice to try again. */
const waitingFor = (why: Said): Said =>
  ['pairing.link_unreachable', 'pairing.link_unreachable_home'].includes(why.code)
    ? { ...why, code: 'pairing.kept_unreachable' }
    : why;

/** While the inviter is away, someone else may answer at its address. Answers without the link's key end nothing. */
const isUnproven = (error: ProtocolError): boolean =>
  error.code === 'SERVICE_UNAVAILABLE' ||
  ['not_the_inviter', 'unknown_invite'].includes(reasonIn(error.details) ?? '');
