import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Locator, Page } from 'playwright';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { closeBrowser, noBrowser, openConsole, roomPath } from '../../../support/browser/browser.ts';
import { useMessage } from '../../../support/browser/message.ts';
import { filesAsText, tablesAsText } from '../../../support/database-text.ts';
import { LeapingClock } from '../../../support/leaping-clock.ts';
import { befriend, type LocalNode, startLocalNode } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

const said = (page: Page, body: string): Locator => page.getByRole('article').filter({ hasText: body });

const use = (page: Page, body: string, tool: string): Promise<void> => useMessage(said(page, body), tool);

/** The places where a node still has a text. */
function placesOf(node: LocalNode, text: string): string[] {
  const path = join(node.dataDir, 'node.db');
  return [
    ...(tablesAsText(path).includes(text) ? ['tables'] : []),
    ...(filesAsText(path).includes(text) ? ['files'] : []),
  ];
}

test('a message that was written, edited, reacted to and then deleted on the screen is gone from three nodes', {
  skip,
}, async (t) => {
  const clock = new LeapingClock();
  const ports = { ...systemPorts, clock };
  const nodes: LocalNode[] = [];
  for (const name of ['a.test', 'b.test', 'c.test']) nodes.push(await startLocalNode(t, { name, ports }));
  const [a, b, c] = nodes as [LocalNode, LocalNode, LocalNode];
  await befriend(a, b);
  await befriend(b, c);
  await befriend(a, c);
  const { room_id } = await a.api.createRoom({ name: 'Hall', join_rule: 'peers' });
  for (const node of [b, c]) {
    await node.api.joinRoom({ room_id });
    await until([a, node], 'in the room', async () => {
      const room = await node.api.room({ room_id });
      return room.membership === 'joined' && room.channels.length > 0;
    });
  }
  const { page: alice } = await openConsole(t, a, { path: roomPath(room_id) });
  // The refusal here is that of the erased event.
  const { page: bob } = await openConsole(t, b, {
    path: roomPath(room_id),
    expected: /Failed to load resource/,
  });
  const { page: carol } = await openConsole(t, c, { path: roomPath(room_id) });

  await bob.getByRole('textbox', { name: /^Message to / }).fill('my PIN is 7316-secret');
  await bob.getByRole('textbox', { name: /^Message to / }).press('Enter');
  await said(carol, '7316-secret').waitFor();
  await bob.getByRole('textbox', { name: /^Message to / }).press('ArrowUp');
  const editor = bob.getByRole('textbox', { name: 'Edit message' });
  await editor.fill('my PIN is 9842-secret');
  await editor.press('Enter');
  await said(alice, '9842-secret').getByText('(edited)').waitFor();
  await use(alice, '9842-secret', 'React');
  await alice.getByRole('option', { name: 'thumbs up' }).click();
  await said(bob, '9842-secret').getByRole('button', { name: '👍 1 by a' }).waitFor();
  for (const node of nodes) assert.ok(placesOf(node, '7316-secret').length > 0, node.name);

  await use(bob, '9842-secret', 'Details');
  const details = bob.getByRole('dialog', { name: 'Message details' });
  assert.equal(await details.getByText('7316-secret').isVisible(), false);
  await details.getByText('Technical details').click();
  await details.getByText('7316-secret').waitFor();
  await bob.keyboard.press('Escape');

  await use(bob, '9842-secret', 'Delete');
  const sure = bob.getByRole('dialog', { name: 'Delete this message?' });
  await sure.getByText('Your server erases it within a minute').waitFor();
  await sure.getByText('What exactly happens').click();
  await sure.getByText('may keep the text').waitFor();
  await sure.getByText('Earlier backups still contain the text').waitFor();
  await sure.getByRole('button', { name: 'Delete', exact: true }).click();
  for (const page of [alice, bob, carol]) {
    await said(page, 'This message was deleted.').waitFor();
    await page.getByRole('button', { name: /^👍 / }).waitFor({ state: 'detached' });
  }
  await use(bob, 'This message was deleted.', 'Details');
  await details
    .getByText(/^This server erased the text of \$.* on .* because the message was deleted\.$/)
    .waitFor();
  await details.getByText('Raw event').waitFor({ state: 'detached' });

  await clock.leap(45_000);
  await until(nodes, 'the files scrubbed', async () =>
    nodes.every((node) => placesOf(node, '-secret').length === 0),
  );
});

test('the owner can turn off the edit history, after a warning about what that means', {
  skip,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { page } = await openConsole(t, a, { path: '#/server/settings' });
  const toggle = page.getByRole('switch', { name: 'Keep earlier versions of edited messages' });
  await toggle.click();
  const sure = page.getByRole('dialog', { name: 'Erase earlier versions?' });
  await sure.getByText('Your server erases all earlier versions of edited messages').waitFor();
  await sure.getByRole('button', { name: 'Cancel' }).click();
  await sure.waitFor({ state: 'detached' });
  assert.equal(await toggle.isChecked(), true);
  await toggle.click();
  await sure.getByRole('button', { name: 'Erase earlier versions' }).click();
  await sure.waitFor({ state: 'detached' });
  assert.equal((await a.api.settings({})).keep_edit_history, false);
  assert.equal(await toggle.isChecked(), false);
  await toggle.click();
  await until([a], 'kept again', async () => (await a.api.settings({})).keep_edit_history);
});
