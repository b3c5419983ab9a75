import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NatPmp } from '../../../../../../main/reach/wire/pcp/nat-pmp.ts';
import type { OpenUdp } from '../../../../../../main/reach/wire/udp.ts';
import { VirtualClock } from '../../../../../support/virtual-clock.ts';

const never = new AbortController().signal;
const wanted = { internalPort: 8402, suggestedPort: 80, exact: true, lifetimeS: 120 };

/** A router that handles requests in order; while it is slow, its answers arrive when nobody waits for them any more. */
function setUp() {
  const clock = new VirtualClock();
  const router = { isSlow: false, open: false };
  const openUdp: OpenUdp = async (options) => ({
    send(bytes) {
      const from = { address: '192.168.1.1', port: 5351 };
      if (bytes.length === 2) {
        options.onMessage(Buffer.from([0, 128, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9]), from);
        return;
      }
      router.open = bytes.readUInt32BE(8) > 0;
      const answer = Buffer.concat([Buffer.from([0, 130, 0, 0, 0, 0, 0, 9]), bytes.subarray(4)]);
      if (!router.isSlow) options.onMessage(answer, from);
    },
    close() {},
  });
  const route = { gateway: '192.168.1.1', localAddress: '192.168.1.2' };
  const natPmp = new NatPmp({ clock, openUdp, route });
  const map = async () => {
    const asked = natPmp.map(wanted, never);
    await clock.advance(20_000);
    return asked;
  };
  return { router, map };
}

test('a port that a slow router opens too late is closed again', async () => {
  const { router, map } = setUp();
  router.isSlow = true;
  assert.equal((await map()).kind, 'refused');
  assert.equal(router.open, false);
});

test('a renewal that gets no answer leaves the mapping as it is', async () => {
  const { router, map } = setUp();
  assert.equal((await map()).kind, 'granted');
  router.isSlow = true;
  assert.equal((await map()).kind, 'refused');
  assert.equal(router.open, true);
});
