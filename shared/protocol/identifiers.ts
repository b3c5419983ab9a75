import { asciiForm } from '../unicode/punycode.ts';
import { type Said, said } from '../words/said.ts';
import { badRequest } from './errors.ts';
import { limits } from './limits.ts';

/** Ids (docs/protocol/wire.md, "Identifiers"). All parsers throw BAD_REQUEST and say what was expected. */

interface UserId {
  readonly localpart: string;
  readonly server: string;
}

interface RoomId {
  /** The guild's id: a positive 64-bit integer in decimal. */
  readonly guildId: string;
  readonly server: string;
}

const labelPattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** The only accepted spelling of an IPv4 address; URLs know many: 127.1, 0x7f.1, 2130706433. */
export const ipv4Pattern = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/;
export const numericLabelPattern = /^(?:[0-9]+|0x[0-9a-f]*)$/;
/** Nearly all names have the canonical form already: labels as above, the last of which doesn't begin with a digit. */
const canonicalPattern = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const i64Max = 2n ** 63n - 1n;
/** A number with fewer digits can't exceed it. */
const i64Digits = 19;
export const shown = (text: string): string =>
  JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

/**
 * The canonical form of a server name, from anything a person or a peer wrote: lower case, no trailing dot. Refused:
 * ports, user info, paths, IPv6 literals, IPv4 literals other than four plain decimals, letters outside ASCII (their
 * `xn--` form is accepted).
 */
export function normalizeServerName(input: string): string {
  if (input.length <= limits.serverNameCharsMax && canonicalPattern.test(input)) return input;
  const typed = input.trim();
  const name = typed.toLowerCase().replace(/\.$/, '');
  const refuse = (why: Said) => badRequest(said('id.server', { name: shown(input), why }));
  if (name === '') throw refuse(said('id.why_empty'));
  if (name.length > limits.serverNameCharsMax)
    throw refuse(said('id.why_long', { max: limits.serverNameCharsMax }));
  // Before changing its case, because the Kelvin sign becomes an ASCII k in lower case.
  if (/[^\u0000-\u007f]/.test(typed)) throw refuse(outsideAscii(typed, 'id'));
  if (/[@/\\?#[\]]/.test(name)) throw refuse(said('id.why_more'));
  if (name.includes(':')) throw refuse(said('id.why_port'));
  const labels = name.split('.');
  for (const label of labels)
    if (!labelPattern.test(label)) throw refuse(said('id.why_label', { label: shown(label) }));
  if (numericLabelPattern.test(labels.at(-1) ?? '') && !ipv4Pattern.test(name))
    throw refuse(said('id.why_number'));
  return name;
}

/** Why a name with letters outside ASCII is refused, with the form that is meant, if it has one. */
export function outsideAscii(host: string, where: 'id' | 'address'): Said {
  const form = asciiForm(host);
  return form?.includes('xn--') ? said(`${where}.why_ascii_form`, { form }) : said(`${where}.why_ascii`);
}

/** A server name inside something signed is accepted unchanged or not at all. */
export function requireServerName(name: string, where: Said): string {
  if (normalizeServerName(name) !== name)
    throw badRequest(said('id.server_form', { where, name: shown(name) }));
  return name;
}

/** A positive 64-bit integer in decimal, no leading zero: ids of rooms, channels and messages. */
export const isDecimalId = (text: string): boolean =>
  /^[1-9][0-9]{0,18}$/.test(text) && (text.length < i64Digits || BigInt(text) <= i64Max);

export function parseUserId(text: string): UserId {
  const colon = text.indexOf(':');
  const localpart = text.slice(1, colon);
  if (!text.startsWith('@') || colon < 2 || colon === text.length - 1)
    throw badRequest(said('id.user', { id: shown(text) }));
  if (localpart.length > limits.localpartCharsMax || /[\u0000-\u0020\u007f]/.test(localpart))
    throw badRequest(said('id.user_name', { id: shown(text), max: limits.localpartCharsMax }));
  return { localpart, server: requireServerName(text.slice(colon + 1), said('id.where_user')) };
}

export function parseRoomId(text: string): RoomId {
  const colon = text.indexOf(':');
  const guildId = text.slice(1, colon);
  if (!text.startsWith('!') || colon < 2 || !isDecimalId(guildId))
    throw badRequest(said('id.room', { id: shown(text) }));
  return { guildId, server: requireServerName(text.slice(colon + 1), said('id.where_room')) };
}

/** Returns the server in an event ID: everything after its last colon. */
export function parseEventId(text: string): { readonly server: string } {
  const colon = text.lastIndexOf(':');
  if (!text.startsWith('$') || colon < 2 || colon === text.length - 1)
    throw badRequest(said('id.event', { id: shown(text) }));
  if (text.length > limits.eventIdCharsMax || /[\u0000-\u0020\u007f]/.test(text))
    throw badRequest(said('id.event_name', { id: shown(text), max: limits.eventIdCharsMax }));
  return { server: requireServerName(text.slice(colon + 1), said('id.where_event')) };
}

export const isEventId = (text: string): boolean => parses(parseEventId, text);
export const isUserId = (text: string): boolean => parses(parseUserId, text);

function parses(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

export const userId = (localpart: string, domain: string): string => `@${localpart}:${domain}`;
export const roomId = (guildId: string, domain: string): string => `!${guildId}:${domain}`;
export const messageEventId = (messageId: string, domain: string): string => `$${messageId}:${domain}`;
/** `stableId` is what the event is about; together with the time it distinguishes two events. */
export const otherEventId = (eventType: string, stableId: string, originTs: number, domain: string): string =>
  `$${eventType.replaceAll('.', '_')}:${stableId}:${originTs}:${domain}`;
