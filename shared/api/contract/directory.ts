/** Finding people and rooms: what peers may find here, and what they list. */
import * as v from 'valibot';
import { expectedWhat } from '../../words/expected.ts';
import { by } from '../roles.ts';
import { DirectoryView, PersonView } from '../views/room-views.ts';
import { as, done, inRoom, listOf, roomId, serverName, text, userId } from './fields.ts';
import { procedure } from './procedure.ts';

const listed = v.boolean(expectedWhat('boolean'));

export const directoryContract = {
  listUser: procedure(
    'PUT',
    '/users/{user_id}/listed',
    'Let trusted peers find a user of this server, or no longer',
    by('member', 'own'),
    v.object({ user_id: userId, listed }),
    done,
  ),
  listRoom: procedure(
    'PUT',
    '/rooms/{room_id}/listed',
    'Let trusted peers find a room homed here that they may join, or no longer',
    by('member', 'room'),
    v.object({ ...inRoom, listed }),
    done,
  ),
  peerDirectory: procedure(
    'GET',
    '/peers/{server_name}/directory',
    'The users and rooms that a peer lists, read from it now unless that was done within a minute',
    by('admin', 'own'),
    v.object({ server_name: serverName, ...as }),
    DirectoryView,
  ),
  people: procedure(
    'GET',
    '/people',
    'Users whose name or ID contains a text: of this server, listed by peers, or met in rooms; leaves out the members of `room_id`',
    by('child', 'own'),
    v.object({ query: v.optional(text('text', 200)), room_id: v.optional(roomId), ...as }),
    listOf(PersonView),
  ),
} as const;
