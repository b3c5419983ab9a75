import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { LeapingClock } from '../../../support/leaping-clock.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';
import { RawPeer } from '../../../support/parties/raw-peer.ts';
import { until } from '../../../support/until.ts';

after(closeBrowser);

test('a peer that has just added this server, and one that went offline, show up without a reload', {
  skip: noBrowser,
}, async (t) => {
  const clock = new LeapingClock();
  const a = await startLocalNode(t, { name: 'anna.test', ports: { ...systemPorts, clock } });
  const raw = await new RawPeer('raw.test').listen(t);
  const refuses = () => ({ status: 403, body: { code: 'FORBIDDEN', message: 'who?' } });
  for (const path of ['/events', '/event/:id']) raw.handlers.set(path, refuses);
  await a.api.addPeer({ endpoint: raw.url });
  const { page } = await openConsole(t, a, { path: '#/server/connections/raw.test' });
  await page
    .getByText('Its owner must add your server too. Your server tries to contact it every 15 seconds.')
    .waitFor();
  const leaps = async (shown: string, exact = false) => {
    const words = page.getByText(shown, { exact });
    await until([], shown, async () => {
      await clock.leap(5_000);
      return words.isVisible();
    });
  };
  for (const path of ['/events', '/event/:id']) raw.handlers.delete(path);
  await leaps('Connected.', true);
  raw.close();
  await leaps('It hasn’t answered for');
  await page.getByText('Waiting:').waitFor({ state: 'attached' });
  assert.equal(await page.getByText('Connected.', { exact: true }).count(), 0);
});
