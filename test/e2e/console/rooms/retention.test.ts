import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { LeapingClock } from '../../../support/leaping-clock.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

after(closeBrowser);

test('an owner limits how much of a room is kept, reads first what that means, and the timeline says where it begins', {
  skip: noBrowser,
}, async (t) => {
  const clock = new LeapingClock();
  const node = await startLocalNode(t, { name: 'a.test', ports: { ...systemPorts, clock } });
  const { room_id } = await node.api.createRoom({ name: 'Garden', join_rule: 'invite' });
  for (const body of ['an old one', 'another old one']) await node.api.postMessage({ room_id, body });
  await clock.leap(26 * 3_600_000);
  await node.api.postMessage({ room_id, body: 'a new one' });
  const { page } = await openConsole(t, node, { path: `#/chats/${encodeURIComponent(room_id)}` });
  const said = (body: string) => page.getByRole('article').filter({ hasText: body });
  await said('another old one').waitFor();
  await page.getByRole('button', { name: 'More about this room' }).click();
  await page.getByRole('menuitem', { name: 'Room settings' }).click();
  const settings = page.getByRole('dialog', { name: 'Room settings' });
  await settings.getByText('All messages').waitFor();
  await settings.getByRole('button', { name: 'Change…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Messages kept on your server' });
  await dialog.getByRole('textbox', { name: 'Keep messages for (days)' }).fill('1');
  await dialog.getByText('What exactly happens').click();
  await dialog.getByText(/^This room is on your server. People who join later/).waitFor();
  await dialog.getByRole('button', { name: 'Remove older messages' }).click();
  await dialog.waitFor({ state: 'detached' });
  await until([node], 'dropped', async () => {
    await clock.leap(60_000);
    return (await node.api.timeline({ room_id })).items.length === 1;
  });
  await said('another old one').waitFor({ state: 'detached' });
  await page.getByText(/^Messages up to .* are no longer on your server\./).waitFor();
  await said('a new one').waitFor();
  assert.equal(await page.getByText('This is the beginning of').count(), 0);
});
