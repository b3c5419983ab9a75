import type { Api } from '../../shared/api/contract.ts';
import { type Picture, pictureOf } from '../support/browser/picture.ts';
import type { ExistingServer } from '../support/existing-server/existing-server.ts';
import type { LocalNode } from '../support/nodes/local-node.ts';
import { until } from '../support/until.ts';
import type { Ground } from './ground.ts';

export type Shown = Picture['timeline'][number];

/** The timeline of a room on a node, oldest first. */
export const shown = async (api: Api, room: string): Promise<Shown[]> =>
  (await pictureOf(api, room)).timeline.toReversed();

/** A message with this text. */
export async function saying(node: LocalNode, room: string, text: string): Promise<Shown> {
  const item = (await shown(node.api, room)).find(({ body }) => body === text);
  if (!item) throw new Error(`${node.name} doesn’t show “${text}”`);
  return item;
}

export const missing = (wanted: readonly string[], got: readonly (string | null)[]): string[] => {
  const set = new Set(got);
  return wanted.filter((body) => !set.has(body));
};

/** Waits until a node shows all of these. Says which are missing in the end. */
export async function showsAll(
  ground: Ground,
  node: { readonly api: Api; readonly name: string },
  room: string,
  wanted: readonly string[],
  patienceMs?: number,
): Promise<void> {
  const now = async () =>
    missing(
      wanted,
      (await shown(node.api, room)).map((item) => item.body),
    );
  try {
    await ground.until([], '', async () => (await now()).length === 0, patienceMs);
  } catch {
    const lost = await now();
    if (lost.length > 0) throw new Error(`${node.name} does not show ${told(lost)} of ${wanted.length}`);
  }
}

export const told = (bodies: readonly string[]): string =>
  bodies.length > 4
    ? `${bodies.length} messages`
    : bodies.map((body) => JSON.stringify(body.slice(0, 40))).join(', ');

export const delivered = (ground: Ground, node: { readonly api: Api }, patienceMs?: number) =>
  ground.until(
    [],
    'the outbox is empty',
    async () => (await node.api.outbox({})).items.length === 0,
    patienceMs,
  );

/** The server's messages have the time of the start of their second, and so come before a join in the same second. */
export async function nextSecond(): Promise<void> {
  const second = () => Math.floor(Date.now() / 1000);
  const now = second();
  await until([], 'the next second', () => second() > now);
}

/** A room of ours with a user of the existing server in it. */
export interface OurRoom {
  readonly room_id: string;
  readonly user_id: string;
  /** The server's mirror of the room: what its user sees of it. */
  readonly guild: string;
  readonly channel: string;
}

/** Lets its user into a room of ours. It ignores invites, so our invite lets the user in. */
export async function letIn(
  ground: Ground,
  server: ExistingServer,
  home: { readonly api: Api; readonly url: string },
  name = 'Ours',
): Promise<OurRoom> {
  const { room_id } = await home.api.createRoom({ name, join_rule: 'peers' });
  const user_id = server.user('dave');
  const { joined } = await home.api.inviteUser({ room_id, user_id });
  if (!joined) throw new Error('our invite did not let its user in');
  await home.api.postMessage({ room_id, body: 'welcome' });
  await delivered(ground, home);
  // A new account there is in all its public guilds, mirrors included.
  await server.register('dave');
  const mirror = await ground.until([], 'its mirror of the room', async () =>
    (await server.guilds('dave')).find((guild) => guild.name === name),
  );
  const [channel] = await server.ask<{ id: string }[]>('dave', 'GET', `/guilds/${mirror.id}/channels`);
  if (!channel) throw new Error('its mirror of the room has no channel');
  await nextSecond();
  return { room_id, user_id, guild: mirror.id, channel: channel.id };
}

/** All messages that dave sees in the mirror of our room. */
export const mirrored = (server: ExistingServer, channel: string): string[] =>
  server
    .read<{ content: string }>(
      'SELECT content FROM messages WHERE channel_id = ? ORDER BY id',
      BigInt(channel),
    )
    .map((row) => row.content);

/** Waits until the mirror has all of these. Says which are missing in the end. */
export async function mirrorsAll(
  ground: Ground,
  server: ExistingServer,
  channel: string,
  wanted: readonly string[],
  patienceMs?: number,
): Promise<void> {
  try {
    const check = () => missing(wanted, mirrored(server, channel)).length === 0;
    await ground.until([], '', check, patienceMs);
  } catch {
    const lost = missing(wanted, mirrored(server, channel));
    if (lost.length > 0) throw new Error(`its users do not see ${told(lost)} of ${wanted.length} of ours`);
  }
}

/** Writes at a steady pace, however long each message takes. Returns the bodies that were accepted. */
export async function atPace(
  perSecond: number,
  seconds: number,
  write: (at: number) => Promise<string>,
): Promise<{ readonly bodies: string[]; readonly refused: string[] }> {
  const bodies: string[] = [];
  const refused: string[] = [];
  const running: Promise<void>[] = [];
  await new Promise<void>((resolve) => {
    let at = 0;
    const timer = setInterval(() => {
      if (at >= perSecond * seconds) {
        clearInterval(timer);
        resolve();
        return;
      }
      running.push(
        write(at++).then(
          (body) => void bodies.push(body),
          (error) => void refused.push((error as Error).message),
        ),
      );
    }, 1000 / perSecond);
  });
  await Promise.all(running);
  return { bodies, refused };
}

export const homedThere = async (ground: Ground, joining: readonly LocalNode[], room: string) => {
  for (const node of joining) await joined(ground, node, room);
};

export async function joined(
  ground: Ground,
  node: { readonly api: Api; readonly name: string },
  room_id: string,
): Promise<void> {
  await node.api.joinRoom({ room_id });
  await ground.until(
    [],
    `${node.name} is in`,
    async () => (await node.api.room({ room_id })).membership === 'joined',
  );
}

/** Texts that have to arrive unchanged. Its client API doesn't accept markup, or a text that consists of spaces. */
export const texts = [
  '👩‍👩‍👧‍👦 🇩🇪 👍🏽',
  'quo"te \\ back / &amp;',
  'line\nbreak\ttab',
  'ÄÖÜ ß ñ ž 漢字 العربية עברית',
  '\u2028 \ue000 \u{1f600}',
  `${'x'.repeat(1990)} end`,
];
