import type { Command } from 'commander';
import type { RoomInviteView } from '../../../shared/api/views/views.ts';
import type { Words } from '../../../shared/words/words.ts';
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
import { marked, printable, table, when, withNameWarnings } from '../text.ts';
import { roomOutcome } from './rooms.ts';

export function addInviteCommands(shell: Shell, program: Command): void {
  const { words } = shell;
  const { commands } = words.cliHelp;
  const invites = addNoun(
    shell,
    program,
    'invites',
    commands.invites,
    async (call) =>
      listOutcome(words, await call.api.invites({ ...paging(call), ...actor(call) }), invitesText),
    [...pagingOptions(words), asOption(words)],
  );

  addCommand(shell, invites, 'accept <id>', commands.invitesAccept, async ({ api, args }) =>
    roomOutcome(words, await api.acceptInvite({ id: args[0]! })),
  );

  addCommand(shell, invites, 'decline <id>', commands.invitesDecline, async ({ api, args }) => {
    const invite = await api.declineInvite({ id: args[0]! });
    return { json: invite, text: words.cli.rooms.declined({ room: printable(invite.room_name) }) };
  });
}

function invitesText(words: Words, invites: readonly RoomInviteView[]): string {
  const { heads, rooms, states } = words.cli;
  const rows = invites.map((invite) => [
    invite.id,
    invite.room_name,
    invite.room_id,
    marked(invite.inviter, invite),
    invite.user_id,
    states[invite.status],
    when(words, invite.created_at),
  ]);
  const { invite, room, roomId, from, forUser, status, since } = heads;
  return withNameWarnings(
    table([invite, room, roomId, from, forUser, status, since], rows, rooms.noInvites),
    invites,
  );
}
