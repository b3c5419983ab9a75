import { systemPorts } from '../kernel/ports.ts';
import { every } from '../kernel/timers.ts';

const lookEveryMs = 500;

/**
 * npm runs its scripts in a shell. A signal to npm ends that shell, and many shells don't pass it on: the node would
 * continue without its parent, and keep its ports and data folder. So a node started by npm stops when its shell is
 * gone.
 */
export function stopWithShell(): void {
  if (process.platform === 'win32' || process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  const stopLooking = every(
    systemPorts.clock,
    lookEveryMs,
    async () => {
      if (process.ppid === shell) return;
      stopLooking();
      process.kill(process.pid, 'SIGTERM');
    },
    () => {},
  );
}
