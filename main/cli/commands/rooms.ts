import { everyPage } from '../../../shared/api/pages.ts';
import type {
  MemberView,
  RemovalView,
  RoomInviteView,
  RoomView,
  SentInviteView,
} from '../../../shared/api/views/room-views.ts';
import { printable } from '../../../shared/protocol/coding/plain-text.ts';
import type { Words } from '../../../shared/words/words.ts';
import { agreed } from '../ask.ts';
import {
  actor,
  asOption,
  type Branch,
  type Call,
  listOutcome,
  type Outcome,
  optional,
  paging,
  pagingOptions,
  textOption,
  wholeNumber,
} from '../command.ts';
import { pictureGiven } from '../file-bytes.ts';
import { findChannelId, roomOf } from '../find-room.ts';
import { untilRead } from '../progress.ts';
import { marked, number, pairs, table, when, withNameWarnings } from '../text.ts';

/** A room is named by its ID, or by its name if only one room has that name. */
export function addRoomCommands(program: Branch): void {
  const { words } = program;
  const { commands, options: flags } = words.cliHelp;
  const texts = words.cli.rooms;
  const as = [asOption(words)];
  const rooms = program.noun('rooms', commands.rooms, [...pagingOptions(words), ...as], async (call) =>
    listOutcome(words, await call.api.rooms({ ...paging(call), ...actor(call) }), roomsText),
  );

  rooms.add(
    'create <name>',
    commands.roomsCreate,
    [['--rule <rule>', flags.rule, ['peers', 'invite']], ['--channel <names...>', flags.roomChannels], ...as],
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
  );

  rooms.add('show <room>', commands.roomsShow, as, async (call) =>
    roomOutcome(words, await call.api.room(await roomOf(call))),
  );

  rooms.add(
    'join <room-id>',
    commands.roomsJoin,
    [['--via <server-name>', flags.via], ['--yes', flags.joinOneWay], ...as],
    async (call) => {
      const at = await roomOf(call);
      const via = textOption(call.options, 'via');
      const home = await oneWayHome(call, via ?? at.room_id.slice(at.room_id.indexOf(':') + 1));
      if (home !== null) {
        if (!call.json) call.print(words.rooms.joining.oneWay({ home }));
        const question = words.cli.ask.join({ home });
        if (!(await agreed(call, question, ({ cli }) => cli.errors.needsYesToJoin({ home }))))
          return { json: null, text: words.cli.pairing.nothingChanged };
      }
      const joined = await call.api.joinRoom({
        ...at,
        ...optional(call.options, 'via', 'via'),
      });
      return roomOutcome(words, await readToEnd(call, joined), home !== null);
    },
  );

  rooms.add('leave <room>', commands.roomsLeave, as, async (call) =>
    roomOutcome(words, await call.api.leaveRoom(await roomOf(call))),
  );

  rooms.add('invite <room> <user-id>', commands.roomsInvite, as, async (call) => {
    const at = await roomOf(call);
    const answer = await call.api.inviteUser({ ...at, user_id: call.args[1]! });
    const user = call.args[1]!;
    const text = answer.joined ? texts.letIn({ user }) : texts.invited({ user });
    return { json: answer, text };
  });

  rooms.add('invites <room>', commands.roomsInvites, pagingOptions(words), async (call) => {
    const at = await roomOf(call);
    return listOutcome(words, await call.api.sentInvites({ ...at, ...paging(call) }), sentText);
  });

  rooms.add('revoke <room> <user-id>', commands.roomsRevoke, as, async (call) => {
    const at = await roomOf(call);
    const answer = await call.api.revokeInvite({ ...at, user_id: call.args[1]! });
    return { json: answer, text: texts.revoked({ user: call.args[1]! }) };
  });

  rooms.add('members <room>', commands.roomsMembers, pagingOptions(words), async (call) => {
    const at = await roomOf(call);
    return listOutcome(words, await call.api.members({ ...at, ...paging(call) }), membersText);
  });

  rooms.add('channel <room> <name>', commands.roomsChannel, as, async (call) => {
    const at = await roomOf(call);
    const channel = await call.api.addChannel({ ...at, name: call.args[1]! });
    return {
      json: channel,
      text: texts.channelAdded({ name: printable(channel.name), id: channel.channel_id }),
    };
  });

  addModeration(rooms);
  addDecisions(rooms);
  rooms.add(
    'retention <room>',
    commands.roomsRetention,
    [
      ['--days <days>', flags.keepDays, wholeNumber],
      ['--megabytes <megabytes>', flags.keepMegabytes, wholeNumber],
      ['--off', flags.keepAll],
      ['--yes', flags.dropOld],
    ],
    async (call) => {
      const room = await call.api.room(await roomOf(call));
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
  );
}

/** Adds the commands by which moderators decide about people. */
function addModeration(rooms: Branch): void {
  const { words } = rooms;
  const { commands, options: flags } = words.cliHelp;
  const as = [asOption(words)];
  const texts = words.cli.rooms;
  const reason = ['--reason <text>', flags.removalReason] as const;

  rooms.add('remove <room> <user-id>', commands.roomsRemove, [reason, ...as], async (call) => {
    const at = { ...(await roomOf(call)), user_id: call.args[1]! };
    const answer = await call.api.removeMember({ ...at, ...optional(call.options, 'reason', 'reason') });
    return { json: answer, text: texts.removed({ user: at.user_id }) };
  });
  rooms.add('ban <room> <user-id>', commands.roomsBan, [reason, ...as], async (call) => {
    const at = { ...(await roomOf(call)), user_id: call.args[1]! };
    const answer = await call.api.banUser({ ...at, ...optional(call.options, 'reason', 'reason') });
    return { json: answer, text: texts.banned({ user: at.user_id }) };
  });
  rooms.add('unban <room> <user-id>', commands.roomsUnban, as, async (call) => {
    const at = { ...(await roomOf(call)), user_id: call.args[1]! };
    return { json: await call.api.unbanUser(at), text: texts.unbanned({ user: at.user_id }) };
  });
  rooms.add('removals <room>', commands.roomsRemovals, pagingOptions(words), async (call) => {
    const { room_id } = await roomOf(call);
    return listOutcome(words, await call.api.removals({ room_id, ...paging(call) }), removalsText);
  });
  rooms.add(
    'moderator <room> <user-id>',
    commands.roomsModerator,
    [['--undo', flags.moderatorUndo], ...as],
    async (call) => {
      const at = { ...(await roomOf(call)), user_id: call.args[1]! };
      const moderator = call.options.undo !== true;
      const answer = await call.api.setModerator({ ...at, moderator });
      const user = { user: at.user_id };
      return { json: answer, text: moderator ? texts.moderates(user) : texts.moderatesNoMore(user) };
    },
  );
}

/** Adds the commands by which the owner of a room decides about it, and people about their list. */
function addDecisions(rooms: Branch): void {
  const { words } = rooms;
  const { commands, options: flags } = words.cliHelp;
  const as = [asOption(words)];
  const { ask, rooms: texts } = words.cli;
  const asks = (call: Call, question: string) =>
    agreed(call, question, ({ cli }) => cli.errors.needsYesToDelete);
  const unchanged = { json: null, text: words.cli.pairing.nothingChanged };

  rooms.add(
    'hand-over <room> <user-id>',
    commands.roomsHandOver,
    [['--leave', flags.handOverLeave], ...as],
    async (call) => {
      const at = await roomOf(call);
      const user = call.args[1]!;
      const room = await call.api.handRoomOver({ ...at, user_id: user });
      if (call.options.leave !== true) return { json: room, text: texts.handedOver({ user }) };
      return {
        json: await call.api.leaveRoom(at),
        text: texts.handedOverLeft({ user }),
      };
    },
  );
  rooms.add('delete <room>', commands.roomsDelete, [['--yes', flags.deleteNow], ...as], async (call) => {
    const at = await roomOf(call);
    const name = { room: printable((await call.api.room(at)).name) };
    if (!(await asks(call, ask.deleteRoom(name)))) return unchanged;
    return { json: await call.api.deleteRoom(at), text: texts.deleted(name) };
  });
  rooms.add('hide <room>', commands.roomsHide, [['--undo', flags.hideUndo], ...as], async (call) => {
    const at = await roomOf(call);
    const hidden = call.options.undo !== true;
    return {
      json: await call.api.hideRoom({ ...at, hidden }),
      text: hidden ? texts.hidden : texts.shown,
    };
  });
  rooms.add(
    'describe <room>',
    commands.roomsDescribe,
    [
      ['--topic <line>', flags.topic],
      ['--description <text>', flags.description],
      ['--picture <file>', flags.picture],
      ['--remove-picture', flags.removePicture],
      ...as,
    ],
    async (call) => {
      const at = await roomOf(call);
      return roomOutcome(
        words,
        await call.api.describeRoom({
          ...at,
          ...optional(call.options, 'topic', 'topic'),
          ...optional(call.options, 'description', 'description'),
          picture: await pictureGiven(call.options),
        }),
      );
    },
  );
  rooms.add('archive <room>', commands.roomsArchive, [['--undo', flags.archiveUndo], ...as], async (call) => {
    const at = await roomOf(call);
    const archived = call.options.undo !== true;
    return {
      json: await call.api.archiveRoom({ ...at, archived }),
      text: archived ? texts.archived : texts.broughtBack,
    };
  });
  rooms.add(
    'writing <room>',
    commands.roomsWriting,
    [
      ['--who <who>', flags.writers, ['everybody', 'moderators']],
      ['--slow <seconds>', flags.slow, wholeNumber],
      ...as,
    ],
    async (call) => {
      const { who, slow } = call.options;
      return roomOutcome(
        words,
        await call.api.setWriting({
          ...(await roomOf(call)),
          ...(who === 'everybody' || who === 'moderators' ? { writers: who } : {}),
          ...(typeof slow === 'number' ? { slow_seconds: slow } : {}),
        }),
      );
    },
  );
  rooms.add('rename-channel <room> <channel> <name>', commands.roomsRenameChannel, as, async (call) => {
    const at = await roomOf(call);
    const channel_id = await findChannelId(call.api, at.room_id, call.args[1]!);
    const name = call.args[2]!;
    return {
      json: await call.api.renameChannel({ ...at, channel_id, name }),
      text: texts.channelRenamed({ name }),
    };
  });
  rooms.add(
    'delete-channel <room> <channel>',
    commands.roomsDeleteChannel,
    [['--yes', flags.deleteNow], ...as],
    async (call) => {
      const at = await roomOf(call);
      const channel_id = await findChannelId(call.api, at.room_id, call.args[1]!);
      const channel = { channel: call.args[1]! };
      if (!(await asks(call, ask.deleteChannel(channel)))) return unchanged;
      return {
        json: await call.api.deleteChannel({ ...at, channel_id }),
        text: texts.channelDeleted(channel),
      };
    },
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

/** The room of a join, once its messages have been read. */
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
    ...(room.topic === '' ? [] : [[names.topic, printable(room.topic)] as const]),
    ...(room.description === '' ? [] : [[names.description, printable(room.description)] as const]),
    ...(room.picture === null ? [] : [[names.picture, room.picture] as const]),
    [names.home, room.homed_here ? texts.here({ server: room.home }) : room.home],
    [names.rule, states[room.join_rule]],
    [names.writing, texts.writing({ who: room.writers, seconds: room.slow_seconds })],
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

function removalsText(words: Words, removals: readonly RemovalView[]): string {
  const { heads, rooms, states } = words.cli;
  const rows = removals.map((one) => [
    marked(one.user_id, one),
    one.banned ? states.banned : states.removed,
    one.by ?? '–',
    when(words, one.at),
    one.reason ?? '',
  ]);
  return withNameWarnings(
    table([heads.user, heads.status, heads.from, heads.since, heads.reason], rows, rooms.noneRemoved),
    removals,
  );
}

export function addInviteCommands(program: Branch): void {
  const { words } = program;
  const { commands } = words.cliHelp;
  const as = [asOption(words)];
  const invites = program.noun('invites', commands.invites, [...pagingOptions(words), ...as], async (call) =>
    listOutcome(words, await call.api.invites({ ...paging(call), ...actor(call) }), invitesText),
  );

  invites.add('accept <id>', commands.invitesAccept, async (call) =>
    roomOutcome(words, await readToEnd(call, await call.api.acceptInvite({ id: call.args[0]! }))),
  );

  invites.add('decline <id>', commands.invitesDecline, async ({ api, args }) => {
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
