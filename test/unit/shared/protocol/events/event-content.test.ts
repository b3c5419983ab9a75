import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  fromPlain,
  type JsonObject,
  type Plain,
  parseJson,
} from '../../../../../shared/protocol/coding/json.ts';
import { ProtocolError } from '../../../../../shared/protocol/errors.ts';
import type { UnsignedEvent } from '../../../../../shared/protocol/events/envelope.ts';
import { mayQuote, meaningOf, messageKey } from '../../../../../shared/protocol/events/event-content.ts';

type Content = { readonly [key: string]: Plain };

function event(type: string, content: Content, state_key: string | null = null): UnsignedEvent {
  return {
    event_id: '$9:b.test',
    room_id: '!1:b.test',
    event_type: type,
    sender: '@bob:b.test',
    origin_server: 'b.test',
    origin_ts: 1,
    depth: 1,
    state_key,
    content: fromPlain(content) as JsonObject,
  };
}
const meaning = (type: string, content: Content, stateKey: string | null = null) =>
  meaningOf(event(type, content, stateKey));

function refuses(type: string, content: Content, field: string): void {
  assert.throws(
    () => meaning(type, content),
    (error) =>
      error instanceof ProtocolError &&
      error.code === 'BAD_REQUEST' &&
      error.message.includes(`content.${field} `),
    `${type} ${JSON.stringify(content)}`,
  );
}

const good: Readonly<Record<string, Content>> = {
  'm.message': { body: 'hi', channel_id: '2', message_id: '3' },
  'm.message.edit': { message_id: '3', body: 'ho' },
  'm.message.delete': { message_id: '3' },
  'm.channel.delete': { channel_id: '2' },
  'm.reaction.add': { message_id: '3', emoji: '👍' },
  'm.reaction.remove': { message_id: '3', emoji: '👍' },
  'm.room.info': { name: 'Room', join_rule: 'peers', channels: [{ channel_id: '2', name: 'general' }] },
};

test('a message contains its channel, id, text, and the names of channel and room', () => {
  assert.deepEqual(
    meaning('m.message', { ...good['m.message']!, channel_name: 'general', guild_name: 'Guild' }),
    {
      kind: 'message',
      channelId: '2',
      messageId: '3',
      body: 'hi',
      channelName: 'general',
      roomName: 'Guild',
      files: [],
      replyTo: null,
      forwarded: false,
    },
  );
  const bare = meaning('m.message', {
    ...good['m.message']!,
    channel_name: null,
    attachments: [],
    channel_type: 0,
  });
  assert.ok(bare.kind === 'message' && bare.channelName === null && bare.roomName === null);
  assert.equal(meaning('m.message', { ...good['m.message']!, body: '' }).kind, 'message');
});

const ids: readonly Plain[] = ['', '0', '-1', '01', '1.0', 'x', '9223372036854775808', 3, null, []];

test('ids are positive 64-bit integers written as texts', () => {
  for (const bad of ids) {
    refuses('m.message', { ...good['m.message']!, channel_id: bad }, 'channel_id');
    refuses('m.message', { ...good['m.message']!, message_id: bad }, 'message_id');
    for (const type of ['m.message.edit', 'm.message.delete', 'm.reaction.add', 'm.reaction.remove'])
      refuses(type, { ...good[type]!, message_id: bad }, 'message_id');
    refuses(
      'm.room.info',
      { ...good['m.room.info']!, channels: [{ channel_id: bad, name: 'x' }] },
      'channels.0.channel_id',
    );
  }
  assert.equal(
    meaning('m.message', { ...good['m.message']!, message_id: '9223372036854775807' }).kind,
    'message',
  );
});

test('every required field of a known type is checked, with its type', () => {
  for (const [type, content] of Object.entries(good))
    for (const field of Object.keys(content)) {
      const { [field]: _, ...without } = content;
      refuses(type, without, field);
      refuses(type, { ...content, [field]: { a: 1 } }, field);
    }
});

test('an edit, delete or reaction is about the event it names', () => {
  for (const type of ['m.message.edit', 'm.message.delete', 'm.reaction.add', 'm.reaction.remove']) {
    const named = meaning(type, { ...good[type]!, target_event_id: '$3:a.test' });
    assert.ok('target' in named && named.target === '$3:a.test', type);
  }
});

test('an edit, delete or reaction that names no event is about its own server’s message of that number', () => {
  for (const type of ['m.message.edit', 'm.message.delete', 'm.reaction.add', 'm.reaction.remove']) {
    const named = meaning(type, good[type]!);
    assert.ok('target' in named && named.target === 'b.test/3', type);
  }
  assert.equal(messageKey('b.test', '3'), 'b.test/3');
});

test('an event id to aim at begins with $, so that it cannot be taken for a server and a number', () => {
  refuses('m.message.delete', { message_id: '3', target_event_id: 'a.test/3' }, 'target_event_id');
});

test('only true marks a message as forwarded', () => {
  const marks = [true, undefined, false, 1, 'true', null, {}].map((forwarded) => {
    const message = meaning('m.message', {
      ...good['m.message']!,
      ...(forwarded === undefined ? {} : { forwarded }),
    });
    return message.kind === 'message' && message.forwarded;
  });
  assert.deepEqual(marks, [true, false, false, false, false, false, false]);
});

test('a reply names the event that it answers; an impossible one is left out, and the text stays', () => {
  const answers = (reply_to: Plain) => {
    const message = meaning('m.message', { ...good['m.message']!, reply_to });
    return message.kind === 'message' && [message.body, message.replyTo];
  };
  assert.deepEqual(answers('$7:a.test'), ['hi', '$7:a.test']);
  const own = '$9:b.test';
  const long = `$${'7'.repeat(1024)}:a.test`;
  for (const bad of [own, '', '7', 7, null, {}, ['$7:a.test'], '$7', '$7:A.test', '$7 :a.test', long])
    assert.deepEqual(answers(bad), ['hi', null], JSON.stringify(bad));
});

test('a message is quoted only where it stands: in the same channel of the same room', () => {
  const place = { room_id: '!1:a.test', channel_id: '2' };
  assert.equal(mayQuote(place, { ...place }), true);
  assert.equal(mayQuote(place, { ...place, channel_id: '3' }), false);
  assert.equal(mayQuote(place, { ...place, room_id: '!2:a.test' }), false);
});

test('a reaction with or without the sign for the colored form is the same one', () => {
  const emojis = ['❤', '❤️'].map((emoji) => {
    const reaction = meaning('m.reaction.add', { ...good['m.reaction.add']!, emoji });
    return reaction.kind === 'reaction' && reaction.emoji;
  });
  assert.deepEqual(emojis, ['❤️', '❤️']);
});

test('a reaction says whether it adds or removes; its emoji is short and not empty', () => {
  const add = meaning('m.reaction.add', good['m.reaction.add']!);
  const remove = meaning('m.reaction.remove', good['m.reaction.remove']!);
  assert.ok(add.kind === 'reaction' && add.add && add.emoji === '👍');
  assert.ok(remove.kind === 'reaction' && !remove.add);
  refuses('m.reaction.add', { message_id: '3', emoji: '' }, 'emoji');
  assert.equal(meaning('m.reaction.add', { message_id: '3', emoji: 'x'.repeat(64) }).kind, 'reaction');
  refuses('m.reaction.add', { message_id: '3', emoji: 'x'.repeat(65) }, 'emoji');
});

test('a membership is about its state key, or without one about its sender', () => {
  const join = meaning('m.member.join', { guild_id: '1', user_id: '42' }, '@ann:a.test');
  assert.deepEqual(join, { kind: 'membership', subject: '@ann:a.test', change: 'join', role: 'member' });
  for (const none of [null, ''])
    assert.deepEqual(meaning('m.member.leave', {}, none), {
      kind: 'membership',
      subject: '@bob:b.test',
      change: 'leave',
      role: 'member',
    });
  assert.throws(() => meaning('m.member.join', {}, 'ann'), ProtocolError);
});

test('a membership whose content names a user is about that user, and a state key must name the same one', () => {
  const named = { guild_id: '1', membership_user_id: '@cat:c.test' };
  for (const key of [null, '', '@cat:c.test'])
    for (const type of ['m.member.join', 'm.member.leave']) {
      const read = meaning(type, named, key);
      assert.equal(read.kind === 'membership' && read.subject, '@cat:c.test');
    }
  assert.throws(() => meaning('m.member.join', named, '@ann:a.test'), ProtocolError);
  for (const membership_user_id of ['', 'cat', 7, null])
    assert.throws(() => meaning('m.member.leave', { membership_user_id }, null), ProtocolError);
});

test('a leave can be marked as a removal, and a join can have the owner role', () => {
  const removal = meaning('m.member.leave', { removed: true }, '@ann:a.test');
  assert.ok(removal.kind === 'membership' && removal.change === 'remove');
  const owner = meaning('m.member.join', { role: 'owner' });
  assert.ok(owner.kind === 'membership' && owner.role === 'owner');
  refuses('m.member.join', { role: 'king' }, 'role');
  refuses('m.member.leave', { removed: 'yes' }, 'removed');
});

test('an invite names its user and perhaps the room, and says what it is about', () => {
  const about = { guild_name: 'Guild', description: 'Ours' };
  assert.deepEqual(meaning('m.member.invite', about, '@ann:a.test'), {
    kind: 'invite',
    subject: '@ann:a.test',
    roomName: 'Guild',
    description: 'Ours',
    revoked: false,
    direct: false,
  });
  assert.deepEqual(meaning('m.member.invite', {}, '@ann:a.test'), {
    kind: 'invite',
    subject: '@ann:a.test',
    roomName: null,
    description: '',
    revoked: false,
    direct: false,
  });
  refuses('m.member.invite', { description: 'x'.repeat(2001) }, 'description');
});

test('a revocation names the user whose invites it takes back', () => {
  assert.deepEqual(meaning('m.member.uninvite', {}, '@ann:a.test'), {
    kind: 'invite',
    subject: '@ann:a.test',
    roomName: null,
    description: '',
    revoked: true,
    direct: false,
  });
});

test('the delete of a channel names the channel', () => {
  assert.deepEqual(meaning('m.channel.delete', good['m.channel.delete']!), {
    kind: 'delete-channel',
    target: '2',
  });
});

test('room info contains the name, who may join, what it is about, and the channels', () => {
  const plain = {
    kind: 'room',
    name: 'Room',
    joinRule: 'peers',
    topic: '',
    description: '',
    pinned: [],
    archived: false,
    picture: null,
    writers: 'everybody',
    slowSeconds: 0,
    channels: [{ channel_id: '2', name: 'general' }],
    direct: null,
  };
  assert.deepEqual(meaning('m.room.info', good['m.room.info']!), plain);
  const about = { topic: 'x'.repeat(200), description: 'x'.repeat(2000) };
  assert.deepEqual(meaning('m.room.info', { ...good['m.room.info']!, ...about }), { ...plain, ...about });
  for (const [field, text] of Object.entries(about)) {
    refuses('m.room.info', { ...good['m.room.info']!, [field]: `${text}x` }, field);
    refuses('m.room.info', { ...good['m.room.info']!, [field]: null }, field);
  }
  const archived = { ...good['m.room.info']!, archived: true } as unknown as Content;
  assert.deepEqual(meaning('m.room.info', archived), { ...plain, archived: true });
  const pictured = { ...good['m.room.info']!, picture } as unknown as Content;
  const shown = { hash: picture.content_hash, size: picture.size, type: picture.content_type };
  assert.deepEqual(meaning('m.room.info', pictured), { ...plain, picture: shown });
  const moderated = { ...good['m.room.info']!, writers: 'moderators' };
  assert.deepEqual(meaning('m.room.info', moderated), { ...plain, writers: 'moderators' });
  for (const writers of [null, 'owners', true, ['moderators']])
    refuses('m.room.info', { ...good['m.room.info']!, writers }, 'writers');
  const slow = (slow_seconds: unknown) => ({ ...good['m.room.info']!, slow_seconds }) as unknown as Content;
  assert.deepEqual(meaning('m.room.info', slow(3600)), { ...plain, slowSeconds: 3600 });
  for (const wrong of [null, -1, 3601, '10', true])
    assert.throws(() => meaning('m.room.info', slow(wrong)), /content\.slow_seconds/);
  const pins = (pinned: unknown) => ({ ...good['m.room.info']!, pinned }) as Content;
  const most = Array(50).fill('$3:a.test');
  assert.deepEqual(meaning('m.room.info', pins(most)), { ...plain, pinned: most });
  for (const pinned of [null, '$3:a.test', [...most, '$3:a.test'], [3], ['3']])
    assert.throws(() => meaning('m.room.info', pins(pinned)), /content\.pinned/);
  refuses('m.room.info', { ...good['m.room.info']!, name: '' }, 'name');
  refuses('m.room.info', { ...good['m.room.info']!, name: 'x'.repeat(201) }, 'name');
  refuses('m.room.info', { ...good['m.room.info']!, join_rule: 'all' }, 'join_rule');
  const channel = { channel_id: '2', name: 'x' };
  refuses('m.room.info', { ...good['m.room.info']!, channels: Array(1001).fill(channel) }, 'channels');
});

test('an unknown event type is valid, whatever its content', () => {
  for (const type of ['x.metrics', 'm.messages', '__proto__', 'constructor', 'toString'])
    assert.deepEqual(meaning(type, { anything: [null, { a: 1 }] }), { kind: 'other' });
});

test('fields named like members of an object do no harm', () => {
  const content = parseJson('{"message_id":"3","__proto__":{"body":"forged"},"constructor":1}') as JsonObject;
  assert.throws(() => meaningOf({ ...event('m.message.edit', {}), content }), /content\.body /);
});

const picture = { content_hash: 'ab'.repeat(32), content_type: 'image/png', size: 65_536 };

test('a profile is a name, and a line and a picture if they are there', () => {
  const plain = { kind: 'profile', user: '@bob:b.test', displayName: 'Bob', about: '', picture: null };
  assert.deepEqual(meaning('m.member.profile', { display_name: 'Bob' }), plain);
  assert.deepEqual(meaning('m.member.profile', { display_name: 'Bob', about: 'Bees', picture }), {
    ...plain,
    about: 'Bees',
    picture: { hash: picture.content_hash, size: 65_536, type: 'image/png' },
  });
  refuses('m.member.profile', { display_name: 'Bob', about: 'x'.repeat(201) }, 'about');
  refuses('m.member.profile', { about: 'Bees' }, 'display_name');
});

test('a picture of another form, type or size is ignored, and the name counts', () => {
  const wrong: readonly { readonly [key: string]: Plain }[] = [
    { size: 0 },
    { size: 65_537 },
    { size: '5' },
    { content_type: 'image/svg+xml' },
    { content_type: 'image/gif' },
    { content_type: null },
    { content_hash: 'AB'.repeat(32) },
    { content_hash: '../../node.db' },
  ];
  const others = [
    'https://b.test/me.png',
    null,
    [picture],
    ...wrong.map((field) => ({ ...picture, ...field })),
  ];
  for (const other of others) {
    const read = meaning('m.member.profile', { display_name: 'Bob', picture: other });
    assert.ok(read.kind === 'profile');
    assert.deepEqual([read.displayName, read.picture], ['Bob', null], JSON.stringify(other));
    const room = meaning('m.room.info', { ...good['m.room.info']!, picture: other } as Content);
    assert.ok(room.kind === 'room');
    assert.deepEqual([room.name, room.picture], ['Room', null], JSON.stringify(other));
  }
});
