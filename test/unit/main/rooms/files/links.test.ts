import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { FileLinks, linkSeconds } from '../../../../../main/rooms/files/links.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

test('a token is for one file, one server and a minute', async () => {
  const clock = new VirtualClock();
  const links = new FileLinks({ random: systemPorts.random, clock });
  const token = links.tokenFor({ id: '7', user: '@dave:b.test', server: 'b.test' });
  assert.match(token, /^[\w-]+\.[\w-]+$/, 'goes into an address as it is');
  assert.equal(links.userOf(token, '7', 'b.test'), '@dave:b.test');
  assert.equal(links.userOf(token, '8', 'b.test'), null);
  assert.equal(links.userOf(token, '7', 'c.test'), null);
  const [text = '', mark = ''] = token.split('.');
  const other = Buffer.from(JSON.stringify(['@eve:b.test', 1e12])).toString('base64url');
  for (const forged of [
    '',
    '.',
    text,
    `${text}.`,
    `.${mark}`,
    `${other}.${mark}`,
    `${text}.${mark}A`.slice(1),
  ])
    assert.equal(links.userOf(forged, '7', 'b.test'), null, forged);
  const after = new FileLinks({ random: systemPorts.random, clock });
  assert.equal(after.userOf(token, '7', 'b.test'), null, 'after a restart');
  await clock.advance(linkSeconds * 1000);
  assert.equal(links.userOf(token, '7', 'b.test'), null);
});
