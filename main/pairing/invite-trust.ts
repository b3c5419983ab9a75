import type { ProtocolError } from '../../shared/protocol/errors.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { newPeer, type PeerRow } from '../store/tables/peer-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { Invite } from './read-link.ts';

type Changed = Pick<
  PeerRow,
  'mode' | 'domain' | 'endpoint' | 'endpoint_by_owner' | 'tls_sha256' | 'known_through'
>;

/** The change that an invite made: the server's row before (null if it was unknown), and the endpoint in the invite. */
interface Trusted {
  readonly was: Changed | null;
  readonly endpoint: string;
}

/**
 * Why an invite is refused: it must not undo a decision of the owner, nor change who a known server is, unless the owner
 * knows that this server started over (`startedOver`).
 */
export function refusalOf(
  directory: PeerDirectory,
  invite: Invite,
  startedOver: boolean,
): ProtocolError | null {
  const name = invite.server_name;
  const other = directory.rivalOf(name, invite.domain);
  if (other !== null) return refusal('CONFLICT', said('pairing.name_taken', { other }));
  const standing = directory.standing(name);
  if (standing === 'blocked' || standing === 'quarantined')
    return refusal('CONFLICT', said('pairing.allow_first', { server: name }));
  return !startedOver && isUnderAnotherKey(directory, name, invite.public_key)
    ? refusal('CONFLICT', said('pairing.known_key', { server: name }), { details: { reason: 'key_differs' } })
    : null;
}

/** True if we know this server only by other keys, or by this one after it has ended. */
export function isUnderAnotherKey(directory: PeerDirectory, server: string, publicKey: string): boolean {
  // Keys that a room's home reported are replaced by the server's own.
  const pinned = directory.keysOf(server).filter((key) => key.source === 'peer');
  return pinned.length > 0 && !pinned.some((key) => key.public_key === publicKey && key.ended_at === null);
}

/** Inside a transaction. Returns what `takeBackWithin` needs to undo it. */
export function trustWithin(
  directory: PeerDirectory,
  invite: Invite,
  extensions: readonly string[],
  now: number,
): string {
  const { server_name, domain, endpoint } = invite;
  directory.makeRoomWithin(server_name, domain);
  const peer = directory.get(server_name);
  const trusted: Trusted = { was: peer ? changedOf(peer) : null, endpoint };
  directory.putWithin({
    ...(peer ?? newPeer(server_name, domain)),
    domain,
    endpoint,
    endpoint_by_owner: 1,
    tls_sha256: invite.tls_sha256 ?? null,
    known_through: null,
    extensions: extensions.join(' '),
    discovered_at: now,
    mode: 'allow',
  });
  return JSON.stringify(trusted);
}

/**
 * Inside a transaction: withdraws the trust that was given only for an invite. False if there is nothing left to undo.
 */
export function takeBackWithin(directory: PeerDirectory, server: string, before: string): boolean {
  const { was, endpoint } = JSON.parse(before) as Trusted;
  const peer = directory.get(server);
  if (peer?.mode !== 'allow') return false;
  if (was === null) directory.forgetWithin(server);
  // A new address that the peer has reported since then is kept.
  else if (peer.endpoint === endpoint) directory.putWithin({ ...peer, ...was });
  else directory.putWithin({ ...peer, mode: was.mode });
  return true;
}

const changedOf = (peer: PeerRow): Changed => ({
  mode: peer.mode,
  domain: peer.domain,
  endpoint: peer.endpoint,
  endpoint_by_owner: peer.endpoint_by_owner,
  tls_sha256: peer.tls_sha256,
  known_through: peer.known_through,
});
