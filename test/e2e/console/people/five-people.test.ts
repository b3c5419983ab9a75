import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import type { Locator, Page } from 'playwright';
import { violations } from '../../../support/browser/axe.ts';
import { closeBrowser, noBrowser, openConsole, roomPath } from '../../../support/browser/browser.ts';
import { args, desk, expected, friendlyHomes, join } from '../../../support/browser/household.ts';
import { hold, useMessage } from '../../../support/browser/message.ts';
import { png } from '../../../support/browser/png.ts';
import type { LocalNode } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

const mia = '@mia:otto.test';
type Name = 'anna' | 'ben' | 'carla' | 'mia' | 'gil';
type People = Readonly<Record<Name, Page>>;

const field = (page: Page): Locator => page.getByRole('textbox', { name: /^Message to / });
const article = (page: Page, body: string): Locator =>
  page.getByRole('article').filter({ has: page.getByText(body, { exact: true }) });

async function write(page: Page, body: string): Promise<void> {
  await field(page).fill(body);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

/** Shows the list of chats, which a phone hides behind a conversation. */
async function toChats(page: Page): Promise<void> {
  const back = page.getByRole('link', { name: 'All chats' });
  if (await back.isVisible()) await back.click();
  await page.getByRole('searchbox', { name: 'Search chats' }).waitFor();
}

/** Opens the room from the list of chats. */
async function toRoom(page: Page): Promise<void> {
  await page
    .getByRole('list', { name: 'Rooms' })
    .getByRole('link', { name: /^Party/ })
    .click();
  await page.getByRole('textbox', { name: /^Message to/ }).waitFor();
}

/** Each of these people does the same, all at once. */
async function each(
  people: Partial<People>,
  look: (page: Page, name: Name) => Promise<unknown>,
): Promise<void> {
  const all = Object.entries(people).map(([name, page]) =>
    look(page, name as Name).catch(async (cause: Error) => {
      throw new Error(`${name}: ${cause.message}\n${await page.locator('body').ariaSnapshot()}`, { cause });
    }),
  );
  await Promise.all(all);
}

const accessible = async (people: Partial<People>): Promise<void> => {
  for (const [name, page] of Object.entries(people)) assert.deepEqual(await violations(page), [], name);
};

/** Chooses something from a message's sheet with a finger. */
async function tapOn(message: Locator, tool: string): Promise<void> {
  await hold(message);
  const sheet = message.page().getByRole('dialog', { name: 'Message actions' });
  await sheet.getByRole('button', { name: tool, exact: true }).tap();
}

/** Chooses from the menu of a member. */
async function inMembers(page: Page, name: string, item: string): Promise<void> {
  await page.getByRole('button', { name: /^Members: / }).click();
  await page.getByRole('button', { name: `More about ${name}`, exact: true }).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}

/** The guardian of the child answers what is asked about the room. */
async function allow({ api }: LocalNode, room_id: string, reason: string): Promise<void> {
  const ask = await until([], reason, async () => {
    const { items } = await api.consentAsks({});
    return items.find((one) => one.room_id === room_id && one.reason === reason);
  });
  const people = ask.people.map(({ user_id }) => user_id);
  await api.answerConsent({ user_id: mia, room_id, allow: true, people });
}

/**
 * A room of Anna's server with Anna, its owner, with Ben, a member, and Gil, a guest. Carla is a member of Emil's server,
 * and Mia a child on Otto's. Ben and Carla sit at desks, Mia and Gil have phones.
 */
async function family(t: TestContext) {
  const { anna, otto, emil } = await friendlyHomes(t);
  const { room_id } = await anna.api.createRoom({ name: 'Party', join_rule: 'invite' });
  const linkAt = async ({ api }: LocalNode, wanted: Parameters<typeof api.makeJoinLink>[0]) =>
    (await api.makeJoinLink(wanted)).url;
  const inRoom = { rooms: [room_id] };
  const ben = await join(t, anna, await linkAt(anna, inRoom), 'Ben', desk);
  const gil = await join(t, anna, await linkAt(anna, { role: 'guest', ...inRoom }), 'Gil');
  const carla = await join(t, emil, await linkAt(emil, {}), 'Carla', desk);
  const child = await join(t, otto, await linkAt(otto, { role: 'child' }), 'Mia');
  const { page } = await openConsole(t, anna, { args, path: roomPath(room_id), expected });
  await anna.api.changeProfile({ display_name: 'Anna' });
  await anna.api.inviteUser({ room_id, user_id: '@carla:emil.test' });
  await carla.getByRole('button', { name: /^Accept/ }).click();
  const people: People = { anna: page, ben, carla, mia: child, gil };
  return { anna, otto, room_id, people };
}

test('five people on three servers talk in one room, and each sees what they may', { skip }, async (t) => {
  const { anna, otto, room_id, people } = await family(t);
  const { anna: owner, ben, carla, mia: child, gil } = people;
  const adults = { anna: owner, ben, carla, gil };

  await t.test('the child comes in when a guardian has allowed the room, and everybody in it', async () => {
    await field(carla).waitFor();
    await write(carla, 'Before the child came');
    await article(owner, 'Before the child came').waitFor();
    await anna.api.inviteUser({ room_id, user_id: mia });
    await until([otto], 'the ask', async () => (await otto.api.consentAsks({})).items.length > 0);
    assert.equal(await child.getByRole('button', { name: /^Accept/ }).count(), 0);
    await allow(otto, room_id, 'invited');
    await child.getByRole('button', { name: /^Accept/ }).tap();
    await child.getByText('Somebody new is here.').waitFor();
    assert.equal(await child.getByText('Before the child came').count(), 0);
    await allow(otto, room_id, 'people');
    await article(child, 'Before the child came').waitFor();
  });

  await t.test('what each of them writes is read by all', async () => {
    await each(people, (page, name) => write(page, `Hello from ${name}`));
    await each(people, async (page) => {
      for (const name of Object.keys(people)) await article(page, `Hello from ${name}`).waitFor();
    });
    await accessible(people);
  });

  await t.test('a picture, a reply, a reaction, an edit and a deletion are seen by all', async () => {
    const buffer = png(80, 60, [200, 0, 0]);
    const chooser = carla.locator('input[type=file]');
    await chooser.setInputFiles([{ name: 'red.png', mimeType: 'image/png', buffer }]);
    await write(carla, 'From the garden');
    await each(people, (page) =>
      until([], 'the picture is drawn', async () => {
        const [picture] = await article(page, 'From the garden').getByRole('img', { name: 'red.png' }).all();
        return picture?.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 0);
      }),
    );
    await useMessage(article(ben, 'From the garden'), 'Reply');
    await write(ben, 'Lovely');
    await tapOn(article(child, 'From the garden').first(), '👍');
    await tapOn(article(gil, 'Hello from gil'), 'Edit');
    await gil.getByRole('textbox', { name: 'Edit message' }).fill('Good evening');
    await gil.getByRole('button', { name: 'Save changes' }).tap();
    await useMessage(article(carla, 'Hello from carla'), 'Delete');
    await carla.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await each(people, async (page) => {
      const quote = article(page, 'Lovely').getByRole('button', { name: /^Reply to/ });
      await quote.getByText('From the garden').waitFor();
      await page.getByRole('button', { name: /^👍 1 by/ }).waitFor();
      const edited = page.getByRole('article').filter({ hasText: 'Good evening' });
      await edited.getByText('edited').waitFor();
      await page.getByRole('log').getByText('Hello from carla').waitFor({ state: 'detached' });
    });
    await accessible(people);
  });

  await t.test('who is writing is shown to the others, and a mention to whom it is for', async () => {
    await field(child).fill('@ben is there soup?');
    await each(adults, (page) => page.getByText('Mia is writing…').waitFor());
    assert.equal(await child.getByText('is writing…').count(), 0);
    await child.getByRole('button', { name: 'Send', exact: true }).tap();
    await each(people, async (page, name) => {
      await page.getByRole('article').filter({ hasText: 'is there soup?' }).waitFor();
      const marked = page.locator('article.mentioned').filter({ hasText: 'is there soup?' });
      assert.equal(await marked.count(), name === 'ben' ? 1 : 0, name);
    });
  });

  await t.test('a direct chat is seen by the two in it, and by no owner of their servers', async () => {
    await inMembers(carla, 'Ben', 'Message');
    await carla.getByRole('textbox', { name: 'Message to Ben' }).waitFor();
    await write(carla, 'The key is in the cellar');
    await ben.getByRole('button', { name: 'Accept the chat with Carla' }).click();
    await ben.getByRole('log').getByText('The key is in the cellar').waitFor();
    await write(ben, 'I will fetch it');
    await carla.getByRole('log').getByText('I will fetch it').waitFor();
    await accessible({ ben, carla });
    await each({ anna: owner, mia: child, gil }, async (page, name) => {
      await toChats(page);
      assert.equal(await page.getByRole('list', { name: 'Direct' }).count(), 0, name);
      assert.equal(await page.getByText('cellar').count(), 0, name);
    });
    await each(people, toRoom);
    await gil.getByRole('button', { name: /^Members: / }).tap();
    await gil.getByRole('dialog', { name: 'Members' }).getByText('Carla', { exact: true }).waitFor();
    assert.equal(await gil.getByRole('button', { name: /^More about Carla/ }).count(), 0);
    await gil.keyboard.press('Escape');
  });

  await t.test('a moderator deletes and bans, the owner removes, and every server obeys', async () => {
    await inMembers(owner, 'Ben', 'Make moderator');
    await owner.getByText('Moderator', { exact: true }).waitFor();
    await useMessage(ben.getByRole('article').filter({ hasText: 'Good evening' }), 'Delete');
    await ben.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await each(people, (page) => page.getByText('Ben deleted a message from Gil.').waitFor());
    await useMessage(article(ben, 'From the garden').first(), 'Ban Carla from room…');
    await ben.getByRole('textbox', { name: 'Reason' }).fill('advertising');
    await ben.getByRole('dialog').getByRole('button', { name: 'Ban from room' }).click();
    await carla.getByText('Ben banned you from this room: “advertising”').waitFor();
    await each({ anna: owner, ben, mia: child, gil }, (page) =>
      page.getByRole('button', { name: 'Members: 4 members' }).waitFor(),
    );
    await owner.getByRole('button', { name: 'More about Gil', exact: true }).click();
    await owner.getByRole('menuitem', { name: 'Remove from room…' }).click();
    await owner.getByRole('dialog').getByRole('button', { name: 'Remove from room' }).click();
    await gil.getByText('Anna removed you from this room.').waitFor();
    await write(owner, 'Only for those who stayed');
    await each({ ben, mia: child }, (page) => article(page, 'Only for those who stayed').waitFor());
    await accessible(people);
    await each({ carla, gil }, async (page, name) => {
      assert.equal(await field(page).count(), 0, name);
      assert.equal(await page.getByText('Only for those who stayed').count(), 0, name);
    });
  });

  await t.test('each finds by search what they may read, and nobody what was deleted', async () => {
    const finds = async (page: Page, what: string, count: number) => {
      await page.getByRole('searchbox', { name: 'Search chats' }).fill(what);
      const hits = page.getByRole('region', { name: 'Messages' });
      if (count === 0) await hits.getByText('No message matches.').waitFor();
      else
        await hits
          .locator('mark')
          .nth(count - 1)
          .waitFor();
      assert.equal(await hits.locator('mark').count(), count, what);
    };
    await each(people, async (page, name) => {
      await toChats(page);
      // Who is out of a room finds nothing of it, also not what they could read before.
      const isOut = name === 'carla' || name === 'gil';
      await finds(page, 'lovely', isOut ? 0 : 1);
      await finds(page, 'evening', 0);
      await finds(page, 'cellar', name === 'ben' || name === 'carla' ? 1 : 0);
      await finds(page, 'nothing', 0);
      await finds(page, 'stayed', isOut ? 0 : 1);
    });
    await accessible(people);
  });

  await t.test('somebody whose ban has ended is invited, comes back, and is read by all', async () => {
    const settings = owner.getByRole('dialog', { name: 'Room settings' });
    await each(people, (page) => page.getByRole('searchbox', { name: 'Search chats' }).fill(''));
    await owner.getByRole('button', { name: 'More about this room' }).click();
    await owner.getByRole('menuitem', { name: 'Room settings' }).click();
    await settings.getByRole('button', { name: 'End ban of Carla' }).click();
    await settings.getByText('Ben banned Carla').waitFor({ state: 'detached' });
    await anna.api.inviteUser({ room_id, user_id: '@carla:emil.test' });
    await carla.getByRole('button', { name: /^Accept/ }).click();
    await write(carla, 'I am back');
    await each({ anna: owner, ben }, (page) => article(page, 'I am back').waitFor());
  });
});
