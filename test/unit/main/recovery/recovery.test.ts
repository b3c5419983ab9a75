import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { HttpResult } from '../../../../main/client/http.ts';
import { Recovery, type RecoveryDeps } from '../../../../main/recovery/recovery.ts';
import { WriteHold } from '../../../../main/recovery/write-hold.ts';
import { Store } from '../../../../main/store/store.ts';
import { tempDir } from '../../../support/temp.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const peer = { server_name: 'b.test', endpoint: 'http://b.test', mode: 'allow' };

/** A recovery that asks one peer, and when it asked it: seconds after the start. Without an answer, calls fail. */
async function begun(t: TestContext) {
  const clock = new VirtualClock();
  const start = clock.now();
  const store = new Store(join(tempDir(t), 'node.db'), { clock, defer: queueMicrotask });
  t.after(() => store.close());
  const asked: number[] = [];
  const recovery = new Recovery({
    store,
    clock,
    hold: new WriteHold(),
    keyring: { isSetUp: true },
    tell: () => {},
    log: { info: () => {}, error: (details: object) => assert.fail(JSON.stringify(details)) },
    directory: {
      all: () => [peer],
      get: () => peer,
      isAllowed: () => true,
      answers: () => true,
    },
    client: {
      call: async (): Promise<HttpResult> => {
        asked.push((clock.now() - start) / 1000);
        recovery.couldNotBeReached(peer.server_name);
        return { kind: 'network', error: { code: 'net.refused', params: {} } as never };
      },
    },
  } as unknown as RecoveryDeps);
  recovery.start();
  await recovery.begin('asked');
  t.after(() => recovery.stop());
  return { clock, recovery, asked };
}

test('a peer that cannot be reached is asked less and less often', async (t) => {
  const { clock, asked } = await begun(t);
  await clock.advance(300_000);
  assert.deepEqual(asked, [0, 15, 45, 105, 225]);
});

test('the first call from a peer that could not be reached makes us ask it at once, and further calls don’t', async (t) => {
  const { clock, recovery, asked } = await begun(t);
  for (let seconds = 1; seconds <= 300; seconds++) {
    await clock.advance(1_000);
    recovery.heardFrom(peer.server_name);
  }
  assert.deepEqual(asked, [0, 1, 35, 95, 215]);
});

test('a peer that answers again is asked at once, and so is one that calls after it fails again', async (t) => {
  const { clock, recovery, asked } = await begun(t);
  await clock.advance(50_000);
  recovery.answered(peer.server_name);
  await clock.advance(1_000);
  recovery.heardFrom(peer.server_name);
  await clock.advance(1_000);
  recovery.heardFrom(peer.server_name);
  assert.deepEqual(asked, [0, 15, 45, 50, 51]);
});
