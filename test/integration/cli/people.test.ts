import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runHere } from '../../support/nodes/command-line.ts';
import { faceBytes, sha256 } from '../../support/nodes/files.ts';
import { joined, openEntrance, password, Visitor } from '../../support/nodes/people.ts';

test('people are invited, given a role, reset and removed on the command line', async (t) => {
  const node = await openEntrance(t);
  const control = { url: node.control, token: node.node.token };
  writeFileSync(join(node.dataDir, 'control.json'), JSON.stringify(control));
  await node.api.createRoom({ name: 'Family', join_rule: 'invite' });
  const cli = async (...args: string[]) => {
    const { code, stdout, stderr } = await runHere(['--data-dir', node.dataDir, 'people', ...args]);
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
  await cli('rename', '@ben:a.test', 'Ben Berg');
  assert.equal((await ben.api.account({})).display_name, 'Ben Berg');
  const face = faceBytes('ben');
  const [file, large] = [join(node.dataDir, 'face.png'), join(node.dataDir, 'large.png')];
  writeFileSync(file, face);
  writeFileSync(large, faceBytes('large', 64, 65_537));
  assert.equal(
    await cli('profile', '@ben:a.test', '--about', 'Bees', '--picture', file),
    `Ben Berg\nBees\nPicture: ${sha256(face)}\n`,
  );
  assert.deepEqual((await ben.api.account({})).picture, sha256(face));
  const refused = await runHere([
    '--data-dir',
    node.dataDir,
    'people',
    'profile',
    '@ben:a.test',
    '--picture',
    large,
  ]);
  assert.deepEqual([refused.code, /64 KiB/.test(refused.stderr)], [2, true]);
  assert.equal(
    await cli('profile', '@ben:a.test', '--about', '', '--remove-picture'),
    'Ben Berg\nNo picture.\n',
  );
  const laptop = new Visitor(node);
  await laptop.logIn('ben');
  const [, first = ''] = /^(\w+) +Firefox, Android/m.exec(await cli('devices', '@ben:a.test')) ?? [];
  assert.equal(await cli('devices', '@ben:a.test', '--end', first), `The device ${first} is logged out.\n`);
  assert.equal((await node.api.accountDevices({ user_id: '@ben:a.test' })).items.length, 1);
  await cli('devices', '@ben:a.test', '--end');
  assert.equal(await cli('devices', '@ben:a.test'), 'No device is logged in.\n');
  await cli('role', '@ben:a.test', 'admin');
  const reset = secretIn(await cli('reset', '@ben:a.test'));
  assert.equal((await ben.post('reset', { secret: reset, password: 'another long word' })).status, 200);
  assert.equal((await ben.api.account({})).role, 'admin');
  await cli('remove', '@ben:a.test');
  assert.match(await cli(), /^@ben:a\.test +Ben Berg +removed/m);
  const wrong = await runHere(['--data-dir', node.dataDir, 'people', 'role', '@ben:a.test', 'king']);
  assert.deepEqual([wrong.code, /guest, child, member, or admin/.test(wrong.stderr)], [2, true]);
});

test('a child’s requests are shown, allowed, refused and taken back on the command line', async (t) => {
  const node = await openEntrance(t);
  writeFileSync(
    join(node.dataDir, 'control.json'),
    JSON.stringify({ url: node.control, token: node.node.token }),
  );
  const cli = async (...args: string[]) => {
    const { code, stdout, stderr } = await runHere(['--data-dir', node.dataDir, 'people', ...args]);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  assert.equal(await cli('asks'), 'No child waits for an answer.\n');
  const child = await joined(node, 'mia', { role: 'child' });
  await joined(node, 'max', { role: 'guest' });
  const { room_id } = await child.api.createRoom({ name: 'Ponies', join_rule: 'invite' });
  await assert.rejects(child.api.inviteUser({ room_id, user_id: '@max:a.test' }), { status: 403 });
  assert.match(
    await cli('asks'),
    /@mia:a\.test +!\d+:a\.test +@max:a\.test +@mia:a\.test made the room “Ponies”\./,
  );
  await cli('allow', '@mia:a.test', room_id, '@max:a.test');
  assert.match(await cli('allowed', '@mia:a.test'), /Ponies +@a:a\.test.*\n.*@max:a\.test +@a:a\.test/);
  await cli('withdraw', '@mia:a.test', '@max:a.test');
  assert.doesNotMatch(await cli('allowed', '@mia:a.test'), /@max/);
  await cli('withdraw', '@mia:a.test', room_id);
  assert.equal(await cli('allowed', '@mia:a.test'), 'Nothing was allowed yet.\n');
  const second = await child.api.createRoom({ name: 'Stars', join_rule: 'invite' });
  await cli('refuse', '@mia:a.test', second.room_id);
  assert.equal(await cli('asks'), 'No child waits for an answer.\n');
});
