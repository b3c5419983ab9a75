import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { besiege, memberBody, refused } from '../../../support/attack/node.ts';

const badRequest = { status: 400, code: 'BAD_REQUEST', proven: true } as const;

/** 4 labels, as long as a server name may be: 253 characters, and longer where told. */
const longName = (length: number): string => {
  const labels = Array<string>(3).fill('a'.repeat(63));
  return [...labels, 'b'.repeat(length - 3 * 64)].join('.');
};

const badServers = [
  '',
  'B.test',
  'b.test.',
  'b..test',
  '-b.test',
  'b-.test',
  'b_c.test',
  'bücher.test',
  'b.test:8448',
  'u@b.test',
  '[::1]',
  '::1',
  'b.test/x',
  'b test',
  'b%2etest',
  'b.test\u0000',
  longName(254),
  `${'a'.repeat(64)}.test`,
];

test('numbers of an event are whole, not negative, within 2^53−1 and written plainly', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  for (const field of ['depth', 'origin_ts'])
    for (const lexeme of [
      '-1',
      '-0',
      '1.0',
      '1.5',
      '1e3',
      '1E3',
      '9007199254740992',
      '18446744073709551616',
      '01',
      '"5"',
      'null',
      'true',
      '[]',
      '0x10',
      '+1',
      'NaN',
    ]) {
      const event = wireEvent(raw.message(room, 'hello'));
      const body = event.replace(new RegExp(`"${field}":\\d+`), `"${field}":${lexeme}`);
      await refused(siege, badRequest, () => raw.call(node.url, 'POST', '/event', body));
    }
  const now = Date.now();
  for (const depth of [0, 1, now + 60_000, Number.MAX_SAFE_INTEGER])
    assert.equal(
      (await raw.post(node.url, raw.event({ room, type: 'x.any', content: {}, depth }))).status,
      depth <= 1 ? 403 : 202,
    );
});

test('an event far ahead is stored, not shown, and does not change the order of others', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const ahead = Date.now() + limits.aheadMsMax + 60_000;
  for (const more of [{ depth: ahead }, { origin_ts: ahead }])
    assert.equal((await raw.post(node.url, raw.message(room, 'from the future', more))).body.inserted, true);
  const mine = await node.api.postMessage({ room_id: room, body: 'now' });
  const { items } = await node.api.timeline({ room_id: room });
  assert.deepEqual(
    items.map(({ body }) => body),
    ['now'],
  );
  assert.ok((items[0]?.depth ?? 0) < ahead, mine.event_id);
});

test('identifiers are accepted at their limits and refused past them', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const send = (fields: object) =>
    raw.post(node.url, raw.event({ room, type: 'x.any', content: {}, ...fields }));
  let n = 0;
  const idOf = (length: number) =>
    `$${String(++n)}${'i'.repeat(length - String(n).length - ':raw.test'.length - 1)}:raw.test`;
  const accepted = [
    { event_id: idOf(limits.eventIdCharsMax) },
    { event_id: '$ünï:👍:1:raw.test' },
    { event_type: 'x'.repeat(limits.eventTypeCharsMax), type: 'x'.repeat(limits.eventTypeCharsMax) },
    { state_key: 's'.repeat(limits.stateKeyCharsMax) },
    { state_key: '' },
  ];
  for (const fields of accepted)
    assert.equal((await send(fields)).status, 202, JSON.stringify(fields).slice(0, 99));
  const refusedOnes: object[] = [
    { event_id: idOf(limits.eventIdCharsMax + 1) },
    { type: 'x'.repeat(limits.eventTypeCharsMax + 1) },
    { type: '' },
    { state_key: 's'.repeat(limits.stateKeyCharsMax + 1) },
    ...[
      '',
      '$',
      '$:raw.test',
      '1:raw.test',
      '$1',
      '$1:',
      '$1 2:raw.test',
      '$1\n:raw.test',
      '$1:raw.test:',
    ].map((event_id) => ({ event_id })),
    ...[
      '!0:a.test',
      '!-1:a.test',
      '!1.5:a.test',
      '!01:a.test',
      '!1e3:a.test',
      '!9223372036854775808:a.test',
      '!:a.test',
      '!1',
      '#1:a.test',
      '!1:',
    ].map((id) => ({ room: id })),
    ...[
      '@:raw.test',
      'user:raw.test',
      '@user',
      '@user:',
      '@us er:raw.test',
      '@us\u0001:raw.test',
      `@${'u'.repeat(limits.localpartCharsMax + 1)}:raw.test`,
    ].map((sender) => ({ sender })),
    ...badServers.flatMap((server) => [
      { sender: `@user:${server}` },
      { event_id: `$1:${server}` },
      { room: `!1:${server}` },
    ]),
    ...badServers.map((origin_server) => ({ origin_server })),
  ];
  for (const fields of refusedOnes)
    await t.test(JSON.stringify(fields).slice(0, 60), async () => {
      await refused(siege, badRequest, () => send(fields));
    });
});

test('ids in messages are positive 64-bit decimals, written as text', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const send = (id: unknown, field: string) =>
    raw.post(
      node.url,
      raw.event({
        room,
        type: 'm.message',
        content: { body: 'x', channel_id: '1', message_id: '2', [field]: id as string },
      }),
    );
  for (const field of ['channel_id', 'message_id']) {
    assert.equal((await send('9223372036854775807', field)).status, 202);
    for (const id of [
      '9223372036854775808',
      '0',
      '-1',
      '01',
      '1.0',
      '1e3',
      '',
      ' 1',
      '٣',
      5,
      null,
      [],
      {},
      true,
      '__proto__',
    ])
      await refused(siege, badRequest, () => send(id, field));
  }
});

test('names in member calls and in queries follow the same rules', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  for (const server of badServers) {
    await refused(siege, badRequest, () =>
      raw.call(node.url, 'POST', '/join', memberBody('raw.test', room, `@user:${server}`)),
    );
    await refused(siege, badRequest, () =>
      raw.call(node.url, 'GET', `/events?room_id=${encodeURIComponent(`!1:${server}`)}`),
    );
    await refused(siege, badRequest, () =>
      raw.call(node.url, 'GET', `/event/${encodeURIComponent(`$1:${server}`)}`),
    );
  }
});
