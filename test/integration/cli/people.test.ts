import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../support/nodes/command-line.ts';
import { openEntrance, password, Visitor } from '../../support/nodes/people.ts';

test('people are invited, given a role, reset and removed on the command line', async (t) => {
  const node = await openEntrance(t);
  const control = { url: node.control, token: node.node.token };
  writeFileSync(join(node.dataDir, 'control.json'), JSON.stringify(control));
  await node.api.createRoom({ name: 'Family', join_rule: 'invite' });
  const cli = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(['--data-dir', node.dataDir, 'people', ...args]);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const secretIn = (text: string) =>
    /https:\/\/a\.test\/#\/(?:join|link)\/([\w-]{43})$/m.exec(text)?.[1] ?? '';
  const secret = secretIn(await cli('invite', '--room', 'family', '--note', 'For Ben'));
  const ben = new Visitor(node);
  assert.equal((await ben.post('join', { secret, localpart: 'ben', password })).status, 200);
  assert.equal((await ben.api.rooms({})).items[0]?.name, 'Family');
  assert.match(
    await cli(),
    /^USER +NAME +ROLE +DEVICES +LAST USED\n@a:a\.test +a +owner .*\n@ben:a\.test +ben +member +1 /,
  );
  assert.match(await cli('devices', '@ben:a.test'), /Firefox, Android/);
  await cli('devices', '@ben:a.test', '--end');
  assert.equal(await cli('devices', '@ben:a.test'), 'No device is logged in.\n');
  await cli('role', '@ben:a.test', 'admin');
  const reset = secretIn(await cli('reset', '@ben:a.test'));
  assert.equal((await ben.post('reset', { secret: reset, password: 'another long word' })).status, 200);
  assert.equal((await ben.api.account({})).role, 'admin');
  await cli('remove', '@ben:a.test');
  assert.match(await cli(), /^@ben:a\.test +ben +removed/m);
  const wrong = await run(['--data-dir', node.dataDir, 'people', 'role', '@ben:a.test', 'king']);
  assert.deepEqual([wrong.code, /guest, child, member, admin/.test(wrong.stderr)], [2, true]);
});
