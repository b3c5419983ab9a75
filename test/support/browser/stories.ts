import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright';
import { writeAskLink } from '../../../shared/protocol/invites/ask-link.ts';
import { wordsIn } from '../../../shared/words/words.ts';
import { uploaded } from '../nodes/files.ts';
import { befriend, roomOfBoth, startLocalNode } from '../nodes/local-node.ts';
import { Detour } from '../parties/detour.ts';
import { tempDir } from '../temp.ts';
import { until } from '../until.ts';
import { type ConsoleOptions, openConsole, roomPath, settled } from './browser.ts';
import { hold } from './message.ts';
import { png } from './png.ts';

/** Looks at a screen, which has the name of its picture. */
export type See = (name: string, page: Page) => Promise<unknown>;

/** Screens that the owner of a lively server doesn't see, in the order in which somebody gets to them. */
export interface Story {
  readonly name: string;
  readonly play: (t: TestContext, look: ConsoleOptions, see: See) => Promise<void>;
}

type Whole = Pick<TestContext, 'after'>;
const mayFail =
  /net::ERR_|status of 4[01]\d|(?:SSL certificate|unknown) error occurred when fetching the script/;
const wordsOf = ({ locale = 'en-US' }: ConsoleOptions) => wordsIn(locale);
const press = (page: Page, name: string) => page.getByRole('button', { name }).first().click();
const inDialog = (page: Page, name: string) => page.getByRole('dialog').getByRole('button', { name }).click();

export async function stories(t: Whole): Promise<readonly Story[]> {
  return await Promise.all([
    newcomer(t),
    invitesOf(t),
    household(t),
    withFiles(t),
    moderated(t),
    startedOver(t),
    isBack(t),
    empty(t),
    broken(),
  ]);
}

/** Somebody who starts the program for the first time. */
async function newcomer(t: Whole): Promise<Story> {
  const fresh = await startLocalNode(t, { name: 'new.example', setUp: false });
  const anna = await startLocalNode(t, { name: 'anna.example' });
  await anna.api.changeSettings({ public_url: anna.url });
  const { room_id } = await anna.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const { link } = await anna.api.makePeerInvite({ room_id });
  const asking = writeAskLink({
    from: 'Dora',
    server: 'dora.example',
    room: 'Friends',
    expires: Date.now() + 6e8,
  });
  return {
    name: 'newcomer',
    async play(t, look, see) {
      const words = wordsOf(look);
      const { page, context } = await openConsole(t, fresh, {
        ...look,
        ownWindow: true,
        expected: mayFail,
        path: '#/welcome/start',
      });
      const go = async (step: string) => {
        await page.goto(`${fresh.control}/#/welcome/${step}`);
        await settled(page);
      };
      await settled(page);
      await see('welcome', page);
      await page.getByRole('textbox').fill('Änne Groß');
      await see('welcome-named', page);
      await press(page, words.welcome.start.start);
      await settled(page);
      await see('welcome-where', page);
      for (const step of ['name', 'restore', 'invited']) {
        await go(step);
        await see(`welcome-${step}`, page);
      }
      for (const [name, typed] of [
        ['welcome-join', link ?? ''],
        ['welcome-asked', asking],
      ] as const) {
        await page.getByRole('textbox').fill(typed);
        await page.locator('button[type=submit]').click();
        await page.getByRole('textbox').waitFor({ state: 'detached' });
        await see(name, page);
        await press(page, words.common.back);
      }
      await context.clearCookies();
      await page.goto(`${fresh.control}/#/login`);
      await page.reload();
      await page.getByRole('heading', { name: words.login.title }).waitFor();
      await see('login', page);
    },
  };
}

/** Two who invite a friend: one can be called, the other can't. */
async function invitesOf(t: Whole): Promise<Story> {
  const called = await startLocalNode(t, { name: 'anna.example' });
  const hidden = await startLocalNode(t, { name: 'dora.example' });
  await called.api.changeSettings({ public_url: called.url });
  return {
    name: 'invites',
    async play(t, look, see) {
      const words = wordsOf(look);
      for (const [name, node] of [
        ['send', called],
        ['ask', hidden],
      ] as const) {
        const { page } = await openConsole(t, node, { ...look, ownWindow: true, path: '#/welcome/send' });
        await page.getByRole('textbox').first().waitFor();
        await settled(page);
        await see(`welcome-${name}`, page);
        if (node === called) {
          await press(page, words.welcome.send.keySave);
          await page.getByRole('dialog').waitFor();
          await see('dialog-recovery', page);
        }
        await page.goto(`${node.control}/#/people`);
        await press(page, words.invites.make.open);
        await page.getByRole('dialog').getByText(words.invites.make.where).waitFor();
        await see(`dialog-${name}`, page);
        if (node !== called) continue;
        await inDialog(page, words.invites.make.submit);
        await page.getByRole('dialog').getByText(words.invites.make.waiting).waitFor();
        await see('dialog-made', page);
        await page.keyboard.press('Escape');
        await settled(page);
        await see('people-invites', page);
        await press(page, words.invites.list.menu);
        await page.getByRole('menuitem', { name: words.invites.list.revoke }).click();
        await page.getByRole('dialog').waitFor();
        await see('dialog-revoke-invite', page);
      }
    },
  };
}

/** People who use the server of somebody else. */
async function household(t: Whole): Promise<Story> {
  const node = await startLocalNode(t, { name: 'anna.test', bySetting: true });
  const address = `https://anna.test:${new URL(node.url).port}`;
  await node.api.changeSettings({ tls: { mode: 'self-signed' }, public_url: address, people_log_in: true });
  const { room_id } = await node.api.createRoom({ name: 'Family', join_rule: 'invite' });
  await node.api.postMessage({ room_id, body: 'Who is home for dinner?' });
  await node.api.changeProfile({
    display_name: 'Anna Berg',
    about: 'Bees, bread and long walks with anybody who has the time',
    picture: png(64, 64, [40, 110, 160]).toString('base64'),
  });
  const password = 'correct horse battery';
  let guests = 0;
  return {
    name: 'household',
    async play(t, look, see) {
      const words = wordsOf(look).accounts;
      const { page: owner } = await openConsole(t, node, { ...look, ownWindow: true, path: '#/people' });
      await press(owner, words.addSomeone);
      await owner.getByRole('dialog').waitFor();
      await see('add-someone', owner);
      await inDialog(owner, words.makeLink);
      await owner.getByRole('dialog').getByRole('img').waitFor();
      await see('add-someone-link', owner);
      const link = await owner.getByRole('dialog').locator('code').innerText();
      const { page } = await openConsole(t, node, {
        ...look,
        args: ['--host-resolver-rules=MAP anna.test 127.0.0.1'],
        ignoreHTTPSErrors: true,
        login: false,
        ownWindow: true,
        expected: mayFail,
      });
      await page.goto(link);
      await page.getByLabel(words.password).waitFor();
      await see('join', page);
      guests++;
      await page.getByLabel(words.name).fill(`Ben${guests}`);
      await page.getByLabel(words.password).fill(password);
      await press(page, words.join);
      await page.getByRole('article').first().waitFor();
      await see('member-room', page);
      await page.getByRole('article').getByRole('button', { name: 'Anna Berg' }).click();
      await page.getByRole('dialog').getByRole('link', { name: 'Family' }).waitFor();
      await see('member-card', page);
      await inDialog(page, wordsOf(look).common.close);
      // In a wide window, the last room opens.
      await page.goto(`${address}/#/chats`);
      await page.locator('main#content[data-screen^="#/chats"]').waitFor();
      await page.getByRole('list', { name: wordsOf(look).rooms.list }).waitFor();
      await see('member-chats', page);
      await page.goto(`${address}/#/account`);
      await settled(page);
      await see('member-account', page);
      await press(page, words.profile.edit);
      await page.getByRole('dialog').waitFor();
      await see('member-profile', page);
      await inDialog(page, wordsOf(look).common.cancel);
      await press(page, words.addDevice);
      await page.getByRole('dialog').getByRole('img').waitFor();
      await see('member-device', page);
      await inDialog(page, wordsOf(look).common.close);
      await press(page, words.logOut);
      await page.getByRole('heading', { name: words.loginTitle({ server: 'anna.test' }) }).waitFor();
      await see('person-login', page);
      await page.goto('about:blank');
      await page.goto(link);
      await page.getByRole('alert').waitFor();
      await see('join-over', page);
      await inDialog(owner, wordsOf(look).common.close);
      await settled(owner);
      await see('people-household', owner);
      for (const [name, item] of [
        ['role', words.changeRole],
        ['password', words.reset],
        ['remove-person', words.remove],
      ] as const) {
        await press(owner, words.more({ user: `Ben${guests}` }));
        await owner.getByRole('menuitem', { name: item }).click();
        await owner.getByRole('dialog').waitFor();
        await see(`dialog-${name}`, owner);
        await owner.keyboard.press('Escape');
        await owner.getByRole('dialog').waitFor({ state: 'detached' });
      }
    },
  };
}

/** A message with files. */
async function withFiles(t: Whole): Promise<Story> {
  const anna = await startLocalNode(t, { name: 'anna.example' });
  const ben = await startLocalNode(t, { name: 'ben.example' });
  await befriend(anna, ben);
  const room_id = await roomOfBoth(anna, ben, 'Garden');
  const description = 'What grows, and **who waters it**:\n\n- beans\n- tomatoes';
  const picture = png(64, 64, [70, 140, 60]).toString('base64');
  await anna.api.describeRoom({ room_id, topic: 'Whatever grows behind the house', description, picture });
  const colors: readonly [string, [number, number, number]][] = [
    ['tomatoes.png', [196, 60, 40]],
    ['beans.png', [70, 140, 60]],
  ];
  const uploads = await Promise.all([
    ...colors.map(([name, color]) =>
      uploaded(anna, room_id, png(640, 480, color, name), { name, content_type: 'image/png' }),
    ),
    uploaded(anna, room_id, Buffer.from('bread, salt'), { name: 'A list of everything we need.txt' }),
  ]);
  const { event_id } = await anna.api.postMessage({ room_id, body: 'From the garden', uploads });
  await anna.api.pinMessage({ room_id, event_id, pinned: true });
  await ben.api.postMessage({ room_id, body: 'They look ripe.' });
  const { event_id: forwards } = await ben.api.postMessage({ room_id, body: 'Tomatoes need **sun**.' });
  await ben.api.postMessage({ room_id, forwards });
  await until([anna], 'all messages', async () => (await anna.api.timeline({ room_id })).items.length === 4);
  return {
    name: 'files',
    async play(t, look, see) {
      const { page } = await openConsole(t, anna, { ...look, ownWindow: true, path: roomPath(room_id) });
      const pictures = page.getByRole('article').getByRole('img');
      await pictures.nth(1).waitFor();
      await page.getByText('They look ripe.').first().waitFor();
      await see('room-files', page);
      const { rooms } = wordsOf(look);
      await page.getByRole('button', { name: 'Whatever grows' }).click();
      await page.getByRole('dialog').getByRole('textbox').last().waitFor();
      await see('dialog-room-settings', page);
      await inDialog(page, wordsOf(look).common.cancel);
      await page
        .getByRole('button', { name: new RegExp(`^${rooms.message.pinnedCount({ count: 1 })}`) })
        .click();
      await page.getByRole('dialog').waitFor();
      await see('dialog-pinned', page);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await anna.api.archiveRoom({ room_id, archived: true });
      await page.getByText(rooms.closed.archivedOwn).waitFor();
      await see('room-archived', page);
      await anna.api.archiveRoom({ room_id, archived: false });
      await page.locator('textarea').waitFor();
      await anna.api.setWriting({ room_id, writers: 'moderators' });
      const reading = { ...look, ownWindow: true, path: roomPath(room_id) };
      const { page: other } = await openConsole(t, ben, reading);
      await other.getByText(rooms.closed.moderated).waitFor();
      await see('room-announcements', other);
      await anna.api.setWriting({ room_id, writers: 'everybody', slow_seconds: 3600 });
      await other.getByRole('timer').waitFor();
      await other.locator('textarea').fill('And the beans?');
      await see('room-slow-mode', other);
      await anna.api.setWriting({ room_id, slow_seconds: 0 });
      await press(page, wordsOf(look).rooms.message.openPicture({ name: 'tomatoes.png' }));
      await page.getByRole('dialog').getByRole('img').waitFor();
      await see('viewer', page);
      if ((look.viewport?.width ?? 0) >= 720) return;
      const fingers = { ...look, hasTouch: true, isMobile: true, ownWindow: true, path: roomPath(room_id) };
      const { page: phone } = await openConsole(t, anna, fingers);
      await hold(phone.getByRole('article').filter({ hasText: 'They look ripe.' }).first());
      await see('message-sheet', phone);
      await press(phone, wordsOf(look).rooms.message.forward);
      await phone.getByRole('searchbox').waitFor();
      await see('forwarding', phone);
    },
  };
}

/** A room with a moderator, and somebody whom they banned. */
async function moderated(t: Whole): Promise<Story> {
  const anna = await startLocalNode(t, { name: 'anna.example' });
  const ben = await startLocalNode(t, { name: 'ben.example' });
  await befriend(anna, ben);
  const room_id = await roomOfBoth(anna, ben, 'Flea market');
  const { user_id: carla } = await anna.api.addUser({ localpart: 'carla', display_name: 'Carla' });
  const { user_id: dora } = await anna.api.addUser({ localpart: 'dora', display_name: 'Dora' });
  for (const as of [carla, dora]) await anna.api.joinRoom({ room_id, as });
  await anna.api.setModerator({ room_id, user_id: carla, moderator: true });
  await ben.api.postMessage({ room_id, body: 'Buy gold here' });
  await anna.api.removeMember({ room_id, user_id: dora });
  const reason = 'Advertising, for the third time this week';
  await anna.api.banUser({ room_id, user_id: '@ben:ben.example', as: carla, reason });
  await until([ben], 'Ben knows', async () => (await ben.api.room({ room_id })).membership === 'banned');
  return {
    name: 'moderated',
    async play(t, look, see) {
      const { rooms } = wordsOf(look);
      const { page } = await openConsole(t, anna, { ...look, ownWindow: true, path: roomPath(room_id) });
      await page.getByRole('button', { name: new RegExp(`^${rooms.room.showMembers}`) }).click();
      await page.getByText(rooms.people.moderator, { exact: true }).waitFor();
      await see('members-moderator', page);
      if (await page.getByRole('dialog').isVisible()) await page.keyboard.press('Escape');
      await press(page, rooms.room.menu);
      await page.getByRole('menuitem', { name: rooms.room.settings }).click();
      const unban = page.getByRole('button', { name: rooms.people.unbanOf({ user: 'ben' }) });
      await unban.scrollIntoViewIfNeeded();
      await see('dialog-removals', page);
      const banned = { ...look, ownWindow: true, path: roomPath(room_id) };
      const { page: out } = await openConsole(t, ben, banned);
      await out.getByText(reason).first().waitFor();
      await settled(out);
      await see('room-banned', out);
    },
  };
}

/** A friend who lost everything, and opens an invite with a new key. */
async function startedOver(t: Whole): Promise<Story> {
  const anna = await startLocalNode(t, { name: 'anna.example' });
  await anna.api.changeSettings({ public_url: anna.url });
  const { room_id } = await anna.api.createRoom({ name: 'Garden', join_rule: 'invite' });
  const invite = async () => (await anna.api.makePeerInvite({ room_id })).link ?? '';
  const gus = await startLocalNode(t, { name: 'gus.example' });
  await gus.api.acceptPeerInvite({ link: await invite() });
  await gus.stop();
  const again = await startLocalNode(t, { name: 'gus.example' });
  await again.api.acceptPeerInvite({ link: await invite() });
  await until([anna], 'it is asked about', async () =>
    (await anna.api.peerInvites({})).items.some(({ claim }) => claim !== null),
  );
  return {
    name: 'started over',
    async play(t, look, see) {
      const words = wordsOf(look).people.startedOver;
      const { page } = await openConsole(t, anna, { ...look, ownWindow: true, path: '#/people/gus.example' });
      await page.getByRole('button', { name: words.letIn }).waitFor();
      await settled(page);
      await see('friend-started-over', page);
      await press(page, words.letIn);
      await page.getByRole('dialog').locator('code').first().waitFor();
      await see('dialog-let-in', page);
      await inDialog(page, wordsOf(look).common.cancel);
      await press(page, words.notThem({ name: 'gus' }));
      await page.getByRole('dialog').waitFor();
      await see('dialog-turn-away', page);
    },
  };
}

/** A server that was restored from a backup. */
async function isBack(t: Whole): Promise<Story> {
  const ida = await startLocalNode(t, { name: 'ida.example', onFile: true });
  const jon = await startLocalNode(t, { name: 'jon.example' });
  await befriend(ida, jon);
  const room_id = await roomOfBoth(ida, jon, 'Attic');
  const { folder } = await ida.api.backUp({});
  await ida.api.postMessage({ room_id, body: 'written after the backup' });
  await until([jon], 'Jon has it', async () => (await jon.api.timeline({ room_id })).items.length === 1);
  await ida.stop();
  const dataDir = join(tempDir(t), 'restored');
  cpSync(folder, dataDir, { recursive: true });
  const back = await startLocalNode(t, {
    name: 'ida.example',
    dataDir,
    setUp: false,
    port: Number(new URL(ida.url).port),
    onFile: true,
  });
  await until([back], 'the message is back', async () => (await back.api.recovery({})).recovered.events > 0);
  return {
    name: 'back',
    async play(t, look, see) {
      const { page } = await openConsole(t, back, { ...look, ownWindow: true, path: '#/server' });
      await settled(page);
      await page.getByRole('region').nth(2).waitFor();
      await see('server-back', page);
      await page.goto(`${back.control}/#/chats`);
      await settled(page);
      await see('chats-back', page);
    },
  };
}

/** A server on its first day. */
async function empty(t: Whole): Promise<Story> {
  const node = await startLocalNode(t, { name: 'eve.example' });
  return {
    name: 'empty',
    async play(t, look, see) {
      const { page } = await openConsole(t, node, { ...look, ownWindow: true });
      for (const [name, path] of [
        ['chats', '#/chats'],
        ['people', '#/people'],
        ['server', '#/server'],
        ['connections', '#/server/connections'],
        ['deliveries', '#/server/deliveries'],
        ['setup', '#/server/settings/setup'],
      ] as const) {
        await page.goto(`${node.control}/${path}`);
        await settled(page);
        await see(`empty-${name}`, page);
      }
      await press(page, wordsOf(look).settings.setup.rename);
      await page.getByRole('dialog').waitFor();
      await see('dialog-rename', page);
    },
  };
}

/** A server without a network, and then none at all. */
function broken(): Story {
  return {
    name: 'broken',
    async play(t, look, see) {
      const http = new Detour();
      const ben = await startLocalNode(t, { name: 'ben.example' });
      const anna = await startLocalNode(t, { name: 'anna.example', parts: { http } });
      await befriend(anna, ben);
      const room_id = await roomOfBoth(anna, ben);
      // A call from there would prove a network.
      await ben.stop();
      http.loseNetwork();
      await anna.api.postMessage({ room_id, body: 'Is anybody there?' });
      await until([anna], 'it is offline', async () => (await anna.api.status({})).health.state === 'broken');
      const { page } = await openConsole(t, anna, {
        ...look,
        ownWindow: true,
        expected: mayFail,
        path: '#/server',
      });
      await settled(page);
      await see('server-broken', page);
      await page.goto(`${anna.control}/${roomPath(room_id)}`);
      await settled(page);
      await see('room-broken', page);
      await anna.stop();
      await page.getByText(wordsOf(look).connection.lost).waitFor();
      await see('room-lost', page);
    },
  };
}
