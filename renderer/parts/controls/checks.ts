/** What fields expect, said while one types. The rules are the contract's and the protocol's own. */
import * as v from 'valibot';
import { localpart, name } from '../../../shared/api/fields.ts';
import { normalizeServerName, parseUserId } from '../../../shared/protocol/identifiers.ts';
import { text } from '../../text/text.ts';

export type Check = (value: string) => string | null;

const bySchema =
  (schema: v.GenericSchema): Check =>
  (value) => {
    const result = v.safeParse(schema, value, { abortEarly: true });
    return result.success ? null : sentence(result.issues[0].message);
  };

const byParser =
  (parse: (value: string) => unknown): Check =>
  (value) => {
    try {
      parse(value.trim());
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };

export const checkServerName: Check = byParser(normalizeServerName);
export const checkUserId: Check = byParser(parseUserId);
export const checkLocalpart: Check = bySchema(localpart);
export const checkRoomName: Check = bySchema(name('room'));
export const checkChannelName: Check = bySchema(name('channel'));
export const checkDisplayName: Check = bySchema(name('user'));
/** An address or a bare name; the node has the last word. */
export const checkAddress: Check = (value) => {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(value.trim()) ? value.trim() : `https://${value.trim()}`;
  const url = URL.parse(address);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' ? null : text.expected.address;
};

/** A whole number within bounds. */
export const checkNumber =
  (min: number, max: number): Check =>
  (value) =>
    /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max
      ? null
      : text.expected.wholeNumber({ min, max });

const sentence = (message: string): string =>
  `${message[0]?.toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`;
