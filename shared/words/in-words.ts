import { isSaid, type Said } from './said.ts';
import type { Words } from './words.ts';

/** A view before it is put into words: wherever it has a text, there may be a message. */
export type Sayable<T> = T extends string
  ? string extends T
    ? T | Said
    : T
  : T extends readonly (infer E)[]
    ? readonly Sayable<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Sayable<T[K]> }
      : T;

/** The view in the reader's language: each message in it becomes its sentence. For plain JSON values. */
export function inWords<T>(words: Pick<Words, 'say'>, value: Sayable<T>): T {
  const worded = (one: unknown): unknown => {
    if (typeof one !== 'object' || one === null) return one;
    if (Array.isArray(one)) return one.map(worded);
    if (isSaid(one)) return words.say(one);
    return Object.fromEntries(Object.entries(one).map(([name, each]) => [name, worded(each)]));
  };
  return worded(value) as T;
}
