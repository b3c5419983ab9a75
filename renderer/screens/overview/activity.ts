import type { ActivityView } from '../../../shared/api/views/node-views.ts';

type Point = ActivityView['points'][number];

export interface Sums {
  readonly received: number;
  readonly delivered: number;
  readonly failed: number;
  /** The average of the steps that have any. */
  readonly answerMs: number | null;
  readonly answerMsMax: number | null;
}

const nothing = { received: 0, delivered: 0, failed: 0, answer_ms: null, answer_ms_max: null };

/**
 * Moves the data on to the present. The node reports when something happens; if it doesn't, nothing happened, and time
 * simply passes.
 */
export function movedOn(view: ActivityView, elapsedMs: number): ActivityView {
  const last = view.points.at(-1);
  const steps = Math.min(Math.floor(elapsedMs / view.step_ms), view.points.length);
  if (last === undefined || steps < 1) return view;
  const more = Array.from({ length: steps }, (_, i) => ({
    ...nothing,
    at: last.at + (i + 1) * view.step_ms,
  }));
  return { ...view, points: [...view.points.slice(steps), ...more] };
}

export function sumsOf(points: readonly Point[]): Sums {
  const sum = (pick: (point: Point) => number) => points.reduce((total, point) => total + pick(point), 0);
  const answered = points.filter((point) => point.answer_ms !== null);
  const weight = (point: Point) => point.delivered + point.failed;
  const answers = answered.reduce((total, point) => total + weight(point), 0);
  return {
    received: sum((point) => point.received),
    delivered: sum((point) => point.delivered),
    failed: sum((point) => point.failed),
    answerMs:
      answers === 0
        ? null
        : answered.reduce((total, point) => total + (point.answer_ms ?? 0) * weight(point), 0) / answers,
    answerMsMax:
      answered.length === 0 ? null : Math.max(...answered.map((point) => point.answer_ms_max ?? 0)),
  };
}
