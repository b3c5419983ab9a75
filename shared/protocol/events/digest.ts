/** `GET digest`: a summary of what a peer has of a room (docs/protocol/delivery.md, "Comparing rooms"). */
import * as v from 'valibot';
import { said } from '../../words/said.ts';
import { parseJson, toPlain } from '../coding/json.ts';
import { badRequest } from '../errors.ts';

export const digestLimits = {
  /** A block ends with the last event of the depth at which it has this many. */
  blockEvents: 256,
  /** The most events that one answer covers. */
  eventsMax: 4_096,
  /** A digest covers no more events once they have this many bytes together. */
  bytesMax: 8 * 1_048_576,
} as const;

/** The events after the previous block, up to this depth: how many, and the XOR of the SHA-256 of what was signed. */
export interface DigestBlock {
  readonly to: number;
  readonly count: number;
  /** 64 hex digits. */
  readonly digest: string;
}

const wholeNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Page = v.object({
  blocks: v.array(
    v.object({ to: wholeNumber, count: wholeNumber, digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) }),
  ),
});

/**
 * The blocks after `since` and up to `until`. BAD_REQUEST if this isn't such an answer: blocks that don't ascend, go
 * beyond the question, or are more than an honest answer has.
 */
export function readDigest(text: string, since: number, until: number): DigestBlock[] {
  const read = v.safeParse(Page, toPlain(parseJson(text, 1_000)));
  const blocks = read.success ? read.output.blocks : [];
  const doAscend = blocks.every(({ to }, at) => to > (blocks[at - 1]?.to ?? since) && to <= until);
  const blocksMax = digestLimits.eventsMax / digestLimits.blockEvents + 1;
  if (!read.success || blocks.length === 0 || blocks.length > blocksMax || !doAscend)
    throw badRequest(said('wire.digest_page'));
  return blocks;
}
