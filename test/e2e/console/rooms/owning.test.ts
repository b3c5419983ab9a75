import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import type { Page } from 'playwright';
import { closeBrowser, noBrowser, openConsole, roomPath } from '../../../support/browser/browser.ts';
import { useMessage } from '../../../support/browser/message.ts';
import { type LocalNode, shareRoom, startLocalNode } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

async function friends(t: TestContext) {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  return { a, b, room_id: await shareRoom(a, b) };
}
const inMenu = async (page: Page, menu: string, item: string): Promise<void> => {
  await page.getByRole('button', { name: menu }).click();
  await page.getByRole('menuitem', { name: item }).click();
};
const ownersOf = async ({ api }: LocalNode, room_id: string): Promise<string[]> =>
  (await api.members({ room_id })).items.filter(({ role }) => role === 'owner').map(({ user_id }) => user_id);

test('an owner hands a room over to another person of the server, leaves, and removes it from the list', {
  skip,
}, async (t) => {
  const { a, room_id } = await friends(t);
  const { user_id: carla } = await a.api.addUser({ localpart: 'carla', display_name: 'Carla' });
  const { page } = await openConsole(t, a, { path: roomPath(room_id) });
  await page.getByRole('button', { name: 'More about this room' }).click();
  await page.getByRole('menuitem', { name: 'Room settings' }).waitFor();
  assert.equal(await page.getByRole('menuitem', { name: 'Hand over…' }).count(), 0, 'there is nobody');
  await page.keyboard.press('Escape');
  await a.api.joinRoom({ room_id, as: carla });
  await page.getByRole('button', { name: 'Members: 3 members' }).waitFor();
  await inMenu(page, 'More about this room', 'Hand over…');
  const dialog = page.getByRole('dialog', { name: /^Hand over / });
  await dialog.getByRole('combobox', { name: 'New owner' }).selectOption('Carla');
  await dialog.getByRole('button', { name: 'Hand over and leave' }).click();
  await page.getByText('You left this room. You can still read everything up to then.').waitFor();
  assert.deepEqual(await ownersOf(a, room_id), [carla]);

  await page.getByRole('button', { name: 'Remove from the list' }).click();
  await page.getByRole('heading', { name: 'No rooms yet' }).waitFor();
});

test('an owner renames a channel, and deletes it with its messages after a question', { skip }, async (t) => {
  const { a, b, room_id } = await friends(t);
  const { channel_id } = await a.api.addChannel({ room_id, name: 'attic' });
  await a.api.postMessage({ room_id, channel_id, body: 'a secret' });
  const { page } = await openConsole(t, a, { path: `${roomPath(room_id)}/${channel_id}` });
  const other = (await openConsole(t, b, { path: `${roomPath(room_id)}/${channel_id}`, ownWindow: true }))
    .page;
  await other.getByRole('article').getByText('a secret').waitFor();
  await inMenu(page, 'More about attic', 'Rename channel');
  const rename = page.getByRole('dialog', { name: 'Rename channel' });
  await rename.getByRole('textbox', { name: 'Channel name' }).fill('cellar');
  await rename.getByRole('button', { name: 'Save' }).click();
  for (const each of [page, other]) await each.getByRole('link', { name: 'cellar' }).waitFor();

  await inMenu(page, 'More about cellar', 'Delete channel');
  const sure = page.getByRole('dialog', { name: 'Delete the channel cellar?' });
  await sure.getByRole('button', { name: 'Delete channel' }).click();
  await page.getByText('Channel cellar deleted.').waitFor();
  for (const each of [page, other]) {
    await each.getByRole('link', { name: 'cellar' }).waitFor({ state: 'detached' });
    // Neither in the channel nor in the list of chats.
    await each.getByText('a secret').first().waitFor({ state: 'detached' });
  }
  await page.getByRole('button', { name: 'More about general' }).click();
  await page.getByRole('menuitem', { name: 'Rename channel' }).waitFor();
  assert.equal(await page.getByRole('menuitem', { name: 'Delete channel' }).count(), 0, 'it is the last one');
});

test('an owner deletes a room, and its members elsewhere are out of it', { skip }, async (t) => {
  const { a, b, room_id } = await friends(t);
  const { page } = await openConsole(t, a, { path: roomPath(room_id) });
  await inMenu(page, 'More about this room', 'Room settings');
  await page
    .getByRole('dialog', { name: 'Room settings' })
    .getByRole('button', { name: 'Delete room' })
    .click();
  const sure = page.getByRole('dialog', { name: /^Delete .*\?$/ });
  await sure.getByText('Everybody is removed, and nobody can join again.').waitFor();
  await sure.getByRole('button', { name: 'Delete room' }).click();
  await page.getByRole('heading', { name: 'No rooms yet' }).waitFor();
  await until([a, b], 'b is out', async () => (await b.api.room({ room_id })).membership === 'removed');
});

test('an owner who left a room returns with one click, and owns it again', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const { page } = await openConsole(t, a, { path: roomPath(room_id) });
  await inMenu(page, 'More about this room', 'Leave room');
  await page.getByRole('dialog').getByRole('button', { name: 'Leave room' }).click();
  await page.getByRole('button', { name: 'Join again' }).click();
  await page.getByRole('textbox', { name: /^Message to / }).waitFor();
  assert.deepEqual(await ownersOf(a, room_id), ['@a:a.test']);
});

test('a moderator bans the author of a message with a reason, and ends that in the room settings', {
  skip,
}, async (t) => {
  const { a, b, room_id } = await friends(t);
  const { user_id: carla } = await a.api.addUser({ localpart: 'carla', display_name: 'Carla' });
  await a.api.joinRoom({ room_id, as: carla });
  await b.api.postMessage({ room_id, body: 'buy this' });
  const { page } = await openConsole(t, a, { path: roomPath(room_id) });
  await page.getByRole('button', { name: 'Members: 3 members' }).click();
  await inMenu(page, 'More about Carla', 'Make moderator');
  await page.getByText('Moderator', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Members: 3 members' }).click();
  const other = (await openConsole(t, b, { path: roomPath(room_id), ownWindow: true })).page;
  await other.getByRole('article').getByText('buy this').waitFor();
  await useMessage(page.getByRole('article').last(), 'Ban b from room…');
  const dialog = page.getByRole('dialog', { name: 'Ban b?' });
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('advertising');
  await dialog.getByRole('button', { name: 'Ban from room' }).click();
  await other.getByText('a banned you from this room: “advertising”').waitFor();
  await inMenu(page, 'More about this room', 'Room settings');
  const settings = page.getByRole('dialog', { name: 'Room settings' });
  await settings.getByText('a banned b: advertising').waitFor();
  await settings.getByRole('button', { name: 'End ban of b' }).click();
  await settings.getByText('a banned b').waitFor({ state: 'detached' });
  await other.getByText('To come back, you need an invite.').waitFor();
});

test('an owner makes somebody on another server a moderator, who has the same buttons there while the home runs', {
  skip,
}, async (t) => {
  const { a, b, room_id } = await friends(t);
  const { user_id: carla } = await a.api.addUser({ localpart: 'carla', display_name: 'Carla' });
  const { user_id: dora } = await a.api.addUser({ localpart: 'dora', display_name: 'Dora' });
  await a.api.joinRoom({ room_id, as: carla });
  await a.api.inviteUser({ room_id, user_id: dora });
  await a.api.postMessage({ room_id, body: 'the code is 12' });
  await a.api.postMessage({ room_id, body: 'buy this', as: carla });
  const { page: owner } = await openConsole(t, a, { path: roomPath(room_id), expected: /net::ERR/ });
  const { page } = await openConsole(t, b, {
    path: roomPath(room_id),
    ownWindow: true,
    expected: /503 \(Service Unavailable\)/,
  });
  const message = (text: string) => page.getByRole('article').filter({ hasText: text });
  await message('buy this').waitFor();
  await page.getByRole('button', { name: 'Members: 3 members' }).click();
  await page.getByRole('button', { name: 'More about Carla' }).click();
  await page.getByRole('menuitem', { name: 'Message' }).waitFor();
  assert.equal(
    await page.getByRole('menuitem', { name: 'Ban from room…' }).count(),
    0,
    'not a moderator yet',
  );
  await page.keyboard.press('Escape');
  await owner.getByRole('button', { name: 'Members: 3 members' }).click();
  await inMenu(owner, 'More about b', 'Make moderator');
  await owner.getByText('b is a moderator now.').waitFor();

  await useMessage(message('the code is 12'), 'Pin');
  await page.getByText('Pinned. Everyone in the room sees it on top.').waitFor();
  await owner.getByRole('button', { name: /Pinned message/ }).waitFor();
  await page.getByRole('button', { name: 'Revoke the invite for dora' }).click();
  await page.getByText('Invite for dora revoked.').waitFor();
  await useMessage(message('buy this'), 'Delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  for (const each of [page, owner])
    await each.getByText('b deleted a message from Carla.', { exact: false }).waitFor();
  await inMenu(page, 'More about Carla', 'Ban from room…');
  const dialog = page.getByRole('dialog', { name: 'Ban Carla?' });
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('advertising');
  await dialog.getByRole('button', { name: 'Ban from room' }).click();
  await page.getByText('Carla was banned.').waitFor();
  await inMenu(page, 'More about this room', 'Room settings');
  const about = page.getByRole('dialog', { name: 'About this room' });
  await about.getByText('b banned Carla: advertising').waitFor();
  await about.getByRole('button', { name: 'End ban of Carla' }).click();
  await about.getByText('b banned Carla').waitFor({ state: 'detached' });
  assert.deepEqual((await a.api.removals({ room_id })).items, []);

  await a.stop();
  await page.keyboard.press('Escape');
  await useMessage(message('the code is 12'), 'Unpin');
  await page.getByText(/^a\.test can’t be reached\./).waitFor();
});
