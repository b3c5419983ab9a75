import type { Command } from 'commander';
import type { TimelineItem } from '../../../../shared/api/views.ts';
import {
  actor,
  addCommand,
  asOption,
  type Call,
  listOutcome,
  type OptionRow,
  paging,
  pagingOptions,
  type Shell,
  textOption,
} from '../command.ts';
import { findChannelId, findRoomId } from '../find-room.ts';
import { printable, when } from '../text.ts';

const channelOption: OptionRow = ['--channel <channel>', 'a channel’s id or name'];

const deleteMeans =
  'This server erases its text, edits and reactions within a minute, and servers that run Paracord Node do the same when the delete reaches them. Servers of another kind are asked to delete it and may keep it. Backups made earlier still hold it.';

/** send, timeline, edit, delete, react. */
export function addMessageCommands(shell: Shell, program: Command): void {
  addCommand(
    shell,
    program,
    'send <room> <text>',
    'post a message, into the first channel unless one is named',
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      const body = call.args[1]!;
      const channel = await channelOf(call, room_id);
      const answer = await call.api.postMessage({ room_id, body, ...channel, ...actor(call) });
      return { json: answer, text: `Sent ${answer.event_id}.` };
    },
    [channelOption, asOption],
  );

  addCommand(
    shell,
    program,
    'timeline <room>',
    'the latest messages as they stand now, the newest last',
    async (call) => {
      const room_id = await findRoomId(call.api, call.args[0]!);
      const channel = await channelOf(call, room_id);
      return listOutcome(await call.api.timeline({ room_id, ...channel, ...paging(call) }), timelineText);
    },
    [channelOption, ...pagingOptions],
  );

  addCommand(
    shell,
    program,
    'edit <room> <event-id> <text>',
    'edit a message of one of our users',
    async (call) => {
      const target = await messageOf(call);
      const answer = await call.api.editMessage({ ...target, body: call.args[2]!, ...actor(call) });
      return { json: answer, text: `Edited ${target.event_id}.` };
    },
    [asOption],
  );

  addCommand(
    shell,
    program,
    'delete <room> <event-id>',
    'delete a message',
    async (call) => {
      const target = await messageOf(call);
      const answer = await call.api.deleteMessage({ ...target, ...actor(call) });
      return { json: answer, text: `Deleted ${target.event_id}.\n${deleteMeans}` };
    },
    [asOption],
  );

  addCommand(
    shell,
    program,
    'react <room> <event-id> <emoji>',
    'react to a message, or take a reaction back',
    async (call) => {
      const input = { ...(await messageOf(call)), emoji: call.args[2]!, ...actor(call) };
      const remove = call.options.remove === true;
      const answer = await (remove ? call.api.unreact(input) : call.api.react(input));
      const what = remove ? 'Took back' : 'Reacted with';
      return { json: answer, text: `${what} ${input.emoji}.` };
    },
    [['--remove', 'take the reaction back'], asOption],
  );
}

async function messageOf({ api, args }: Call): Promise<{ room_id: string; event_id: string }> {
  return { room_id: await findRoomId(api, args[0]!), event_id: args[1]! };
}

async function channelOf({ api, options }: Call, roomId: string): Promise<{ channel_id?: string }> {
  const channel = textOption(options, 'channel');
  return channel === undefined ? {} : { channel_id: await findChannelId(api, roomId, channel) };
}

/** Two lines a message, the second with what the other commands need: the event's id. */
function timelineText(items: readonly TimelineItem[]): string {
  if (items.length === 0) return 'No messages yet.';
  return items.toReversed().map(messageText).join('\n');
}

function messageText(item: TimelineItem): string {
  const body = item.deleted ? '(deleted)' : printable(item.body ?? '(no text is left here)');
  const edited = item.edited_at !== null && !item.deleted ? '  (edited)' : '';
  const { delivered, total } = item.delivery;
  const about = [
    item.event_id,
    ...item.reactions.map(({ emoji, users }) => `${emoji} ${users.length}`),
    ...(total > 0 ? [`delivered ${delivered} of ${total}`] : []),
  ];
  const indent = ' '.repeat(16);
  return `${when(item.origin_ts)}  ${printable(item.sender)}  ${body}${edited}\n${indent}  ${printable(about.join('  '))}`;
}
