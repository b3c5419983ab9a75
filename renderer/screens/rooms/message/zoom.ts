/** How a picture lies in its stage: its size, and how far its middle is from the middle of the stage, in pixels. */
export interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

export const whole: View = { scale: 1, x: 0, y: 0 };
const scaleMax = 8;

const within = (value: number, max: number): number => Math.min(Math.max(value, -max), max);

/** Makes it larger or smaller. The point `at`, seen from the middle of the stage, stays where it is. */
export function zoomed(view: View, factor: number, at: Point): View {
  const scale = Math.min(Math.max(view.scale * factor, 1), scaleMax);
  const by = scale / view.scale;
  return scale === 1 ? whole : { scale, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by };
}

/** Moves it, but no further than its edge is in the middle of the stage. */
export function moved({ scale, x, y }: View, by: Point, stage: { width: number; height: number }): View {
  if (scale === 1) return whole;
  const [maxX, maxY] = [(stage.width * scale) / 2, (stage.height * scale) / 2];
  return { scale, x: within(x + by.x, maxX), y: within(y + by.y, maxY) };
}

/** Follows two fingers from `from` to `to`, seen from the middle of the stage. */
export function pinched(view: View, from: readonly [Point, Point], to: readonly [Point, Point]): View {
  const apart = ([a, b]: readonly [Point, Point]) => Math.hypot(a.x - b.x, a.y - b.y);
  const middle = ([a, b]: readonly [Point, Point]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const [before, now] = [middle(from), middle(to)];
  const next = zoomed(view, apart(to) / Math.max(apart(from), 1), before);
  return next === whole ? whole : { ...next, x: next.x + now.x - before.x, y: next.y + now.y - before.y };
}
