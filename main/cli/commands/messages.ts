import type { Command } from 'commander';
import { destinationWords, summaryWords } from '../../../shared/api/delivery-words.ts';
import { unformatted } from '../../../shared/api/formatting/unformatted.ts';
import { momentOf } from '../../../shared/api/search-query.ts';
import type { EventView, SearchHit, TimelineItem } from '../../../shared/api/views/room-views.ts';
import { printable } from '../../../shared/protocol/coding/plain-text.ts';
import { withNames } from '../../../shared/protocol/events/body.ts';
import type { Words } from '../../../shared/words/words.ts';
import { usageFailure } from '../../start/failure.ts';
import {
  actor,
  asOption,
  type Branch,
  type Call,
  listOutcome,
  type OptionRow,
  optional,
  paging,
  pagingOptions,
  textOption,
  wholeNumber,
} from '../command.ts';
import { saveFile, uploadFile } from '../file-bytes.ts';
import { findChannelId, findRoomId, roomOf } from '../find-room.ts';
import { marked, number, pairs, table, when, width, withNameWarnings } from '../text.ts';

const channelOption = ({ cliHelp }: Words): OptionRow => ['--channel <channel>', cliHelp.options.channel];

/** The node would say the same, but nobody has to start it to learn that. */
function refuseNothing(command: Command): void {
  const { file, forward } = command.opts();
  if (command.args[1] !== undefined || file !== undefined || forward !== undefined) return;
  throw usageFailure(({ cli, node }) => cli.errors.input({ problem: node.file.nothing_said }));
}

/** send, save, timeline, search, pinned, pin, event, edit, delete, react. */
export function addMessageCommands(program: Branch): void {
  const { words } = program;
  const { commands, options: flags } = words.cliHelp;
  const texts = words.cli.messages;
  const as = [asOption(words)];
  program
    .add(
      'send <room> [text]',
      commands.send,
      [
        ['--file <file...>', flags.file],
        ['--reply-to <event-id>', flags.replyTo],
        ['--forward <event-id>', flags.forward],
        channelOption(words),
        ...as,
      ],
      async (call) => {
        const at = await roomOf(call, true);
        const body = call.args[1];
        const channel = await channelOf(call, at.room_id);
        const uploads: string[] = [];
        for (const path of (call.options.file as readonly string[] | undefined) ?? [])
          uploads.push(await uploadFile(call.node, at, path));
        const reply_to = textOption(call.options, 'replyTo');
        const forwards = textOption(call.options, 'forward');
        const answer = await call.api.postMessage({
          ...(body === undefined ? {} : { body }),
          ...(reply_to === undefined ? {} : { reply_to }),
          ...(forwards === undefined ? {} : { forwards }),
          ...(uploads.length === 0 ? {} : { uploads }),
          ...at,
          ...channel,
        });
        return { json: answer, text: texts.sent({ event: answer.event_id }) };
      },
    )
    .hook('preAction', refuseNothing);

  program.add(
    'save <room> <event-id> [number]',
    commands.save,
    [['--output <file>', flags.saveAs]],
    async (call) => {
      const number = wholeNumber(call.args[2] ?? '1', 'number') - 1;
      const file = { ...(await messageOf(call)), number };
      const saved = await saveFile(call.node, file, textOption(call.options, 'output'));
      return { json: saved, text: texts.saved({ path: saved.path }) };
    },
  );

  program.add(
    'timeline <room>',
    commands.timeline,
    [channelOption(words), ...pagingOptions(words)],
    async (call) => {
      const at = await roomOf(call);
      const channel = await channelOf(call, at.room_id);
      const answer = await call.api.timeline({ ...at, ...channel, ...paging(call) });
      return listOutcome(words, answer, timelineText);
    },
  );

  program.add(
    'search [words...]',
    commands.search,
    [
      ['--room <room>', flags.searchRoom],
      ['--from <person>', flags.searchFrom],
      ['--before <day>', flags.searchBefore, moment],
      ['--after <day>', flags.searchAfter, moment],
      ['--has-file', flags.searchHasFile],
      ...pagingOptions(words),
      ...as,
    ],
    async (call) => {
      const { room, before, after, hasFile } = call.options;
      const input = {
        words: call.args.join(' '),
        ...(typeof room === 'string' ? { room_id: await findRoomId(call.api, room) } : {}),
        ...optional(call.options, 'from', 'from'),
        ...(typeof before === 'number' ? { before } : {}),
        ...(typeof after === 'number' ? { after } : {}),
        ...(hasFile === true ? { has_file: true } : {}),
        ...actor(call),
      };
      let answer = await call.api.search({ ...input, ...paging(call) });
      while (answer.items.length === 0 && answer.next !== null)
        answer = await call.api.search({ ...input, ...paging(call), cursor: answer.next });
      const outcome = listOutcome(words, answer, hitsText);
      return answer.complete ? outcome : { ...outcome, text: `${outcome.text}\n${texts.searchIncomplete}` };
    },
  );

  program.add('pinned <room>', commands.pinned, async (call) =>
    listOutcome(words, await call.api.pinnedMessages(await roomOf(call)), timelineText),
  );

  program.add('pin <room> <event-id>', commands.pin, [['--undo', flags.pinUndo], ...as], async (call) => {
    const target = await messageOf(call);
    const pinned = call.options.undo !== true;
    const answer = await call.api.pinMessage({ ...target, pinned });
    return { json: answer, text: (pinned ? texts.pinned : texts.unpinned)({ event: target.event_id }) };
  });

  program.add('event <event-id>', commands.event, async ({ api, args }) => {
    const event = await api.event({ event_id: args[0]! });
    return { json: event, text: eventText(words, event) };
  });

  program.add('edit <room> <event-id> <text>', commands.edit, as, async (call) => {
    const target = await messageOf(call);
    const body = call.args[2]!;
    const answer = await call.api.editMessage({ ...target, body });
    return { json: answer, text: texts.edited({ event: target.event_id }) };
  });

  program.add('delete <room> <event-id>', commands.delete, as, async (call) => {
    const target = await messageOf(call);
    const answer = await call.api.deleteMessage(target);
    return { json: answer, text: texts.deleted({ event: target.event_id }) };
  });

  program.add(
    'react <room> <event-id> <emoji>',
    commands.react,
    [['--remove', flags.remove], ...as],
    async (call) => {
      const input = { ...(await messageOf(call)), emoji: call.args[2]! };
      const remove = call.options.remove === true;
      const answer = await (remove ? call.api.unreact(input) : call.api.react(input));
      const done = remove ? texts.unreacted : texts.reacted;
      return { json: answer, text: done({ emoji: input.emoji }) };
    },
  );
}

const messageOf = async (call: Call) => ({ ...(await roomOf(call)), event_id: call.args[1]! });

async function channelOf({ api, options }: Call, roomId: string): Promise<{ channel_id?: string }> {
  const channel = textOption(options, 'channel');
  return channel === undefined ? {} : { channel_id: await findChannelId(api, roomId, channel) };
}

function moment(text: string, flag: string): number {
  const time = momentOf(text);
  if (time === null) throw usageFailure(({ cli }) => cli.errors.day({ flag, value: text }));
  return time;
}

/** Two lines per message, the second with the event ID that other commands need. */
function hitsText(words: Words, items: readonly SearchHit[]): string {
  const texts = words.cli.messages;
  if (items.length === 0) return texts.noneFound;
  const lines = items.map((hit) => {
    const at = when(words, hit.origin_ts);
    const said = hit.text || hit.files.map(({ name }) => name || texts.unnamedFile).join(', ');
    const line = `${at}  ${printable(`${hit.room_name}  ${marked(hit.sender, hit)}  ${said}`)}`;
    return `${line}\n${' '.repeat(width(at))}  ${printable(hit.event_id)}`;
  });
  return withNameWarnings(lines.join('\n'), items);
}

function eventText(words: Words, event: EventView): string {
  const { heads, names, messages: texts } = words.cli;
  const now = Date.now();
  const at = when(words, event.received_at);
  const servers = event.delivery.destinations.map((one) => [
    one.server_name,
    when(words, one.at),
    destinationWords(words, one, now, event.delivery.not_shown_at),
  ]);
  return [
    pairs([
      [names.event, event.event_id],
      [names.type, event.event_type],
      [names.room, event.room_id],
      [names.originServer, event.origin_server],
      [
        names.received,
        event.received_from === null ? at : texts.receivedFrom({ at, server: event.received_from }),
      ],
    ]),
    `${summaryWords(words, event.delivery)}.`,
    ...(servers.length === 0 ? [] : [table([heads.server, heads.since, ''], servers, '')]),
  ].join('\n');
}

/** Two lines per message, the last with the event ID that other commands need, and one between them for a reply. */
function timelineText(words: Words, items: readonly TimelineItem[]): string {
  if (items.length === 0) return words.cli.messages.none;
  const lines = items.toReversed().map((item) => messageText(words, item));
  return withNameWarnings(lines.join('\n'), items);
}

function messageText(words: Words, item: TimelineItem): string {
  const texts = words.cli.messages;
  const body = instead(words, item) ?? printable(unformatted(withMentions(item)));
  const edited = item.edited_at !== null && !item.deleted ? `  ${texts.isEdited}` : '';
  const forwarded = item.forwarded ? `  ${texts.isForwarded}` : '';
  const about = [
    item.event_id,
    ...item.reactions.map(({ emoji, users }) => `${emoji} ${number(words, users.length)}`),
    ...(item.files.length > 0 ? [filesText(words, item)] : []),
    ...(item.delivery.total > 0 ? [summaryWords(words, item.delivery)] : []),
  ];
  const at = when(words, item.origin_ts);
  const indent = `\n${' '.repeat(width(at))}  `;
  const answered = item.reply_to === null ? '' : `${indent}${answerText(words, item.reply_to)}`;
  return `${at}  ${printable(marked(item.sender, item))}  ${body}${edited}${forwarded}${answered}${indent}${printable(about.join('  '))}`;
}

/** Says why a text is gone; null for one that isn't. */
const instead = (
  { cli: { messages: texts } }: Words,
  { deleted, unverified }: Pick<TimelineItem, 'deleted' | 'unverified'>,
): string | null => (deleted ? texts.isDeleted : unverified ? texts.isUnverified : null);

function answerText(words: Words, { message }: NonNullable<TimelineItem['reply_to']>): string {
  const texts = words.cli.messages;
  if (message === null) return texts.answersAbsent;
  const said = message.text || message.files.map(({ name }) => name || texts.unnamedFile).join(', ');
  return printable(
    texts.answers({ sender: marked(message.sender, message), text: instead(words, message) ?? said }),
  );
}

const withMentions = ({ body, mentions }: TimelineItem): string =>
  withNames(body ?? '', (id) => mentions.find((mention) => mention.id === id)?.user_id.slice(1));

/** Lists names only: the files stay on the author’s server, which may not have signed the names. */
function filesText(
  { cli: { messages: texts } }: Words,
  { files, files_signed, origin_server }: TimelineItem,
): string {
  const names = files.map(({ name }) => name || texts.unnamedFile).join(', ');
  const said = { count: files.length, server: origin_server, names };
  return files_signed ? texts.files(said) : texts.filesNotSigned(said);
}
