/** What the system tells the app: that it sleeps, shuts down, or ends the session. */
import type { Clock } from '../../kernel/ports.ts';
import type { ParacordNode } from '../../node.ts';
import type { Electron, Platform } from '../host.ts';

export interface SystemParts {
  readonly electron: Pick<Electron, 'BaseWindow' | 'powerMonitor'>;
  readonly platform: Platform;
  readonly clock: Pick<Clock, 'after'>;
  readonly node: Pick<ParacordNode, 'sleep' | 'wake'>;
  /** Ends the app without a question. */
  readonly leave: () => void;
  readonly failed: (what: string) => (error: unknown) => void;
}

/** So long the node rests if nothing says that the machine is awake, or that the session goes on. */
const restsMsMax = 60_000;

/** The returned function ends the rest for good. */
export function followSystem({ electron, platform, clock, node, leave, failed }: SystemParts): () => void {
  const { powerMonitor } = electron;
  let cancel = (): void => {};
  const wake = (): void => {
    cancel();
    node.wake().catch(failed('waking the node failed'));
  };
  const rest = (): void => {
    cancel();
    cancel = clock.after(restsMsMax, wake);
    node.sleep().catch(failed('pausing the node failed'));
  };
  // On Linux the first listener of all does not count as one for `shutdown` (lib/browser/api/power-monitor of
  // Electron), and then the system doesn't wait. So this one comes first.
  powerMonitor.on('resume', wake);
  powerMonitor.on('suspend', rest);
  // Electron's types leave this event out, its documentation does not: so asked, the system waits for the drain.
  powerMonitor.on('shutdown', (...[event]: { preventDefault(): void }[]) => {
    event?.preventDefault();
    leave();
  });
  if (platform === 'windows') {
    // Windows tells only windows, and in the background there may be none.
    const listener = new electron.BaseWindow({ show: false });
    // Every program is asked first, and one of them may refuse, so the node only rests: what is on its way arrives, and
    // nothing new is begun. Refusing here would keep people waiting, and nothing is lost without.
    listener.on('query-session-end', rest);
    // Once the listeners have returned, Electron ends the process (WM_ENDSESSION in native_window_views_win.cc), so only
    // the first step of stopping still happens.
    listener.on('session-end', leave);
  }
  return () => cancel();
}
