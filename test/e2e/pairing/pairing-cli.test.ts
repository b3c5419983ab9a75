import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import decodeQr from 'qr/decode.js';
import { startChildNode } from '../../support/nodes/child-node.ts';
import { run } from '../../support/nodes/command-line.ts';
import { tempDir } from '../../support/temp.ts';

const quietZone = 4;
const scale = 4;

/** Makes a camera's picture of a code of half blocks, white on black as a terminal shows it or the other way. */
function photo(lines: readonly string[]): { width: number; height: number; data: Uint8ClampedArray } {
  const columns = Math.max(...lines.map((line) => line.length)) + 2 * quietZone;
  const rows = lines.length * 2 + 2 * quietZone;
  const [width, height] = [columns * scale, rows * scale];
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const row = Math.floor(y / scale) - quietZone;
      const letter = lines[row >> 1]?.[Math.floor(x / scale) - quietZone];
      const isLit = letter === '█' || letter === (row % 2 === 0 ? '▀' : '▄');
      if (letter !== undefined && !isLit) data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  return { width, height, data };
}

test('an owner creates an invite in one terminal, another owner opens it, and both are peers', async (t) => {
  const folders = [tempDir(t), tempDir(t)].map((dir) => join(dir, 'node'));
  const [annaDir = '', benDir = ''] = folders;
  const anna = await startChildNode({ name: 'anna.test', dataDir: annaDir }, t);
  const ben = await startChildNode({ name: 'ben.test', dataDir: benDir }, t);
  const early = await run(['invite', '--data-dir', annaDir]);
  assert.equal(early.code, 9);
  assert.match(early.stderr, /Friends elsewhere can’t reach this computer yet/);
  for (const node of [anna, ben]) await node.api.changeSettings({ public_url: node.federation });

  const invite = await run(['invite', '--hours', '2', '--data-dir', annaDir]);
  assert.equal(invite.code, 0, invite.stderr);
  const link = /^paracord:\/\/join-http\/\S+$/m.exec(invite.stdout)?.[0] ?? '';
  const code = invite.stdout.slice(0, invite.stdout.indexOf(link)).trimEnd().split('\n');
  assert.equal(decodeQr(photo(code)), link);

  const unasked = await run(['accept', link, '--data-dir', benDir]);
  assert.equal(unasked.code, 2);
  assert.match(unasked.stderr, /Nothing was changed.*--yes/);
  assert.deepEqual((await ben.api.peers({})).items, []);
  const accept = await run(['accept', link, '--yes', '--data-dir', benDir]);
  assert.equal(accept.code, 0, accept.stderr);
  const { active_key } = await anna.api.status({});
  assert.ok(accept.stdout.includes(active_key?.fingerprint ?? 'none'));
  assert.match(accept.stdout, /Connected: anna\.test and your server trust each other\./);
  const list = await run(['invite', 'list', '--data-dir', annaDir]);
  assert.match(list.stdout, /used +ben\.test/);
  assert.match(
    (await run(['waiting', '--data-dir', benDir])).stdout,
    /No accepted invites are waiting for an answer/,
  );

  const again = await run(['accept', link, '--json', '--data-dir', annaDir]);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /This invite is from your server/);
});

test('a link that was cut in a chat is reported as cut, and a pending one can be revoked', async (t) => {
  const dataDir = join(tempDir(t), 'node');
  const anna = await startChildNode({ name: 'anna.test', dataDir }, t);
  await anna.api.changeSettings({ public_url: anna.federation });
  const made = JSON.parse((await run(['invite', '--json', '--data-dir', dataDir])).stdout) as {
    id: string;
    link: string;
  };
  const cut = await run(['accept', made.link.slice(0, -20), '--data-dir', dataDir]);
  assert.equal(cut.code, 2);
  assert.match(cut.stderr, /incomplete/);
  const revoked = await run(['invite', 'revoke', made.id, '--data-dir', dataDir]);
  assert.equal(revoked.code, 0, revoked.stderr);
  const unknown = await run(['invite', 'nonsense', '--data-dir', dataDir]);
  assert.equal(unknown.code, 2);
});

test('an owner who adds a peer by hand sees what its owner has to do next, until that is done', async (t) => {
  const dataDir = join(tempDir(t), 'node');
  const anna = await startChildNode({ name: 'anna.test', dataDir }, t);
  const ben = await startChildNode({ name: 'ben.test', dataDir: join(tempDir(t), 'node') }, t);
  await anna.api.changeSettings({ public_url: anna.federation });
  const add = await run(['peers', 'add', ben.federation, '--data-dir', dataDir]);
  assert.equal(add.code, 0, add.stderr);
  assert.match(add.stdout, /Now the owner of ben\.test must add your server/);
  assert.ok(add.stdout.includes(`paracord-node peers add ${anna.federation}`));
  assert.doesNotMatch(add.stdout, /curl/, 'that is for the existing server');
  assert.equal((await run(['peers', 'check', 'ben.test', '--data-dir', dataDir])).code, 6);
  await ben.api.addPeer({ endpoint: anna.federation });
  assert.equal((await run(['peers', 'check', 'ben.test', '--data-dir', dataDir])).code, 0);
  const again = await run(['peers', 'add', ben.federation, '--data-dir', dataDir]);
  assert.doesNotMatch(again.stdout, /Now the owner of ben\.test/);
});
