import { badRequest } from './errors.ts';
import { limits } from './limits.ts';

/** Ids (docs/protocol/wire.md, "Identifiers"). All parsers throw BAD_REQUEST and say what was expected. */

export interface UserId {
  readonly localpart: string;
  readonly server: string;
}

export interface RoomId {
  /** The guild's id: a positive 64-bit integer in decimal. */
  readonly guildId: string;
  readonly server: string;
}

const labelPattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** The only spelling of an IPv4 address that is taken; URLs know many: 127.1, 0x7f.1, 2130706433. */
export const ipv4Pattern = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/;
export const numericLabelPattern = /^(?:[0-9]+|0x[0-9a-f]*)$/;
const i64Max = 2n ** 63n - 1n;
export const shown = (text: string): string =>
  JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

/**
 * The one form of a server name, from whatever a person or a peer wrote: lower case, no trailing dot. Refused:
 * ports, user info, paths, IPv6 literals, IPv4 literals other than four plain decimals, letters outside ASCII (their
 * `xn--` form is accepted).
 */
export function normalizeServerName(input: string): string {
  const typed = input.trim();
  const name = typed.toLowerCase().replace(/\.$/, '');
  const refuse = (why: string) =>
    badRequest(`${shown(input)} is not a server name: ${why}. Expected something like chat.example.`);
  if (name === '') throw refuse('it is empty');
  if (name.length > limits.serverNameCharsMax)
    throw refuse(`it is longer than ${limits.serverNameCharsMax} characters`);
  // Before its case is changed: the Kelvin sign is an ASCII k in lower case.
  if (/[^\u0000-\u007f]/.test(typed)) throw refuse('it has letters outside ASCII; write its xn-- form');
  if (/[@/\\?#[\]]/.test(name)) throw refuse('it is more than a name');
  if (name.includes(':')) throw refuse('a port does not belong to the name');
  const labels = name.split('.');
  for (const label of labels)
    if (!labelPattern.test(label))
      throw refuse(`${shown(label)} is not a part that names may have (a-z, 0-9 and - inside, at most 63)`);
  if (numericLabelPattern.test(labels.at(-1) ?? '') && !ipv4Pattern.test(name))
    throw refuse('it ends in a number but is not an IPv4 address');
  return name;
}

/** A server name inside something signed is taken as it stands or not at all. */
export function requireServerName(name: string, where: string): string {
  if (normalizeServerName(name) !== name)
    throw badRequest(
      `${where} names the server ${shown(name)}; expected it in lower case, without a trailing dot.`,
    );
  return name;
}

/** A positive 64-bit integer in decimal, no leading zero: ids of rooms, channels and messages. */
export const isDecimalId = (text: string): boolean =>
  /^[1-9][0-9]{0,18}$/.test(text) && BigInt(text) <= i64Max;

export function parseUserId(text: string): UserId {
  const colon = text.indexOf(':');
  const localpart = text.slice(1, colon);
  if (!text.startsWith('@') || colon < 2 || colon === text.length - 1)
    throw badRequest(`${shown(text)} is not a user id. Expected @name:server.`);
  if (localpart.length > limits.localpartCharsMax || /[\u0000-\u0020\u007f]/.test(localpart))
    throw badRequest(
      `${shown(text)} is not a user id: its name has blanks, control characters or more than ${limits.localpartCharsMax} characters.`,
    );
  return { localpart, server: requireServerName(text.slice(colon + 1), 'A user id') };
}

export function parseRoomId(text: string): RoomId {
  const colon = text.indexOf(':');
  const guildId = text.slice(1, colon);
  if (!text.startsWith('!') || colon < 2 || !isDecimalId(guildId))
    throw badRequest(
      `${shown(text)} is not a room id. Expected !<number>:server, the number positive and of 64 bits.`,
    );
  return { guildId, server: requireServerName(text.slice(colon + 1), 'A room id') };
}

/** Returns the server an event id names: what follows its last colon. */
export function parseEventId(text: string): { readonly server: string } {
  const colon = text.lastIndexOf(':');
  if (!text.startsWith('$') || colon < 2 || colon === text.length - 1)
    throw badRequest(`${shown(text)} is not an event id. Expected $<id>:server.`);
  if (text.length > limits.eventIdCharsMax || /[\u0000-\u0020\u007f]/.test(text))
    throw badRequest(
      `${shown(text)} is not an event id: it has blanks, control characters or more than ${limits.eventIdCharsMax} characters.`,
    );
  return { server: requireServerName(text.slice(colon + 1), 'An event id') };
}

export const userId = (localpart: string, domain: string): string => `@${localpart}:${domain}`;
export const roomId = (guildId: string, domain: string): string => `!${guildId}:${domain}`;
export const messageEventId = (messageId: string, domain: string): string => `$${messageId}:${domain}`;
/** `stableId` is what the event is about; together with the time it tells two events apart. */
export const otherEventId = (eventType: string, stableId: string, originTs: number, domain: string): string =>
  `$${eventType.replaceAll('.', '_')}:${stableId}:${originTs}:${domain}`;
