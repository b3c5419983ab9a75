import * as v from 'valibot';
import { expected, expectedWhat } from '../words/expected.ts';
import { type Said, said } from '../words/said.ts';
import { name, readBody } from './bodies.ts';
import { canonicalString } from './coding/canonical-json.ts';
import { badRequest } from './errors.ts';
import { limits } from './limits.ts';

/**
 * `POST receipts`: the home of a room reports to the origin of an event whether the member servers that the home
 * delivers to have it. Only the home's own results, never text from the member server.
 */
export const receiptStates = ['has', 'held', 'waiting', 'refused', 'gave_up'] as const;
export type ReceiptState = (typeof receiptStates)[number];

/** Why a member server does not have it. An unknown reason is left out, so that new ones can be added. */
export const receiptReasons = [
  /** The server doesn't answer: no connection, no trusted certificate, or an unknown name. */
  'unreachable',
  /** The server reports an error of its own. */
  'failing',
  /** The server asks for fewer requests. */
  'busy',
  /** The server refuses the home, or events of the room. */
  'closed',
  /** Something else answers at its address. */
  'wrong_place',
  /** The server refused this event permanently. */
  'rejected',
  /** The home retried for as long as it keeps events. */
  'expired',
  /** The home's owner gave up, or the home no longer sends there. */
  'dropped',
] as const;
export type ReceiptReason = (typeof receiptReasons)[number];

export interface Receipt {
  readonly event_id: string;
  readonly server_name: string;
  readonly state: ReceiptState;
  readonly reason: ReceiptReason | null;
  /** Unix ms, by the home's clock; `null` if there is no next attempt. */
  readonly next_attempt_at: number | null;
  /** Unix ms, by the home's clock: since when. */
  readonly at: number;
}

const time = v.pipe(
  v.number(expectedWhat('milliseconds')),
  v.safeInteger(expectedWhat('milliseconds')),
  v.minValue(0, expectedWhat('milliseconds')),
);
const isKnownReason = (text: string): text is ReceiptReason =>
  (receiptReasons as readonly string[]).includes(text);
const reason = v.pipe(
  v.string(expectedWhat('reason')),
  v.maxLength(64, expectedWhat('reason')),
  v.transform((text) => (isKnownReason(text) ? text : null)),
);

const ReceiptsBody = v.object({
  receipts: v.pipe(
    v.array(
      v.object({
        event_id: name,
        server_name: name,
        state: v.picklist(receiptStates, expected('one_of', { values: receiptStates.join(', ') })),
        reason: v.optional(v.nullable(reason), null),
        next_attempt_at: v.optional(v.nullable(time), null),
        at: time,
      }),
      expectedWhat('list'),
    ),
    v.maxLength(limits.receiptsMax, expected('at_most_items', { max: limits.receiptsMax })),
  ),
});

const fault = (field: string, message: Said) =>
  badRequest(said('wire.field', { field: `receipts.${field}`, message }));

/** BAD_REQUEST names what is wrong. Times that no honest home would send are refused: `now` is ours, in unix ms. */
export function parseReceipts(text: string, now: number): Receipt[] {
  const { receipts } = readBody(ReceiptsBody, text);
  for (const { at, next_attempt_at } of receipts) {
    if (at > now + limits.clockSkewMsMax) throw fault('at', said('expected.too_late'));
    if (next_attempt_at !== null && next_attempt_at > now + limits.receiptNextMsMax)
      throw fault('next_attempt_at', said('expected.too_far'));
  }
  return receipts;
}

/** Keeps a fixed order, so that equal receipts are equal bytes. `next`: in an answer, where to continue. */
export function writeReceipts(receipts: readonly Receipt[], next?: number): string {
  const tail = next === undefined ? '' : `,"next":${next}`;
  return `{"receipts":[${receipts.map(writeReceipt).join(',')}]${tail}}`;
}

/** Reads where to continue after an answer. BAD_REQUEST if it doesn't say. */
export const parseReceiptsNext = (text: string): number => readBody(v.object({ next: time }), text).next;

const textOrNull = (text: string | null): string => (text === null ? 'null' : canonicalString(text));

const writeReceipt = (one: Receipt): string =>
  `{"event_id":${canonicalString(one.event_id)},"server_name":${canonicalString(one.server_name)}` +
  `,"state":${canonicalString(one.state)},"reason":${textOrNull(one.reason)}` +
  `,"next_attempt_at":${one.next_attempt_at},"at":${one.at}}`;
