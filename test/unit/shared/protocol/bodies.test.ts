import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clampInviteAge,
  parseInviteRequest,
  parseMemberRequest,
  readBody,
  ServerKeys,
  WellKnown,
  writeInviteRequest,
  writeMemberRequest,
} from '../../../../shared/protocol/bodies.ts';
import { ProtocolError } from '../../../../shared/protocol/errors.ts';

function refuses(read: () => unknown, says: RegExp): void {
  assert.throws(
    read,
    (error) => error instanceof ProtocolError && error.code === 'BAD_REQUEST' && says.test(error.message),
  );
}

const invite = { origin_server: 'a.test', room_id: '!1:b.test', sender: '@a:a.test' };
const member = { origin_server: 'a.test', room_id: '!1:b.test', user_id: '@a:a.test' };

test('an invite is written in the field order of the existing server, with the age null if none is given', () => {
  const text = '{"origin_server":"a.test","room_id":"!1:b.test","sender":"@a:a.test","max_age_seconds":';
  assert.equal(writeInviteRequest(invite), `${text}null}`);
  assert.equal(writeInviteRequest({ ...invite, max_age_seconds: null }), `${text}null}`);
  assert.equal(writeInviteRequest({ ...invite, max_age_seconds: 60 }), `${text}60}`);
});

test('join and leave are written in the field order of the existing server', () => {
  assert.equal(
    writeMemberRequest({ user_id: '@a:a.test', room_id: '!1:b.test', origin_server: 'a.test' }),
    '{"origin_server":"a.test","room_id":"!1:b.test","user_id":"@a:a.test"}',
  );
});

test('texts are escaped as in canonical JSON', () => {
  assert.ok(
    writeMemberRequest({ ...member, user_id: '@"\u0001é/:a.test' }).includes('"@\\"\\u0001é/:a.test"'),
  );
});

test('written bodies can be read back', () => {
  assert.deepEqual(parseInviteRequest(writeInviteRequest(invite)), { ...invite, max_age_seconds: null });
  assert.deepEqual(parseMemberRequest(writeMemberRequest(member)), member);
});

test('an age may be absent; else it is whole seconds', () => {
  assert.equal(parseInviteRequest(JSON.stringify(invite)).max_age_seconds, undefined);
  for (const bad of [1.5, '60', true, {}])
    refuses(() => parseInviteRequest(JSON.stringify({ ...invite, max_age_seconds: bad })), /max_age_seconds/);
});

test('a field that is missing, empty, too long or of another type is refused by name', () => {
  for (const bad of [undefined, null, '', 1, {}, [], 'x'.repeat(1025)])
    for (const [body, read] of [
      [invite, parseInviteRequest],
      [member, parseMemberRequest],
    ] as const)
      for (const field of Object.keys(body))
        refuses(() => read(JSON.stringify({ ...body, [field]: bad })), new RegExp(field));
  for (const text of ['', '[]', 'null', '"x"', '{'])
    refuses(() => parseMemberRequest(text), /JSON|body|expected|Expected|Invalid/);
});

test('an invite is valid for 60 to 86,400 seconds, an hour by default', () => {
  const ages = [undefined, null, -5, 0, 59, 60, 61, 86_399, 86_400, 86_401, 1e300];
  assert.deepEqual(
    ages.map(clampInviteAge),
    [3600, 3600, 60, 60, 60, 60, 61, 86_399, 86_400, 86_400, 86_400],
  );
});

test('discovery fills in what the existing server may leave out', () => {
  const told = { server_name: 'a.test', domain: 'a.test', federation_endpoint: '/x' };
  assert.equal(readBody(WellKnown, JSON.stringify(told)).enabled, true);
  assert.equal(
    readBody(WellKnown, JSON.stringify({ ...told, enabled: false, version: null })).enabled,
    false,
  );
  refuses(() => readBody(WellKnown, JSON.stringify({ ...told, enabled: 'yes' })), /enabled/);
});

test('keys are 64 lower-case hex digits of ed25519, at most 32 of them', () => {
  const key = { key_id: 'k', public_key: 'ab'.repeat(32), valid_until: 1 };
  const read = (...keys: object[]) => readBody(ServerKeys, JSON.stringify({ server_name: 'a.test', keys }));
  assert.equal(read({ ...key, server_name: 'a.test' }).keys[0]?.algorithm, 'ed25519');
  assert.equal(read(...Array(32).fill(key)).keys.length, 32);
  refuses(() => read(...Array(33).fill(key)), /keys/);
  refuses(() => read({ ...key, public_key: 'AB'.repeat(32) }), /keys\.0\.public_key/);
  refuses(() => read({ ...key, public_key: 'ab'.repeat(31) }), /public_key/);
  refuses(() => read({ ...key, algorithm: 'rsa' }), /algorithm/);
  for (const bad of [1.5, '1', null, 2 ** 53])
    refuses(() => read({ ...key, valid_until: bad }), /valid_until/);
});
