import { PeerOfferAnswer, readBody, WellKnown } from '../../shared/protocol/bodies.ts';
import { badRequest, conflict, notFound, ProtocolError, unavailable } from '../../shared/protocol/errors.ts';
import { normalizeServerName } from '../../shared/protocol/identifiers.ts';
import { type PeerInvite, readPeerInvite } from '../../shared/protocol/peer-invite.ts';
import { wellKnownPath } from '../../shared/protocol/transport.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { CallPolicy, HttpResult } from '../client/http.ts';
import { verifySignature } from '../crypto/ed25519.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../ports.ts';
import type { AcceptanceRow } from '../store/peer-invite-store.ts';
import type { PeerRow } from '../store/peer-store.ts';
import type { Store } from '../store/store.ts';
import { fetchKeys, understand } from './discovery.ts';
import { resolveEndpoint } from './endpoint.ts';
import { type KeyResolver, newPeer } from './key-resolver.ts';
import type { OwnAddress } from './own-address.ts';
import type { PeerDirectory } from './peer-directory.ts';

/** `connected`: each trusts the other. `waiting`: said again until it is heard. `their_turn`: it knows no invites. */
export type Acceptance = 'connected' | 'waiting' | 'their_turn';

const retryMsMin = 15_000;
const retryMsMax = 15 * 60_000;

/** The invited side of pairing.md: what a link leads to, step by step; each may be repeated, and all are, after a crash. */
export class Acceptances {
  private readonly parts: {
    readonly store: Store;
    readonly directory: PeerDirectory;
    readonly keys: KeyResolver;
    readonly keyring: Keyring;
    readonly client: FederationClient;
    readonly clock: Clock;
    readonly ownAddress: () => OwnAddress;
    readonly onStanding: (server: string) => void;
    /** It answered, and knows us. */
    readonly onConnected: (server: string) => void;
    /** What waits changed, or came to an end that the owner should hear of. */
    readonly tell: (notice: { readonly level: 'info' | 'warning'; readonly text: string } | null) => void;
  };
  private readonly failures = new Map<string, number>();
  private readonly timers = new Map<string, () => void>();
  private readonly running = new Map<string, Promise<Acceptance>>();
  private stopped = true;

  constructor(parts: Acceptances['parts']) {
    this.parts = parts;
  }

  start(): void {
    this.stopped = false;
    for (const row of this.waiting()) this.scheduleAgain(row);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const cancel of this.timers.values()) cancel();
    await Promise.allSettled(this.running.values());
  }

  /** Oldest first. */
  waiting(): AcceptanceRow[] {
    return this.parts.store.peerInvites.acceptances();
  }

  /** What a link says and leads to; nothing is called or changed. Throws as `readPeerInvite` does. */
  preview(link: string): PeerInvite {
    const invite = readPeerInvite(link, verifySignature, this.parts.clock.now());
    if (this.parts.keyring.isSetUp && invite.server_name === this.parts.keyring.serverName)
      throw badRequest('This invite is this server’s own. Send it to the owner of another one.', {
        reason: 'own',
      });
    return invite;
  }

  /** Opens a link, with the owner's word for it. A refusal changes nothing; no answer leaves it `waiting`. */
  async accept(link: string): Promise<{ readonly invite: PeerInvite; readonly state: Acceptance }> {
    const { store, clock, tell } = this.parts;
    const invite = this.preview(link);
    this.refuseOtherKey(invite);
    const row: AcceptanceRow = {
      server_name: invite.server_name,
      link,
      accepted_at: clock.now(),
      expires_at: invite.expires_at,
      last_error: null,
    };
    await store.writer.write(() => store.peerInvites.putAcceptance(row));
    tell(null);
    return { invite, state: await this.attempt(row, invite) };
  }

  /** The owner does not wait any longer. NOT_FOUND if nothing waits for this server. */
  async giveUp(serverName: string): Promise<void> {
    if (!this.waiting().some((row) => row.server_name === serverName))
      throw notFound(`No accepted invite of ${serverName} is waiting.`);
    this.timers.get(serverName)?.();
    await this.remove(serverName);
  }

  /** One at a time for each server, however often its link is opened. */
  private attempt(row: AcceptanceRow, invite: PeerInvite): Promise<Acceptance> {
    const running = this.running.get(row.server_name);
    if (running) return running;
    const attempt = this.connect(row, invite).finally(() => this.running.delete(row.server_name));
    this.running.set(row.server_name, attempt);
    return attempt;
  }

  private async connect(row: AcceptanceRow, invite: PeerInvite): Promise<Acceptance> {
    const before = this.parts.directory.get(invite.server_name);
    try {
      await this.trust(invite, before);
      const answer = await this.offer(invite);
      if (answer === 'connected') this.parts.onConnected(invite.server_name);
      await this.remove(invite.server_name);
      return answer;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (error.code !== 'SERVICE_UNAVAILABLE') {
        await this.undo(invite, before);
        throw error;
      }
      await this.wait(row, error.message);
      return 'waiting';
    }
  }

  /** Only what the link says is believed: the server behind the address must be the one that signed it. */
  private async trust(invite: PeerInvite, before: PeerRow | undefined): Promise<void> {
    const { client, directory, keys, clock, onStanding } = this.parts;
    const policy: CallPolicy = { byOwner: true, tlsSha256: invite.tls_sha256 ?? null };
    const base = new URL(invite.endpoint).origin;
    const url = base + wellKnownPath;
    const info = understand(WellKnown, refuseOtherCertificate(await client.read(url, policy), invite), url);
    const name = normalizeServerName(info.server_name);
    if (name !== invite.server_name || normalizeServerName(info.domain) !== invite.domain)
      throw conflict(
        `At the address in this invite answers ${name}, not ${invite.server_name}. Nothing was changed.`,
      );
    if (resolveEndpoint(info.federation_endpoint, base) !== invite.endpoint)
      throw conflict(
        `${name} now says that it is reached elsewhere than in this invite. Nothing was changed; ask for a new invite.`,
      );
    const published = await fetchKeys(client, { endpoint: invite.endpoint, policy }, name);
    const shown = published.keys.find((key) => key.key_id === invite.key_id);
    if (shown?.public_key !== invite.public_key)
      throw conflict(
        `${name} does not show the key that signed this invite. Nothing was changed; ask its owner whether it changed its key, and for a new invite.`,
        { reason: 'key_differs' },
      );
    const warnings = await keys.pin(name, published.keys, 'peer');
    if (warnings.length > 0) throw conflict(warnings.join(' '));
    await directory.put({
      ...(before ?? newPeer(name, invite.domain, clock.now())),
      domain: invite.domain,
      endpoint: invite.endpoint,
      endpoint_by_owner: 1,
      tls_sha256: invite.tls_sha256 ?? null,
      known_through: null,
      mode: 'allow',
    });
    onStanding(name);
  }

  /** Tells the server that its invite was accepted, and who we are. */
  private async offer(invite: PeerInvite): Promise<Acceptance> {
    const { client, keyring, clock, ownAddress } = this.parts;
    const { endpoint, tlsSha256 } = ownAddress();
    const now = clock.now();
    const answer = await client.call(
      {
        endpoint: invite.endpoint,
        policy: { byOwner: true, tlsSha256: invite.tls_sha256 ?? null },
      },
      {
        method: 'POST',
        path: '/peers/accept',
        body: JSON.stringify({
          token: invite.token,
          server_name: keyring.serverName,
          domain: keyring.domain,
          ...(endpoint === null ? {} : { endpoint }),
          ...(tlsSha256 === null ? {} : { tls_sha256: tlsSha256 }),
          keys: keyring
            .keys()
            .filter((key) => key.validUntil > now)
            .map((key) => ({
              key_id: key.keyId,
              algorithm: 'ed25519',
              public_key: key.publicKey,
              valid_until: key.validUntil,
            })),
        }),
      },
    );
    return readAnswer(answer, invite);
  }

  private async wait(row: AcceptanceRow, why: string): Promise<void> {
    const { store, tell } = this.parts;
    const next = { ...row, last_error: why };
    await store.writer.write(() => store.peerInvites.putAcceptance(next));
    tell(null);
    this.scheduleAgain(next);
  }

  private scheduleAgain(row: AcceptanceRow): void {
    if (this.stopped) return;
    const failures = (this.failures.get(row.server_name) ?? 0) + 1;
    this.failures.set(row.server_name, failures);
    this.timers.get(row.server_name)?.();
    const waitMs = Math.min(retryMsMax, retryMsMin * 2 ** (failures - 1));
    this.timers.set(
      row.server_name,
      this.parts.clock.after(waitMs, () => void this.again(row)),
    );
  }

  /** Nobody waits for this attempt, so its end is told. */
  private async again(row: AcceptanceRow): Promise<void> {
    const { tell } = this.parts;
    const name = row.server_name;
    try {
      const state = await this.attempt(row, this.preview(row.link));
      if (state === 'connected')
        tell({ level: 'info', text: `${name} is connected: it was waiting for this server.` });
      if (state === 'their_turn')
        tell({ level: 'warning', text: `${name} knows no invites; its admin must add this server.` });
    } catch (error) {
      await this.remove(name);
      tell({ level: 'warning', text: `The invite of ${name} came to nothing: ${(error as Error).message}` });
    }
  }

  private async remove(serverName: string): Promise<void> {
    const { store, tell } = this.parts;
    this.failures.delete(serverName);
    this.timers.delete(serverName);
    await store.writer.write(() => store.peerInvites.removeAcceptance(serverName));
    tell(null);
  }

  /** What was trusted for this invite alone is trusted no more. */
  private async undo(invite: PeerInvite, before: PeerRow | undefined): Promise<void> {
    const { directory, onStanding } = this.parts;
    await this.remove(invite.server_name);
    if (!directory.get(invite.server_name)) return;
    if (before) await directory.put(before);
    else await directory.forget(invite.server_name);
    onStanding(invite.server_name);
  }

  /** A link makes no known server somebody else, and undoes no decision of the owner. */
  private refuseOtherKey(invite: PeerInvite): void {
    const { directory } = this.parts;
    const name = invite.server_name;
    const other = directory.claimantOf(name, invite.domain);
    if (other !== null) throw conflict(`${other} goes by one of the names in this invite already.`);
    const standing = directory.standing(name);
    if (standing === 'blocked' || standing === 'quarantined')
      throw conflict(`You have ${name} ${standing}. Allow it first, then open the invite again.`);
    const pinned = directory.keysOf(name);
    if (pinned.length > 0 && !pinned.some((key) => key.public_key === invite.public_key))
      throw conflict(
        `${name} is known here with another key than this invite is signed with. If its owner says that this is right, forget ${name} first.`,
        { reason: 'key_differs' },
      );
  }
}

/** A certificate that is not the pinned one is somebody in between, and no outage. */
function refuseOtherCertificate(answer: HttpResult, invite: PeerInvite): HttpResult {
  if (answer.kind === 'network' && answer.code === 'CERTIFICATE_REFUSED')
    throw conflict(
      `The certificate at the address of ${invite.server_name} is not the one in the invite. Nothing was changed; ask its owner for a new invite.`,
      { reason: 'certificate_differs' },
    );
  return answer;
}

function readAnswer(answer: HttpResult, invite: PeerInvite): Acceptance {
  const name = invite.server_name;
  if (answer.kind !== 'answer')
    throw unavailable(
      answer.kind === 'network'
        ? `${name} cannot be reached: ${answer.error}`
        : `${name} was not asked to the end.`,
    );
  if (answer.status === 200) {
    readBody(PeerOfferAnswer, answer.body);
    return 'connected';
  }
  // An existing Paracord server has no such call.
  if (answer.status === 404 || answer.status === 405) return 'their_turn';
  if (answer.status === 429 || answer.status >= 500)
    throw unavailable(`${name} answers with status ${answer.status} just now.`);
  throw conflict(`${name} refuses: ${messageIn(answer.body) ?? `status ${answer.status}`}`);
}

function messageIn(body: string): string | undefined {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === 'string' ? message.slice(0, 300) : undefined;
  } catch {
    return undefined;
  }
}
