import type { Envelope } from '../../../shared/protocol/events/envelope.ts';
import { type Meaning, meaningOf, messageKey } from '../../../shared/protocol/events/event-content.ts';
import { parseUserId } from '../../../shared/protocol/identifiers.ts';
import {
  comparePositions,
  isAhead,
  type MembershipStep,
  narrowed,
  type Position,
} from '../../../shared/protocol/room-state.ts';
import { cast, numberThere, type Picture, roomId } from './member.ts';
import { foldMessage, type MessageEffect, memberAt, membershipSteps } from './room-model.ts';

interface Read {
  readonly event: Envelope;
  readonly meaning: Meaning;
  readonly at: Position;
  readonly byHome: boolean;
}

const inOrder = (a: Read, b: Read): number => comparePositions(a.at, b.at);

/**
 * The room according to the rules, computed in one go from the whole set of accepted events, without order of arrival,
 * tables or intermediate state.
 */
export function roomAccordingToTheRules(accepted: readonly Envelope[], now: number): Picture {
  const here = accepted.filter((event) => event.room_id === roomId);
  const all = here.map((event): Read => {
    const at = { depth: event.depth, eventId: event.event_id };
    const byHome = event.origin_server === cast.home;
    return { event, meaning: asMeant(event, byHome), at, byHome };
  });
  const due = all.filter(({ event }) => !isAhead(event, now)).sort(inOrder);
  const announces = due.some(
    ({ meaning, byHome, event }) => meaning.kind === 'membership' && byHome && (event.state_key ?? '') !== '',
  );
  const direct = due
    .map(({ meaning }) => (meaning.kind === 'room' ? meaning.direct : null))
    .reduce(narrowed, null);
  const isFor = (user: string) => direct?.includes(user) ?? true;
  const counted = due.filter(({ meaning }) => meaning.kind !== 'membership' || isFor(meaning.subject));
  const steps = stepsByUser(counted, announces);
  const infos = due.filter((each) => each.meaning.kind === 'room');
  const applied = new Set(
    due.filter((each) => isInForce(each, steps, isFor) && isWritable(each, infos, steps)),
  );
  // One that names several messages by their number counts for none of them once one is deleted.
  // An edit like that has lost its text, whichever message it is looked at from.
  const hasLostText = (each: Read) => isErased(each, all, due);
  const isGone = (each: Read) => each.meaning.kind === 'reaction' && hasLostText(each);
  const effective = [...applied].filter((each) => !isGone(each));
  const messages = [...applied].filter((each) => each.meaning.kind === 'message').sort(inOrder);
  const info = [...applied]
    .filter((each) => each.meaning.kind === 'room')
    .sort(inOrder)
    .at(-1)?.meaning;
  const known = info?.kind === 'room' ? info : null;
  const deleted = new Set(
    due.flatMap(({ meaning }) => (meaning.kind === 'delete-channel' ? [meaning.target] : [])),
  );
  const channels = known ? channelsTold(known.channels) : channelsHeardOf(messages);
  const profiles = new Map(
    [...applied]
      .sort(inOrder)
      .flatMap(({ meaning }) => (meaning.kind === 'profile' ? [[meaning.user, meaning] as const] : [])),
  );
  const joined = members(steps, announces ? [] : messages.filter((each) => each.byHome));
  const isIn = (user: string) =>
    joined.some((one) => one.startsWith(`${user} of `) && one.includes(' joined '));
  return {
    room: {
      name: known?.name ?? nameHeardOf(messages) ?? 'Before anything is known',
      joinRule: known?.joinRule ?? 'invite',
      about: [
        known?.topic ?? '',
        known?.description ?? '',
        known?.picture?.hash ?? '',
        ...(known?.pinned ?? []),
        String(known?.archived ?? false),
        known?.writers ?? 'everybody',
        String(known?.slowSeconds ?? 0),
      ],
      announces,
      direct,
    },
    channels: channels.filter(({ id }) => !deleted.has(id)),
    members: joined,
    removals: removals(steps, counted),
    called: Object.fromEntries(
      [...profiles].map(([user, { displayName, about }]) => [user, [displayName, about]]),
    ),
    pictures: Object.fromEntries(
      [...profiles].flatMap(([user, { picture }]) =>
        picture !== null && isIn(user) ? [[user, picture.hash]] : [],
      ),
    ),
    timeline: quoting(messages.map((each) => shown(each, effective, hasLostText))).reverse(),
    erased: all
      .filter((each) => isErased(each, all, due))
      .map((each) => each.at.eventId)
      .sort(),
    states: Object.fromEntries(
      [...all]
        .sort(inOrder)
        .map((each) => [each.at.eventId, isAhead(each.event, now) ? 2 : applied.has(each) ? 1 : 0]),
    ),
  };
}

const alwaysInForce: ReadonlySet<Meaning['kind']> = new Set([
  ...(['membership', 'invite', 'room', 'delete', 'delete-channel'] as const),
]);

/** A home that names no user but the number of our user has removed our user. */
function asMeant(event: Envelope, byHome: boolean): Meaning {
  const meaning = meaningOf(event);
  if (!byHome || event.event_type !== 'm.member.leave' || event.state_key !== null) return meaning;
  if (meaning.kind !== 'membership' || event.content.get('user_id') !== numberThere) return meaning;
  return { ...meaning, subject: `@u0:${cast.self}`, change: 'remove' };
}

type Steps = ReadonlyMap<string, readonly MembershipStep[]>;

function stepsByUser(due: readonly Read[], announces: boolean): Steps {
  const users = new Set(
    due.flatMap(({ meaning }) => (meaning.kind === 'membership' ? [meaning.subject] : [])),
  );
  return new Map(
    [...users].map((user) => {
      const facts = due.flatMap(({ meaning, at, byHome, event }) =>
        meaning.kind === 'membership' && meaning.subject === user
          ? [
              {
                ...at,
                by: byHome ? ('home' as const) : ('self' as const),
                change: meaning.change,
                role: meaning.role,
                originTs: event.origin_ts,
              },
            ]
          : [],
      );
      return [user, membershipSteps(facts, announces)];
    }),
  );
}

function isInForce(
  { meaning, byHome, event, at }: Read,
  steps: Steps,
  isFor: (user: string) => boolean,
): boolean {
  if (alwaysInForce.has(meaning.kind)) return true;
  if (!isFor(event.sender)) return false;
  return byHome || memberAt(steps.get(event.sender) ?? [], at);
}

/** Whether the last description before a message, an edit or a reaction lets its author write. */
function isWritable({ meaning, event, at }: Read, infos: readonly Read[], steps: Steps): boolean {
  if (meaning.kind !== 'message' && meaning.kind !== 'edit' && meaning.kind !== 'reaction') return true;
  const last = infos.findLast((info) => comparePositions(info.at, at) < 0)?.meaning;
  if (last?.kind !== 'room') return true;
  if (last.archived) return false;
  if (last.writers === 'everybody' || meaning.kind === 'reaction') return true;
  const step = steps.get(event.sender)?.findLast((each) => comparePositions(each, at) < 0);
  return step?.state === 'joined' && step.role !== 'member';
}

const channelsTold = (channels: readonly { channel_id: string; name: string }[]): Picture['channels'] =>
  channels.map((channel) => ({ id: channel.channel_id, name: channel.name }));

const nameHeardOf = (messages: readonly Read[]): string | null => {
  const named = messages.filter(
    ({ byHome, meaning }) => byHome && meaning.kind === 'message' && meaning.roomName,
  );
  const last = named.at(-1)?.meaning;
  return last?.kind === 'message' ? last.roomName : null;
};

/** The home's last message with a channel's name gives the name. */
function channelsHeardOf(messages: readonly Read[]): Picture['channels'] {
  const names = new Map<string, string>();
  for (const { meaning, byHome } of messages) {
    if (meaning.kind !== 'message') continue;
    const before = names.get(meaning.channelId) ?? `channel ${meaning.channelId}`;
    names.set(meaning.channelId, (byHome ? meaning.channelName : null) ?? before);
  }
  return [...names].map(([id, name]) => ({ id, name })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function members(steps: Steps, heard: readonly Read[]): string[] {
  const list: string[] = [];
  for (const [user, of] of steps) {
    const last = of.at(-1);
    const { server } = parseUserId(user);
    if (last) list.push(`${user} of ${server} ${last.state} as ${last.role} at ${last.joinedAt}`);
  }
  const since = new Map<string, number>();
  for (const { event } of heard.filter((each) => !steps.has(each.event.sender)))
    since.set(event.sender, Math.min(event.origin_ts, since.get(event.sender) ?? Number.POSITIVE_INFINITY));
  for (const [user, at] of since) list.push(`${user} of ${cast.home} joined as member at ${at}`);
  return list.sort();
}

/** Who is out by a decision that says whose it is, as the last event about them has it. */
function removals(steps: Steps, counted: readonly Read[]): string[] {
  return [...steps]
    .flatMap(([user, of]) => {
      const last = of.at(-1);
      const content = counted.find(({ at }) => at.eventId === last?.eventId)?.event.content;
      const by = content?.get('removed_by');
      if (last?.state !== 'removed' && last?.state !== 'banned') return [];
      return typeof by === 'string' ? [`${user} by ${by}: ${content?.get('reason') ?? null}`] : [];
    })
    .sort();
}

const namesOf = ({ event, meaning }: Read): string[] =>
  meaning.kind === 'message' ? [event.event_id, messageKey(event.origin_server, meaning.messageId)] : [];

/** Whether an event is erased: by the deletes that our clock has caught up with, regardless of membership. */
function isErased(each: Read, all: readonly Read[], due: readonly Read[]): boolean {
  const { meaning, event } = each;
  const deletes = due.flatMap(({ meaning: what, event: by, byHome }) =>
    what.kind === 'delete' ? [{ target: what.target, sender: by.sender, byHome }] : [],
  );
  if (meaning.kind === 'message') {
    const names = namesOf(each);
    const isOfChannel = ({ meaning: what }: Read) =>
      what.kind === 'delete-channel' && what.target === meaning.channelId;
    if (due.some(isOfChannel)) return true;
    return deletes.some((by) => names.includes(by.target) && (by.byHome || by.sender === event.sender));
  }
  if (meaning.kind !== 'edit' && meaning.kind !== 'reaction') return false;
  if (all.some((other) => namesOf(other).includes(meaning.target) && isErased(other, all, due))) return true;
  return deletes.some(
    (by) =>
      by.target === meaning.target && (by.byHome || (meaning.kind === 'edit' && by.sender === event.sender)),
  );
}

/** Adds to each message what it answers: another one of the same channel as that stands now. */
const quoting = (messages: readonly Shown[]): string[] =>
  messages.map(({ replyTo, ...message }) => {
    const found = messages.find((each) => each.event_id === replyTo);
    const quoted = found?.channel_id === message.channel_id ? [found.deleted, found.body] : [];
    const answers = replyTo === null ? [] : [replyTo, ...quoted];
    return JSON.stringify({ ...message, answers });
  });

type Shown = ReturnType<typeof shown>;

function shown({ event, meaning }: Read, applied: readonly Read[], hasLostText: (edit: Read) => boolean) {
  if (meaning.kind !== 'message') throw new Error('no message');
  const names = [event.event_id, messageKey(event.origin_server, meaning.messageId)];
  const effects = applied.flatMap((each): MessageEffect[] => {
    const { meaning: what, at, byHome } = each;
    const effect = { ...at, sender: each.event.sender, byHome, originTs: each.event.origin_ts };
    if (what.kind === 'delete-channel')
      return what.target === meaning.channelId ? [{ ...effect, kind: 'delete' }] : [];
    if (what.kind !== 'edit' && what.kind !== 'delete' && what.kind !== 'reaction') return [];
    if (!names.includes(what.target)) return [];
    if (what.kind === 'edit')
      return [{ ...effect, kind: 'edit', body: hasLostText(each) ? null : what.body }];
    if (what.kind === 'delete') return [{ ...effect, kind: 'delete' }];
    return [{ ...effect, kind: 'reaction', emoji: what.emoji, add: what.add }];
  });
  const { body, editedAt, deleted, reactions } = foldMessage(event.sender, meaning.body, effects);
  return {
    event_id: event.event_id,
    channel_id: meaning.channelId,
    sender: event.sender,
    body,
    edited_at: editedAt,
    deleted: deleted ? 1 : 0,
    files: deleted ? [] : meaning.files,
    reactions: reactions.map((each) => [each.emoji, each.user]),
    forwarded: !deleted && meaning.forwarded,
    replyTo: deleted ? null : meaning.replyTo,
  };
}
