import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpResult } from '../../../../../main/client/http.ts';
import { patientCall } from '../../../../../main/outbound/catch-up/patient-call.ts';
import { RateLimiter } from '../../../../../main/trust/limits/rate-limiter.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { quoted } from '../../../../../shared/words/said.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const minute = 60_000;
const mebibyte = 1_048_576;
const callee = (server: string) => ({
  server,
  endpoint: `https://${server}`,
  policy: { byOwner: false, tlsSha256: null },
});

/** Reads page after page of a server that has no end, for some minutes. Resolves with how many answers it gave. */
async function readFor(minutes: number, answer: HttpResult): Promise<{ evil: number; good: number }> {
  const clock = new VirtualClock();
  const asked = { evil: 0, good: 0 };
  const ending = new AbortController();
  const client = {
    call: async ({ server }: { server?: string }) => {
      asked[server === 'evil.test' ? 'evil' : 'good']++;
      await new Promise<void>((resolve) => clock.after(1, resolve));
      return answer;
    },
  };
  const parts = { client, clock, readBudget: new RateLimiter(clock) } as never;
  const call = { method: 'GET', path: '/events', signal: ending.signal } as const;
  const reading = (async () => {
    while (!ending.signal.aborted) await patientCall(parts, callee('evil.test'), call);
  })();
  await clock.advance(minutes * minute);
  const other = patientCall(parts, callee('good.test'), call);
  await clock.advance(1);
  await other;
  ending.abort();
  await clock.advance(1);
  await reading;
  return asked;
}

test('a server that answers without end is read up to its budget, and another as usual', async () => {
  const page: HttpResult = { kind: 'answer', status: 200, headers: {}, body: 'x'.repeat(4 * mebibyte) };
  const { evil, good } = await readFor(3, page);
  const { burst, perMinute } = limits.peerBytes;
  const read = evil * 4 * mebibyte;
  assert.ok(read <= burst + 3 * perMinute + 4 * mebibyte, `${read / mebibyte} MiB in 3 min`);
  assert.ok(read >= burst + 2 * perMinute, `${read / mebibyte} MiB in 3 min`);
  assert.equal(good, 1);
});

test('an answer that is larger than we accept uses up the budget, too', async () => {
  const { evil } = await readFor(3, {
    kind: 'network',
    error: quoted('too large'),
    code: 'ANSWER_TOO_LARGE',
  });
  assert.ok(evil <= 10, `${evil} answers of 32 MiB in 3 min`);
});
