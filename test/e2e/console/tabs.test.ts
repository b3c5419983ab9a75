import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright';
import { noBrowser, openConsole, openPage, settled, wholeFile } from '../../support/browser/browser.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { until } from '../../support/until.ts';

const node = await startLocalNode(wholeFile(), { name: 'tabs.test' });

/** Puts its tab into the background, or brings it back. */
const turns = (page: Page, state: 'hidden' | 'visible') =>
  page.evaluate(`
    Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
const roomsOf = (page: Page) => page.getByRole('list', { name: 'Rooms' });

test('ten tabs of the console work at once, and share one event stream', { skip: noBrowser }, async (t) => {
  const { page, context, errors } = await openConsole(t, node, {
    path: '#/chats',
    ownWindow: true,
    expected: /401/,
  });
  const streams = new Map<Page, number>();
  context.on('request', (request) => {
    const asking = request.frame().page();
    if (request.url().includes('/stream?')) streams.set(asking, (streams.get(asking) ?? 0) + 1);
  });
  await settled(page);
  const tabs = [page];
  while (tabs.length < 10) {
    const tab = await openPage(context, errors, /401/);
    tabs.push(tab);
    await tab.goto(`${node.control}/#/chats`);
    await settled(tab);
  }
  assert.equal(streams.size, 0, 'the first tab has it');
  await node.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  for (const tab of tabs) await roomsOf(tab).getByText('Kitchen').waitFor();

  await t.test('a hidden tab gives the stream to a visible one, and nothing is lost', async () => {
    for (const tab of tabs.slice(2)) await turns(tab, 'hidden');
    await turns(page, 'hidden');
    await until([node], 'the stream of the visible tab', async () => streams.has(tabs[1]!));
    await node.api.createRoom({ name: 'Cellar', join_rule: 'invite' });
    for (const tab of tabs) await roomsOf(tab).getByText('Cellar').waitFor();
    assert.deepEqual([...streams.keys()], [tabs[1]]);
  });

  await t.test('when the tab with the stream is closed, another one has it', async () => {
    await tabs[1]?.close();
    await node.api.createRoom({ name: 'Attic', join_rule: 'invite' });
    const left = tabs.filter((tab) => tab !== tabs[1]);
    for (const tab of left) await roomsOf(tab).getByText('Attic').waitFor();
  });

  await t.test('all tabs notice that the login has ended', async () => {
    await page.evaluate(
      `fetch('/logout', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })`,
    );
    for (const tab of tabs.filter((tab) => !tab.isClosed()))
      await tab
        .getByRole('heading', { name: /log in|login/i })
        .first()
        .waitFor();
  });
});
