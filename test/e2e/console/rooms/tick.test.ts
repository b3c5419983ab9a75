import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import type { Locator, Page } from 'playwright';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { type LocalNode, startLocalNode } from '../../../support/nodes/local-node.ts';
import { RawPeer } from '../../../support/parties/raw-peer.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

const answers = {
  accepted: { status: 202, body: { event_id: 'x', inserted: true } },
  broken: { status: 500, body: { code: 'INTERNAL_ERROR', message: 'broken' } },
};

interface Shown {
  readonly node: LocalNode;
  readonly page: Page;
  /** The peer in the room answers what it is sent like this. */
  readonly answer: (how: keyof typeof answers) => Promise<unknown>;
  readonly say: (body: string) => Promise<void>;
  readonly tick: (body: string, name: string) => Locator;
}

async function roomWithPeer(t: TestContext): Promise<Shown> {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const peer = await new RawPeer('ben.test').listen(t);
  peer.handlers.set('/event', () => answers.accepted);
  await node.api.addPeer({ endpoint: peer.url });
  const { room_id } = await node.api.createRoom({ name: 'Room', join_rule: 'peers' });
  const body = JSON.stringify({ origin_server: peer.name, room_id, user_id: `@user:${peer.name}` });
  assert.equal((await peer.call(node.url, 'POST', '/join', body)).status, 200);
  // Otherwise the join may wait in front of the message, which is then only queued.
  await until([node], 'an empty outbox', async () => (await node.api.outbox({})).items.length === 0);
  const { page } = await openConsole(t, node, { path: `#/chats/${encodeURIComponent(room_id)}` });
  return {
    node,
    page,
    answer: (how) => {
      peer.handlers.set('/event', () => answers[how]);
      return node.api.retryOutbox({ destination: peer.name });
    },
    async say(text) {
      const composer = page.getByRole('textbox', { name: /^Message to / });
      await composer.fill(text);
      await composer.press('Enter');
    },
    tick: (text, name) =>
      page.getByRole('article').filter({ hasText: text }).getByRole('button', { name, exact: true }),
  };
}

const details = (page: Page): Locator =>
  page
    .getByRole('dialog', { name: 'Delivery' })
    .getByRole('link', { name: 'Show what waits for user’s server' });

test('a tick that changes while it is pressed opens the details', { skip }, async (t) => {
  const { page, answer, say, tick } = await roomWithPeer(t);
  await answer('broken');
  await say('hello');
  await tick('hello', 'Waiting for another server').hover();
  await page.mouse.down();
  await answer('accepted');
  await tick('hello', 'Delivered').waitFor();
  await page.mouse.up();
  await details(page).waitFor();
});

test('a tick stays under the pointer when the answer to sending its message arrives late', {
  skip,
}, async (t) => {
  const { page, answer, say, tick } = await roomWithPeer(t);
  await answer('accepted');
  const late = Promise.withResolvers<void>();
  await page.route(/\/messages$/, async (route) => {
    const response = await route.fetch();
    await late.promise;
    await route.fulfill({ response });
  });
  await say('hello');
  await tick('hello', 'Delivered').hover();
  await page.mouse.down();
  const outgoing = page.getByRole('list', { name: 'Unsent messages' });
  await outgoing.waitFor();
  late.resolve();
  await outgoing.waitFor({ state: 'detached' });
  await page.mouse.up();
  await details(page).waitFor();
});
