/** What the doctor says (findings) and did (steps). Times are unix milliseconds. */
import * as v from 'valibot';

const time = v.pipe(v.number(), v.integer());

export const Finding = v.object({
  /** Stable, for programs. */
  code: v.string(),
  /** The peer it is about; `null` where it is about this node. */
  subject: v.nullable(v.string()),
  severity: v.picklist(['error', 'warning', 'info']),
  title: v.string(),
  text: v.string(),
  /** Codes of findings here that would cause this one; such a consequence is folded below its cause. */
  depends_on: v.array(v.string()),
  /** What to do next; `null` where nothing is to be done but to wait. */
  fix: v.nullable(v.string()),
});

export const SelfCheckStep = v.object({
  step: v.picklist(['identity', 'clock', 'name', 'listener', 'tls', 'well-known', 'reachable']),
  result: v.picklist(['ok', 'failed', 'skipped', 'running']),
  text: v.string(),
  fix: v.nullable(v.string()),
});

export const DoctorView = v.object({
  findings: v.array(Finding),
  /** The last test of this node itself; `null` before the first. */
  self: v.nullable(v.object({ at: time, running: v.boolean(), steps: v.array(SelfCheckStep) })),
});

export type Finding = v.InferOutput<typeof Finding>;
export type SelfCheckStep = v.InferOutput<typeof SelfCheckStep>;
export type DoctorView = v.InferOutput<typeof DoctorView>;
