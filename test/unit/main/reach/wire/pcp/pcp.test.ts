import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pcp } from '../../../../../../main/reach/wire/pcp/pcp.ts';
import { VirtualClock } from '../../../../../support/virtual-clock.ts';

const { signal } = new AbortController();
const port = 8448;

/** A router that grants everything except removal, and the requested lifetimes. */
function unendingRouter(gateway: string, localAddress: string) {
  const lifetimes: number[] = [];
  const pcp = new Pcp({
    clock: new VirtualClock(),
    random: { next: () => 0.5, bytes: (length) => Buffer.alloc(length) },
    nonce: Buffer.alloc(12, 7),
    route: { gateway, localAddress },
    openUdp: async ({ connect, onMessage }) => ({
      send(bytes) {
        const answer = Buffer.from(bytes);
        const lifetimeS = bytes.readUInt32BE(4);
        lifetimes.push(lifetimeS);
        answer.set([2, 0x81, 0, lifetimeS === 0 ? 2 : 0]);
        if (connect) onMessage(answer, connect);
      },
      close() {},
    }),
  });
  const map = () => pcp.map({ internalPort: port, suggestedPort: port, lifetimeS: 7200 }, signal);
  return { pcp, lifetimes, map, unmap: () => pcp.unmap({ internalPort: port }, signal) };
}

test('a pinhole that a router does not remove is renewed for the shortest time', async () => {
  const { lifetimes, map, unmap } = unendingRouter('fe80::1%eth0', '2400:2::2');
  await map();
  await unmap();
  assert.deepEqual(lifetimes, [7200, 0, 1]);
});

test('nothing is opened that was not open, not even for a moment, and no port of IPv4', async () => {
  const never = unendingRouter('fe80::1%eth0', '2400:2::2');
  await never.unmap();
  assert.deepEqual(never.lifetimes, [0]);
  const ipv4 = unendingRouter('192.168.1.1', '192.168.1.2');
  await ipv4.map();
  await ipv4.unmap();
  assert.deepEqual(ipv4.lifetimes, [7200, 0]);
});

/** A router that handles requests in order; while it is slow, its answers arrive when nobody waits for them any more. */
function slowRouter() {
  const clock = new VirtualClock();
  const router = { isSlow: false, open: false };
  const pcp = new Pcp({
    clock,
    random: { next: () => 0.5, bytes: (length) => Buffer.alloc(length) },
    nonce: Buffer.alloc(12, 7),
    route: { gateway: '192.168.1.1', localAddress: '192.168.1.2' },
    openUdp: async ({ connect, onMessage }) => ({
      send(bytes) {
        router.open = bytes.readUInt32BE(4) > 0;
        const answer = Buffer.from(bytes);
        answer.set([2, 0x81, 0, 0]);
        if (connect && !router.isSlow) onMessage(answer, connect);
      },
      close() {},
    }),
  });
  const map = async () => {
    const asked = pcp.map({ internalPort: port, suggestedPort: 80, lifetimeS: 120 }, signal);
    await clock.advance(20_000);
    return asked;
  };
  return { router, map };
}

test('a port that a slow router opens too late is closed again', async () => {
  const { router, map } = slowRouter();
  router.isSlow = true;
  assert.equal((await map()).kind, 'absent');
  assert.equal(router.open, false);
});

test('a renewal that gets no answer leaves the mapping as it is', async () => {
  const { router, map } = slowRouter();
  assert.equal((await map()).kind, 'granted');
  router.isSlow = true;
  assert.equal((await map()).kind, 'absent');
  assert.equal(router.open, true);
});
