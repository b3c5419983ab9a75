import type { Page } from 'playwright';
import type { LivelyWorld } from '../nodes/lively-world.ts';
import { useMessage } from './message.ts';

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

const behind = (name: string, button: string | RegExp, path: string): Overlay => ({
  name,
  path,
  async open(page) {
    await press(page, button);
    await dialog(page);
  },
});
const inMenu = (name: string, menu: string | RegExp, item: string | RegExp, path: string): Overlay => ({
  name,
  path,
  async open(page) {
    await press(page, menu);
    await page.getByRole('menuitem', { name: item }).click();
    await dialog(page);
  },
});

/** What opens over a screen, in English; `npm test` looks at the first six. */
export function overlays({ roomId }: LivelyWorld): readonly Overlay[] {
  const room = `#/chats/${encodeURIComponent(roomId)}`;
  const inTools = async (page: Page, tool: string) => {
    await useMessage(page.getByRole('article').last(), tool);
    await dialog(page);
  };
  return [
    behind('open an invite', 'Open an invite', '#/people'),
    {
      name: 'finding',
      path: '#/people',
      async open(page) {
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.keyboard.press('Control+k');
        await page.getByRole('option').first().waitFor();
      },
    },
    {
      name: 'room menu',
      path: room,
      isFloating: true,
      async open(page) {
        await press(page, 'More about this room');
        await page.getByRole('menu').waitFor();
      },
    },
    { name: 'emoji', path: room, isFloating: true, open: (page) => inTools(page, 'React') },
    {
      name: 'members',
      path: room,
      async open(page) {
        await press(page, /^Members/);
        await page.getByRole('heading', { name: 'Members' }).waitFor();
      },
    },
    {
      name: 'message menu',
      path: room,
      isFloating: true,
      async open(page) {
        await page.getByRole('article').last().hover();
        await press(page, 'More');
        await page.getByRole('menu').waitFor();
      },
    },
    { name: 'message details', path: room, open: (page) => inTools(page, 'Details') },
    { name: 'delete a message', path: room, open: (page) => inTools(page, 'Delete') },
    {
      name: 'the camera',
      path: '#/people',
      hasCamera: true,
      async open(page) {
        await press(page, 'Open an invite');
        await press(page, 'Use the camera');
        await page.getByText('This QR code isn’t an invite').waitFor();
      },
    },
    {
      name: 'edit a message',
      path: room,
      async open(page) {
        await useMessage(page.getByRole('article').last(), 'Edit');
        await page.getByRole('article').getByRole('textbox').waitFor();
      },
    },
    inMenu('room settings', 'More about this room', 'Room settings', room),
    inMenu('leave a room', 'More about this room', 'Leave room', room),
    inMenu('hand a room over', 'More about this room', 'Hand over…', room),
    behind('add a channel', 'Add a channel', room),
    inMenu('delete a channel', 'More about general', 'Delete channel', room),
    {
      name: 'delete a room',
      path: room,
      async open(page) {
        await press(page, 'More about this room');
        await page.getByRole('menuitem', { name: 'Room settings' }).click();
        await press(page, 'Delete room');
        await page.getByRole('dialog', { name: /^Delete .*\?$/ }).waitFor();
      },
    },
    {
      name: 'limit a room',
      path: room,
      async open(page) {
        await press(page, 'More about this room');
        await page.getByRole('menuitem', { name: 'Room settings' }).click();
        await press(page, 'Change…');
        await page.getByRole('textbox', { name: 'Keep messages for (days)' }).fill('30');
      },
    },
    {
      name: 'remove a member',
      path: room,
      async open(page) {
        await press(page, /^Members/);
        await press(page, /^More about .*ben/);
        await page.getByRole('menuitem', { name: 'Remove from room' }).click();
        await page.getByRole('dialog', { name: /^Remove/ }).waitFor();
      },
    },
    behind('decline an invite', /^Decline/, '#/chats'),
    behind('invite a friend', 'Invite a friend', '#/people'),
    {
      name: 'an invite that fails',
      path: '#/people',
      async open(page) {
        await press(page, 'Invite a friend');
        await press(page, 'Create link');
        await page.getByRole('alert').getByText('Details').waitFor();
      },
    },
    inMenu('pause', 'More about this server', 'Pause federation', '#/server'),
    behind('create a room', 'Create a room', '#/chats'),
    behind('join a room', 'Join a room', '#/chats'),
    inMenu('add a peer', 'More about connections', 'Add a peer by address', '#/server/connections'),
    inMenu('import a trust list', 'More about connections', 'Import trust list…', '#/server/connections'),
    inMenu('forget a peer', /^More about ben/, /Forget/, '#/server/connections/ben.example'),
    behind('block a peer', 'Block…', '#/server/connections/ben.example'),
    behind('quarantine a peer', 'Quarantine…', '#/server/connections/ben.example'),
    behind('trust a peer', 'Trust…', '#/server/connections/spam.example'),
    behind('discard what is held', 'Discard all…', '#/server/connections/spam.example'),
    behind('change an address', 'Change address', '#/server/connections/ben.example'),
    behind('change limits', 'Change limits', '#/server/connections/ben.example'),
    behind('an event', 'Message', '#/server/deliveries/dora.example'),
    behind('revoke a token', 'Revoke doorbell', '#/server/settings/tokens'),
    behind('log out a browser', /^Log out Chrome/, '#/server/settings/browsers'),
    behind('rotate the key', 'Rotate the key…', '#/server/keys'),
    {
      name: 'a weak passphrase',
      path: '#/server/keys',
      async open(page) {
        await page.getByRole('textbox').first().fill('short');
        await page.getByText(/more characters/).waitFor();
      },
    },
    {
      name: 'the diagnostic report',
      path: '#/server/settings/diagnostics',
      async open(page) {
        await press(page, 'Show report');
        await page.locator('textarea').waitFor();
      },
    },
  ];
}
