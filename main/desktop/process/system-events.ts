/** Follows those that end the app or put it to sleep: its owner, a signal, the system. */
import type { ParacordNode } from '../../node.ts';
import type { Electron, Host } from '../host.ts';
import type { Quitting, QuittingDeps } from './quitting.ts';

interface SystemDeps {
  readonly electron: Pick<Electron, 'app' | 'BaseWindow' | 'powerMonitor'>;
  readonly host: Pick<Host, 'platform' | 'clock' | 'onSignal'>;
  readonly quitting: Pick<Quitting, 'isGone' | 'afterAsking' | 'atOnce'>;
  /** `null` until the node has started. */
  readonly node: () => Pick<ParacordNode, 'sleep' | 'wake'> | null;
  readonly log: QuittingDeps['log'];
}

/** If nothing reports that the machine is awake or that the session continues, the node continues after this time. */
const restMsMax = 60_000;

/** Call it once Electron is ready. The returned function ends a rest without waking the node. */
export function followSystem({ electron, host, quitting, node, log }: SystemDeps): () => void {
  const { app, powerMonitor } = electron;
  app.on('before-quit', (event) => {
    if (quitting.isGone) return;
    event.preventDefault();
    if (sessionMayEnd) leave();
    else void quitting.afterAsking();
  });
  // The node runs without a window. Without this listener, Electron would quit when the last one closes.
  app.on('window-all-closed', () => {});
  const leave = (): void => void quitting.atOnce();
  host.onSignal(leave);

  let cancel = (): void => {};
  let sessionMayEnd = false;
  const wake = (): void => {
    cancel();
    sessionMayEnd = false;
    node()
      ?.wake()
      .catch((error: unknown) => log.error({ err: error }, 'waking the node failed'));
  };
  const rest = (): void => {
    cancel();
    cancel = host.clock.after(restMsMax, wake);
    node()
      ?.sleep()
      .catch((error: unknown) => log.error({ err: error }, 'pausing the node failed'));
  };
  // On Linux, Electron ignores `shutdown` if it is the very first listener (lib/browser/api/power-monitor), and the
  // system doesn't wait for the app. So `resume` comes first.
  powerMonitor.on('resume', wake);
  powerMonitor.on('suspend', rest);
  // Documented, but missing from Electron's types. preventDefault makes the system wait for the app to stop.
  powerMonitor.on('shutdown', (...[event]: { preventDefault(): void }[]) => {
    if (host.platform === 'macos') {
      // Another app may still cancel that. Otherwise macOS then tells this app to quit (`terminate` of
      // electron_application.mm, which does nothing after preventDefault).
      sessionMayEnd = true;
      rest();
      return;
    }
    event?.preventDefault();
    leave();
  });
  if (host.platform === 'windows') {
    // Windows tells only windows that the session ends, and in the background the app may have none.
    const listener = new electron.BaseWindow({ show: false });
    // Another program may still cancel the end of the session, so the node only pauses: what is being sent arrives,
    // nothing new starts. The app doesn't object, because nothing would be lost.
    listener.on('query-session-end', rest);
    // Electron ends the process as soon as the listeners return (WM_ENDSESSION in native_window_views_win.cc), so only
    // the synchronous part of stopping still happens.
    listener.on('session-end', leave);
  }
  return () => cancel();
}
