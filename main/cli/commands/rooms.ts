import { type Command, Option } from 'commander';
import type { MemberView, RoomView } from '../../../shared/api/views.ts';
import {
  actor,
  addCommand,
  addNoun,
  asOption,
  listOutcome,
  type Outcome,
  optional,
  paging,
  pagingOptions,
  type Shell,
} from '../command.ts';
import { findRoomId } from '../find-room.ts';
import { pairs, printable, table, when } from '../text.ts';

/** A room is named by its id, or by its name where only one room has it. */
export function addRoomCommands(shell: Shell, program: Command): void {
  const rooms = addNoun(
    shell,
    program,
    'rooms',
    'rooms homed here and joined',
    async (call) => listOutcome(await call.api.rooms({ ...paging(call), ...actor(call) }), roomsText),
    [...pagingOptions, asOption],
  );

  addCommand(
    shell,
    rooms,
    'create <name>',
    'create a room that is homed here',
    async (call) => {
      const { channel, rule } = call.options;
      return roomOutcome(
        await call.api.createRoom({
          name: call.args[0]!,
          join_rule: rule === 'peers' ? 'peers' : 'invite',
          ...(Array.isArray(channel) ? { channels: [...channel] } : {}),
          ...actor(call),
        }),
      );
    },
    [asOption],
  )
    .addOption(new Option('--rule <rule>', 'who may join (default: invite)').choices(['peers', 'invite']))
    .option('--channel <names...>', 'its channels');

  addCommand(
    shell,
    rooms,
    'show <room>',
    'one room',
    async (call) =>
      roomOutcome(
        await call.api.room({ room_id: await findRoomId(call.api, call.args[0]!), ...actor(call) }),
      ),
    [asOption],
  );

  addCommand(
    shell,
    rooms,
    'join <room-id>',
    'join a room, here or on a peer',
    async (call) =>
      roomOutcome(
        await call.api.joinRoom({
          room_id: await findRoomId(call.api, call.args[0]!),
          ...optional(call.options, 'via', 'via'),
          ...actor(call),
        }),
      ),
    [['--via <server-name>', 'the peer to ask, when the room id does not name it'], asOption],
  );

  addCommand(
    shell,
    rooms,
    'leave <room>',
    'leave a room',
    async (call) =>
      roomOutcome(
        await call.api.leaveRoom({ room_id: await findRoomId(call.api, call.args[0]!), ...actor(call) }),
      ),
    [asOption],
  );

  addCommand(
    shell,
    rooms,
    'invite <room> <user-id>',
    'invite a user, of this server or a peer',
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      const answer = await call.api.inviteUser({ room_id, user_id: call.args[1]!, ...actor(call) });
      const user = call.args[1]!;
      const text = answer.joined ? letInText(user) : `Invited ${user}.`;
      return { json: answer, text };
    },
    [asOption],
  );

  addCommand(
    shell,
    rooms,
    'members <room>',
    'members, of every server',
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      return listOutcome(await call.api.members({ room_id, ...paging(call) }), membersText);
    },
    pagingOptions,
  );

  addCommand(
    shell,
    rooms,
    'remove <room> <user-id>',
    'remove a member from a room homed here',
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      const answer = await call.api.removeMember({ room_id, user_id: call.args[1]!, ...actor(call) });
      return { json: answer, text: `Removed ${call.args[1]!}; only an invite lets them in again.` };
    },
    [asOption],
  );

  addCommand(
    shell,
    rooms,
    'channel <room> <name>',
    'add a channel to a room homed here',
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      const channel = await call.api.addChannel({ room_id, name: call.args[1]!, ...actor(call) });
      return { json: channel, text: `Added ${printable(channel.name)}, ${channel.channel_id}.` };
    },
    [asOption],
  );
}

/** What a room is to the one who asked. */
export function roomOutcome(room: RoomView): Outcome {
  const text = pairs([
    ['room', room.room_id],
    ['name', room.name],
    ['home', room.homed_here ? `${room.home} (here)` : room.home],
    ['who may join', room.join_rule === 'peers' ? 'anyone on a peer' : 'whoever is invited'],
    ['membership', room.membership ?? 'none'],
    ['members', String(room.member_count)],
    ['last event', when(room.last_event_at)],
    ...room.channels.map((channel) => ['channel', `${channel.channel_id}  ${channel.name}`] as const),
  ]);
  const { home, home_kind } = room;
  return { json: room, text: home_kind === 'other' ? `${text}\n\n${printable(oneWay(home))}` : text };
}

const oneWay = (home: string): string =>
  `${home} is not a Paracord Node. You can read what its users write in this room, but it does not show them what you write. To talk with them, create a room on your server and invite them.`;

function roomsText(rooms: readonly RoomView[]): string {
  const rows = rooms.map((room) => [
    room.room_id,
    room.name,
    room.join_rule,
    room.membership ?? '–',
    String(room.member_count),
    when(room.last_event_at),
  ]);
  const heads = ['ROOM', 'NAME', 'RULE', 'MEMBERSHIP', 'MEMBERS', 'LAST EVENT'];
  return table(heads, rows, 'No rooms yet; “paracord-node rooms create NAME” makes one.');
}

function membersText(members: readonly MemberView[]): string {
  const rows = members.map((member) => [member.user_id, member.server, member.role, when(member.joined_at)]);
  return table(['USER', 'SERVER', 'ROLE', 'JOINED'], rows, 'Nobody is in this room.');
}

const letInText = (user: string): string =>
  `${user} is in the room now: their server ignores invites, so yours lets them in. As shipped, their server shows the room only to accounts created after its first message got there.`;
