/** A household as browsers see it: the owner at the console, and others at the entrance, on phones. */
import type { TestContext } from 'node:test';
import type { Page } from 'playwright';
import { type LocalNode, startLocalNode } from '../nodes/local-node.ts';
import { password } from '../nodes/people.ts';
import { openConsole } from './browser.ts';

/** The names lead to this computer. The certificates are the nodes' own. */
export const args = ['--host-resolver-rules=MAP anna.test 127.0.0.1, MAP otto.test 127.0.0.1'];
const phone = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  ignoreHTTPSErrors: true,
};
/** A page logs refused answers, which its screen shows, and that the browser loads no worker under such a certificate. */
export const expected =
  /status of (?:401|403|410)|net::ERR_|(?:SSL certificate|unknown) error occurred when fetching the script/;

/** A node with TLS of its own. */
async function home(t: TestContext, name: 'anna.test' | 'otto.test'): Promise<LocalNode> {
  const node = await startLocalNode(t, { name, bySetting: true });
  await node.api.changeSettings({ tls: { mode: 'self-signed' } });
  return node;
}

/** Gives a node the address where people log in. Its peers can't look the name up, and keep the one they know. */
const nameAddress = ({ api, name, url }: LocalNode) =>
  api.changeSettings({ public_url: `https://${name}:${new URL(url).port}` });

/** Two homes that are peers, where people can log in. */
export async function twoHomes(t: TestContext) {
  const [anna, otto] = [await home(t, 'anna.test'), await home(t, 'otto.test')];
  const endpointOf = ({ url }: LocalNode) => url.replace('http:', 'https:');
  await anna.api.addPeer({ endpoint: endpointOf(otto) });
  await otto.api.addPeer({ endpoint: endpointOf(anna) });
  for (const node of [anna, otto]) {
    await nameAddress(node);
    await node.api.changeSettings({ people_log_in: true });
  }
  return { anna, otto };
}

/** A home with a room, in which the owners of two other servers are. */
export async function threeHomes(t: TestContext) {
  const node = await home(t, 'anna.test');
  const others: LocalNode[] = [];
  for (const name of ['b.test', 'c.test']) {
    const other = await startLocalNode(t, { name });
    await node.api.addPeer({ endpoint: other.url });
    await other.api.addPeer({ endpoint: node.url.replace('http:', 'https:') });
    others.push(other);
  }
  await nameAddress(node);
  await node.api.changeSettings({ people_log_in: true });
  const { room_id } = await node.api.createRoom({ name: 'Family', join_rule: 'peers' });
  for (const other of others) await other.api.joinRoom({ room_id });
  return { node, others, room_id };
}

/** A home with a room, whose owner looks at the people. */
export async function household(t: TestContext) {
  const node = await home(t, 'anna.test');
  await nameAddress(node);
  const { room_id } = await node.api.createRoom({ name: 'Family', join_rule: 'invite' });
  const { page: owner } = await openConsole(t, node, { args, path: '#/people', expected });
  return { node, owner, room_id };
}

export const onPhone = async (t: TestContext, node: LocalNode, more: readonly string[] = []) =>
  (
    await openConsole(t, node, {
      ...phone,
      args: [...args, ...more],
      login: false,
      ownWindow: true,
      expected,
    })
  ).page;

/** The link that the owner gets by clicking on “Add someone”. */
export async function addSomeone({ owner }: Awaited<ReturnType<typeof household>>): Promise<string> {
  const dialog = await shownLink(owner);
  const link = await dialog.locator('code').innerText();
  await dialog.getByRole('button', { name: 'Done' }).click();
  return link;
}

/** Somebody who opens a link on a phone, and joins by it. */
export async function join(t: TestContext, node: LocalNode, link: string, name = 'ben'): Promise<Page> {
  const page = await onPhone(t, node);
  await page.goto(link);
  await page.getByRole('textbox', { name: 'Your name' }).fill(name);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Join' }).tap();
  await isIn(page);
  return page;
}

const backOf = (page: Page) => page.getByRole('link', { name: 'All chats' });

/** Waits until somebody is logged in, in a conversation or not. */
export const isIn = (page: Page): Promise<void> =>
  page.getByRole('link', { name: 'Account' }).or(backOf(page)).first().waitFor();

/** Leaves the conversation, because a phone shows no menu below one. */
export async function toMenu(page: Page): Promise<void> {
  if (await backOf(page).isVisible()) await backOf(page).tap();
  await page.getByRole('link', { name: 'Account' }).waitFor();
}

/** The dialog with a new link. */
export async function shownLink(owner: Page) {
  await owner.getByRole('button', { name: 'Add someone' }).click();
  const dialog = owner.getByRole('dialog', { name: 'Add someone' });
  await dialog.getByRole('button', { name: 'Create link' }).click();
  await dialog.getByRole('img', { name: 'Add someone' }).waitFor();
  return dialog;
}
