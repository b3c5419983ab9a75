import { JsonNumber } from '../../shared/protocol/coding/json.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { mayHaveUnsignedFiles, signedText } from '../../shared/protocol/events/attachments.ts';
import { type Envelope, wireEvent } from '../../shared/protocol/events/envelope.ts';
import { type Meaning, meaningOf } from '../../shared/protocol/events/event-content.ts';
import { parseEventId, parseRoomId, parseUserId } from '../../shared/protocol/identifiers.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Verifier } from '../crypto/verifier.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Meter } from '../kernel/meter.ts';
import type { HomeReport, KeyResolver } from '../trust/keys/key-resolver.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { calleeOf } from '../trust/peer-rows.ts';
import type { RoomRegistry } from './projection/room-registry.ts';

/** An event whose form, origin and signature have been verified: the only thing that ingest accepts. */
export interface VerifiedEvent {
  readonly envelope: Envelope;
  readonly meaning: Meaning;
  /** The exact wire form, which is stored and sent. */
  readonly body: string;
  /** The key whose signature is valid. */
  readonly keyId: string;
  /** The signature doesn't cover the files that the message names. */
  readonly filesUnsigned: boolean;
  /** The server that sent it to us; null if it was written here. */
  readonly hop: string | null;
  /** Says that the event's origin is quarantined, so the event is held for the owner instead of being applied. */
  readonly quarantined: boolean;
}

export interface VerifyDeps {
  readonly directory: PeerDirectory;
  readonly keyring: Keyring;
  readonly keys: KeyResolver;
  readonly verifier: Verifier;
  readonly registry: RoomRegistry;
  readonly meter: Meter;
}

/** A refusal of this one event, not of the server that sent it: the next event may pass. */
const scope = { scope: 'event' } as const;

/** Checks the envelope itself: whose event it is and who signed it (docs/protocol/events.md, "The envelope"). */
export class EventVerifier {
  readonly #deps: VerifyDeps;

  constructor(deps: VerifyDeps) {
    this.#deps = deps;
  }

  /** `hop`: the authenticated server that sent the event; null for our own. Throws ProtocolError. */
  async verify(envelope: Envelope, hop: string | null): Promise<VerifiedEvent> {
    const meaning = meaningOf(envelope);
    if (!aboutMessages.has(meaning.kind)) checkGuild(envelope);
    const verified = this.#deps.meter.begin('verify');
    const standing = this.#standingOf(envelope.origin_server);
    const third = standing === 'third' ? await this.#third(envelope, hop) : null;
    if (third === null) this.#checkAuthority(envelope, null);
    const signature = third ?? (await this.#signature(envelope, null));
    verified();
    const { keyId, filesUnsigned } = signature;
    const quarantined = standing === 'quarantined';
    return { envelope, meaning, body: wireEvent(envelope), keyId, filesUnsigned, hop, quarantined };
  }

  /**
   * The key whose signature is valid, and what it covers. Any valid signature by the origin is enough, and keys we have
   * are tried before new ones are fetched.
   */
  async #signature(
    event: Envelope,
    told: HomeReport | null,
  ): Promise<Pick<VerifiedEvent, 'keyId' | 'filesUnsigned'>> {
    const { directory, keys, verifier } = this.#deps;
    const origin = event.origin_server;
    // The existing server signs a message before it adds its files. No other server may leave them unsigned.
    const forms = mayHaveUnsignedFiles(event) && this.#isOfAnotherKind(origin) ? [false, true] : [false];
    const isNew = (keyId: string) => Number(directory.key(origin, keyId) === undefined);
    let first: ProtocolError | null = null;
    const signatures = [...event.signatures];
    if (signatures.length > 1) signatures.sort(([a], [b]) => isNew(a) - isNew(b));
    for (const [keyId, signature] of signatures) {
      try {
        const { publicKey } = await keys.eventKey(origin, [keyId], event.origin_ts, told);
        for (const filesUnsigned of forms)
          if (await verifier.verify(signedText(event, filesUnsigned), signature, publicKey))
            return { keyId, filesUnsigned };
        throw refusal('FORBIDDEN', said('event.bad_signature', { server: origin, key: keyId }), {
          details: scope,
        });
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        first ??= error;
      }
    }
    throw first ?? refusal('UNAUTHORIZED', said('event.no_signature', { server: origin }));
  }

  /** Knows the kind of peers only, from their own discovery document. All others count as another kind. */
  #isOfAnotherKind(server: string): boolean {
    const { directory, keyring } = this.#deps;
    return server !== keyring.serverName && directory.isOfOurKind(server) !== true;
  }

  /** Throws if the owner has blocked the server. */
  #standingOf(origin: string): 'allowed' | 'quarantined' | 'third' {
    const { directory, keyring } = this.#deps;
    if (origin === keyring.serverName) return 'allowed';
    const standing = directory.standing(origin);
    if (standing === 'blocked')
      throw refusal('FORBIDDEN', said('event.standing', { server: origin, standing }), {
        details: { ...scope, reason: 'origin_blocked' },
      });
    return standing === 'allowed' || standing === 'quarantined' ? standing : 'third';
  }

  /**
   * Events of a server that is not a peer come from the room's home, which also says which keys the server has. If what
   * it said before doesn't verify the event, it is asked again.
   */
  async #third(event: Envelope, hop: string | null): Promise<Pick<VerifiedEvent, 'keyId' | 'filesUnsigned'>> {
    const { directory, registry, keys } = this.#deps;
    const origin = event.origin_server;
    const home = registry.get(event.room_id)?.row.home;
    const homePeer = home === undefined ? undefined : directory.get(home);
    if (hop === null || hop !== home || !homePeer)
      throw refusal('FORBIDDEN', said('event.no_peer', { server: origin }), {
        details: {
          ...scope,
          reason: 'origin_unknown',
        },
      });
    const ids = [...event.signatures.keys()];
    const told: HomeReport = { home, serverName: origin, hearsay: null };
    let refused: unknown = null;
    if (ids.some((keyId) => keys.toldKey(told, keyId)))
      try {
        this.#checkAuthority(event, directory.toldDomain(home, origin) ?? origin);
        return await this.#signature(event, told);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        refused = error;
      }
    const hearsay = calleeOf(homePeer) && (await keys.askHome(homePeer, origin));
    if (hearsay === null) throw refused ?? this.#unknownKeys(event, home);
    this.#checkAuthority(event, hearsay.domain);
    const signature = await this.#signature(event, { ...told, hearsay });
    // A server leaves no trace here before something that it signed has been verified.
    if (
      !(await keys.adopt({
        ...hearsay,
        keys: hearsay.keys.filter(({ key_id }) => key_id === signature.keyId),
      }))
    )
      throw this.#unknownKeys(event, home);
    return signature;
  }

  #unknownKeys({ origin_server: server }: Envelope, home: string): ProtocolError {
    return refusal('FORBIDDEN', said('event.keys_unknown', { server, home }), {
      details: { ...scope, reason: 'origin_unknown' },
    });
  }

  /**
   * `sender` belongs to `origin_server`, or to the domain it declares (`told`: that its room's home says it has), and so
   * does the event ID.
   */
  #checkAuthority(event: Envelope, told: string | null): void {
    const { directory, keyring } = this.#deps;
    const origin = event.origin_server;
    const ours = origin === keyring.serverName;
    const domain = ours ? keyring.domain : (told ?? directory.get(origin)?.domain ?? origin);
    const senderServer = parseUserId(event.sender).server;
    if (senderServer !== origin && senderServer !== domain)
      throw refusal('FORBIDDEN', said('room.not_users_server', { user: event.sender, server: origin }), {
        details: {
          ...scope,
          reason: 'sender_not_of_origin',
        },
      });
    const idServer = parseEventId(event.event_id).server;
    if (idServer !== origin && idServer !== domain)
      throw refusal('FORBIDDEN', said('event.foreign_id', { event: event.event_id, server: origin }), {
        details: {
          ...scope,
          reason: 'sender_not_of_origin',
        },
      });
  }
}

/**
 * Edits, deletes and reactions are about the message that they name. Before 3.0, the existing server writes the number of
 * its own copy of the room into them.
 */
const aboutMessages: ReadonlySet<Meaning['kind']> = new Set(['edit', 'delete', 'reaction']);

/** A server that goes by the guild in the content would put the event into another room. */
function checkGuild({ room_id, content }: Envelope): void {
  const guild = content.get('guild_id') ?? null;
  const named = guild instanceof JsonNumber ? guild.lexeme : guild;
  if (named === null || named === parseRoomId(room_id).guildId) return;
  throw refusal('FORBIDDEN', said('event.other_guild', { room: room_id }), {
    details: { ...scope, reason: 'guild_differs' },
  });
}
