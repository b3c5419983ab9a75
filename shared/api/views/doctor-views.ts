/** Findings of the doctor, and the steps of its tests. Times are unix milliseconds. */
import * as v from 'valibot';
import { findingCodes } from '../../protocol/reasons.ts';
import { time } from './parts.ts';

export const Finding = v.object({
  /** Stable, for programs. */
  code: v.picklist(findingCodes),
  /** The peer it is about; `null` if it is about this node. */
  subject: v.nullable(v.string()),
  severity: v.picklist(['error', 'warning', 'info']),
  title: v.string(),
  text: v.string(),
  /** Codes of other findings that cause this one. A consequence is collapsed below its cause. */
  depends_on: v.array(v.picklist(findingCodes)),
  /** The next step; `null` if there is nothing to do but wait. */
  fix: v.nullable(v.string()),
  /** The page that explains it: an https address, or a path in the repository if that has no address. */
  help: v.string(),
});

const StepResult = v.picklist(['ok', 'failed', 'skipped', 'running']);
const told = { result: StepResult, text: v.string(), fix: v.nullable(v.string()) };

export const SelfCheckStep = v.object({
  step: v.picklist(['identity', 'clock', 'name', 'listener', 'tls', 'well-known', 'reachable']),
  ...told,
});
export const CheckStep = v.object({
  step: v.picklist(['name', 'address', 'tcp', 'tls', 'well-known', 'keys', 'clock', 'signed-read']),
  ...told,
});
/** The check of a peer: the running one with its steps so far, or the last one. */
export const CheckView = v.object({
  server_name: v.string(),
  at: time,
  running: v.boolean(),
  /** Whether it went through all steps, and the peer accepts our signature. */
  ok: v.boolean(),
  /** `not_tested` while it is running, and if there was nothing to test: a peer without an address. */
  result: v.picklist(['ok', 'failed', 'not_tested']),
  steps: v.array(CheckStep),
});

export const DoctorView = v.object({
  findings: v.array(Finding),
  /** The last test of this node itself; `null` before the first. */
  self: v.nullable(v.object({ at: time, running: v.boolean(), steps: v.array(SelfCheckStep) })),
});

export type Finding = v.InferOutput<typeof Finding>;
export type StepResult = v.InferOutput<typeof StepResult>;
export type SelfCheckStep = v.InferOutput<typeof SelfCheckStep>;
export type CheckStep = v.InferOutput<typeof CheckStep>;
export type CheckResult = CheckView['result'];
export type CheckView = v.InferOutput<typeof CheckView>;
export type DoctorView = v.InferOutput<typeof DoctorView>;
