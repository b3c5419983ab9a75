import { mayHaveUnsignedFiles, signedText } from '../../../shared/protocol/events/attachments.ts';
import { type Envelope, envelopeFrom, parseEnvelope } from '../../../shared/protocol/events/envelope.ts';
import { readBatch } from '../../../shared/protocol/events/event-batch.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import {
  checkTimestamp,
  parseTransportClaim,
  type TransportClaim,
  transportText,
} from '../../../shared/protocol/transport.ts';
import { sha256Hex } from '../../crypto/ed25519.ts';
import type { Verifier } from '../../crypto/verifier.ts';
import type { VerifiedSignature } from '../../events/verify.ts';
import type { Keyring } from '../../identity/keyring.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Settings } from '../../settings.ts';
import { acceptedUntil } from '../../trust/keys/key-validity.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import type { FederationRequest, VerifiedBefore } from '../federation/request.ts';
import { pushedBy } from './push-batches.ts';

export interface VerifyAheadParts {
  readonly directory: Pick<PeerDirectory, 'standing' | 'key'>;
  readonly keyring: Pick<Keyring, 'isSetUp' | 'serverName' | 'publicKeyOf'>;
  readonly verifier: Pick<Verifier, 'verify'>;
  readonly settings: Pick<Settings, 'get'>;
  readonly clock: Clock;
}

/** Verifies the signatures of pushed events with the keys in a standby's copy. Decides nothing else: that is for the leader. */
export class VerifyAhead {
  readonly #parts: VerifyAheadParts;

  constructor(parts: VerifyAheadParts) {
    this.#parts = parts;
  }

  /** Whether the copy has all that is needed to verify this request, so that its body may be read here. */
  isKnown(header: FederationRequest['header']): boolean {
    return this.#known(header) !== null;
  }

  /** Null if the request isn't signed with a key in the copy. An event that couldn't be verified is null in `events`. */
  async verify(request: FederationRequest, body: Buffer): Promise<VerifiedBefore | null> {
    const known = this.#known(request.header);
    if (known === null) return null;
    const { claim, publicKey: transport } = known;
    const signed = transportText(
      request.method,
      request.target,
      claim.timestamp,
      sha256Hex(body),
      claim.destination,
    );
    if (!(await this.#parts.verifier.verify(signed, claim.signature, transport))) return null;
    request.proven?.();
    const envelopes = envelopesIn(request.target, body.toString());
    return { transport, events: await Promise.all(envelopes.map((each) => each && this.#signatureOf(each))) };
  }

  #known(header: FederationRequest['header']): { claim: TransportClaim; publicKey: string } | null {
    const { directory, settings, clock } = this.#parts;
    if (settings.get().paused) return null;
    let claim: TransportClaim;
    try {
      claim = parseTransportClaim(header);
      checkTimestamp(claim.timestamp, clock.now());
    } catch {
      return null;
    }
    const standing = directory.standing(claim.origin);
    if (standing !== 'allowed' && standing !== 'quarantined') return null;
    const key = directory.key(claim.origin, claim.keyId);
    return key && acceptedUntil(key) >= clock.now() ? { claim, publicKey: key.public_key } : null;
  }

  async #signatureOf(event: Envelope): Promise<VerifiedSignature | null> {
    const { verifier } = this.#parts;
    for (const [keyId, signature] of event.signatures) {
      const publicKey = this.#keyOf(event.origin_server, keyId);
      if (publicKey === undefined) continue;
      for (const filesUnsigned of mayHaveUnsignedFiles(event) ? [false, true] : [false])
        if (await verifier.verify(signedText(event, filesUnsigned), signature, publicKey))
          return { keyId, publicKey, filesUnsigned };
    }
    return null;
  }

  #keyOf(server: string, keyId: string): string | undefined {
    const { directory, keyring } = this.#parts;
    return keyring.isSetUp && server === keyring.serverName
      ? keyring.publicKeyOf(keyId)?.publicKey
      : directory.key(server, keyId)?.public_key;
  }
}

/** The events by their position in the request. Null for one that can't be read: the leader refuses it. */
function envelopesIn(target: string, text: string): (Envelope | null)[] {
  try {
    if (pushedBy(target) === 'many')
      return readBatch(text).map(({ event }) => orNull(() => envelopeFrom(event)));
    return [parseEnvelope(text, limits.jsonValuesMax)];
  } catch {
    return [];
  }
}

function orNull<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
