/** Other servers, and how far they are trusted. */
import * as v from 'valibot';
import { publicKey } from '../../protocol/bodies.ts';
import { by } from '../roles.ts';
import { CheckView } from '../views/doctor-views.ts';
import { HeldEventView, PeerMode, PeerView } from '../views/peer-views.ts';
import { done, eventId, limits, listOf, milliseconds, paging, serverName, text, url } from './fields.ts';
import { procedure } from './procedure.ts';

export const peersContract = {
  peers: procedure(
    'GET',
    '/peers',
    'Servers this node knows',
    by('admin', 'node'),
    v.object(paging),
    listOf(PeerView),
  ),
  addPeer: procedure(
    'POST',
    '/peers',
    'Add a peer by its endpoint or its name; its keys are fetched and pinned. A server that hides its page needs both',
    by('admin', 'node'),
    v.object({
      endpoint: v.optional(url),
      server_name: v.optional(serverName),
      mode: v.optional(PeerMode),
      /** The only key to pin. */
      key: v.optional(v.object({ key_id: text('key_id', 255), public_key: publicKey })),
    }),
    PeerView,
  ),
  peer: procedure(
    'GET',
    '/peers/{server_name}',
    'One peer',
    by('admin', 'node'),
    v.object({ server_name: serverName }),
    PeerView,
  ),
  changePeer: procedure(
    'PATCH',
    '/peers/{server_name}',
    'Allow, block or quarantine a peer; change its limits or endpoint',
    by('admin', 'node'),
    v.object({
      server_name: serverName,
      mode: v.optional(PeerMode),
      reason: v.optional(v.nullable(text('reason', 500))),
      until: v.optional(v.nullable(milliseconds)),
      limits: v.optional(v.nullable(limits)),
      endpoint: v.optional(url),
    }),
    PeerView,
  ),
  forgetPeer: procedure(
    'DELETE',
    '/peers/{server_name}',
    'Forget a peer and its keys, and remove what is queued for it from the outbox',
    by('admin', 'node'),
    v.object({ server_name: serverName }),
    done,
  ),
  peerCheck: procedure(
    'GET',
    '/peers/{server_name}/check',
    'Progress of the running check of a peer, or its last result; null before the first',
    by('admin', 'node'),
    v.object({ server_name: serverName }),
    v.object({ check: v.nullable(CheckView) }),
  ),
  checkPeer: procedure(
    'POST',
    '/peers/{server_name}/check',
    'Check a peer now, step by step; GET returns the progress',
    by('admin', 'node'),
    v.object({ server_name: serverName }),
    CheckView,
  ),
  extendPeerKeys: procedure(
    'POST',
    '/peers/{server_name}/keys/extend',
    'Keep trusting expired keys that the peer still publishes',
    by('admin', 'node'),
    v.object({ server_name: serverName }),
    PeerView,
  ),
  heldEvents: procedure(
    'GET',
    '/peers/{server_name}/held',
    'Held events of a quarantined peer, oldest first',
    by('admin', 'node'),
    v.object({ server_name: serverName, ...paging }),
    listOf(HeldEventView),
  ),
  releaseHeld: procedure(
    'POST',
    '/peers/{server_name}/held/release',
    'Release held events in the order they arrived; all of them unless some are named',
    by('admin', 'node'),
    v.object({ server_name: serverName, event_ids: v.optional(v.array(eventId)) }),
    v.object({
      released: v.number(),
      refused: v.array(v.object({ event_id: v.string(), message: v.string() })),
    }),
  ),
  discardHeld: procedure(
    'POST',
    '/peers/{server_name}/held/discard',
    'Discard held events; all of them unless some are named',
    by('admin', 'node'),
    v.object({ server_name: serverName, event_ids: v.optional(v.array(eventId)) }),
    v.object({ discarded: v.number() }),
  ),
} as const;
