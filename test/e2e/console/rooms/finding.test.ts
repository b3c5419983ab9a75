import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageLink, roomLink } from '../../../../shared/api/links.ts';
import { violations } from '../../../support/browser/axe.ts';
import { noBrowser, openConsole, wholeFile } from '../../../support/browser/browser.ts';
import { useMessage } from '../../../support/browser/message.ts';
import { twoFriends } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const { a, b } = await twoFriends(wholeFile());

test('a room that its owner shows to peers is joined from the peer’s page, on a phone', {
  skip: noBrowser,
}, async (t) => {
  const { room_id } = await a.api.createRoom({ name: 'Orchard', join_rule: 'peers' });
  const { page: owner } = await openConsole(t, a, { path: `#/chats/${encodeURIComponent(room_id)}` });
  await owner.getByRole('button', { name: 'More about this room' }).click();
  await owner.getByRole('menuitem', { name: 'Room settings' }).click();
  await owner.getByRole('switch', { name: 'Show this room to friends’ servers' }).click();
  await until([a], 'listed', async () => (await a.api.room({ room_id })).listed);
  assert.deepEqual(await violations(owner), []);

  const { page } = await openConsole(t, b, {
    path: '#/server/connections/a.test',
    viewport: { width: 390, height: 800 },
    colorScheme: 'dark',
  });
  const join = page.getByRole('button', { name: 'Join Orchard' });
  await join.waitFor();
  assert.deepEqual(await violations(page), []);
  await join.click();
  await page.getByRole('heading', { name: 'Orchard' }).waitFor();
});

test('you invite people from a list, and a name that doesn’t exist is refused with a reason', {
  skip: noBrowser,
}, async (t) => {
  await b.api.addUser({ localpart: 'berta', display_name: 'Berta B' });
  await b.api.listUser({ user_id: '@berta:b.test', listed: true });
  const { room_id } = await a.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const { page } = await openConsole(t, a, {
    path: `#/chats/${encodeURIComponent(room_id)}`,
    expected: /404/,
  });
  await page.getByRole('button', { name: /^Members/ }).click();
  const field = page.getByRole('combobox', { name: 'Invite someone' });
  await field.fill('ber');
  const option = page.getByRole('option', { name: /Berta B/ });
  await option.waitFor();
  assert.deepEqual(await violations(page), []);
  await field.press('ArrowDown');
  await field.press('Enter');
  assert.equal(await field.inputValue(), '@berta:b.test');
  await option.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByText('Invited Berta.').waitFor();

  await field.fill('@bertha:b.test');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByText('b.test has no user @bertha:b.test').waitFor();
});

test('people who were invited and haven’t joined are listed, and Revoke takes the invite back on both sides', {
  skip: noBrowser,
}, async (t) => {
  const { room_id } = await a.api.createRoom({ name: 'Pantry', join_rule: 'invite' });
  await a.api.inviteUser({ room_id, user_id: '@b:b.test' });
  const { page: theirs } = await openConsole(t, b, { path: '#/chats' });
  const theirInvite = theirs.getByRole('region', { name: 'Invites' }).getByText('Pantry');
  await theirInvite.waitFor();

  const { page } = await openConsole(t, a, { path: `#/chats/${encodeURIComponent(room_id)}` });
  await page.getByRole('button', { name: /^Members/ }).click();
  const invited = page.getByRole('region', { name: 'Invited, not joined yet' });
  await invited.getByText('b.test').waitFor();
  assert.deepEqual(await violations(page), []);
  await invited.getByRole('button', { name: 'Revoke the invite for b' }).click();
  await page.getByText('Invite for b revoked.').waitFor();
  await invited.waitFor({ state: 'detached' });
  await theirInvite.waitFor({ state: 'detached' });
});

test('a short invite in a message is a card that asks before it connects', {
  skip: noBrowser,
}, async (t) => {
  await a.api.changeSettings({ public_url: a.url });
  const { link } = await a.api.makePeerInvite({});
  const { room_id } = await b.api.createRoom({ name: 'Notes', join_rule: 'invite' });
  await b.api.postMessage({ room_id, body: `Anna sent me ${link}.` });
  const { page } = await openConsole(t, b, { path: `#/chats/${encodeURIComponent(room_id)}` });
  await page.getByRole('button', { name: `Invite from ${new URL(a.url).host}` }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Trust a.test?' }).waitFor();
  assert.deepEqual(await violations(page), []);
});

test('a room link in a message is a card; a room of a server that isn’t a peer yet offers peering in the same step', {
  skip: noBrowser,
}, async (t) => {
  const hall = await a.api.createRoom({ name: 'Hall', join_rule: 'peers' });
  const other = await a.api.createRoom({ name: 'Other', join_rule: 'peers' });
  const body = `${roomLink(other.room_id, 'a.test')} and ${roomLink('!7:stranger.test', 'stranger.test')}.`;
  await a.api.postMessage({ room_id: hall.room_id, body });
  const { page } = await openConsole(t, a, {
    path: `#/chats/${encodeURIComponent(hall.room_id)}`,
  });
  const card = page.getByRole('button', { name: 'Room on stranger.test' });
  await card.click();
  const dialog = page.getByRole('dialog', { name: 'Join this room?' });
  await dialog.getByText('You don’t know stranger.test yet.').waitFor();
  await dialog.getByRole('button', { name: 'Trust and join' }).waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Room on a.test' }).click();
  await page.getByRole('heading', { name: 'Other' }).waitFor();
});

test('a copied link to a message leads there from another room, also to another channel and far up', {
  skip: noBrowser,
}, async (t) => {
  const { room_id } = await a.api.createRoom({ name: 'Far', join_rule: 'peers', channels: ['one', 'two'] });
  const [, second] = (await a.api.channels({ room_id })).items;
  const { channel_id } = second!;
  const linked = await a.api.postMessage({ room_id, channel_id, body: 'here it is' });
  for (let nr = 0; nr < 70; nr++) await a.api.postMessage({ room_id, channel_id, body: `after ${nr}` });
  const desk = await a.api.createRoom({ name: 'Desk', join_rule: 'peers' });
  const links = [linked.event_id, '$7:nowhere.test'].map((event_id) =>
    messageLink(room_id, 'a.test', { channel_id, event_id }),
  );
  await a.api.postMessage({ room_id: desk.room_id, body: links.join(' ') });
  const path = `#/chats/${encodeURIComponent(desk.room_id)}`;
  const { page } = await openConsole(t, a, {
    path,
    permissions: ['clipboard-read', 'clipboard-write'],
    expected: /ERR_|Failed to load resource/,
  });
  const cards = page.getByRole('button', { name: 'Message in a room on a.test' });
  const absent = page.getByText('The message that the link leads to isn’t on your server.');
  const older = /\/timeline\?.*cursor=/;
  await page.route(older, (route) => route.abort());
  await cards.first().click();
  await page.getByText('Older messages couldn’t be loaded').waitFor();
  assert.equal(await absent.count(), 0, 'nobody knows whether it is there');
  await page.unroute(older);
  await page.goBack();
  await cards.first().click();
  const message = page.getByRole('article').filter({ hasText: 'here it is' });
  await message.and(page.locator(':focus')).waitFor();
  await useMessage(message, 'Copy link');
  await page.getByText('Link copied.').waitFor();
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), links[0]);
  await page.goBack();
  await cards.last().click();
  await absent.waitFor();
});
