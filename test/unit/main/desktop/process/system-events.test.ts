import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Platform } from '../../../../../main/desktop/host.ts';
import { followSystem } from '../../../../../main/desktop/process/system-events.ts';
import { standInElectron } from '../../../../support/electron/electron-stand-in.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

function following(platform: Platform) {
  const stand = standInElectron({ platform });
  const clock = new VirtualClock();
  const did: string[] = [];
  const note = (what: string) => async () => void did.push(what);
  const node = { sleep: note('sleep'), wake: note('wake') };
  let started: typeof node | null = node;
  const end = followSystem({
    electron: stand.electron,
    host: { platform, clock, onSignal: () => {} },
    quitting: { isGone: false, afterAsking: note('ask'), atOnce: note('leave') },
    node: () => started,
    log: { error: () => {} },
  });
  const withoutNode = (): void => {
    started = null;
  };
  return { ...stand, clock, did, end, withoutNode };
}

test('a paused node resumes by itself after a minute if the system doesn’t report that the machine is awake', async () => {
  const { system, clock, did } = following('linux');
  system.suspend();
  await clock.advance(59_999);
  assert.deepEqual(did, ['sleep']);
  await clock.advance(1);
  assert.deepEqual(did, ['sleep', 'wake']);
});

test('a node that was woken is not woken again, and each sleep counts from its own beginning', async () => {
  const { system, clock, did } = following('macos');
  system.suspend();
  await clock.advance(50_000);
  system.resume();
  system.suspend();
  await clock.advance(50_000);
  assert.deepEqual(did, ['sleep', 'wake', 'sleep']);
  await clock.advance(10_000);
  assert.deepEqual(did, ['sleep', 'wake', 'sleep', 'wake']);
});

test('while the app quits, nothing wakes the node', async () => {
  const { system, clock, did, end } = following('linux');
  system.suspend();
  end();
  await clock.advance(60_000);
  assert.deepEqual(did, ['sleep']);
});

test('a machine that sleeps before the node has started leaves it alone', async () => {
  const { system, clock, did, withoutNode } = following('linux');
  withoutNode();
  system.suspend();
  system.resume();
  await clock.advance(60_000);
  assert.deepEqual(did, []);
});

test('quitting asks, and keeps Electron from ending the app until the node has stopped', () => {
  const { electron, did } = following('linux');
  electron.app.quit();
  assert.deepEqual([did, electron.app.listenerCount('window-all-closed')], [['ask'], 1]);
});

test('the system waits for the app when it shuts down; Windows tells its windows', () => {
  for (const platform of ['linux', 'macos'] as const) {
    const { system, did, hidden } = following(platform);
    const before = platform === 'macos' ? ['sleep'] : [];
    assert.deepEqual([system.shutDown(), did, hidden.length], [true, [...before, 'leave'], 0]);
  }
  const { system, did, hidden } = following('windows');
  assert.deepEqual([system.shutDown(), hidden.length], [false, 1]);
  assert.equal(system.askToEndSession(), true);
  system.endSession();
  assert.deepEqual(did, ['sleep', 'leave']);
});

test('on macOS, a log-out that another app cancels leaves the server running, and quitting asks again', async () => {
  const { system, electron, clock, did } = following('macos');
  system.announceShutdown();
  assert.deepEqual(did, ['sleep']);
  await clock.advance(60_000);
  electron.app.quit();
  assert.deepEqual(did, ['sleep', 'wake', 'ask']);
});
