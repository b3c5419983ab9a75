import type { ActivitySpan, ActivityView } from '../shared/api/views/node-views.ts';
import type { Clock } from './kernel/ports.ts';

const minuteMs = 60_000;
const keptMinutes = 24 * 60;
const spans: Readonly<Record<ActivitySpan, { readonly stepMinutes: number; readonly points: number }>> = {
  hour: { stepMinutes: 1, points: 60 },
  day: { stepMinutes: 15, points: 96 },
};

interface Bucket {
  received: number;
  delivered: number;
  failed: number;
  answers: number;
  answerMsSum: number;
  answerMsMax: number;
}

const empty = (): Bucket => ({
  received: 0,
  delivered: 0,
  failed: 0,
  answers: 0,
  answerMsSum: 0,
  answerMsMax: 0,
});

/**
 * Traffic in and out, per minute, over the last 24 hours of this run. In memory only, for the graph on the overview.
 */
export class Activity {
  readonly #clock: Clock;
  readonly #since: number;
  /** By minute since 1970. */
  readonly #buckets = new Map<number, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  received(): void {
    this.#now().received++;
  }

  /** One delivery attempt: whether the peer has the event now, and how long it took to answer. */
  attempted(delivered: boolean, answerMs: number): void {
    const bucket = this.#now();
    if (delivered) bucket.delivered++;
    else bucket.failed++;
    bucket.answers++;
    bucket.answerMsSum += answerMs;
    bucket.answerMsMax = Math.max(bucket.answerMsMax, answerMs);
  }

  view(span: ActivitySpan): ActivityView {
    const { stepMinutes, points } = spans[span];
    const last = Math.floor(this.#clock.now() / minuteMs / stepMinutes);
    return {
      since: this.#since,
      step_ms: stepMinutes * minuteMs,
      points: Array.from({ length: points }, (_, i) => {
        const step = last - points + 1 + i;
        return pointOf(step * stepMinutes * minuteMs, this.#sum(step * stepMinutes, stepMinutes));
      }),
    };
  }

  #sum(firstMinute: number, minutes: number): Bucket {
    const sum = empty();
    for (let minute = firstMinute; minute < firstMinute + minutes; minute++) {
      const bucket = this.#buckets.get(minute);
      if (!bucket) continue;
      sum.received += bucket.received;
      sum.delivered += bucket.delivered;
      sum.failed += bucket.failed;
      sum.answers += bucket.answers;
      sum.answerMsSum += bucket.answerMsSum;
      sum.answerMsMax = Math.max(sum.answerMsMax, bucket.answerMsMax);
    }
    return sum;
  }

  #now(): Bucket {
    const minute = Math.floor(this.#clock.now() / minuteMs);
    let bucket = this.#buckets.get(minute);
    if (bucket === undefined) {
      bucket = empty();
      this.#buckets.set(minute, bucket);
      for (const old of this.#buckets.keys()) if (old <= minute - keptMinutes) this.#buckets.delete(old);
    }
    return bucket;
  }
}

const pointOf = (at: number, sum: Bucket): ActivityView['points'][number] => ({
  at,
  received: sum.received,
  delivered: sum.delivered,
  failed: sum.failed,
  answer_ms: sum.answers === 0 ? null : sum.answerMsSum / sum.answers,
  answer_ms_max: sum.answers === 0 ? null : sum.answerMsMax,
});
