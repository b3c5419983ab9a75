import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { Extension } from '../../shared/protocol/extensions.ts';
import { refusal as refused } from '../../shared/words/refusal.ts';
import { type Said, said, saidOf, sentences } from '../../shared/words/said.ts';
import type { FindOwnAddress } from '../addresses/own-address.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Actors } from '../rooms/actors.ts';
import type { Memberships } from '../rooms/memberships.ts';
import type { Tables } from '../store/ports.ts';
import type { OpenedRow } from '../store/tables/acceptance-store.ts';
import type { Contacts } from '../trust/contact/contacts.ts';
import type { KeyPins } from '../trust/keys/key-pins.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { AcceptanceBook, Entry } from './acceptance-book.ts';
import { answerInvite, lookBehind } from './invite-steps.ts';
import { isUnderAnotherKey, refusalOf, trustWithin } from './invite-trust.ts';
import { type Invite, readInvite, withoutToken } from './read-link.ts';

export interface ConnectingDeps {
  readonly store: Tables<'acceptances' | 'writer'>;
  readonly directory: PeerDirectory;
  readonly pins: KeyPins;
  readonly keyring: Keyring;
  readonly client: FederationClient;
  readonly clock: Clock;
  readonly ownAddress: FindOwnAddress;
  readonly contacts: Pick<Contacts, 'heardFrom'>;
  readonly actors: Pick<Actors, 'local'>;
  readonly memberships: Pick<Memberships, 'join'>;
}

/** The steps from an opened invite to its room. Each may be repeated, and after a crash all are. */
export class Connecting {
  readonly #deps: ConnectingDeps;
  readonly #book: AcceptanceBook;

  constructor(deps: ConnectingDeps, book: AcceptanceBook) {
    this.#deps = deps;
    this.#book = book;
  }

  /** The invite of a link with its offer. BAD_REQUEST for one that can't be used, or is our own. */
  checked(link: string, offer: string): Invite {
    const { keyring, clock } = this.#deps;
    const invite = readInvite(link, offer, clock.now());
    if (keyring.isSetUp && invite.server_name === keyring.serverName)
      throw refused('BAD_REQUEST', said('pairing.own'), { details: { reason: 'own' } });
    return invite;
  }

  /** Judged by the time at which it was opened, because it may have expired since. */
  asOpened({ link, offer, accepted_at }: OpenedRow): Invite {
    return readInvite(this.#deps.keyring.openLink(link), offer, accepted_at);
  }

  /** Trusts the server and sends it our acceptance. Throws CONFLICT once the invite no longer counts. */
  async connect(entry: Entry<OpenedRow>): Promise<'connected' | 'their_turn'> {
    const { client, clock, keyring } = this.#deps;
    const invite = this.checked(keyring.openLink(entry.row.link), entry.row.offer);
    const found = await lookBehind(client, invite);
    await this.#trust(entry, invite, found);
    // An existing Paracord server has no such call, and may answer an unknown one with a page.
    if (!found.extensions.includes('peers.accept' satisfies Extension)) return 'their_turn';
    const answer = await answerInvite(this.#deps, invite, entry.row.user_id, clock.now());
    if (entry.over !== null) throw refused('CONFLICT', entry.over);
    if (answer === 'connected') await this.#connected(entry);
    return answer;
  }

  /** Checked again inside the transaction, because the owner may have decided in the meantime. */
  async #trust(
    entry: Entry<OpenedRow>,
    invite: Invite,
    found: Awaited<ReturnType<typeof lookBehind>>,
  ): Promise<void> {
    const { store, directory, pins, clock } = this.#deps;
    const refusal = await store.writer.write((tx) => {
      if (entry.over !== null) return refused('CONFLICT', entry.over);
      const startedOver = entry.row.started_over === 1;
      const refusal = refusalOf(directory, invite, startedOver);
      if (refusal) return refusal;
      const { server_name, public_key } = invite;
      const warnings =
        startedOver && isUnderAnotherKey(directory, server_name, public_key)
          ? pins.beginAgainWithin(server_name, found.keys)
          : pins.pinWithin(server_name, found.keys);
      const [first, ...more] = warnings;
      if (first) return refused('CONFLICT', sentences(first, ...more));
      const before = trustWithin(directory, invite, found.extensions, clock.now());
      entry.row = { ...entry.row, before: entry.row.before ?? before };
      store.acceptances.put(entry.row);
      tx.afterCommit(() => directory.tellStanding(invite.server_name));
      return null;
    });
    if (refusal) throw refusal;
  }

  /** Notes that nothing has to be undone any more. Only the room is still to be joined, and that takes no token. */
  async #connected(entry: Entry<OpenedRow>): Promise<void> {
    const { contacts, keyring } = this.#deps;
    const link = keyring.sealLink(withoutToken(keyring.openLink(entry.row.link)));
    await this.#book.change(entry, { link, before: null, state: 'joining' });
    contacts.heardFrom(entry.row.server_name);
  }

  /** Null once the user is in the room, or if the invite has none; otherwise why not. Throws to be retried. */
  async join({ row }: Entry<OpenedRow>): Promise<Said | null> {
    const { memberships, clock } = this.#deps;
    const { room } = this.asOpened(row);
    if (room === undefined || row.user_id === null) return null;
    try {
      await memberships.join(room.room_id, row.user_id, row.server_name);
      return null;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (error.code === 'SERVICE_UNAVAILABLE' && clock.now() < row.expires_at) throw error;
      return saidOf(error);
    }
  }
}
