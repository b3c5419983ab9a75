import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signerFromSeed } from '../../../../../main/crypto/ed25519.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { IdGenerator } from '../../../../../main/rooms/id-generator.ts';
import { canonicalJson } from '../../../../../shared/protocol/coding/canonical-json.ts';
import { listedMentions } from '../../../../../shared/protocol/events/body.ts';
import {
  canonicalEvent,
  parseEnvelope,
  type UnsignedEvent,
  wireEvent,
} from '../../../../../shared/protocol/events/envelope.ts';
import {
  buildDelete,
  buildEdit,
  buildInvite,
  buildJoin,
  buildLeave,
  buildMessage,
  buildReaction,
  buildRoomInfo,
  buildUninvite,
  type Stamp,
} from '../../../../../shared/protocol/events/event-builders.ts';
import { type Meaning, meaningOf } from '../../../../../shared/protocol/events/event-content.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const stamp: Stamp = {
  serverName: 'node-a.example',
  domain: 'chat.example',
  sender: '@alice:chat.example',
  roomId: '!300:chat.example',
  originTs: 1_760_000_000_123,
  depth: 1_760_000_000_124,
};
const ref = { eventId: '$100:other.test', messageId: '100', channelId: '200' };
const member = { userId: '@bob:b.test', numericId: '42' };
const described = {
  name: 'Guild',
  joinRule: 'invite',
  topic: 'Raids',
  description: 'On **Fridays**',
  pinned: ['$100:other.test', '$7:chat.example'],
  archived: true,
  picture: { hash: 'ab'.repeat(32), size: 5, type: 'image/webp' },
  writers: 'moderators',
  slowSeconds: 60,
  channels: [{ channel_id: '200', name: 'general' }],
  direct: null,
} as const;
const target = ref.eventId;

const cases: readonly (readonly [UnsignedEvent, id: string, Meaning])[] = [
  [
    buildMessage(stamp, {
      messageId: '100',
      channelId: '200',
      body: 'hi',
      channelName: 'general',
      roomName: 'Guild',
    }),
    '$100:chat.example',
    {
      kind: 'message',
      channelId: '200',
      messageId: '100',
      body: 'hi',
      channelName: 'general',
      roomName: 'Guild',
      files: [],
      replyTo: null,
      forwarded: false,
    },
  ],
  [
    buildMessage(stamp, { messageId: '101', channelId: '200', body: '' }),
    '$101:chat.example',
    {
      kind: 'message',
      channelId: '200',
      messageId: '101',
      body: '',
      channelName: null,
      roomName: null,
      files: [],
      replyTo: null,
      forwarded: false,
    },
  ],
  [
    buildEdit(stamp, ref, 'ho'),
    '$m_message_edit:100:1760000000123:chat.example',
    { kind: 'edit', target, body: 'ho' },
  ],
  [buildDelete(stamp, ref), '$m_message_delete:100:1760000000123:chat.example', { kind: 'delete', target }],
  [
    buildReaction(stamp, ref, '👍', true),
    '$m_reaction_add:100:1760000000123:chat.example',
    { kind: 'reaction', target, emoji: '👍', add: true },
  ],
  [
    buildReaction(stamp, ref, '👍', false),
    '$m_reaction_remove:100:1760000000123:chat.example',
    { kind: 'reaction', target, emoji: '👍', add: false },
  ],
  [
    buildJoin(stamp, member, 'owner'),
    '$m_member_join:300:42:1760000000123:chat.example',
    { kind: 'membership', subject: '@bob:b.test', change: 'join', role: 'owner' },
  ],
  [
    buildLeave(stamp, member, null),
    '$m_member_leave:300:42:1760000000123:chat.example',
    { kind: 'membership', subject: '@bob:b.test', change: 'leave', role: 'member' },
  ],
  [
    buildLeave(stamp, member, {}),
    '$m_member_leave:300:42:1760000000123:chat.example',
    { kind: 'membership', subject: '@bob:b.test', change: 'remove', role: 'member' },
  ],
  [
    buildInvite(stamp, member, { name: 'Guild', description: 'Ours' }),
    '$m_member_invite:300:42:1760000000123:chat.example',
    {
      kind: 'invite',
      subject: '@bob:b.test',
      roomName: 'Guild',
      description: 'Ours',
      revoked: false,
      direct: false,
    },
  ],
  [
    buildUninvite(stamp, member),
    '$m_member_uninvite:300:42:1760000000123:chat.example',
    { kind: 'invite', subject: '@bob:b.test', roomName: null, description: '', revoked: true, direct: false },
  ],
  [
    buildRoomInfo(stamp, described),
    '$m_room_info:300:1760000000123:chat.example',
    { kind: 'room', ...described },
  ],
  [
    buildRoomInfo(stamp, { ...described, direct: ['@bob:b.test', stamp.sender] }),
    '$m_room_info:300:1760000000123:chat.example',
    { kind: 'room', ...described, picture: null, direct: [stamp.sender, '@bob:b.test'] },
  ],
];

const signer = signerFromSeed(Buffer.alloc(32, 7));

for (const [event, id, meaning] of cases)
  test(`${id} is built so that it parses back to its meaning (${meaning.kind})`, () => {
    assert.equal(event.event_id, id);
    const contentText = canonicalJson(event.content);
    const signatures = new Map([['ed25519:k', signer.sign(canonicalEvent(event))]]);
    const read = parseEnvelope(wireEvent({ ...event, contentText, signatures }));
    assert.deepEqual(meaningOf(read), meaning);
    assert.equal(canonicalEvent(read), canonicalEvent(event));
    assert.equal(read.content.get('guild_id'), '300');
  });

test('a message has the fields of the existing server, without those that aren’t known', () => {
  const text = (event: UnsignedEvent): string => canonicalJson(event.content);
  assert.equal(
    text(buildMessage(stamp, { messageId: '1', channelId: '2', body: 'x' })),
    '{"body":"x","channel_id":"2","channel_type":0,"guild_id":"300","message_id":"1","msgtype":"m.text"}',
  );
  assert.equal(
    text(buildEdit(stamp, ref, 'x')),
    '{"body":"x","channel_id":"200","guild_id":"300","message_id":"100","target_event_id":"$100:other.test"}',
  );
  const own = { ...stamp, sender: member.userId };
  assert.equal(text(buildJoin(own, member, 'member')), '{"guild_id":"300","user_id":"42"}');
  const named = '{"guild_id":"300","membership_user_id":"@bob:b.test","user_id":"42"}';
  for (const event of [buildJoin(stamp, member, 'member'), buildLeave(stamp, member, null)])
    assert.equal(text(event), named, 'in the name of another user');
  assert.equal(
    text(buildInvite(stamp, member, { name: 'x', description: '' })),
    '{"guild_id":"300","guild_name":"x","user_id":"42"}',
  );
  assert.equal(
    text(
      buildRoomInfo(stamp, {
        ...described,
        topic: '',
        description: '',
        pinned: [],
        archived: false,
        picture: null,
        writers: 'everybody',
        slowSeconds: 0,
        channels: [],
      }),
    ),
    '{"channels":[],"guild_id":"300","join_rule":"invite","name":"Guild"}',
  );
});

test('a reply names what it answers and mentions who wrote that, unless it is the same person', () => {
  const answering = (sender: string) => {
    const event = buildMessage(stamp, {
      messageId: '1',
      channelId: '2',
      body: 'x',
      replyTo: { eventId: '$7:b.test', sender },
    });
    return [event.content.get('reply_to'), listedMentions(event.content)];
  };
  assert.deepEqual(answering('@bob:b.test'), ['$7:b.test', ['@bob:b.test']]);
  assert.deepEqual(answering(stamp.sender), ['$7:b.test', []]);
});

test('the server signs under its name; ids and users carry its domain', () => {
  const event = buildDelete(stamp, ref);
  assert.equal(event.origin_server, 'node-a.example');
  assert.ok(event.event_id.endsWith(':chat.example'));
});

test('ids never repeat, however often the same thing is done within one millisecond', () => {
  const ids = new IdGenerator(new VirtualClock(), systemPorts.random);
  const seen = new Set<string>();
  for (let round = 0; round < 500; round++) {
    const at = { ...stamp, originTs: ids.time() };
    for (const event of [
      buildEdit(at, ref, 'x'),
      buildDelete(at, ref),
      buildReaction(at, ref, '👍', true),
      buildReaction(at, ref, '👍', false),
      buildJoin(at, member, 'member'),
      buildLeave(at, member, null),
      buildMessage(at, { messageId: ids.id(), channelId: '200', body: 'x' }),
    ])
      seen.add(event.event_id);
  }
  assert.equal(seen.size, 500 * 7);
});
