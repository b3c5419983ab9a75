/** Cameras: whether there is one, why it doesn't start, and how often to look for a code. */

/** The part of a browser's `mediaDevices` that is used. */
export interface DeviceList {
  enumerateDevices(): Promise<readonly { readonly kind: string }[]>;
  addEventListener(event: 'devicechange', listener: () => void): void;
  removeEventListener(event: 'devicechange', listener: () => void): void;
}

/** The part of a `<video>` that is used: calls back once, when its next frame is drawn. */
export interface FrameSource {
  requestVideoFrameCallback(frame: (nowMs: number) => void): number;
  cancelVideoFrameCallback(request: number): void;
}

/** Reports whether there is a camera, now and on each change. Asks for no permission. */
export function watchForCamera(devices: DeviceList, tell: (isThere: boolean) => void): () => void {
  let isOver = false;
  const look = async (): Promise<void> => {
    const found = await devices.enumerateDevices().catch(() => []);
    if (!isOver) tell(found.some(({ kind }) => kind === 'videoinput'));
  };
  devices.addEventListener('devicechange', look);
  void look();
  return () => {
    isOver = true;
    devices.removeEventListener('devicechange', look);
  };
}

export type CameraTrouble = 'refused' | 'none' | 'busy' | 'stopped';

/** Explains the browser's error. */
export function troubleOf(error: unknown): CameraTrouble {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none';
  return 'busy';
}

/** Five times a second is fast enough for a handheld code and keeps the window responsive. */
const betweenLooksMs = 200;

/**
 * Passes frames of a video to `look`, one at a time and at intervals, and only while the page is visible. Ends when
 * `look` says that it is done, or when the returned function is called.
 */
export function watchFrames(
  video: FrameSource,
  isHidden: () => boolean,
  look: () => Promise<'done' | 'more'>,
): () => void {
  let isOver = false;
  let request = 0;
  let last = Number.NEGATIVE_INFINITY;
  const frame = async (nowMs: number): Promise<void> => {
    if (!isHidden() && nowMs - last >= betweenLooksMs) {
      last = nowMs;
      if ((await look()) === 'done') return;
    }
    if (!isOver) request = video.requestVideoFrameCallback(frame);
  };
  request = video.requestVideoFrameCallback(frame);
  return () => {
    isOver = true;
    video.cancelVideoFrameCallback(request);
  };
}
