import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  troubleOf,
  watchForCamera,
  watchFrames,
} from '../../../../../../renderer/screens/invites/opening/camera.ts';

type Looked = 'done' | 'more';
type Frame = (nowMs: number) => void;

/** A video whose frames come when the test decides. */
function filmed(look: () => Promise<Looked>, isHidden = () => false) {
  let wanted: Frame | null = null;
  const stop = watchFrames(
    {
      requestVideoFrameCallback: (frame) => {
        assert.equal(wanted, null, 'one frame is waited for at a time');
        wanted = frame;
        return 7;
      },
      cancelVideoFrameCallback: (request) => {
        assert.equal(request, 7);
        wanted = null;
      },
    },
    isHidden,
    look,
  );
  return {
    stop,
    isWatching: () => wanted !== null,
    async frame(now: number): Promise<void> {
      const frame = wanted;
      wanted = null;
      frame?.(now);
      await turn();
    },
  };
}

test('five of thirty frames a second are checked', async () => {
  let looks = 0;
  const film = filmed(async () => {
    looks++;
    return 'more';
  });
  for (let ms = 0; ms < 2000; ms += 33) await film.frame(ms);
  assert.ok(looks >= 8 && looks <= 10, `${looks} in two seconds`);
});

test('no frame is checked while the page is hidden, and the first one after', async () => {
  let hidden = true;
  let looks = 0;
  const film = filmed(
    async () => {
      looks++;
      return 'more';
    },
    () => hidden,
  );
  for (let ms = 0; ms < 2000; ms += 33) await film.frame(ms);
  assert.equal(looks, 0);
  hidden = false;
  await film.frame(2000);
  assert.equal(looks, 1);
});

test('checks don’t overlap, and end with a result or a stop', async () => {
  const answers: ((looked: Looked) => void)[] = [];
  const film = filmed(() => new Promise((resolve) => answers.push(resolve)));
  await film.frame(0);
  assert.equal(film.isWatching(), false, 'not while one is looked at');
  answers[0]?.('more');
  await turn();
  await film.frame(1000);
  answers[1]?.('done');
  await turn();
  assert.equal(film.isWatching(), false);

  const other = filmed(() => new Promise((resolve) => answers.push(resolve)));
  await other.frame(0);
  other.stop();
  answers[2]?.('more');
  await turn();
  assert.equal(other.isWatching(), false);
  const third = filmed(async () => 'more');
  third.stop();
  assert.equal(third.isWatching(), false);
});

test('a camera is reported when it comes and when it goes; a microphone is not a camera', async () => {
  let kinds = ['audioinput', 'audiooutput'];
  const devices = Object.assign(new EventTarget(), {
    enumerateDevices: async () => kinds.map((kind) => ({ kind })),
  });
  const told: boolean[] = [];
  const stop = watchForCamera(devices, (isThere) => told.push(isThere));
  const change = async (next: string[]): Promise<void> => {
    kinds = next;
    devices.dispatchEvent(new Event('devicechange'));
    await turn();
  };
  await turn();
  await change(['audioinput', 'videoinput']);
  await change([]);
  stop();
  await change(['videoinput']);
  assert.deepEqual(told, [false, true, false]);
});

test('if the browser doesn’t answer, there is no camera', async () => {
  const told: boolean[] = [];
  const failing = Object.assign(new EventTarget(), {
    enumerateDevices: () => Promise.reject(new Error('not now')),
  });
  watchForCamera(failing, (isThere) => told.push(isThere));
  await turn();
  assert.deepEqual(told, [false]);
});

test('each error of a refused camera has one meaning', () => {
  const meaning = (name: string) => troubleOf(new DOMException('x', name));
  assert.equal(meaning('NotAllowedError'), 'refused');
  assert.equal(meaning('SecurityError'), 'refused');
  assert.equal(meaning('NotFoundError'), 'none');
  assert.equal(meaning('OverconstrainedError'), 'none');
  assert.equal(meaning('NotReadableError'), 'busy');
  assert.equal(meaning('AbortError'), 'busy');
  assert.equal(troubleOf('anything'), 'busy');
});
