import type { TestContext } from 'node:test';
import type { Dice } from '../attack/dice.ts';

/** Something that reads what others write. */
export interface Target {
  /**
   * Makes one input from the dice, feeds it, and throws if the target did anything but take it or refuse it in order.
   * Inputs depend on the dice alone, so that one can be repeated without those before it.
   */
  feed(dice: Dice): Promise<void> | void;
  /** After the last input: is it still there, and has it logged no fault? */
  finish?(): Promise<void> | void;
}

export type MakeTarget = (t: Pick<TestContext, 'after'>) => Promise<Target> | Target;
