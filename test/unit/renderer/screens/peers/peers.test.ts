import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isLocal,
  nameInTarget,
  peerToAdd,
  readTarget,
} from '../../../../../renderer/screens/peers/adding/add-target.ts';
import { decisionsFor, effectOf, trustChange } from '../../../../../renderer/screens/peers/page/trust.ts';
import {
  byAttention,
  clockWords,
  matches,
  plainSentenceOf,
  sentenceOf,
  shortAddress,
} from '../../../../../renderer/screens/peers/peer-words.ts';
import { adminCommand, ourAddress } from '../../../../../shared/api/their-turn.ts';
import type { PeerView } from '../../../../../shared/api/views/peer-views.ts';

const now = Date.UTC(2026, 0, 1);

const peer = (server_name: string, more: Partial<PeerView> = {}): PeerView => ({
  server_name,
  kind: 'paracord-node',
  one_way: false,
  domain: server_name,
  endpoint: `https://${server_name}/_paracord/federation/v1`,
  mode: 'allow',
  reason: null,
  until: null,
  limits: { requests_per_minute: 600, burst: 100 },
  last_seen_at: now,
  keys: [
    {
      key_id: 'ed25519:1',
      public_key: 'ab',
      valid_until: now + 1,
      pinned: true,
      fingerprint: 'ba-be',
      standing: 'valid',
      extended_at: null,
      extended_until: null,
    },
  ],
  state: 'ok',
  state_text: 'Connected.',
  tls_sha256: null,
  clock_offset_ms: 0,
  queued: 0,
  held: 0,
  unreadable_rooms: 0,
  admin_request: null,
  warnings: [],
  ...more,
});

test('peers that need their owner come first, those that were put away last', () => {
  const peers = [
    peer('z.test'),
    peer('blocked.test', { state: 'blocked', mode: 'block', warnings: ['old'] }),
    peer('down.test', { state: 'unreachable' }),
    peer('held.test', { state: 'quarantined', mode: 'quarantine', held: 1 }),
    peer('known.test', { state: 'unknown', mode: 'known' }),
    peer('clock.test', { clock_offset_ms: -61_000 }),
    peer('closed.test', { state: 'closed' }),
    peer('a.test'),
    peer('warned.test', { warnings: ['its key changed'] }),
    peer('unread.test', { unreadable_rooms: 1 }),
    peer('waiting.test', { state: 'waiting' }),
    peer('quiet.test', { state: 'quarantined', mode: 'quarantine' }),
  ];
  const named = peers.map((each) => ({ peer: each, name: each.server_name.replace('.test', '') }));
  assert.deepEqual(
    byAttention(named).map(({ name }) => name),
    ['clock', 'closed', 'held', 'unread', 'warned', 'down', 'waiting', 'a', 'z', 'blocked', 'known', 'quiet'],
  );
});

test('a clock is mentioned only if it is off, and as a problem only beyond the limit', () => {
  assert.equal(clockWords(null), null);
  assert.equal(clockWords(-2000), null);
  assert.equal(clockWords(12_400), 'Its clock is 12 sec ahead of yours.');
  assert.match(clockWords(-90_000) ?? '', /behind yours\. .*more than a minute/);
});

test('a peer is found by every word shown about it', () => {
  const evil = peer('evil.test', {
    state: 'blocked',
    mode: 'block',
    reason: 'Harassment',
    state_text: 'Blocked by you',
  });
  assert.ok(matches(evil, 'Mallory', 'EVIL'));
  assert.ok(matches(evil, 'Mallory', 'blocked harass'));
  assert.ok(matches(evil, 'Mallory', 'mallory'));
  assert.ok(matches(evil, 'Mallory', ''));
  assert.ok(!matches(evil, 'Mallory', 'blocked connected'));
});

test('an address is shown as people know it', () => {
  assert.equal(shortAddress('https://a.test:8448/_paracord/federation/v1'), 'a.test:8448');
  assert.equal(shortAddress('http://127.0.0.1:7001/_paracord/federation/v1'), 'http://127.0.0.1:7001');
});

test('typed input is a name, an address, or reported as neither', () => {
  const name = readTarget(' Chat.Example ');
  assert.deepEqual(name, {
    kind: 'name',
    name: 'chat.example',
    words: 'Your server looks for it at https://chat.example and https://chat.example:8448.',
  });
  for (const typed of [
    'chat.example:8448',
    'https://chat.example:8448/',
    'https://chat.example:8448/_paracord/federation/v1',
  ]) {
    const target = readTarget(typed);
    assert.equal(target.kind === 'address' && target.endpoint, 'https://chat.example:8448', typed);
  }
  const foreign = readTarget('grüße.example');
  assert.equal(foreign.kind === 'address' && foreign.endpoint, 'https://xn--gre-6ka8l.example');
  const plain = readTarget('http://127.0.0.1:7001');
  assert.ok(plain.kind === 'address' && plain.words.includes('without encryption'));
  const problems = [
    '',
    'two words',
    'https://chat.example/path',
    'https://chat.example/?q',
    'ftp://chat.example',
    'https://a:b@chat.example',
  ];
  for (const typed of problems) assert.equal(readTarget(typed).kind, 'wrong', typed);
  const link = readTarget('paracord://room/!1%3Aa.test');
  assert.ok(link.kind === 'wrong' && link.problem.includes('not an address'));
});

test('a peer that hides its page is added by its address, its name and perhaps its key', () => {
  const read = (typed: string) => {
    const target = readTarget(typed);
    return target.kind === 'wrong' ? assert.fail(target.problem) : target;
  };
  const hidden = { name: '', keyId: '', key: '' };
  assert.deepEqual(peerToAdd(read('chat.example'), null), { server_name: 'chat.example' });
  assert.deepEqual(peerToAdd(read('chat.example'), hidden), { server_name: 'chat.example' });
  const byName = { endpoint: 'https://chat.example', server_name: 'other.example' };
  assert.deepEqual(peerToAdd(read('chat.example'), { ...hidden, name: ' other.example ' }), byName);
  assert.deepEqual(peerToAdd(read('10.0.0.1:8448'), { name: 'c.example', keyId: ' k ', key: ' AB ' }), {
    endpoint: 'https://10.0.0.1:8448',
    server_name: 'c.example',
    key: { key_id: 'k', public_key: 'ab' },
  });
  assert.deepEqual(peerToAdd(read('10.0.0.1:8448'), { ...hidden, keyId: 'k' }).key, {
    key_id: 'k',
    public_key: '',
  });
});

test('a server blocked before it was ever called is named as typed', () => {
  assert.equal(nameInTarget(readTarget('evil.test')), 'evil.test');
  assert.equal(nameInTarget(readTarget('https://evil.test:8448')), 'evil.test');
  assert.equal(nameInTarget(readTarget('no name')), null);
});

test('a peer can be trusted, quarantined and blocked by its key, without an address', () => {
  const key = peer('b.test').keys[0];
  const of = (mode: 'allow' | 'quarantine' | 'block' | 'known', pinned: boolean) =>
    decisionsFor({ mode, keys: pinned && key ? [{ ...key, pinned }] : [] }).join(' ');
  assert.equal(of('allow', true), 'quarantine block');
  assert.equal(of('quarantine', true), 'allow block');
  assert.equal(of('block', true), 'unblock quarantine');
  assert.equal(of('block', false), 'unblock');
  assert.equal(of('known', false), 'block');
});

test('unblocking a peer trusts it again; a server that was never added becomes no peer', () => {
  const keys = peer('b.test').keys;
  assert.equal(
    effectOf('unblock', { mode: 'block', keys: keys.map((key) => ({ ...key, pinned: true })) }),
    'allow',
  );
  assert.equal(effectOf('unblock', { mode: 'block', keys: [] }), 'unblock');
});

test('a decision lasts as long as was chosen, and an allowed peer carries no reason', () => {
  assert.deepEqual(trustChange('block', ' spam ', 'hour', now), {
    mode: 'block',
    reason: 'spam',
    until: now + 3_600_000,
  });
  assert.deepEqual(trustChange('quarantine', '', 'open', now), {
    mode: 'quarantine',
    reason: null,
    until: null,
  });
  for (const decision of ['allow', 'unblock'] as const)
    assert.deepEqual(trustChange(decision, 'spam', 'day', now), { mode: 'allow', reason: null, until: null });
});

test('the admin of the existing server gets the request as it expects it', () => {
  const request = {
    server_name: 'anna.example',
    domain: 'anna.example',
    federation_endpoint: 'https://anna.example:8448/_paracord/federation/v1',
    public_key_hex: 'e699',
    key_id: 'ed25519:8a3dff5e',
    trusted: true,
    discover: false,
  } as const;
  const command = adminCommand(request, 'https://old.example/_paracord/federation/v1');
  assert.match(command, /^curl -X POST 'https:\/\/old\.example\/_paracord\/federation\/v1\/servers' \\\n/);
  assert.deepEqual(JSON.parse(/-d '(.*)'$/.exec(command)?.[1] ?? ''), request);
  assert.ok(
    adminCommand(request, "https://old.example/'; rm -rf ~").includes("'\\''; rm -rf ~"),
    'stays in its quotes',
  );
});

test('the address that others get is the public one, or else that of this computer', () => {
  const ours = {
    public_url: 'https://anna.example:8448',
    reach: { offers: null },
    listener: { url: 'http://127.0.0.1:7001' },
  };
  assert.equal(ourAddress({ ...ours, public_url: null }), 'http://127.0.0.1:7001');
  const mapped = { ...ours, public_url: null, reach: { offers: 'https://203.0.113.9:8448' } };
  assert.equal(ourAddress(mapped), 'https://203.0.113.9:8448');
  const atDefault = { ...ours, public_url: null, reach: { offers: 'https://203.0.113.9:443' } };
  assert.equal(ourAddress(atDefault), 'https://203.0.113.9');
  assert.equal(ourAddress({ ...ours, public_url: null, listener: { url: '' } }), '');
  assert.ok(isLocal('http://127.0.0.1:7001'));
  assert.ok(isLocal('https://[::1]:8448'));
  assert.ok(!isLocal('https://anna.example'));
});

test('a peer’s sentence begins with what waits for the owner', () => {
  const sentence = (more: Partial<PeerView>) => sentenceOf(peer('b.test', more), now);
  assert.equal(sentence({}), 'Connected.');
  assert.equal(sentence({ queued: 2 }), 'Connected.', 'what is being sent is no news');
  const silent = { state: 'silent', state_text: 'Last contact 20 minutes ago.' } as const;
  assert.equal(sentence({ ...silent, queued: 2 }), 'Last contact 20 minutes ago. 2 messages wait.');
  assert.equal(
    sentence({ mode: 'quarantine', state: 'quarantined', state_text: 'You quarantined it.', held: 1 }),
    '1 message waits for your decision.',
  );
  const blocked = { mode: 'block', state: 'blocked', state_text: 'You blocked it.' } as const;
  assert.equal(sentence({ ...blocked, until: now + 3_600_000 }), 'You blocked it. Ends in 1 hour.');
  assert.equal(sentence({ ...blocked, queued: 7 }), 'You blocked it.', 'nothing is on its way');
  const refused = { state: 'refused', state_text: 'We refuse it.', clock_offset_ms: 90_000 } as const;
  assert.equal(sentence(refused), 'We refuse it.');
  assert.equal(sentence({ warnings: ['its key changed'] }), 'Connected. 1 warning.');
});

test('people who only want to talk read that a friend doesn’t answer, and what waits, but not why', () => {
  const away = { state: 'unreachable', state_text: 'The connection was refused.' } as const;
  assert.equal(plainSentenceOf(peer('ben.test', away), now), 'No answer right now. What you write waits.');
  assert.equal(
    plainSentenceOf(peer('ben.test', { ...away, queued: 2 }), now),
    'No answer right now. 2 messages wait.',
  );
  const refused = peer('ben.test', { state: 'refused', state_text: 'Its clock is wrong.' });
  assert.equal(plainSentenceOf(refused, now), 'Its clock is wrong.');
});
