/**
 * `npm run demo`: three nodes in temporary folders hold a conversation, what travels between them is printed as it
 * happens, and they stay up with their addresses until Ctrl-C.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { writeFileAtomically } from '../../main/identity/vault.ts';
import { createLog } from '../../main/kernel/log.ts';
import { systemPorts } from '../../main/kernel/ports.ts';
import { createNode, type ParacordNode } from '../../main/node.ts';
import { pictureOf, sameEverywhere } from '../support/browser/picture.ts';
import { png } from '../support/browser/png.ts';
import { until } from '../support/until.ts';

interface DemoNode {
  readonly name: string;
  readonly node: ParacordNode;
  readonly dataDir: string;
  readonly federation: string;
  readonly control: string;
}

const folder = mkdtempSync(join(tmpdir(), 'paracord-demo-'));
const say = (text: string): void => console.log(text);
const running: DemoNode[] = [];

/** Waits for what is in transit, so that it is printed in the right place. */
async function step(text: string): Promise<void> {
  await until(running, 'quiet', async () => {
    const outboxes = await Promise.all(running.map((each) => each.node.api.outbox({})));
    return outboxes.every((outbox) => outbox.items.length === 0);
  });
  say(`\n▶ ${text}`);
}

async function startNode(name: string): Promise<DemoNode> {
  const dataDir = join(folder, name);
  const node = createNode(
    {
      dataDir,
      listen: { host: '127.0.0.1', port: 0 },
      control: { host: '127.0.0.1', port: 0 },
      tls: { mode: 'off' },
      publicUrl: null,
      version: 'demo',
    },
    systemPorts,
    { log: createLog('error') },
  );
  const { federation, control } = await node.start();
  await node.api.setUp({ server_name: `${name}.test`, owner: name });
  writeFileAtomically(
    join(dataDir, 'control.json'),
    `${JSON.stringify({ url: control, token: node.token })}\n`,
  );
  node.changes.subscribe(({ change }) => {
    if (change.topic !== 'delivery') return;
    void node.api.event({ event_id: change.event_id }).then((event) => {
      const arrow = change.outcome === 'delivered' ? '→' : `⇢ (${change.outcome})`;
      say(
        `    ${`${name}.test`.padEnd(11)} ${arrow} ${change.destination.padEnd(11)} ${event.event_type} ${told(event.envelope)}`,
      );
    });
  });
  const started = { name: `${name}.test`, node, dataDir, federation, control };
  running.push(started);
  return started;
}

function told(envelope: string): string {
  const { content, state_key } = JSON.parse(envelope) as {
    content: { body?: string; emoji?: string };
    state_key: string | null;
  };
  return content.body ?? content.emoji ?? state_key ?? '';
}

async function sendPicture({ node }: DemoNode, room_id: string): Promise<string> {
  const bytes = png(160, 120, [230, 120, 40]);
  const about = { name: 'soup.png', content_type: 'image/png', width: 160, height: 120 };
  const { upload_id } = await node.api.startUpload({ room_id, size: bytes.length, ...about });
  await node.bytes.receive({ roomId: room_id, id: upload_id, as: undefined }, 0, Readable.from([bytes]));
  return (await node.api.postMessage({ room_id, body: 'Look', uploads: [upload_id] })).event_id;
}

async function befriend(a: DemoNode, b: DemoNode): Promise<void> {
  await a.node.api.addPeer({ endpoint: b.federation });
  await b.node.api.addPeer({ endpoint: a.federation });
}

async function play(): Promise<DemoNode[]> {
  await step('Three servers start: anna.test, ben.test and cleo.test');
  const [anna, ben, cleo] = (await Promise.all(['anna', 'ben', 'cleo'].map(startNode))) as [
    DemoNode,
    DemoNode,
    DemoNode,
  ];
  const all = [anna, ben, cleo];
  const agreed = (what: string, room: string, count: number) =>
    until(all, what, async () => {
      const { timeline } = await pictureOf(ben.node.api, room);
      return (
        timeline.length >= count &&
        (await sameEverywhere(
          all.map((each) => each.node.api),
          room,
        ))
      );
    });

  await step('anna and ben become peers, ben and cleo become peers; anna and cleo don’t know each other');
  await befriend(anna, ben);
  await befriend(ben, cleo);

  await step('ben makes a room that any peer may join; anna and cleo join it');
  const room = (
    await ben.node.api.createRoom({ name: 'Kitchen', join_rule: 'peers', channels: ['general', 'recipes'] })
  ).room_id;
  await anna.node.api.joinRoom({ room_id: room });
  await cleo.node.api.joinRoom({ room_id: room });

  await step('Everybody says something; ben’s server carries anna’s words to cleo and back');
  const soup = await anna.node.api.postMessage({ room_id: room, body: 'Who wants soup?' });
  await until(all, 'the question', async () =>
    (await cleo.node.api.timeline({ room_id: room })).items.some(
      ({ event_id }) => event_id === soup.event_id,
    ),
  );
  const typo = await cleo.node.api.postMessage({ room_id: room, body: 'Mee!', reply_to: soup.event_id });
  const oops = await ben.node.api.postMessage({ room_id: room, body: 'Is this thing on?' });
  await agreed('three messages', room, 3);

  await step(
    'anna sends a picture; cleo looks at it, and her server fetches it from ben’s, who looked before',
  );
  const picture = await sendPicture(anna, room);
  await until(all, 'the picture', async () => {
    const pages = await Promise.all(all.map((each) => each.node.api.timeline({ room_id: room })));
    return pages.every(({ items }) => items.some(({ event_id }) => event_id === picture));
  });
  for (const each of [ben, cleo]) {
    const { path, size } = await each.node.bytes.read(room, picture, 0);
    say(`    ${each.name.padEnd(11)} ← ${path.split(/[\\/]/).slice(-3).join('/')}, ${size} bytes`);
  }

  await step('An edit, a reaction from the far side, a reaction taken back, a deletion');
  await cleo.node.api.editMessage({ room_id: room, event_id: typo.event_id, body: 'Me!' });
  await cleo.node.api.react({ room_id: room, event_id: soup.event_id, emoji: '🍲' });
  await anna.node.api.react({ room_id: room, event_id: typo.event_id, emoji: '👍' });
  await anna.node.api.unreact({ room_id: room, event_id: typo.event_id, emoji: '👍' });
  await ben.node.api.deleteMessage({ room_id: room, event_id: oops.event_id });
  await until(all, 'agreement', async () => {
    const { timeline } = await pictureOf(anna.node.api, room);
    const done = timeline.some((item) => item.body === 'Me!') && timeline.some((item) => item.deleted);
    return (
      done &&
      (await sameEverywhere(
        all.map((each) => each.node.api),
        room,
      ))
    );
  });

  await step('An invitation: ben’s private room takes anna only');
  const salon = (await ben.node.api.createRoom({ name: 'Pantry', join_rule: 'invite' })).room_id;
  await cleo.node.api
    .joinRoom({ room_id: salon })
    .catch((error: Error) => say(`    cleo is refused: ${error.message}`));
  await ben.node.api.inviteUser({ room_id: salon, user_id: '@anna:anna.test' });
  const invite = await until(all, 'the invite', async () => (await anna.node.api.invites({})).items[0]);
  await anna.node.api.acceptInvite({ id: invite.id });
  await anna.node.api.postMessage({ room_id: salon, body: 'Thanks for having me.' });

  await step('cleo is quarantined by ben: what she writes is held, looked at, and let in');
  await ben.node.api.changePeer({ server_name: 'cleo.test', mode: 'quarantine', reason: 'demo' });
  await cleo.node.api.postMessage({ room_id: room, body: 'Can you hear me?' });
  const held = await until(
    all,
    'the held event',
    async () => (await ben.node.api.heldEvents({ server_name: 'cleo.test' })).items[0],
  );
  say(`    held at ben.test: “${held.body}” from ${held.sender}`);
  await ben.node.api.changePeer({ server_name: 'cleo.test', mode: 'allow' });
  await ben.node.api.releaseHeld({ server_name: 'cleo.test' });
  await agreed('the released message', room, 4);

  await step('ben renews his signing key; the others learn it with the next message');
  await ben.node.api.rotateKeys({});
  await ben.node.api.postMessage({ room_id: room, body: 'Signed with a new key.' });
  await agreed('the message under the new key', room, 5);

  await step('What everybody sees in the Kitchen now');
  const { timeline, members } = await pictureOf(cleo.node.api, room);
  for (const item of [...timeline].reverse()) {
    const { reply_to } = item;
    const marks = [
      reply_to?.message ? `(to ${reply_to.message.sender}: ${reply_to.message.text})` : '',
      item.edited_at === null ? '' : '(edited)',
      ...item.reactions.map((each) => `${each.emoji} ${each.users.length}`),
    ];
    say(
      `    ${item.sender.padEnd(18)} ${item.deleted ? '(deleted)' : item.body} ${marks.filter(Boolean).join(' ')}`,
    );
  }
  say(`    in the room: ${members.map((member) => member.user_id).join(', ')}`);
  return all;
}

const nodes = await play();
await step('They stay up until Ctrl-C. Talk to them:');
for (const { name, federation, control, dataDir } of nodes) {
  say(`    ${name.padEnd(11)} federation ${federation}   control ${control}`);
  say(`                npm run paracord-node -- status --data-dir ${dataDir}`);
}
await new Promise<void>((stop) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());
});
await Promise.all(nodes.map(({ node }) => node.stop()));
rmSync(folder, { recursive: true, force: true });
process.exit(0);
