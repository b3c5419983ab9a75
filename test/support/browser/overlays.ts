import type { Page } from 'playwright';
import { roomLink } from '../../../shared/api/links.ts';
import { type Words, wordsIn } from '../../../shared/words/words.ts';
import type { LivelyWorld } from '../nodes/lively-world.ts';
import { pressOn, useMessage } from './message.ts';

export interface Overlay {
  readonly name: string;
  /** The screen it opens over. */
  readonly path: string;
  /** Returns once it can be looked at. */
  readonly open: (page: Page) => Promise<unknown>;
  /** A menu or a popover, which belongs to no landmark. */
  readonly isFloating?: boolean;
  /** Needs a browser with a camera. */
  readonly hasCamera?: boolean;
}

const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click();
const dialog = (page: Page) => page.getByRole('dialog').first().waitFor();
const beginsWith = (text: string) => new RegExp(`^${text.replace(/[.()]/g, '\\$&')}`);

const behind = (name: string, button: string | RegExp, path: string): Overlay => ({
  name,
  path,
  async open(page) {
    await press(page, button);
    await dialog(page);
  },
});
const inMenu = (name: string, menu: string | RegExp, item: string, path: string): Overlay => ({
  name,
  path,
  async open(page) {
    await press(page, menu);
    await page.getByRole('menuitem', { name: item, exact: true }).click();
    await dialog(page);
  },
});
const menu = (name: string, button: string | RegExp, path: string): Overlay => ({
  name,
  path,
  isFloating: true,
  async open(page) {
    await press(page, button);
    await page.getByRole('menu').waitFor();
  },
});

const trustList = JSON.stringify({
  format: 'paracord-trust-list',
  version: 1,
  server_name: 'carla.test',
  exported_at: 0,
  peers: [
    { server_name: 'ben.example', mode: 'quarantine', reason: 'many invites' },
    { server_name: 'olaf.test', mode: 'block', reason: 'sold watches' },
    { server_name: 'two words', mode: 'allow' },
  ],
});

/** Lists what opens over a screen; `npm test` looks at the first four. */
export function overlays(
  { roomId, directId }: LivelyWorld,
  words: Words = wordsIn('en'),
): readonly Overlay[] {
  const room = `#/chats/${encodeURIComponent(roomId)}`;
  const ben = '#/server/connections/ben.example';
  const spam = '#/server/connections/spam.example';
  const { rooms, peers, invites, accounts, settings } = words;
  const trust = peers.trust.actsOpen;
  const ofRoom = (name: string, item: string) => inMenu(name, rooms.room.menu, item, room);
  const ofServers = (name: string, item: string) => inMenu(name, peers.menu, item, '#/server/connections');
  const ofGrandma = (name: string, item: string) =>
    inMenu(name, accounts.more({ user: 'Grandma' }), item, '#/people');
  const inTools = (name: string, tool: string): Overlay => ({
    name,
    path: room,
    async open(page) {
      await useMessage(page.getByRole('article').last(), tool, rooms.message);
      await dialog(page);
    },
  });
  const inSettings = async (page: Page, button: string) => {
    await press(page, rooms.room.menu);
    await page.getByRole('menuitem', { name: rooms.room.settings }).click();
    await press(page, button);
  };
  return [
    behind('open an invite', invites.accept.open, '#/people'),
    {
      name: 'finding',
      path: '#/people',
      async open(page) {
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.keyboard.press('Control+k');
        await page.getByRole('option').first().waitFor();
      },
    },
    menu('room menu', rooms.room.menu, room),
    { ...inTools('emoji', rooms.message.react), isFloating: true },
    {
      name: 'members',
      path: room,
      async open(page) {
        await press(page, beginsWith(rooms.room.showMembers));
        await page.getByRole('heading', { name: rooms.people.title }).waitFor();
      },
    },
    {
      name: 'search',
      path: '#/chats',
      async open(page) {
        await page.getByRole('searchbox', { name: rooms.searchAll }).fill('satur');
        await page.getByRole('region', { name: rooms.searching.title }).getByRole('link').first().waitFor();
      },
    },
    {
      name: 'message menu',
      path: room,
      isFloating: true,
      async open(page) {
        await pressOn(page.getByRole('article').last(), rooms.message.menu);
        await page.getByRole('menu').waitFor();
      },
    },
    {
      name: 'ticks',
      path: room,
      isFloating: true,
      async open(page) {
        await page.getByRole('article').last().getByRole('button', { name: rooms.tick.retrying }).click();
        await dialog(page);
      },
    },
    inTools('message details', rooms.message.details),
    inTools('delete a message', rooms.message.delete),
    {
      name: 'keys',
      path: '#/people',
      async open(page) {
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.keyboard.press('?');
        await dialog(page);
      },
    },
    {
      name: 'the camera',
      path: '#/people',
      hasCamera: true,
      async open(page) {
        await press(page, invites.accept.open);
        await page.getByText(invites.accept.byCode).click();
        await press(page, invites.code.camera);
        await page.getByText(invites.code.foreign).waitFor();
      },
    },
    {
      name: 'edit a message',
      path: room,
      async open(page) {
        await useMessage(page.getByRole('article').last(), rooms.message.edit, rooms.message);
        await page.getByRole('article').getByRole('textbox').waitFor();
      },
    },
    inTools('forward a message', rooms.message.forward),
    behind('pinned messages', new RegExp(`^${rooms.message.pinnedCount({ count: 2 })}`), room),
    menu('menu of a direct chat', rooms.direct.menu, `#/chats/${encodeURIComponent(directId)}`),
    inMenu(
      'leave a direct chat',
      rooms.direct.menu,
      rooms.direct.leave,
      `#/chats/${encodeURIComponent(directId)}`,
    ),
    {
      name: 'the card of somebody',
      path: room,
      async open(page) {
        await page.getByRole('article').getByText('ben', { exact: true }).last().click();
        await page.getByRole('dialog').getByRole('button', { name: rooms.direct.message }).waitFor();
      },
    },
    {
      name: 'menu of a member',
      path: room,
      isFloating: true,
      async open(page) {
        await press(page, beginsWith(rooms.room.showMembers));
        await press(page, beginsWith(rooms.people.menu({ user: 'ben' })));
        await page.getByRole('menu').waitFor();
      },
    },
    ofRoom('archive a room', rooms.room.archive),
    ofRoom('room settings', rooms.room.settings),
    ofRoom('leave a room', rooms.room.leave),
    ofRoom('hand a room over', rooms.handOver.open),
    ofRoom('invite to a room', invites.make.open),
    behind('add a channel', rooms.room.addChannel, room),
    inMenu('rename a channel', rooms.room.channelMenu({ name: 'general' }), rooms.room.renameChannel, room),
    inMenu('delete a channel', rooms.room.channelMenu({ name: 'general' }), rooms.room.deleteChannel, room),
    {
      name: 'delete a room',
      path: room,
      async open(page) {
        await inSettings(page, rooms.room.delete);
        await page.getByRole('dialog', { name: rooms.room.deleteTitle({ name: 'Kitchen table' }) }).waitFor();
      },
    },
    {
      name: 'limit a room',
      path: room,
      async open(page) {
        await inSettings(page, rooms.retention.change);
        await page.getByRole('textbox', { name: rooms.retention.days }).fill('30');
      },
    },
    {
      name: 'ban a member',
      path: room,
      async open(page) {
        await press(page, beginsWith(rooms.room.showMembers));
        await press(page, beginsWith(rooms.people.menu({ user: 'ben' })));
        await page.getByRole('menuitem', { name: rooms.people.banOpen }).click();
        await page.getByRole('dialog', { name: rooms.people.banTitle({ user: 'ben' }) }).waitFor();
      },
    },
    behind('decline an invite', rooms.invites.declineRoom({ room: 'Allotment 14' }), '#/chats'),
    behind('invite a friend', invites.make.open, '#/people'),
    ofGrandma('the profile of somebody', accounts.profile.menu),
    ofGrandma('remove somebody', accounts.remove),
    inMenu('block a friend', words.people.menu({ name: 'ben' }), words.people.block, '#/people/ben.example'),
    inMenu('pause', words.overview.menu, words.overview.pause.button, '#/server'),
    behind('create a room', rooms.create, '#/chats'),
    behind('join a room', rooms.join, '#/chats'),
    {
      name: 'join a room elsewhere',
      path: '#/chats',
      async open(page) {
        await press(page, rooms.join);
        await page
          .getByRole('textbox', { name: rooms.joining.what })
          .fill(roomLink('!7:carla.test', 'carla.test'));
        await page.getByText(rooms.joining.roomCard({ server: 'carla.test' })).waitFor();
      },
    },
    ofServers('add a peer', peers.addByHand),
    ofServers('import a trust list', peers.trustList.importItem),
    {
      name: 'a trust list',
      path: '#/server/connections',
      async open(page) {
        await press(page, peers.menu);
        await page.getByRole('menuitem', { name: peers.trustList.importItem }).click();
        await page.getByRole('textbox', { name: peers.trustList.paste }).fill(trustList);
        await page.getByRole('checkbox').first().waitFor();
      },
    },
    menu('connections menu', peers.menu, '#/server/connections'),
    inMenu('forget a peer', beginsWith(peers.page.menu({ name: 'ben' })), peers.forget.item, ben),
    behind('block a peer', trust.block, ben),
    behind('quarantine a peer', trust.quarantine, ben),
    behind('trust a peer', trust.allow, spam),
    inMenu(
      'unblock a friend',
      words.people.menu({ name: 'mallory' }),
      words.people.unblock,
      '#/people/mallory.example',
    ),
    behind('discard what is held', peers.heldEvents.discardAll, spam),
    behind('change an address', peers.address.change, ben),
    behind('look up an address', peers.address.again, ben),
    behind('change limits', peers.limits.changeOpen, ben),
    behind('an event', words.deliveries.types.message, '#/server/deliveries/dora.example'),
    inMenu(
      'discard a delivery',
      beginsWith(words.deliveries.page.menu({ what: words.deliveries.types.message, when: '' }).slice(0, -1)),
      words.deliveries.page.giveUp,
      '#/server/deliveries/dora.example',
    ),
    behind('revoke a token', settings.tokens.revokeLabel({ name: 'doorbell' }), '#/server/settings/tokens'),
    behind(
      'log out a browser',
      new RegExp(settings.browsers.logOutOf({ name: 'Chrome.*' })),
      '#/server/settings/browsers',
    ),
    behind('add a browser', settings.browsers.add, '#/server/settings/browsers'),
    {
      name: 'erase earlier versions',
      path: '#/server/settings/general',
      async open(page) {
        await page.getByRole('switch', { name: settings.general.keepHistory }).click();
        await dialog(page);
      },
    },
    behind('rotate the key', settings.keys.rotateOpen, '#/server/keys'),
    {
      name: 'a weak passphrase',
      path: '#/server/keys',
      async open(page) {
        await page.getByRole('textbox').first().fill('short');
        await page.getByText(settings.recovery.short({ missing: 7 })).waitFor();
      },
    },
    {
      name: 'the diagnostic report',
      path: '#/server/settings/diagnostics',
      async open(page) {
        await press(page, settings.diagnostics.show);
        await page.locator('textarea').waitFor();
      },
    },
  ];
}
