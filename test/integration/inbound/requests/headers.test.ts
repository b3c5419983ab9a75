import assert from 'node:assert/strict';
import { test } from 'node:test';
import { federationPrefix } from '../../../../shared/protocol/transport.ts';
import {
  assertError,
  besiege,
  details,
  HandClock,
  memberBody,
  refused,
  user,
} from '../../../support/attack/node.ts';
import { ask, type HeaderLines } from '../../../support/attack/socket.ts';

const names = [
  'x-paracord-origin',
  'x-paracord-key-id',
  'x-paracord-timestamp',
  'x-paracord-signature',
] as const;
const target = `${federationPrefix}/join`;

test('a header missing, doubled, empty or malformed is refused with 401 and leaves nothing behind', async (t) => {
  const siege = await besiege(t, { joined: false });
  const { raw, node } = siege;
  const body = memberBody('raw.test', siege.room, user);
  const good = () => Object.entries(raw.headers('POST', target, body)) as [string, string][];
  const changed = (name: string, value: string): HeaderLines =>
    good().map(([key, old]) => [key, key === name ? value : old]);
  const bad: [string, HeaderLines][] = [];
  for (const name of names) {
    bad.push([`${name} missing`, good().filter(([key]) => key !== name)]);
    bad.push([`${name} doubled`, [...good(), good().find(([key]) => key === name) ?? ['', '']]]);
    bad.push([`${name} empty`, changed(name, '')]);
  }
  for (const [name, values] of Object.entries({
    'x-paracord-origin': [
      'RAW.test',
      'raw.test.',
      'raw.test:443',
      'a@raw.test',
      'raw..test',
      'räw.test',
      '[::1]',
      `${'a'.repeat(64)}.test`,
    ],
    'x-paracord-key-id': ['k'.repeat(129)],
    'x-paracord-timestamp': [
      '0',
      '-1',
      '1.5',
      '1e12',
      '0x10',
      '٣',
      '99999999999999999',
      '9007199254740992',
      `${Date.now()} `.padStart(20, '0'),
    ],
    'x-paracord-signature': ['zz', 'a'.repeat(127), 'a'.repeat(130), 'A'.repeat(128), 'g'.repeat(128)],
  }))
    for (const value of values) bad.push([`${name} ${value}`, changed(name, value)]);
  for (const [what, headers] of bad)
    await t.test(what, async () => {
      const answer = await refused(siege, { status: 401, code: 'UNAUTHORIZED' }, () =>
        ask(node.url, 'POST', target, headers, body),
      );
      assert.match(String(answer.body.message), /x-paracord/);
    });
  assert.equal((await ask(node.url, 'POST', target, good(), body)).status, 200, 'the untouched one passes');
});

test('60,000 ms either way are accepted, one more is refused with both times', async (t) => {
  const clock = new HandClock();
  const siege = await besiege(t, { ports: clock.ports });
  const { raw, node } = siege;
  const path = `${federationPrefix}/events?room_id=${siege.room}`;
  const at = (timestamp: number) =>
    ask(node.url, 'GET', path, Object.entries(raw.headers('GET', path, '', timestamp)));
  for (const off of [-60_000, 60_000]) assert.equal((await at(clock.time + off)).status, 200);
  for (const off of [-60_001, 60_001, -86_400_000, 86_400_000]) {
    const answer = await refused(siege, { status: 401, reason: 'clock' }, () => at(clock.time + off));
    assert.equal(details(answer).our_time, clock.time);
    assert.equal(details(answer).difference_ms, off);
  }
});

test('unknown paths are 404 and wrong methods 405, always as a JSON error', async (t) => {
  const siege = await besiege(t);
  const { node } = siege;
  const nowhere = [
    '/',
    '/_paracord',
    federationPrefix,
    `${federationPrefix}/`,
    `${federationPrefix}/Event`,
    `${federationPrefix}/keys/`,
    `${federationPrefix}/event/a/b`,
    `/${federationPrefix}/keys`,
    '/_paracord/federation/v2/keys',
    `${federationPrefix}//keys`,
    '/api/v1/status',
    '/../etc/passwd',
    `${federationPrefix}/..%2fkeys`,
  ];
  for (const path of nowhere)
    for (const method of ['GET', 'POST', 'DELETE'])
      await refused(siege, { status: 404, code: 'NOT_FOUND' }, () => ask(node.url, method, path, []));
  for (const [path, method, allowed] of [
    ['/keys', 'POST', 'GET'],
    ['/event', 'GET', 'POST'],
    ['/event', 'PUT', 'POST'],
    ['/events', 'PUT', 'GET, POST'],
    ['/event/$1:a.test', 'DELETE', 'GET'],
    ['/join', 'GET', 'POST'],
    ['/leave', 'PATCH', 'POST'],
    ['/invite', 'OPTIONS', 'POST'],
  ] as const) {
    const answer = await refused(siege, { status: 405, code: 'BAD_REQUEST' }, () =>
      ask(node.url, method, federationPrefix + path, []),
    );
    assert.ok(answer.headers.get('allow')?.includes(allowed), path);
  }
  assertError(await ask(node.url, 'TRACE', federationPrefix, []), { status: 404 });
});
