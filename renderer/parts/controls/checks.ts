/** Checks fields while the user types, by the rules of the contract and the protocol. */
import * as v from 'valibot';
import { localpart, name } from '../../../shared/api/contract/fields.ts';
import { normalizeServerName, parseUserId } from '../../../shared/protocol/identifiers.ts';
import { text } from '../../text/text.ts';

export type Check = (value: string) => string | null;

/** Checks against a schema. `expected` says what to type instead. */
const bySchema =
  (schema: v.GenericSchema, expected: (issue: v.BaseIssue<unknown>) => string): Check =>
  (value) => {
    const result = v.safeParse(schema, value, { abortEarly: true });
    return result.success ? null : expected(result.issues[0]);
  };

const byParser =
  (parse: (value: string) => unknown, expected: () => string): Check =>
  (value) => {
    try {
      parse(value.trim());
      return null;
    } catch {
      return expected();
    }
  };

const nameOrLength = ({ type, requirement }: v.BaseIssue<unknown>): string =>
  type === 'max_length' ? text.expected.atMost({ max: Number(requirement) }) : text.expected.name;

export const checkServerName: Check = byParser(normalizeServerName, () => text.expected.serverName);
export const checkUserId: Check = byParser(parseUserId, () => text.expected.userId);
export const checkLocalpart: Check = bySchema(localpart, () => text.expected.userName);
export const checkRoomName: Check = bySchema(name('room_name'), nameOrLength);
export const checkChannelName: Check = bySchema(name('channel_name'), nameOrLength);
export const checkDisplayName: Check = bySchema(name('user_display_name'), nameOrLength);
/** An address or a bare name. The node makes the final check. */
export const checkAddress: Check = (value) => {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(value.trim()) ? value.trim() : `https://${value.trim()}`;
  const url = URL.parse(address);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' ? null : text.expected.address;
};

/** An address for others to call. A single word isn't one, except for trying things out on one computer. */
export const checkPublicAddress: Check = (value) => {
  const problem = checkAddress(value);
  if (problem !== null) return problem;
  const typed = value.trim();
  const host = URL.parse(/^https?:\/\//i.test(typed) ? typed : `https://${typed}`)?.hostname ?? '';
  const isWord = !host.includes('.') && !host.startsWith('[') && host !== 'localhost';
  return isWord || /(?:^|\.)invalid$/.test(host) ? text.expected.publicAddress({ host }) : null;
};

/** A whole number within bounds. */
export const checkNumber =
  (min: number, max: number): Check =>
  (value) =>
    /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max
      ? null
      : text.expected.wholeNumber({ min, max });
