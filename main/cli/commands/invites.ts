import type { Command } from 'commander';
import type { RoomInviteView } from '../../../shared/api/views.ts';
import {
  actor,
  addCommand,
  addNoun,
  asOption,
  listOutcome,
  paging,
  pagingOptions,
  type Shell,
} from '../command.ts';
import { printable, table, when } from '../text.ts';
import { roomOutcome } from './rooms.ts';

export function addInviteCommands(shell: Shell, program: Command): void {
  const invites = addNoun(
    shell,
    program,
    'invites',
    'invites that wait for local users',
    async (call) => listOutcome(await call.api.invites({ ...paging(call), ...actor(call) }), invitesText),
    [...pagingOptions, asOption],
  );

  addCommand(shell, invites, 'accept <id>', 'accept an invite: joins the room', async ({ api, args }) =>
    roomOutcome(await api.acceptInvite({ id: args[0]! })),
  );

  addCommand(shell, invites, 'decline <id>', 'decline an invite', async ({ api, args }) => {
    const invite = await api.declineInvite({ id: args[0]! });
    return { json: invite, text: `Declined the invite to ${printable(invite.room_name)}.` };
  });
}

function invitesText(invites: readonly RoomInviteView[]): string {
  const rows = invites.map((invite) => [
    invite.id,
    invite.room_name,
    invite.room_id,
    invite.inviter,
    invite.user_id,
    invite.status,
    when(invite.created_at),
  ]);
  return table(['INVITE', 'ROOM', 'ROOM ID', 'FROM', 'FOR', 'STATUS', 'SINCE'], rows, 'No invites wait.');
}
