import { Dice } from '../attack/dice.ts';
import { listener } from './listener.ts';
import { linkReaders, parser } from './pure.ts';
import { bridge, controlApi } from './shells.ts';
import type { MakeTarget, Target } from './target.ts';

export const targets = {
  parser,
  links: linkReaders,
  ipc: bridge,
  listener,
  control: controlApi,
} as const satisfies Record<string, MakeTarget>;
export type TargetName = keyof typeof targets;

/** The dice of one input, which depend only on the seed and its number. */
const diceOf = (seed: number, number: number): Dice =>
  new Dice(Math.imul(seed, 0x9e37_79b1) ^ Math.imul(number, 0x85eb_ca6b));

/** Feeds this many inputs. A failure prints the command that repeats it. */
export async function feedMany(
  name: TargetName,
  target: Target,
  { seed, first = 0, count }: { readonly seed: number; readonly first?: number; readonly count: number },
): Promise<void> {
  for (let number = first; number < first + count; number++) {
    try {
      await target.feed(diceOf(seed, number));
    } catch (error) {
      const command = `npm run fuzz -- --target ${name} --seed ${seed} --first ${number} --inputs 1`;
      throw new Error(`Input ${number}. To repeat it: ${command}`, { cause: error });
    }
  }
  await target.finish?.();
}
