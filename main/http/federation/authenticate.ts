import { plainText } from '../../../shared/protocol/coding/plain-text.ts';
import { badRequest, forbidden, type ProtocolError, unauthorized } from '../../../shared/protocol/errors.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import {
  checkTimestamp,
  parseTransportClaim,
  type TransportClaim,
  transportHeaders,
  transportText,
} from '../../../shared/protocol/transport.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import type { AddressAnnouncer } from '../../addresses/addresses.ts';
import type { WayIn } from '../../addresses/way-in.ts';
import type { ClockOffsets } from '../../clocks/clock-offsets.ts';
import { sha256Hex } from '../../crypto/ed25519.ts';
import type { Verifier } from '../../crypto/verifier.ts';
import type { Keyring } from '../../identity/keyring.ts';
import type { Meter } from '../../kernel/meter.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Settings } from '../../settings.ts';
import type { Contacts } from '../../trust/contact/contacts.ts';
import type { KeyResolver } from '../../trust/keys/key-resolver.ts';
import type { PeerBudgets } from '../../trust/limits/peer-budgets.ts';
import { RateLimiter, rateOf, refuseEarly } from '../../trust/limits/rate-limiter.ts';
import type { ReplayGuard } from '../../trust/limits/replay-guard.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { ByteShares, whileHolding } from './byte-shares.ts';
import type { FederationRequest } from './request.ts';

export interface Authenticated {
  /** server_name of the peer that signed. */
  readonly origin: string;
  readonly quarantined: boolean;
  readonly signature: string;
  /** The body as text; empty for a GET. */
  readonly text: string;
}

/** The terms on which a request passes. */
export interface Terms {
  /** A quarantined peer passes, because its request will be held. */
  readonly takesQuarantined?: boolean;
  /** The draft doesn't have this call, so its caller must say for whom it is. */
  readonly isBeyondDraft?: boolean;
}

export interface AuthenticateDeps {
  readonly keyring: Pick<Keyring, 'serverName' | 'domain'>;
  readonly directory: PeerDirectory;
  readonly keys: KeyResolver;
  readonly verifier: Verifier;
  readonly replay: ReplayGuard;
  readonly limiter: RateLimiter;
  readonly budgets: Pick<PeerBudgets, 'check' | 'chargeBytes'>;
  readonly clock: Clock;
  readonly settings: Pick<Settings, 'get'>;
  readonly contacts: Pick<Contacts, 'calledBy' | 'misdatedBy'>;
  readonly addressAnnouncer: Pick<AddressAnnouncer, 'calledAt'>;
  readonly wayIn: Pick<WayIn, 'calledAt'>;
  readonly clockOffsets: Pick<ClockOffsets, 'note'>;
  readonly meter: Meter;
}

const pausedRetrySeconds = 60;
const strangerBytesMax = 16_384;
/** Counts failed requests by the address they come from. */
const strangerRate = { requests_per_minute: 60, burst: 30 };
const strangersMax = 1000;
const keyWaits = limits.keyWaitBytes;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Proves who sent a request. Nothing happens before all checks have passed (docs/protocol/wire.md, "Order of checks").
 */
export class Authenticator {
  readonly #deps: AuthenticateDeps;
  readonly #strangers: RateLimiter;
  /** Requests that wait for the key of the server that they say they are from. */
  readonly #waiting = new ByteShares({ total: keyWaits.total, each: keyWaits.perOrigin });
  /** The latest timestamp that each peer has signed, of those that arrived here. */
  readonly #latest = new Map<string, number>();

  constructor(deps: AuthenticateDeps) {
    this.#deps = deps;
    this.#strangers = new RateLimiter(deps.clock, strangersMax);
  }

  /** Throws ProtocolError. */
  async authenticate(request: FederationRequest, terms: Terms = {}): Promise<Authenticated> {
    const { keys, verifier, replay, clock, directory, keyring } = this.#deps;
    if (this.#deps.settings.get().paused) throw paused();
    const claim = parseTransportClaim(request.header);
    try {
      checkTimestamp(claim.timestamp, clock.now());
    } catch (error) {
      await this.#learnClock(claim, request);
      throw error;
    }
    this.#checkDestination(claim);
    // Before a byte of the body is accepted, because a stranger must not fill our memory.
    this.#checkStanding(claim, terms);
    if (claim.destination === null && (terms.isBeyondDraft || directory.mustAddress(claim.origin)))
      throw unaddressed(keyring.serverName);
    const authenticated = this.#deps.meter.begin('authenticate');
    // The key before the body: a key that isn't known may take long, and no stranger's body waits for it in memory.
    const publicKey = await whileHolding(this.#waiting, claim.origin, keyWaits.each, () =>
      keys.transportKey(claim.origin, claim.keyId),
    );
    const body = await request.body();
    const signed = signedText(request, claim, body);
    if (!(await verifier.verify(signed, claim.signature, publicKey)))
      throw forbidden(said('wire.bad_transport_signature'));
    authenticated();
    // Again after the last wait, because the owner may have decided otherwise while the body arrived.
    const quarantined = this.#checkStanding(claim, terms);
    request.proven?.();
    replay.claim(claim.signature);
    this.#isLatest(claim);
    if (claim.destination !== null) directory.noteAddressed(claim.origin);
    this.checkRate(claim.origin);
    this.#deps.budgets.chargeBytes(claim.origin, body.length);
    const [scheme] = request.header('x-forwarded-proto');
    this.#deps.contacts.calledBy(claim.origin);
    const [host = ''] = request.header('host');
    this.#deps.addressAnnouncer.calledAt(claim.origin, host, scheme);
    this.#deps.wayIn.calledAt(host, scheme);
    this.#deps.clockOffsets.note(claim.origin, claim.timestamp - clock.now(), 'signed');
    const { origin, signature } = claim;
    return { origin, quarantined, signature, text: decodeBody(body) };
  }

  /**
   * A request that is refused because of its timestamp shows how far the sender's clock is off, but only if the sender
   * really signed it: a read (which has no body to wait for) by an allowed peer under a pinned key, with a later time
   * than anything from it in this run. Anyone who recorded an old request can send it again, so an old one reveals
   * nothing. It is no better evidence than a `Date`.
   */
  async #learnClock(claim: TransportClaim, request: FederationRequest): Promise<void> {
    const { directory, verifier, clock, clockOffsets } = this.#deps;
    if (request.method !== 'GET' || directory.standing(claim.origin) !== 'allowed') return;
    const key = directory.key(claim.origin, claim.keyId);
    if (key?.source !== 'peer') return;
    const offsetMs = claim.timestamp - clock.now();
    const signed = signedText(request, claim, '');
    const isTheirs = await verifier.verify(signed, claim.signature, key.public_key);
    if (!isTheirs || !this.#isLatest(claim)) return;
    clockOffsets.note(claim.origin, offsetMs, 'told');
    this.#deps.contacts.misdatedBy(claim.origin, offsetMs);
  }

  /** Whether the signed time is later than all before it; records it. The signature has been verified. */
  #isLatest({ origin, timestamp }: TransportClaim): boolean {
    if (timestamp <= (this.#latest.get(origin) ?? Number.NEGATIVE_INFINITY)) return false;
    this.#latest.set(origin, timestamp);
    return true;
  }

  /**
   * Proves the caller of the one call that an unknown server may make: it has the key that the body offers under the
   * header's key ID. Nothing else is believed yet. `read` returns that key if the token in the body is valid, or
   * throws. Behind a proxy all strangers share one address, so failed requests never delay valid ones: a small body is
   * always read and its token looked up. Throws ProtocolError.
   */
  async authenticateStranger(
    request: FederationRequest,
    read: (text: string, claim: TransportClaim) => string,
  ): Promise<{ readonly text: string; readonly publicKey: string; readonly signature: string }> {
    const { replay, clock } = this.#deps;
    if (this.#deps.settings.get().paused) throw paused();
    const claim = parseTransportClaim(request.header);
    checkTimestamp(claim.timestamp, clock.now());
    this.#checkDestination(claim);
    if (claim.destination === null) throw unaddressed(this.#deps.keyring.serverName);
    const length = Number(request.header('content-length')[0] ?? Number.NaN);
    if (!(length <= strangerBytesMax))
      throw badRequest(said('wire.stranger_body', { max: strangerBytesMax }));
    const body = await request.body();
    try {
      const text = decodeBody(body);
      const publicKey = read(text, claim);
      await this.#verifyStranger(request, claim, body, publicKey);
      replay.claim(claim.signature);
      return { text, publicKey, signature: claim.signature };
    } catch (error) {
      this.#charge(request.from);
      throw error;
    }
  }

  async #verifyStranger(
    request: FederationRequest,
    claim: TransportClaim,
    body: Buffer,
    publicKey: string,
  ): Promise<void> {
    const signed = signedText(request, claim, body);
    if (!(await this.#deps.verifier.verify(signed, claim.signature, publicKey)))
      throw forbidden(said('wire.bad_offer_signature'));
  }

  /** Counts a stranger's failed request. Names prove nothing and are free to make up; addresses cost more. */
  #charge(address: string): void {
    this.#strangers.spend(address, strangerRate, (seconds) => said('wire.rate_strangers', { seconds }));
  }

  /**
   * A request for another server is refused, also if it reached us unchanged: any server that got it could forward it. Only names
   * that our owner chose count, never the Host header, which nobody signs.
   */
  #checkDestination({ destination }: TransportClaim): void {
    const { keyring, settings } = this.#deps;
    if (destination === null || destination === keyring.serverName || destination === keyring.domain) return;
    const { public_url } = settings.get();
    // The existing server names the host of the address that its admin typed, until its version 2.
    if (public_url !== null && destination === new URL(public_url).hostname) return;
    throw forbidden(
      said('wire.other_destination', { destination: plainText(destination), server: keyring.serverName }),
      {
        reason: 'addressed_to_another',
      },
    );
  }

  #checkStanding(claim: TransportClaim, { takesQuarantined = false }: Terms): boolean {
    const standing = this.#deps.directory.standing(claim.origin);
    if (standing === 'allowed') return false;
    if (standing === 'quarantined' && takesQuarantined) return true;
    const text =
      standing === 'blocked' || standing === 'quarantined'
        ? said('wire.standing', { server: claim.origin, standing })
        : said('wire.no_peer', { server: claim.origin });
    throw forbidden(text, { reason: `origin_${standing === 'known' ? 'unknown' : standing}` });
  }

  /** Takes one request from the peer's rate. Throws RATE_LIMITED. */
  checkRate(origin: string): void {
    const { directory, limiter, budgets, settings } = this.#deps;
    const rate = rateOf(directory.get(origin), settings.get().default_limits);
    const budget = budgets.check(origin, rate);
    refuseEarly(budget.ok ? limiter.take(origin, rate) : budget, (seconds) =>
      said('wire.rate', { server: origin, seconds }),
    );
  }
}

/** Rebuilds what the sender signed, if it sent exactly this. */
const signedText = (request: FederationRequest, claim: TransportClaim, body: Buffer | string): string =>
  transportText(request.method, request.target, claim.timestamp, sha256Hex(body), claim.destination);

const unaddressed = (server: string): ProtocolError =>
  unauthorized(said('wire.unaddressed', { header: transportHeaders.destination, server }), {
    reason: 'unaddressed',
  });

/** Looks to the sender like any busy server, so it keeps what it has and retries. */
const paused = (): ProtocolError =>
  refusal('SERVICE_UNAVAILABLE', said('wire.paused'), {
    retryAfterSeconds: pausedRetrySeconds,
    details: { reason: 'paused' },
  });

function decodeBody(body: Buffer): string {
  try {
    return decoder.decode(body);
  } catch {
    throw badRequest(said('wire.not_utf8'));
  }
}
