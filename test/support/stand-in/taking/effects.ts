import type { StandInEvent } from '../events.ts';
import type { StandInHost } from '../host.ts';
import { type Room, serverOf } from '../rooms.ts';
import { type Arrival, namesOf } from './rules.ts';

const bodyBytesMax = 2000;

/** Shows a stored event to its users. Everything that is missing here was answered with 202 and does nothing. */
export function apply(arrival: Arrival, server: StandInHost): void {
  const { event, room, author } = arrival;
  const mayDrop = server.era.checks === 'scope';
  if (mayDrop && !namesOf(author).includes(serverOf(event.sender)?.toLowerCase() ?? '')) return;
  if (room) effects[event.event_type]?.(event, room, server, mayDrop);
}

type Effect = (event: StandInEvent, room: Room, server: StandInHost, mayDrop: boolean) => void;

const isMentionList = (value: unknown): boolean => {
  if (value === undefined) return true;
  const users = (value as { user_ids?: unknown } | null)?.user_ids;
  return Array.isArray(users) && users.every((user) => typeof user === 'string' && serverOf(user) !== null);
};

const message: Effect = (event, room, server, mayDrop) => {
  const { body, channel_id, channel_name, guild_name, attachments } = event.content;
  const text = typeof body === 'string' ? body : '';
  if (mayDrop) {
    const bytes = Buffer.byteLength(text);
    const hasFiles = Array.isArray(attachments) && attachments.length > 0;
    if ((bytes === 0 && !hasFiles) || bytes > bodyBytesMax || channel_id === undefined) return;
    if (!isMentionList(event.content['m.mentions'])) return;
    if (!room.exists && !(server.takesMirrors && room.authority === serverOf(event.sender))) return;
  }
  const isFirst = !room.exists;
  room.exists = true;
  room.name = String(guild_name ?? room.name);
  const channel = String(channel_id ?? '');
  if (!room.channels.has(channel))
    room.channels.set(channel, { name: String(channel_name ?? ''), isPublic: true });
  server.show({
    room: room.id,
    eventId: event.event_id,
    channel,
    sender: event.sender,
    body: text,
    reactions: new Set(),
  });
  if (isFirst) room.members.add(event.sender);
};

/** Only what its author may change; the first era doesn't look who it is. */
const ownTarget = (event: StandInEvent, server: StandInHost, mayDrop: boolean) => {
  const target = server.messageAbout(event.content);
  return target && (!mayDrop || target.sender === event.sender) ? target : undefined;
};

const edit: Effect = (event, _room, server, mayDrop) => {
  const { body } = event.content;
  if (mayDrop && (typeof body !== 'string' || body === '' || Buffer.byteLength(body) > bodyBytesMax)) return;
  const target = ownTarget(event, server, mayDrop);
  if (target) target.body = String(body ?? '');
};

const remove: Effect = (event, _room, server, mayDrop) => {
  const target = ownTarget(event, server, mayDrop);
  if (target) server.unshow(target);
};

/**
 * The authority names others by `membership_user_id`; anybody else only comes and goes themselves. In the first era, a
 * join makes the mirror; later ones know nobody before it exists.
 */
const membership =
  (change: (room: Room, user: string) => void): Effect =>
  (event, room, _server, mayDrop) => {
    if (mayDrop && !room.exists) return;
    room.exists = true;
    const named = event.content.membership_user_id;
    change(room, typeof named === 'string' ? named : event.sender);
  };

const react =
  (isAdded: boolean): Effect =>
  (event, _room, server) => {
    const target = server.messageAbout(event.content);
    const about = `${event.sender} ${event.content.emoji}`;
    if (!target) return;
    if (isAdded) target.reactions.add(about);
    else target.reactions.delete(about);
  };

const effects: Readonly<Record<string, Effect>> = {
  'm.message': message,
  'm.message.edit': edit,
  'm.message.delete': remove,
  'm.reaction.add': react(true),
  'm.reaction.remove': react(false),
  'm.member.join': membership((room, user) => room.members.add(user)),
  'm.member.leave': membership((room, user) => room.members.delete(user)),
};
