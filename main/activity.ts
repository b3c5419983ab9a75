import type { ActivitySpan, ActivityView } from '../shared/api/views/node-views.ts';
import type { Clock } from './kernel/ports.ts';

const minuteMs = 60_000;
const keptMinutes = 24 * 60;
const spans: Readonly<Record<ActivitySpan, { readonly stepMinutes: number; readonly points: number }>> = {
  hour: { stepMinutes: 1, points: 60 },
  day: { stepMinutes: 15, points: 96 },
};

interface Counts {
  received: number;
  delivered: number;
  failed: number;
  answers: number;
  answer_ms_sum: number;
  answer_ms_max: number;
}

/** One minute with traffic. `minute`: since 1970. */
export interface ActivityRow extends Readonly<Counts> {
  readonly minute: number;
}

interface UnsavedActivity {
  readonly rows: readonly ActivityRow[];
  /** Earlier ones are no longer needed. */
  readonly firstMinute: number;
  readonly saved: () => void;
}

const empty = (): Counts => ({
  received: 0,
  delivered: 0,
  failed: 0,
  answers: 0,
  answer_ms_sum: 0,
  answer_ms_max: 0,
});

/** Traffic in and out, per minute, over the last 24 hours: the graph on the overview. */
export class Activity {
  readonly #clock: Clock;
  readonly #since: number;
  readonly #minutes = new Map<number, Counts>();
  /** Earlier minutes are saved and don't change any more. */
  #savedTo = 0;

  /** `before`: what earlier runs saved. */
  constructor(clock: Clock, before: readonly ActivityRow[] = []) {
    this.#clock = clock;
    const first = this.#minute() - keptMinutes;
    for (const { minute, ...counts } of before) if (minute > first) this.#minutes.set(minute, counts);
    const [oldest] = this.#minutes.keys();
    this.#since = Math.min(clock.now(), (oldest ?? Number.POSITIVE_INFINITY) * minuteMs);
  }

  received(): void {
    this.#now().received++;
  }

  /** Counts events that arrived at a peer without an attempt of ours. */
  fetched(events: number): void {
    this.#now().delivered += events;
  }

  /** One delivery attempt: whether the peer has the event now, and how long it took to answer; null if it didn't. */
  attempted(delivered: boolean, answerMs: number | null): void {
    const counts = this.#now();
    if (delivered) counts.delivered++;
    else counts.failed++;
    if (answerMs === null) return;
    const ms = Math.round(answerMs);
    counts.answers++;
    counts.answer_ms_sum += ms;
    counts.answer_ms_max = Math.max(counts.answer_ms_max, ms);
  }

  /** Returns what changed since the last save. Call `saved` once that is on disk. */
  unsaved(): UnsavedActivity {
    const rows = [...this.#minutes]
      .filter(([minute]) => minute >= this.#savedTo)
      .map(([minute, counts]) => ({ minute, ...counts }));
    const now = this.#minute();
    return {
      rows,
      firstMinute: now - keptMinutes + 1,
      saved: () => {
        this.#savedTo = now;
      },
    };
  }

  view(span: ActivitySpan): ActivityView {
    const { stepMinutes, points } = spans[span];
    const last = Math.floor(this.#minute() / stepMinutes);
    return {
      since: this.#since,
      step_ms: stepMinutes * minuteMs,
      points: Array.from({ length: points }, (_, i) => {
        const step = last - points + 1 + i;
        return pointOf(step * stepMinutes * minuteMs, this.#sum(step * stepMinutes, stepMinutes));
      }),
    };
  }

  #sum(firstMinute: number, minutes: number): Counts {
    const sum = empty();
    for (let minute = firstMinute; minute < firstMinute + minutes; minute++) {
      const counts = this.#minutes.get(minute);
      if (!counts) continue;
      sum.received += counts.received;
      sum.delivered += counts.delivered;
      sum.failed += counts.failed;
      sum.answers += counts.answers;
      sum.answer_ms_sum += counts.answer_ms_sum;
      sum.answer_ms_max = Math.max(sum.answer_ms_max, counts.answer_ms_max);
    }
    return sum;
  }

  #minute(): number {
    return Math.floor(this.#clock.now() / minuteMs);
  }

  #now(): Counts {
    const minute = this.#minute();
    let counts = this.#minutes.get(minute);
    if (counts === undefined) {
      counts = empty();
      this.#minutes.set(minute, counts);
      for (const old of this.#minutes.keys()) if (old <= minute - keptMinutes) this.#minutes.delete(old);
    }
    return counts;
  }
}

const pointOf = (at: number, sum: Counts): ActivityView['points'][number] => ({
  at,
  received: sum.received,
  delivered: sum.delivered,
  failed: sum.failed,
  answer_ms: sum.answers === 0 ? null : sum.answer_ms_sum / sum.answers,
  answer_ms_max: sum.answers === 0 ? null : sum.answer_ms_max,
});
