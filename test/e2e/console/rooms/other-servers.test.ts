import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import type { Locator, Page } from 'playwright';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { useMessage } from '../../../support/browser/message.ts';
import {
  beGuildGuest,
  file,
  type GuildGuest,
  guildMessage,
  ownerThere,
  withField,
} from '../../../support/parties/other-home.ts';

const skip = noBrowser;
after(closeBrowser);

const oneWay = /People on guild\.test don’t see what you write here/;
const said = (page: Page, body: string): Locator => page.getByRole('article').filter({ hasText: body });
const composer = (page: Page): Locator => page.getByRole('textbox', { name: /^Message to / });

async function inGuild(t: TestContext, isOld = false): Promise<GuildGuest & { page: Page }> {
  const guest = await beGuildGuest(t, { isOld });
  const { page } = await openConsole(t, guest.node, { path: `#/chats/${encodeURIComponent(guest.room)}` });
  await page.getByRole('heading', { name: 'Guild' }).waitFor();
  return { ...guest, page };
}

test('in a guild on another kind of server, the screen says before and after sending that its users won’t see the message', {
  skip,
}, async (t) => {
  const { page, node } = await inGuild(t, true);
  await page.getByText(oneWay).waitFor();
  await composer(page).fill('hello?');
  await composer(page).press('Enter');
  const tick = said(page, 'hello?').getByRole('button', {
    name: 'Accepted by guild.test, which doesn’t show it to its users',
  });
  await tick.click();
  const popover = page.getByRole('dialog', { name: 'Delivery' });
  await popover.getByText('Accepted by guild.test, which doesn’t show it to its users.').waitFor();
  await popover.getByText('Accepted, but not shown to its users.').waitFor();
  assert.equal(await page.getByText(/has it/).count(), 0);
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Join a room' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Join a room' });
  await dialog.getByRole('textbox', { name: 'Room link or room ID' }).fill('!77:guild.test');
  await dialog.getByText('People on guild.test don’t see what you write', { exact: true }).waitFor();
  await dialog.getByRole('textbox', { name: 'Room link or room ID' }).fill('!77:a.test');
  await dialog.getByText('guild.test doesn’t show').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');

  // A room of our own has no such note.
  const { room_id } = await node.api.createRoom({ name: 'Ours', join_rule: 'invite' });
  await page.goto(`${node.control}/#/chats/${encodeURIComponent(room_id)}`);
  await page.getByRole('heading', { name: 'Ours' }).waitFor();
  assert.equal(await page.getByText(/doesn’t show/).count(), 0);
});

test('a message with files shows their names as text, a message without text is not blank, and mentions show names', {
  skip,
}, async (t) => {
  const guest = await inGuild(t);
  const { page, node, home } = guest;
  const files = [file('notes.txt', 2300), file('<img src=x>https://evil.example/a.png', 5)];
  await home.post(
    node.url,
    withField(guildMessage(guest, `hey <@${ownerThere}>, not <@404>`), 'attachments', files),
  );
  await home.post(node.url, withField(guildMessage(guest, ''), 'attachments', [file('only.png')]));
  const message = said(page, 'hey @a, not <@404>');
  await message.getByText(/guild\.test didn’t sign these names/).waitFor();
  await message.getByText('notes.txt').waitFor();
  await message.getByText('File · 2.3 kB').waitFor();
  await message.getByText('Only the name arrived. The file is on guild.test.').first().waitFor();
  await message.getByText('<img src=x>https://evil.example/a.png').waitFor();
  assert.equal(await message.locator('a, img').count(), 0);
  const silent = said(page, 'only.png');
  await silent.waitFor();
  assert.equal(await silent.locator('.body').count(), 0);
  await useMessage(message, 'Details');
  await page.getByText(/doesn’t cover file names/).waitFor();
});

test('a message is counted if other servers in the room limit messages to 2,000 bytes', {
  skip,
}, async (t) => {
  const { page, node } = await inGuild(t);
  await composer(page).fill('x'.repeat(1500));
  assert.equal(await page.getByText(/bytes/).count(), 0);
  await composer(page).fill('ü'.repeat(900));
  await page.getByText('1,800 of 2,000 bytes').waitFor();
  await composer(page).fill('ü'.repeat(1001));
  await page.getByText(/has 2,002 bytes\. guild\.test takes at most 2,000: shorten it/).waitFor();
  await composer(page).press('Enter');
  assert.equal(await composer(page).inputValue(), 'ü'.repeat(1001), 'it isn’t sent');
  await composer(page).fill('short');
  await composer(page).press('Enter');
  await useMessage(said(page, 'short'), 'Edit');
  await page.getByRole('textbox', { name: 'Edit message' }).fill('y'.repeat(2001));
  await page.getByText(/has 2,001 bytes\. guild\.test takes at most/).waitFor();
  const { room_id } = await node.api.createRoom({ name: 'Ours', join_rule: 'invite' });
  await page.goto(`${node.control}/#/chats/${encodeURIComponent(room_id)}`);
  await page.getByRole('heading', { name: 'Ours' }).waitFor();
  await composer(page).fill('z'.repeat(3000));
  assert.equal(await page.getByText(/bytes/).count(), 0);
});

test('a user removed from a guild sees who removed them, can’t write, and can ask to join again', {
  skip,
}, async (t) => {
  const guest = await inGuild(t);
  const { page, node, home, room, guild } = guest;
  await composer(page).waitFor();
  const leave = home.event({
    room,
    type: 'm.member.leave',
    sender: '@a_1ed9ae:guild.test',
    content: { guild_id: guild, user_id: ownerThere },
  });
  assert.equal((await home.post(node.url, leave)).status, 202);
  await page.getByText('guild.test removed you from this room. You can ask to join again.').waitFor();
  assert.equal(await composer(page).count(), 0);
  await page.getByRole('button', { name: 'Join again' }).click();
  await composer(page).waitFor();
});

test('a guild that is renamed there is renamed on the screen by its next message', { skip }, async (t) => {
  const guest = await inGuild(t);
  await guest.home.post(
    guest.node.url,
    guildMessage(guest, 'news', { guild_name: 'New name', channel_name: 'new-talk' }),
  );
  await guest.page.getByRole('heading', { name: 'New name' }).waitFor();
  await guest.page.getByRole('textbox', { name: 'Message to #new-talk' }).waitFor();
});
