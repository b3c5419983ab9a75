/** A household as browsers see it: the owner at the console, and others at the entrance, on phones. */
import type { TestContext } from 'node:test';
import type { Page } from 'playwright';
import type { Input } from '../../../shared/api/contract.ts';
import { type LocalNode, startLocalNode } from '../nodes/local-node.ts';
import { password } from '../nodes/people.ts';
import { openConsole, roomPath } from './browser.ts';

/** The names lead to this computer. The certificates are the nodes' own. */
export const args = [
  `--host-resolver-rules=${['anna', 'otto', 'emil'].map((name) => `MAP ${name}.test 127.0.0.1`).join(', ')}`,
];
export const desk = { ignoreHTTPSErrors: true };
const phone = { ...desk, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
/** A page logs refused answers, which its screen shows, and that the browser loads no worker under such a certificate. */
export const expected =
  /status of (?:401|403|410)|net::ERR_|(?:SSL certificate|unknown) error occurred when fetching the script/;

/** A node with TLS of its own. */
async function home(t: TestContext, name: `${'anna' | 'otto' | 'emil'}.test`): Promise<LocalNode> {
  const node = await startLocalNode(t, { name, bySetting: true });
  await node.api.changeSettings({ tls: { mode: 'self-signed' } });
  return node;
}

/** Gives a node the address where people log in. Its peers can't look the name up, and keep the one they know. */
const nameAddress = ({ api, name, url }: LocalNode) =>
  api.changeSettings({ public_url: `https://${name}:${new URL(url).port}` });

/** Three homes that are peers of each other, where people can log in. */
export async function friendlyHomes(t: TestContext) {
  const anna = await home(t, 'anna.test');
  const otto = await home(t, 'otto.test');
  const emil = await home(t, 'emil.test');
  const homes = [anna, otto, emil];
  for (const node of homes)
    for (const other of homes)
      if (node !== other) await node.api.addPeer({ endpoint: other.url.replace('http:', 'https:') });
  for (const node of homes) {
    await nameAddress(node);
    await node.api.changeSettings({ people_log_in: true });
  }
  return { anna, otto, emil };
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

/** A home with a room, before anybody else can log in. */
async function roomAtHome(t: TestContext) {
  const node = await home(t, 'anna.test');
  await nameAddress(node);
  const { room_id } = await node.api.createRoom({ name: 'Family', join_rule: 'invite' });
  return { node, room_id };
}

/** A home with a room, where people can log in. No window is open. */
export async function family(t: TestContext) {
  const { node, room_id } = await roomAtHome(t);
  await node.api.changeSettings({ people_log_in: true });
  const linkFor = async (role: Input<'makeJoinLink'>['role'] = 'member') =>
    (await node.api.makeJoinLink({ role, rooms: [room_id] })).url;
  return { node, room_id, linkFor };
}

/** A home with a room, whose owner looks at the people. */
export async function household(t: TestContext) {
  const { node, room_id } = await roomAtHome(t);
  const { page: owner } = await openConsole(t, node, { args, path: '#/people', expected });
  return { node, owner, room_id };
}

export const onPhone = async (
  t: TestContext,
  node: LocalNode,
  more: readonly string[] = [],
  device: typeof desk = phone,
) =>
  (
    await openConsole(t, node, {
      ...device,
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

/** Lets a page join by a link without the screen for it, and leads it to where that screen would. */
async function enter(page: Page, link: string, name: string): Promise<void> {
  const { origin, hash } = new URL(link);
  const fields = {
    secret: hash.split('/').at(-1),
    localpart: name.toLowerCase(),
    display_name: name,
    password,
  };
  // An empty document of that origin, which loads faster than the app.
  const blank = `${origin}/blank`;
  await page.route(blank, (route) => route.fulfill({ contentType: 'text/html', body: '' }));
  await page.goto(blank);
  await page.unroute(blank);
  const { rooms } = await page.evaluate<{ rooms: readonly string[] }>(`fetch('/entrance/join', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: ${JSON.stringify(JSON.stringify(fields))},
  }).then((answer) => answer.json())`);
  await page.goto(`${origin}/${rooms[0] === undefined ? '#/chats' : roomPath(rooms[0])}`);
}

/** Somebody who joined by a link, on a phone unless it says otherwise. */
export async function join(
  t: TestContext,
  node: LocalNode,
  link: string,
  name = 'ben',
  device?: typeof desk,
): Promise<Page> {
  const page = await onPhone(t, node, [], device);
  await enter(page, link, name);
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
