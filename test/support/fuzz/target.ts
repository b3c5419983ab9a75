import type { TestContext } from 'node:test';
import type { Dice } from '../attack/dice.ts';

/** Something that reads what others write. */
export interface Target {
  /**
   * Makes one input from the dice, feeds it, and throws if the target did anything but accept it or refuse it properly.
   * Inputs depend only on the dice, so that one can be repeated without those before it.
   */
  feed(dice: Dice): Promise<void> | void;
  /** After the last input: checks that it still works and has logged no error. */
  finish?(): Promise<void> | void;
}

export type MakeTarget = (t: Pick<TestContext, 'after'>) => Promise<Target> | Target;
