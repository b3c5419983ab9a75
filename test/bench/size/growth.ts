import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Envelope } from '../../../shared/protocol/events/envelope.ts';
import { cast, MemberNode } from '../../support/sim/member.ts';
import { place, Teller } from '../../support/sim/told.ts';
import { type Ground, type Measure, median, type Result } from '../report/result.ts';

const author = `@u0:${cast.peer}`;
const turns = 100;

interface Series {
  readonly name: string;
  /** The one that is compared with the first. */
  readonly count: number;
  /** `of`: which message or user; each has its own series. */
  readonly make: (teller: Teller, of: number, i: number) => Envelope;
}

const aboutMessage = (of: number) => ({ ...place, message_id: String(of) });
const userOf = (of: number): string => `@u${of}:${cast.peer}`;
const all: readonly Series[] = [
  {
    name: 'reaction to a message',
    count: 2000,
    make: (teller, of, i) =>
      teller.event('peer', i % 2 === 0 ? 'm.reaction.add' : 'm.reaction.remove', {
        ...aboutMessage(of),
        emoji: '👍',
      }),
  },
  {
    name: 'edit of a message',
    count: 2000,
    make: (teller, of, i) =>
      teller.event('peer', 'm.message.edit', { ...aboutMessage(of), body: `version ${i}` }),
  },
  {
    name: 'delete of a message',
    count: 2000,
    make: (teller, of) => teller.event('peer', 'm.message.delete', aboutMessage(of)),
  },
  {
    name: 'rejoin of a user',
    count: 200,
    make: (teller, of, i) => (i % 2 === 0 ? teller.join(userOf(of)) : teller.leave(userOf(of))),
  },
];

/**
 * The cost of storing the last of many events about one thing, relative to the first. Without verifying its signature.
 */
export async function benchGrowth({ dir }: Ground): Promise<Result> {
  const measures: Measure[] = [];
  for (const series of all) {
    const folder = join(dir, series.name.replaceAll(' ', '-'));
    mkdirSync(folder);
    const node = await MemberNode.open(folder);
    const teller = new Teller();
    const take = async (event: Envelope): Promise<number> => {
      const verified = await node.verified(event, event.origin_server);
      const begun = performance.now();
      await node.store(verified);
      return performance.now() - begun;
    };
    for (const each of [teller.join(author), ...['1', '2', '3'].map((id) => teller.message(id))])
      await take(each);
    for (let i = 0; i < 600; i++) await take(series.make(teller, 1, i));
    for (let i = 0; i < series.count - turns; i++) await take(series.make(teller, 2, i));
    const first: number[] = [];
    const last: number[] = [];
    // Alternately, so that a machine that is busy for a while slows both down.
    for (let i = 0; i < turns; i++) {
      last.push(await take(series.make(teller, 2, series.count - turns + i)));
      first.push(await take(series.make(teller, 3, i)));
    }
    measures.push({
      what: `the ${series.count.toLocaleString('en')}th ${series.name} / one of the first ${turns}`,
      unit: 'ratio',
      values: rounds(last).map((part, i) => median(part) / median(rounds(first)[i] ?? [])),
      wanted: { atMost: 1.2 },
    });
    await node.close();
  }
  return {
    measures,
    boundedBy: 'the same few statements for each event, whatever came before it',
    notes: ['Without verifying the signature of the event.'],
  };
}

/** The times of all turns, in five parts. */
const rounds = (times: readonly number[]): number[][] =>
  Array.from({ length: 5 }, (_, i) => times.slice((i * turns) / 5, ((i + 1) * turns) / 5));
