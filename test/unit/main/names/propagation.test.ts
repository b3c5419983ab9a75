import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DnsLook, seen } from '../../../../main/names/dns/propagation.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const name = '_acme-challenge.anna.test';
const { signal } = new AbortController();

/** Servers that have the text from these seconds on; `null` never answers. */
function worldOf(from: Readonly<Record<string, number | null>>) {
  const clock = new VirtualClock();
  const began = clock.now();
  const look: DnsLook = {
    servers: async () => Object.keys(from),
    texts: async (server) => {
      const at = from[server] ?? null;
      if (at === null) return null;
      return clock.now() - began >= at * 1000 ? ['earlier', 'proof'] : ['earlier'];
    },
  };
  let result = 'waiting';
  seen(name, 'proof', { look, clock, signal }).then(
    () => (result = 'seen'),
    (error: Error) => (result = error.message),
  );
  return { clock, result: () => result };
}

test('a proof is shown once every server that answers has it', async () => {
  const { clock, result } = worldOf({ first: 0, second: 80, dead: null });
  await clock.advance(79_000);
  assert.equal(result(), 'waiting');
  await clock.advance(6_000);
  assert.equal(result(), 'seen');
});

test('if no server can be asked, the proof gets a minute and a half to spread', async () => {
  for (const servers of [{}, { first: null }]) {
    const { clock, result } = worldOf(servers);
    await clock.advance(89_000);
    assert.equal(result(), 'waiting');
    await clock.advance(2_000);
    assert.equal(result(), 'seen');
  }
});

test('after five minutes the owner learns which server doesn’t show the proof', async () => {
  const { clock, result } = worldOf({ '192.0.2.1': 0, '192.0.2.2': 9_999 });
  await clock.advance(310_000);
  assert.match(result(), /^192\.0\.2\.2 still doesn’t show the record for _acme-challenge\.anna\.test/);
});
