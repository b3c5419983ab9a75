/** Peer invites: a link that makes two servers peers, one click on each side (docs/protocol/pairing.md). */

import * as v from 'valibot';
import { expected, expectedWhat } from '../../words/expected.ts';
import { by } from '../roles.ts';
import {
  AcceptanceView,
  InvitePreview,
  PeerInviteView,
  UnansweredAcceptanceView,
} from '../views/pairing-views.ts';
import { as, done, listOf, nothing, roomId, serverName, text } from './fields.ts';
import { procedure } from './procedure.ts';

const link = text('link', 4096);

export const pairingContract = {
  makePeerInvite: procedure(
    'POST',
    '/peer-invites',
    'Make a single-use link for the owner of another server',
    by('admin', 'room'),
    v.object({
      expires_in_seconds: v.optional(
        v.pipe(
          v.number(expected('invite_age')),
          v.integer(expected('invite_age')),
          v.minValue(600, expected('invite_age')),
          v.maxValue(2_592_000, expected('invite_age')),
        ),
      ),
      /** Adds an invite to this room, homed here, in the name of `as`. */
      room_id: v.optional(roomId),
      /**
       * Limits the invite to friends in the same network, or elsewhere; otherwise it is for all who can call this
       * server.
       */
      where: v.optional(v.picklist(['home', 'elsewhere'], expected('one_of', { values: 'home, elsewhere' }))),
      ...as,
    }),
    PeerInviteView,
  ),
  peerInvites: procedure(
    'GET',
    '/peer-invites',
    'Links made here, newest first',
    by('admin', 'node'),
    nothing,
    listOf(PeerInviteView),
  ),
  revokePeerInvite: procedure(
    'DELETE',
    '/peer-invites/{id}',
    'Revoke a link: nobody can use it, and the server that used it can’t repeat its acceptance',
    by('admin', 'node'),
    v.object({ id: text('peer_invite_id', 64) }),
    PeerInviteView,
  ),
  letInAgain: procedure(
    'POST',
    '/peer-invites/{id}/let-in',
    'Decide that the server that answered a link under another key is the one you know',
    by('admin', 'node'),
    v.object({ id: text('peer_invite_id', 64) }),
    PeerInviteView,
  ),
  previewPeerInvite: procedure(
    'POST',
    '/peer-invites/preview',
    'What a link would make this server trust; asks the server of the link, and changes nothing',
    by('admin', 'node'),
    v.object({ link }),
    InvitePreview,
  ),
  acceptPeerInvite: procedure(
    'POST',
    '/peer-invites/accept',
    'Open a link: check, pin and trust its server, accept its invite, and join its room',
    by('admin', 'own'),
    v.object({
      link,
      /** If the link's server doesn't answer, keep the link and try again, for at most 30 days. */
      wait: v.optional(v.boolean(expectedWhat('boolean'))),
      /** Let the server in although it is known here under another key. */
      started_over: v.optional(v.boolean(expectedWhat('boolean'))),
      ...as,
    }),
    AcceptanceView,
  ),
  waitingAcceptances: procedure(
    'GET',
    '/peer-invites/waiting',
    'Opened links whose server has not answered yet',
    by('admin', 'node'),
    nothing,
    listOf(UnansweredAcceptanceView),
  ),
  giveUpAcceptance: procedure(
    'DELETE',
    '/peer-invites/waiting/{server_name}',
    'Stop waiting for the server of an opened link',
    by('admin', 'node'),
    v.object({ server_name: serverName }),
    done,
  ),
} as const;
