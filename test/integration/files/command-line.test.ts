import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../support/nodes/command-line.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';

test('the command line sends files with or without a text, and saves them under a name of this folder', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'invite' });
  const dir = tempDir(t);
  writeFileSync(join(dir, 'control.json'), JSON.stringify({ url: node.control, token: node.node.token }));
  const cli = (...args: string[]) => run([...args, '--data-dir', dir]);
  const [one, two] = [join(dir, 'one.txt'), join(dir, 'two.txt')];
  writeFileSync(one, 'first');
  writeFileSync(two, 'second');

  const sent = await cli('send', 'Lobby', 'both', '--file', one, two, '--json');
  assert.equal(sent.code, 0, sent.stderr);
  const { event_id } = JSON.parse(sent.stdout);
  const [item] = (await node.api.timeline({ room_id })).items;
  assert.deepEqual([item?.body, item?.files.map(({ name }) => name)], ['both', ['one.txt', 'two.txt']]);
  assert.equal((await cli('send', 'Lobby', '--file', one)).code, 0);

  await node.api.createRoom({ name: 'Other', join_rule: 'invite' });
  const forwarded = await cli('send', 'Other', '--forward', event_id);
  assert.equal(forwarded.code, 0, forwarded.stderr);
  const shown = await cli('timeline', 'Other');
  assert.match(shown.stdout, /both {2}\(forwarded\)/);
  assert.match(shown.stdout, /one\.txt, two\.txt/);

  const output = join(dir, 'saved.txt');
  const saved = await cli('save', 'Lobby', event_id, '2', '--output', output);
  assert.equal(saved.code, 0, saved.stderr);
  assert.equal(readFileSync(output, 'utf8'), 'second');
  const again = await cli('save', 'Lobby', event_id, '--output', output);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /already exists/);
  assert.equal(readFileSync(output, 'utf8'), 'second');

  for (const [args, code, words] of [
    [['send', 'Lobby'], 2, /needs a text or a file/],
    [['send', 'Lobby', '--file', join(dir, 'none')], 2, /ENOENT/],
    [['send', 'Lobby', '--file', dir], 2, /EISDIR/],
    [['save', 'Lobby', event_id, '3'], 9, /has no such file/],
  ] as const) {
    const refused = await cli(...args);
    assert.equal(refused.code, code, refused.stderr);
    assert.match(refused.stderr, words);
  }
  assert.equal(existsSync(join(dir, 'none')), false);
});
