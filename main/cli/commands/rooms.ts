import { type Command, Option } from 'commander';
import { everyPage } from '../../../shared/api/pages.ts';
import type {
  MemberView,
  RoomInviteView,
  RoomView,
  SentInviteView,
} from '../../../shared/api/views/room-views.ts';
import { printable } from '../../../shared/protocol/coding/plain-text.ts';
import type { Words } from '../../../shared/words/words.ts';
import { agreed } from '../ask.ts';
import {
  actor,
  addCommand,
  addNoun,
  asOption,
  type Call,
  listOutcome,
  type Outcome,
  optional,
  paging,
  pagingOptions,
  type Shell,
  textOption,
  wholeNumber,
} from '../command.ts';
import { findChannelId, findRoomId } from '../find-room.ts';
import { untilRead } from '../progress.ts';
import { marked, number, pairs, table, when, withNameWarnings } from '../text.ts';

/** A room is named by its ID, or by its name if only one room has that name. */
export function addRoomCommands(shell: Shell, program: Command): void {
  const { words } = shell;
  const { commands, options: flags } = words.cliHelp;
  const texts = words.cli.rooms;
  const rooms = addNoun(
    shell,
    program,
    'rooms',
    commands.rooms,
    async (call) => listOutcome(words, await call.api.rooms({ ...paging(call), ...actor(call) }), roomsText),
    [...pagingOptions(words), asOption(words)],
  );

  addCommand(
    shell,
    rooms,
    'create <name>',
    commands.roomsCreate,
    async (call) => {
      const { channel, rule } = call.options;
      return roomOutcome(
        words,
        await call.api.createRoom({
          name: call.args[0]!,
          join_rule: rule === 'peers' ? 'peers' : 'invite',
          ...(Array.isArray(channel) ? { channels: [...channel] } : {}),
          ...actor(call),
        }),
      );
    },
    [asOption(words)],
  )
    .addOption(new Option('--rule <rule>', flags.rule).choices(['peers', 'invite']))
    .option('--channel <names...>', flags.roomChannels);

  addCommand(
    shell,
    rooms,
    'show <room>',
    commands.roomsShow,
    async (call) =>
      roomOutcome(
        words,
        await call.api.room({ room_id: await findRoomId(call.api, call.args[0]!), ...actor(call) }),
      ),
    [asOption(words)],
  );

  addCommand(
    shell,
    rooms,
    'join <room-id>',
    commands.roomsJoin,
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      const via = textOption(call.options, 'via');
      const home = await oneWayHome(call, via ?? room_id.slice(room_id.indexOf(':') + 1));
      if (home !== null) {
        if (!call.json) call.print(words.rooms.joining.oneWay({ home }));
        const question = words.cli.ask.join({ home });
        if (!(await agreed(call, question, ({ cli }) => cli.errors.needsYesToJoin({ home }))))
          return { json: null, text: words.cli.pairing.nothingChanged };
      }
      const joined = await call.api.joinRoom({
        room_id,
        ...optional(call.options, 'via', 'via'),
        ...actor(call),
      });
      return roomOutcome(words, await readToEnd(call, joined), home !== null);
    },
    [['--via <server-name>', flags.via], ['--yes', flags.joinOneWay], asOption(words)],
  );

  addCommand(
    shell,
    rooms,
    'leave <room>',
    commands.roomsLeave,
    async (call) =>
      roomOutcome(
        words,
        await call.api.leaveRoom({ room_id: await findRoomId(call.api, call.args[0]!), ...actor(call) }),
      ),
    [asOption(words)],
  );

  addCommand(
    shell,
    rooms,
    'invite <room> <user-id>',
    commands.roomsInvite,
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      const answer = await call.api.inviteUser({ room_id, user_id: call.args[1]!, ...actor(call) });
      const user = call.args[1]!;
      const text = answer.joined ? texts.letIn({ user }) : texts.invited({ user });
      return { json: answer, text };
    },
    [asOption(words)],
  );

  addCommand(
    shell,
    rooms,
    'invites <room>',
    commands.roomsInvites,
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      return listOutcome(words, await call.api.sentInvites({ room_id, ...paging(call) }), sentText);
    },
    pagingOptions(words),
  );

  addCommand(
    shell,
    rooms,
    'revoke <room> <user-id>',
    commands.roomsRevoke,
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      const answer = await call.api.revokeInvite({ room_id, user_id: call.args[1]!, ...actor(call) });
      return { json: answer, text: texts.revoked({ user: call.args[1]! }) };
    },
    [asOption(words)],
  );

  addCommand(
    shell,
    rooms,
    'members <room>',
    commands.roomsMembers,
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      return listOutcome(words, await call.api.members({ room_id, ...paging(call) }), membersText);
    },
    pagingOptions(words),
  );

  addCommand(
    shell,
    rooms,
    'remove <room> <user-id>',
    commands.roomsRemove,
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      const answer = await call.api.removeMember({ room_id, user_id: call.args[1]!, ...actor(call) });
      return { json: answer, text: texts.removed({ user: call.args[1]! }) };
    },
    [asOption(words)],
  );

  addCommand(
    shell,
    rooms,
    'channel <room> <name>',
    commands.roomsChannel,
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      const channel = await call.api.addChannel({ room_id, name: call.args[1]!, ...actor(call) });
      return {
        json: channel,
        text: texts.channelAdded({ name: printable(channel.name), id: channel.channel_id }),
      };
    },
    [asOption(words)],
  );

  addDecisions(shell, rooms);
  addCommand(
    shell,
    rooms,
    'retention <room>',
    commands.roomsRetention,
    async (call) => {
      const room = await call.api.room({ room_id: await findRoomId(call.api, call.args[0]!) });
      const wanted = retentionOf(call);
      if (wanted === null) return retentionOutcome(words, room);
      if (wanted.days !== null || wanted.megabytes !== null) {
        const { json, print } = call;
        if (!json) print([texts.dropsHere, ...(room.homed_here ? [texts.dropsAtHome] : [])].join('\n'));
        const question = words.cli.ask.drop({ room: printable(room.name) });
        if (!(await agreed(call, question, ({ cli }) => cli.errors.needsYesToDrop)))
          return { json: null, text: words.cli.pairing.nothingChanged };
      }
      return retentionOutcome(words, await call.api.limitRoom({ room_id: room.room_id, ...wanted }));
    },
    [
      ['--days <days>', flags.keepDays, wholeNumber],
      ['--megabytes <megabytes>', flags.keepMegabytes, wholeNumber],
      ['--off', flags.keepAll],
      ['--yes', flags.dropOld],
    ],
  );
}

/** Adds the commands by which the owner of a room decides about it, and people about their list. */
function addDecisions(shell: Shell, rooms: Command): void {
  const { words } = shell;
  const { commands, options: flags } = words.cliHelp;
  const { ask, rooms: texts } = words.cli;
  const asks = (call: Call, question: string) =>
    agreed(call, question, ({ cli }) => cli.errors.needsYesToDelete);
  const unchanged = { json: null, text: words.cli.pairing.nothingChanged };

  addCommand(
    shell,
    rooms,
    'hand-over <room> <user-id>',
    commands.roomsHandOver,
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      const user = call.args[1]!;
      const room = await call.api.handRoomOver({ room_id, user_id: user, ...actor(call) });
      if (call.options.leave !== true) return { json: room, text: texts.handedOver({ user }) };
      return {
        json: await call.api.leaveRoom({ room_id, ...actor(call) }),
        text: texts.handedOverLeft({ user }),
      };
    },
    [['--leave', flags.handOverLeave], asOption(words)],
  );
  addCommand(
    shell,
    rooms,
    'delete <room>',
    commands.roomsDelete,
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      const name = { room: printable((await call.api.room({ room_id, ...actor(call) })).name) };
      if (!(await asks(call, ask.deleteRoom(name)))) return unchanged;
      return { json: await call.api.deleteRoom({ room_id, ...actor(call) }), text: texts.deleted(name) };
    },
    [['--yes', flags.deleteNow], asOption(words)],
  );
  addCommand(
    shell,
    rooms,
    'hide <room>',
    commands.roomsHide,
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      const hidden = call.options.undo !== true;
      return {
        json: await call.api.hideRoom({ room_id, hidden, ...actor(call) }),
        text: hidden ? texts.hidden : texts.shown,
      };
    },
    [['--undo', flags.hideUndo], asOption(words)],
  );
  addCommand(
    shell,
    rooms,
    'rename-channel <room> <channel> <name>',
    commands.roomsRenameChannel,
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      const channel_id = await findChannelId(call.api, room_id, call.args[1]!);
      const name = call.args[2]!;
      return {
        json: await call.api.renameChannel({ room_id, channel_id, name, ...actor(call) }),
        text: texts.channelRenamed({ name }),
      };
    },
    [asOption(words)],
  );
  addCommand(
    shell,
    rooms,
    'delete-channel <room> <channel>',
    commands.roomsDeleteChannel,
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      const channel_id = await findChannelId(call.api, room_id, call.args[1]!);
      const channel = { channel: call.args[1]! };
      if (!(await asks(call, ask.deleteChannel(channel)))) return unchanged;
      return {
        json: await call.api.deleteChannel({ room_id, channel_id, ...actor(call) }),
        text: texts.channelDeleted(channel),
      };
    },
    [['--yes', flags.deleteNow], asOption(words)],
  );
}

/** The limits that the options ask for; null if they ask for none. */
function retentionOf({ options }: Call): Pick<RoomView['retention'], 'days' | 'megabytes'> | null {
  const { days, megabytes, off } = options;
  if (days === undefined && megabytes === undefined && off !== true) return null;
  return {
    days: typeof days === 'number' && off !== true ? days : null,
    megabytes: typeof megabytes === 'number' && off !== true ? megabytes : null,
  };
}

function retentionOutcome(words: Words, room: RoomView): Outcome {
  const { rooms: texts } = words.cli;
  const { days, megabytes, dropped_to } = room.retention;
  const name = { room: printable(room.name) };
  const keeps =
    days === null
      ? megabytes === null
        ? texts.keepsAll(name)
        : texts.keepsMegabytes({ ...name, megabytes })
      : megabytes === null
        ? texts.keepsDays({ ...name, days })
        : texts.keepsBoth({ ...name, days, megabytes });
  const text =
    dropped_to === null ? keeps : `${keeps}\n${texts.droppedTo({ when: when(words, dropped_to) })}`;
  return { json: room.retention, text };
}

/** The room of a join, once what was written there has been read. */
const readToEnd = async (call: Call, joined: RoomView): Promise<RoomView> =>
  (await untilRead(call, joined.room_id))
    ? await call.api.room({ room_id: joined.room_id, ...actor(call) })
    : joined;

/** The name of a server that doesn't show its users what is written here; null for any other. */
async function oneWayHome({ api }: Call, named: string): Promise<string | null> {
  const peers = await everyPage((page) => api.peers(page));
  const home =
    peers.find(({ server_name }) => server_name === named) ?? peers.find(({ domain }) => domain === named);
  return home?.one_way ? printable(home.server_name) : null;
}

/** A room as seen by the user who asked. `warned`: they know already that its home doesn't show what they write. */
function roomOutcome(words: Words, room: RoomView, warned = false): Outcome {
  const { names, states, rooms: texts } = words.cli;
  const facts = pairs([
    [names.room, room.room_id],
    [names.name, marked(room.name, room)],
    [names.home, room.homed_here ? texts.here({ server: room.home }) : room.home],
    [names.rule, states[room.join_rule]],
    [names.membership, room.membership === null ? texts.notMember : states[room.membership]],
    [names.members, number(words, room.member_count)],
    [names.lastEvent, when(words, room.last_event_at)],
    ...room.channels.map(
      (channel) => [names.channel, `${channel.channel_id}  ${marked(channel.name, channel)}`] as const,
    ),
  ]);
  const text = withNameWarnings(facts, [room, ...room.channels]);
  const { home, one_way } = room;
  return {
    json: room,
    text: one_way && !warned ? `${text}\n\n${texts.oneWay({ home: printable(home) })}` : text,
  };
}

function roomsText(words: Words, rooms: readonly RoomView[]): string {
  const { heads, states, rooms: texts } = words.cli;
  const rows = rooms.map((room) => [
    room.room_id,
    marked(room.name, room),
    states[room.join_rule],
    room.membership === null ? '–' : states[room.membership],
    number(words, room.member_count),
    when(words, room.last_event_at),
  ]);
  const { room, name, rule, membership, members, lastEvent } = heads;
  return withNameWarnings(table([room, name, rule, membership, members, lastEvent], rows, texts.none), rooms);
}

function sentText(words: Words, invites: readonly SentInviteView[]): string {
  const { heads, rooms } = words.cli;
  const rows = invites.map((invite) => [
    marked(invite.user_id, invite),
    invite.inviter,
    when(words, invite.invited_at),
    invite.arrived ? rooms.arrived : rooms.onItsWay,
  ]);
  return withNameWarnings(
    table([heads.user, heads.from, heads.since, heads.status], rows, rooms.noneInvited),
    invites,
  );
}

function membersText(words: Words, members: readonly MemberView[]): string {
  const { heads, states, rooms } = words.cli;
  const rows = members.map((member) => [
    marked(member.user_id, member),
    printable(member.display_name),
    member.server,
    states[member.role],
    when(words, member.joined_at),
  ]);
  return withNameWarnings(
    table([heads.user, heads.name, heads.server, heads.role, heads.joined], rows, rooms.empty),
    members,
  );
}

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

  addCommand(shell, invites, 'accept <id>', commands.invitesAccept, async (call) =>
    roomOutcome(words, await readToEnd(call, await call.api.acceptInvite({ id: call.args[0]! }))),
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
