import type { Command } from 'commander';
import { destinationWords, summaryWords } from '../../../shared/api/delivery-words.ts';
import type { EventView, TimelineItem } from '../../../shared/api/views.ts';
import { isLongForOthers, utf8Bytes } from '../../../shared/protocol/body-size.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { withNames } from '../../../shared/protocol/mentions.ts';
import { wordsIn } from '../../../shared/words/words.ts';
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
import { count, pairs, printable, table, when } from '../text.ts';

const channelOption: OptionRow = ['--channel <channel>', 'a channel’s id or name'];

const deleteMeans =
  'This server erases its text, edits and reactions within a minute, and servers that run Paracord Node do the same when they receive the delete. Servers of another kind are asked to delete it, but may keep it. Earlier backups still hold it.';

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
      const note = await lengthNote(call, room_id, body);
      const answer = await call.api.postMessage({ room_id, body, ...channel, ...actor(call) });
      return { json: answer, text: `Sent ${answer.event_id}.${note}` };
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
    'event <event-id>',
    'one event: where it came from, and which servers have it',
    async ({ api, args }) => {
      const event = await api.event({ event_id: args[0]! });
      return { json: event, text: eventText(event) };
    },
  );

  addCommand(
    shell,
    program,
    'edit <room> <event-id> <text>',
    'edit a message of one of our users',
    async (call) => {
      const target = await messageOf(call);
      const body = call.args[2]!;
      const note = await lengthNote(call, target.room_id, body);
      const answer = await call.api.editMessage({ ...target, body, ...actor(call) });
      return { json: answer, text: `Edited ${target.event_id}.${note}` };
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

function eventText(event: EventView): string {
  const now = Date.now();
  const servers = event.delivery.destinations.map((one) => [
    one.server_name,
    when(one.at),
    destinationWords(wordsIn('en'), one, now, event.delivery.not_shown_at),
  ]);
  return [
    pairs([
      ['event', event.event_id],
      ['type', event.event_type],
      ['room', event.room_id],
      ['written at', event.origin_server],
      [
        'received',
        `${when(event.received_at)}${event.received_from === null ? '' : ` from ${event.received_from}`}`,
      ],
    ]),
    `${summaryWords(wordsIn('en'), event.delivery)}.`,
    ...(servers.length === 0 ? [] : [table(['SERVER', 'SINCE', ''], servers, '')]),
  ].join('\n');
}

/** What to know about a long message, where a server in the room lets its own users write no more than so much. */
async function lengthNote({ api }: Call, roomId: string, body: string): Promise<string> {
  if (!isLongForOthers(body)) return '';
  const { other_servers } = await api.room({ room_id: roomId });
  if (other_servers.length === 0) return '';
  const servers = other_servers.map(printable).join(', ');
  return `\n${utf8Bytes(body)} bytes. ${servers} may refuse a message of more than ${limits.otherBodyBytesMax} bytes.`;
}

/** Two lines a message, the second with what the other commands need: the event's id. */
function timelineText(items: readonly TimelineItem[]): string {
  if (items.length === 0) return 'No messages yet.';
  return items.toReversed().map(messageText).join('\n');
}

function messageText(item: TimelineItem): string {
  const body = item.deleted ? '(deleted)' : printable(withMentions(item));
  const edited = item.edited_at !== null && !item.deleted ? '  (edited)' : '';
  const about = [
    item.event_id,
    ...item.reactions.map(({ emoji, users }) => `${emoji} ${users.length}`),
    ...(item.files.length > 0 ? [filesText(item)] : []),
    ...(item.delivery.total > 0 ? [summaryWords(wordsIn('en'), item.delivery)] : []),
  ];
  const indent = ' '.repeat(16);
  return `${when(item.origin_ts)}  ${printable(item.sender)}  ${body}${edited}\n${indent}  ${printable(about.join('  '))}`;
}

const withMentions = ({ body, mentions }: TimelineItem): string =>
  withNames(body ?? '', (id) => mentions.find((mention) => mention.id === id)?.user_id.slice(1));

/** Names only: the files stay on the server of who wrote the message, which may not have signed the names. */
function filesText({ files, files_signed, origin_server }: TimelineItem): string {
  const names = files.map(({ name }) => name || 'unnamed file').join(', ');
  return `${count(files.length, 'file')} on ${origin_server}${files_signed ? '' : ' (names not signed)'}: ${names}`;
}
