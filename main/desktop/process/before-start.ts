/** Questions before the node starts. Each function returns false if the app is about to exit. */
import type { Words } from '../../../shared/words/words.ts';
import type { Log } from '../../kernel/log.ts';
import { exitCodes } from '../../start/failure.ts';
import type { Electron, Host } from '../host.ts';
import type { Preferences } from '../preferences.ts';
import type { IdentityBox } from '../secret-box.ts';
import type { UserService } from '../user-service.ts';
import { choose, type ShowBox } from '../window/dialogs.ts';
import { attempt } from './quitting.ts';
import { attemptFlag, backgroundFlag, ownFlags, type RestartNote } from './restart.ts';

export interface BeforeStart {
  readonly electron: Pick<Electron, 'app'>;
  readonly host: Host;
  readonly show: ShowBox;
  readonly words: Words;
  readonly log: Log;
}

/**
 * On systems that restrict user namespaces, an AppImage silently adds `--no-sandbox` (generateAppRunScript of
 * electron-builder). The app asks its owner once.
 */
export async function mayRunUnsandboxed(
  { electron, host, show, words, log }: BeforeStart,
  preferences: Preferences,
): Promise<boolean> {
  if (!host.args.includes('--no-sandbox')) return true;
  log.warn({}, 'the system starts the app without a sandbox for the window');
  if (preferences.get().unsandboxed) return true;
  const { start, quit, ...texts } = words.desktop.unsandboxed;
  if ((await choose(show, 'warning', texts, [start, quit])) === 0) {
    attempt(log, () => preferences.change({ unsandboxed: true }));
    return true;
  }
  electron.app.exit(exitCodes.ok);
  return false;
}

/**
 * macOS runs an app from a read-only place of its own while it is where it was downloaded to. Then it doesn't start at login,
 * links don't lead to it, and it can't be updated. The app offers to move itself, once.
 */
export async function offerToMove(
  { electron: { app }, host, show, words, log }: BeforeStart,
  preferences: Preferences,
  note: RestartNote,
): Promise<boolean> {
  if (host.platform !== 'macos' || !app.isPackaged || app.isInApplicationsFolder()) return true;
  if (preferences.get().staysOutside) return true;
  const { move, stay, ...texts } = words.desktop.outside;
  if ((await choose(show, 'info', texts, [move, stay])) !== 0) {
    attempt(log, () => preferences.change({ staysOutside: true }));
    return true;
  }
  let moved = false;
  attempt(log, () => {
    note.leave(host.args);
    // The call quits the app and starts it again.
    moved = app.moveToApplicationsFolder();
  });
  if (!moved) attempt(log, () => note.remove());
  return !moved;
}

/** The server runs as a service, because its owner wanted that. They may want it back. */
export async function offerToComeBack(
  { electron: { app }, host, show, words }: BeforeStart,
  service: UserService,
): Promise<void> {
  const { back, quit, ...texts } = words.desktop.service.running;
  if ((await choose(show, 'info', texts, [back, quit])) === 0) {
    await service.remove();
    host.startAgain(ownFlags(host.args));
  }
  app.exit(exitCodes.ok);
}

const attemptsMax = 10;
const retryAfterMs = 30_000;
/** If the key store takes longer than this, the app shows what it is waiting for. */
const patienceMs = 10_000;

/**
 * Opens a sealed identity. Electron asks the key store only once per process (EnsureAsyncEncryptorRequested in
 * shell/browser/api/electron_api_safe_storage.cc), so the app has to restart to try again. It does so when the owner
 * asks for it, and by itself while the key store is not there, or not yet.
 */
export async function unlockIdentity(before: BeforeStart, box: IdentityBox): Promise<boolean> {
  const { electron, log } = before;
  try {
    const unlocked = box.unlock();
    switch (await whileWaiting(before, unlocked)) {
      case 'quit':
        electron.app.exit(exitCodes.failure);
        return false;
      case 'recover':
        box.putAside();
        // A late answer no longer matters.
        unlocked.catch((error: unknown) => log.warn({ err: error }, 'the key store answered late'));
        return true;
      case 'answered':
        await unlocked;
        return true;
    }
  } catch (error) {
    log.error({ err: error }, 'the key store did not open the identity');
    return afterRefusal(before, box, error);
  }
}

/** A key store may never answer, and show nothing. `answered`: it has, whatever the answer is. */
async function whileWaiting(
  { host, show, words }: BeforeStart,
  unlocked: Promise<void>,
): Promise<'answered' | 'recover' | 'quit'> {
  const answered = new AbortController();
  const answer = unlocked.then(
    () => answered.abort(),
    () => answered.abort(),
  );
  let stop = (): void => {};
  const isSlow = new Promise<boolean>((resolve) => {
    stop = host.clock.after(patienceMs, () => resolve(true));
  });
  const wasSlow = await Promise.race([isSlow, answer.then(() => false)]);
  stop();
  if (!wasSlow) return 'answered';
  const { recover, waiting } = words.desktop.locked;
  const buttons = [recover, words.desktop.menu.quit];
  const pressed = await choose(show, 'info', waiting, buttons, answered.signal);
  if (answered.signal.aborted) return 'answered';
  return pressed === 0 ? 'recover' : 'quit';
}

/** The key store did not open the identity. Returns true if the server starts without it. */
async function afterRefusal(
  { electron, host, show, words }: BeforeStart,
  box: IdentityBox,
  error: unknown,
): Promise<boolean> {
  const last = host.args.findLast((argument) => argument.startsWith(attemptFlag));
  const attempts = Number(last?.slice(attemptFlag.length)) || 0;
  const waiting = new AbortController();
  const triesAgain = attempts < attemptsMax && (await box.mayOpenLater(error).catch(() => false));
  const cancel = triesAgain ? host.clock.after(retryAfterMs, () => waiting.abort()) : () => {};
  const { message, detail, again, recover } = words.desktop.locked;
  const reason = error instanceof Error ? error.message : String(error);
  const buttons = [again, recover, words.desktop.menu.quit];
  const texts = { message, detail: detail({ reason }) };
  const pressed = await choose(show, 'warning', texts, buttons, waiting.signal);
  cancel();
  const byItself = waiting.signal.aborted;
  if (!byItself && pressed === 1) {
    box.putAside();
    return true;
  }
  const startsAgain = byItself || pressed === 0;
  // If it was started at login, it still starts without its window.
  const background = host.args.includes(backgroundFlag) ? [backgroundFlag] : [];
  const attempt = `${attemptFlag}${byItself ? attempts + 1 : 0}`;
  // The owner's flags last: on Windows, Electron ends an app if anything follows an argument that looks like a URL.
  if (startsAgain) host.startAgain([...background, attempt, ...ownFlags(host.args)]);
  electron.app.exit(startsAgain ? exitCodes.ok : exitCodes.failure);
  return false;
}
