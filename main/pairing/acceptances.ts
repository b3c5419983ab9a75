import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { Extension } from '../../shared/protocol/extensions.ts';
import { refusal as refused } from '../../shared/words/refusal.ts';
import { type Said, said, saidOf, sentences, storeSaid } from '../../shared/words/said.ts';
import type { OwnAddress } from '../addresses/addresses.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { AcceptanceRow } from '../store/tables/peer-invite-store.ts';
import type { Contacts } from '../trust/contact/contacts.ts';
import type { KeyPins } from '../trust/keys/key-pins.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { answerInvite, lookBehind } from './invite-steps.ts';
import { refusalOf, takeBackWithin, trustWithin } from './invite-trust.ts';
import { type Invite, Offers, readInvite, withoutToken } from './read-link.ts';
import { lateNews, Retries } from './retries.ts';

/** `connected`: each trusts the other. `waiting`: retried until it answers. `their_turn`: it has no invites. */
export type Acceptance = 'connected' | 'waiting' | 'their_turn';

/** How an attempt ended. `notJoined`: why the invite's room wasn't joined, although the servers are peers. */
interface Outcome {
  readonly state: Acceptance;
  readonly notJoined: Said | null;
}

/** An accepted invite and its progress. `isConnected` is also true while only the room is still to be joined. */
export interface Accepted extends Outcome {
  readonly invite: Invite;
  readonly isConnected: boolean;
}

/** An accepted invite that hasn't finished. */
interface Opened {
  row: AcceptanceRow;
  isSaved: boolean;
  /** Why it no longer counts, even if an attempt is still running. */
  over: Said | null;
  running: Promise<Outcome> | null;
}

export interface AcceptancesParts {
  readonly store: Tables<'peerInvites' | 'outbox' | 'writer'>;
  readonly directory: PeerDirectory;
  readonly pins: KeyPins;
  readonly keyring: Keyring;
  readonly client: FederationClient;
  readonly clock: Clock;
  readonly ownAddress: () => OwnAddress;
  readonly contacts: Pick<Contacts, 'heardFrom'>;
  readonly rooms: JoinableRooms;
  readonly tell: Tell;
}

/** What accepting needs of rooms. */
export interface JoinableRooms {
  /** The local user who acts: `as`, or the owner. */
  local(as: string | undefined): string;
  join(roomId: string, user: string, via: string): Promise<void>;
}

/**
 * The invited side (docs/protocol/pairing.md, "Opening a link"). Each step may be repeated, and after a crash all are.
 */
export class Acceptances {
  readonly #parts: AcceptancesParts;
  /** By server. An invite that is missing here has ended, and its row is deleted. */
  readonly #opened = new Map<string, Opened>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #offers: Offers;
  readonly #retries: Retries;

  constructor(parts: AcceptancesParts) {
    this.#parts = parts;
    this.#offers = new Offers(parts);
    this.#retries = new Retries(parts.clock, (name) => this.#again(name));
  }

  start(): void {
    this.#retries.start();
    for (const row of this.#parts.store.peerInvites.acceptances()) {
      this.#opened.set(row.server_name, { row, isSaved: true, over: null, running: null });
      this.#retries.schedule(row.server_name);
    }
  }

  async stop(): Promise<void> {
    this.#retries.stop();
    await Promise.allSettled(this.#running);
  }

  /** Oldest first. */
  unanswered(): AcceptanceRow[] {
    return [...this.#opened.values()]
      .filter(({ over, isSaved }) => over === null && isSaved)
      .map(({ row }) => row)
      .sort((a, b) => a.accepted_at - b.accepted_at);
  }

  /**
   * Reads a link by asking the inviter, without the token. Changes nothing. BAD_REQUEST for a link that can't be used, also if the answer isn't signed by the link's key; NOT_FOUND if the server doesn't know the invite;
   * SERVICE_UNAVAILABLE if it doesn't answer.
   */
  async preview(link: string): Promise<Invite> {
    return this.#checked(link, await this.#offerOf(link));
  }

  #checked(link: string, offer: string): Invite {
    const { keyring, clock } = this.#parts;
    const invite = readInvite(link, offer, clock.now());
    if (keyring.isSetUp && invite.server_name === keyring.serverName)
      throw refused('BAD_REQUEST', said('pairing.own'), { details: { reason: 'own' } });
    return invite;
  }

  /** Doesn't ask again about an accepted link, because it may count as used by now. */
  async #offerOf(link: string): Promise<string> {
    const key = link.trim();
    const same = [...this.#opened.values()].find(({ row, over }) => over === null && this.#isFor(row, key));
    if (same) return same.row.offer;
    return this.#offers.of(key);
  }

  #isFor(row: AcceptanceRow, link: string): boolean {
    const own = this.#parts.keyring.openLink(row.link);
    return own !== '' && withoutToken(own) === withoutToken(link);
  }

  /**
   * Opens a link that the owner confirmed. A refusal changes nothing; without an answer it stays `waiting`. `as` joins
   * the invite's room; the owner by default. Rejects as `preview` does, or with CONFLICT.
   */
  async accept(link: string, as?: string): Promise<Accepted> {
    const { rooms, directory } = this.#parts;
    const offer = await this.#offerOf(link);
    const invite = this.#checked(link, offer);
    const refusal = refusalOf(directory, invite) ?? this.#rivalOf(invite);
    if (refusal) throw refusal;
    const user = invite.room === undefined ? null : rooms.local(as);
    const opened = this.#open({ link: link.trim(), offer, user_id: user }, invite);
    try {
      const outcome = await this.#attempt(opened);
      return { invite, ...outcome, isConnected: opened.row.connected_at !== null };
    } catch (error) {
      if (!(error instanceof ProtocolError) && this.#isCurrent(opened))
        this.#retries.schedule(invite.server_name);
      throw error;
    }
  }

  /** The owner gives up waiting. NOT_FOUND if there is no unanswered invite of this server. */
  async giveUp(serverName: string): Promise<void> {
    const opened = this.#opened.get(serverName);
    if (!opened || opened.over !== null)
      throw refused('NOT_FOUND', said('pairing.none_waiting', { server: serverName }));
    opened.over = said('pairing.you_gave_up', { server: serverName });
    try {
      await this.#end(opened, true);
    } catch (error) {
      opened.over = null;
      this.#retries.schedule(serverName);
      throw error;
    }
  }

  /** The owner has decided about a server: an invite must neither continue against that, nor undo it later. */
  decided(server: string): void {
    const { directory, store, tell } = this.#parts;
    const opened = this.#opened.get(server);
    if (!opened) return;
    const standing = directory.standing(server);
    const isTrusted = standing === 'allowed';
    if (isTrusted) opened.row = { ...opened.row, before: null };
    else {
      opened.over =
        standing === 'unknown' ? said('pairing.forgotten', { server }) : said('pairing.blocked', { server });
      this.#retries.end(server);
      this.#opened.delete(server);
    }
    store.writer
      .write(() => {
        if (this.#isCurrent(opened)) store.peerInvites.putAcceptance(opened.row);
        else if (!this.#opened.has(server)) store.peerInvites.removeAcceptance(server);
      })
      .catch(() => {});
    tell({ fact: 'pairing-changed' });
  }

  /** Anyone can sign a link that names a server, so another key must not replace the first. */
  #rivalOf({ server_name, public_key }: Invite): ProtocolError | null {
    const earlier = this.#opened.get(server_name);
    if (earlier?.over !== null) return null;
    const before = this.#readAgain(earlier.row);
    if (before === null || before.public_key === public_key) return null;
    return refused('CONFLICT', said('pairing.rival', { server: server_name }), {
      details: { reason: 'key_differs' },
    });
  }

  /** Another invite of the same server replaces an opened one, and has to undo what that changed. */
  #open(given: Pick<AcceptanceRow, 'link' | 'offer' | 'user_id'>, invite: Invite): Opened {
    const name = invite.server_name;
    const earlier = this.#opened.get(name);
    if (earlier?.over === null && this.#isSame(earlier.row, given.link, invite)) return earlier;
    if (earlier) earlier.over ??= said('pairing.replaced', { server: name });
    this.#retries.end(name);
    const row: AcceptanceRow = {
      ...given,
      link: this.#parts.keyring.sealLink(given.link),
      server_name: name,
      accepted_at: this.#parts.clock.now(),
      expires_at: invite.expires_at,
      last_error: null,
      before: earlier?.row.before ?? null,
      connected_at: null,
    };
    const opened = { row, isSaved: false, over: null, running: null };
    this.#opened.set(name, opened);
    return opened;
  }

  #isSame(row: AcceptanceRow, link: string, invite: Invite): boolean {
    if (row.connected_at !== null) return this.#isFor(row, link);
    return this.#readAgain(row)?.token === invite.token;
  }

  #isCurrent(opened: Opened): boolean {
    return opened.over === null && this.#opened.get(opened.row.server_name) === opened;
  }

  /** One attempt at a time for each invite, however often its link is opened. */
  #attempt(opened: Opened): Promise<Outcome> {
    if (opened.running) return opened.running;
    const attempt = this.#connect(opened).finally(() => {
      opened.running = null;
      this.#running.delete(attempt);
    });
    opened.running = attempt;
    this.#running.add(attempt);
    return attempt;
  }

  async #connect(opened: Opened): Promise<Outcome> {
    this.#retries.hold(opened.row.server_name);
    if (!opened.isSaved) await this.#saveFirst(opened);
    try {
      if (opened.row.connected_at === null && (await this.#goThrough(opened)) === 'their_turn') {
        await this.#end(opened, false);
        return { state: 'their_turn', notJoined: null };
      }
      const notJoined = await this.#join(opened);
      await this.#end(opened, false);
      return { state: 'connected', notJoined };
    } catch (error) {
      if (opened.over !== null) throw refused('CONFLICT', opened.over);
      if (!(error instanceof ProtocolError)) throw error;
      if (error.code !== 'SERVICE_UNAVAILABLE') {
        await this.#end(opened, true);
        throw error;
      }
      await this.#wait(opened, saidOf(error));
      return { state: 'waiting', notJoined: null };
    }
  }

  /** Null once the user is in the room, or if there is none; otherwise why not. Throws to be retried. */
  async #join({ row }: Opened): Promise<Said | null> {
    const { rooms, clock } = this.#parts;
    const { room } = this.#asOpened(row);
    if (room === undefined || row.user_id === null) return null;
    try {
      await rooms.join(room.room_id, row.user_id, row.server_name);
      return null;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (error.code === 'SERVICE_UNAVAILABLE' && clock.now() < row.expires_at) throw error;
      return saidOf(error);
    }
  }

  async #saveFirst(opened: Opened): Promise<void> {
    const { store, tell } = this.#parts;
    const { server_name } = opened.row;
    try {
      await store.writer.write(() => {
        if (this.#isCurrent(opened)) store.peerInvites.putAcceptance(opened.row);
      });
    } catch (error) {
      if (this.#isCurrent(opened)) this.#opened.delete(server_name);
      throw error;
    }
    opened.isSaved = true;
    tell({ fact: 'pairing-changed' });
  }

  async #goThrough(opened: Opened): Promise<'connected' | 'their_turn'> {
    const { client, clock, keyring } = this.#parts;
    const invite = this.#checked(keyring.openLink(opened.row.link), opened.row.offer);
    const found = await lookBehind(client, invite);
    await this.#trust(opened, invite, found);
    // An existing Paracord server has no such call, and may answer an unknown one with a page.
    if (!found.extensions.includes('peers.accept' satisfies Extension)) return 'their_turn';
    const answer = await answerInvite(this.#parts, invite, opened.row.user_id, clock.now());
    if (opened.over !== null) throw refused('CONFLICT', opened.over);
    if (answer === 'connected') await this.#connected(opened);
    return answer;
  }

  /** From now on nothing has to be undone, only the room is still to be joined, and that takes no token. */
  async #connected(opened: Opened): Promise<void> {
    const { store, contacts, clock, keyring } = this.#parts;
    const link = keyring.sealLink(withoutToken(keyring.openLink(opened.row.link)));
    await store.writer.write(() => {
      opened.row = { ...opened.row, link, before: null, connected_at: clock.now() };
      if (this.#isCurrent(opened)) store.peerInvites.putAcceptance(opened.row);
    });
    contacts.heardFrom(opened.row.server_name);
  }

  /** Checked again inside the transaction, because the owner may have decided in the meantime. */
  async #trust(opened: Opened, invite: Invite, found: Awaited<ReturnType<typeof lookBehind>>): Promise<void> {
    const { store, directory, pins, clock } = this.#parts;
    const refusal = await store.writer.write((tx) => {
      if (opened.over !== null) return refused('CONFLICT', opened.over);
      const refusal = refusalOf(directory, invite);
      if (refusal) return refusal;
      const warnings = pins.pinWithin(invite.server_name, found.keys);
      const [first, ...more] = warnings;
      if (first) return refused('CONFLICT', sentences(first, ...more));
      const before = trustWithin(directory, invite, found.extensions, clock.now());
      opened.row = { ...opened.row, before: opened.row.before ?? before };
      store.peerInvites.putAcceptance(opened.row);
      tx.afterCommit(() => directory.tellStanding(invite.server_name));
      return null;
    });
    if (refusal) throw refusal;
  }

  async #wait(opened: Opened, why: Said): Promise<void> {
    const { store, tell } = this.#parts;
    opened.row = { ...opened.row, last_error: storeSaid(why) };
    await store.writer.write(() => {
      if (this.#isCurrent(opened)) store.peerInvites.putAcceptance(opened.row);
    });
    if (opened.over !== null) throw refused('CONFLICT', opened.over);
    tell({ fact: 'pairing-changed' });
    this.#retries.schedule(opened.row.server_name);
  }

  /** No caller waits for this, so the result becomes a fact. Anything but a refusal is retried. */
  async #again(name: string): Promise<void> {
    const opened = this.#opened.get(name);
    if (!opened) return;
    try {
      const outcome = await this.#attempt(opened);
      for (const { level, news } of lateNews(name, this.#asOpened(opened.row).room?.name, outcome))
        this.#notify(level, news);
    } catch (error) {
      if (opened.over !== null) return;
      if (!(error instanceof ProtocolError)) throw error;
      this.#notify('warning', said('pairing.came_to_nothing', { server: name, why: saidOf(error) }));
    }
  }

  #notify(level: 'info' | 'warning', news: Said): void {
    this.#parts.tell({ fact: 'notice', level, said: news });
  }

  /** `takesBack`: also withdraws the trust that was given only for this invite. */
  async #end(opened: Opened, takesBack: boolean): Promise<void> {
    const { store, directory, tell } = this.#parts;
    const name = opened.row.server_name;
    const undone = await store.writer.write(() => {
      // Another invite may have replaced it, or the owner has decided.
      if (this.#opened.get(name) !== opened) return false;
      store.peerInvites.removeAcceptance(name);
      const { before } = opened.row;
      if (!takesBack || before === null || !takeBackWithin(directory, name, before)) return false;
      if (!directory.get(name)) store.outbox.clear(name);
      return true;
    });
    if (this.#opened.get(name) === opened) {
      this.#opened.delete(name);
      this.#retries.end(name);
    }
    if (undone) directory.tellStanding(name);
    tell({ fact: 'pairing-changed' });
  }

  /** Judged by the time at which it was opened, because it may have expired since. */
  #asOpened({ link, offer, accepted_at }: AcceptanceRow): Invite {
    return readInvite(this.#parts.keyring.openLink(link), offer, accepted_at);
  }

  /** The same; null if this version can't read it. */
  #readAgain(row: AcceptanceRow): Invite | null {
    try {
      return this.#asOpened(row);
    } catch {
      return null;
    }
  }
}
