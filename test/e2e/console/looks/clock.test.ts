import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noBrowser, openConsole, openPage, settled, wholeFile } from '../../../support/browser/browser.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';

const node = await startLocalNode(wholeFile(), { name: 'clock.test' });
const day = 86_400_000;

for (const [what, offMs] of [
  ['ahead of', 8 * day],
  ['behind', -3 * day],
] as const)
  test(`with a clock that is far ${what} the node’s, times follow the node’s clock, and the page says so`, {
    skip: noBrowser,
  }, async (t) => {
    const { context, errors } = await openConsole(t, node, { ownWindow: true });
    const page = await openPage(context, errors);
    await page.addInitScript(`
      const real = Date.now;
      Date.now = () => real() + ${offMs};
    `);
    await node.api.backUp({});
    await page.goto(`${node.control}/#/server`);
    await settled(page);
    const by = `${Math.abs(offMs) / day} days`;
    await page
      .getByRole('status')
      .getByText(`The clock of this device is ${by} ${what} your server’s.`)
      .waitFor();
    await page.goto(`${node.control}/#/server/keys`);
    await settled(page);
    const texts = await page.locator('time').allInnerTexts();
    assert.ok(texts.length > 0);
    assert.deepEqual(
      texts.filter((text) => /^(in )?\d+ (days|hours) ago|^in \d+ hours/.test(text)),
      [],
    );
  });
