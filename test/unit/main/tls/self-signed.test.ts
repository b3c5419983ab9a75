import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../../main/kernel/log.ts';
import { OwnKey } from '../../../../main/tls/own-key.ts';
import { factsOf, type TlsPair } from '../../../../main/tls/pair.ts';
import { SelfSigned } from '../../../../main/tls/self-signed.ts';
import type { SourceHost } from '../../../../main/tls/source.ts';
import { tempDir } from '../../../support/temp.ts';
import { until } from '../../../support/until.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const today = Date.UTC(2026, 0, 1);

for (const [what, wrong] of [
  ['1970', 60_000],
  ['2099', Date.UTC(2099, 0, 1)],
] as const)
  test(`a certificate that was made in ${what} is replaced within a minute after the clock is set right`, async (t) => {
    const clock = new VirtualClock(wrong);
    const used: TlsPair[] = [];
    const host = {
      clock,
      ownKey: new OwnKey(tempDir(t)),
      log: createLog('silent'),
      use: (pair: TlsPair) => used.push(pair),
    } as unknown as SourceHost;
    const source = new SelfSigned(host);
    const first = factsOf((await source.first()).cert);
    assert.ok(first.validFrom <= wrong && wrong < first.validUntil);
    source.start();
    t.after(() => source.stop());
    await clock.advance(10 * 60_000);
    assert.equal(used.length, 0);
    clock.setWallClock(today);
    await clock.advance(60_000);
    await until([], 'the new certificate', () => used.length > 0);
    const next = factsOf(used[0]?.cert ?? '');
    assert.ok(next.validFrom <= today && today < next.validUntil, String(new Date(next.validUntil)));
    assert.equal(next.spkiSha256, first.spkiSha256);
  });
