import type { TestContext } from 'node:test';

type End = () => unknown;
const ends = new WeakMap<object, End[]>();

/**
 * Like `t.after`, but in reverse order: what was created last ends first. So a window closes before its node stops, and
 * the node stops before its folder is removed.
 */
export function atEnd(t: Pick<TestContext, 'after'>, end: End): void {
  const known = ends.get(t);
  if (known) {
    known.push(end);
    return;
  }
  const mine = [end];
  ends.set(t, mine);
  t.after(async () => {
    const failures: unknown[] = [];
    for (let next = mine.pop(); next; next = mine.pop())
      try {
        await next();
      } catch (error) {
        failures.push(error);
      }
    if (failures.length > 0) throw failures[0];
  });
}
