import type { StatusView } from '../../../../shared/api/views/node-views.ts';

export const steps = ['name', 'keys', 'reachability', 'peer', 'done'] as const;
export type Step = (typeof steps)[number];
/** Beside the row of steps: another way through the first. */
export type Place = Step | 'recover';

type Known = Pick<StatusView, 'set_up' | 'recovery_saved_at' | 'public_url' | 'peers'>;

/** Whether the node has what a step is for. */
export function isDone(step: Step, status: Known): boolean {
  switch (step) {
    case 'name':
      return status.set_up;
    case 'keys':
      return status.recovery_saved_at !== null;
    case 'reachability':
      return status.public_url !== null;
    case 'peer':
      return status.peers.total > 0;
    case 'done':
      return false;
  }
}

/**
 * Where the wizard is: what the address says, as far as the node is that far; without an address, the first step that
 * is not done. So a reload, a crash or another window continues where this one was.
 */
export function placeOf(named: string | undefined, status: Known): Place {
  if (!status.set_up) return named === 'recover' ? 'recover' : 'name';
  const step = steps.find((one) => one === named);
  return step ?? steps.find((one) => !isDone(one, status)) ?? 'done';
}

export const after = (step: Step): Step => steps[steps.indexOf(step) + 1] ?? 'done';
export const before = (step: Step): Step => steps[steps.indexOf(step) - 1] ?? 'name';
