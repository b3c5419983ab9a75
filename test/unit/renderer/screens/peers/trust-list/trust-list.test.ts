import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Here,
  type Planned,
  planTrustList,
  writeTrustList,
} from '../../../../../../renderer/screens/peers/trust-list/trust-list.ts';
import type { PeerView } from '../../../../../../shared/api/views/peer-views.ts';

const now = Date.UTC(2026, 0, 1);
const defaultLimits = { requests_per_minute: 600, burst: 100 };

const peer = (server_name: string, more: Partial<PeerView> = {}): PeerView => ({
  server_name,
  kind: 'paracord-node',
  one_way: false,
  domain: server_name,
  endpoint: `https://${server_name}:8448/_paracord/federation/v1`,
  mode: 'allow',
  reason: null,
  until: null,
  limits: defaultLimits,
  last_seen_at: null,
  keys: [],
  state: 'ok',
  state_text: '',
  tls_sha256: null,
  clock_offset_ms: null,
  queued: 0,
  held: 0,
  unreadable_rooms: 0,
  admin_request: null,
  warnings: [],
  ...more,
});

const here = (...peers: PeerView[]): Here => ({ serverName: 'own.test', peers, defaultLimits, now });
const plan = (entries: unknown, at: Here = here()): Planned[] =>
  planTrustList(JSON.stringify({ peers: entries }), at);
const kinds = (planned: Planned[]): string[] => planned.map((each) => each.kind);
const problem = (planned: Planned | undefined): string =>
  planned?.kind === 'invalid' ? planned.problem : '';

test('importing a node’s own export there changes nothing', () => {
  const at = here(
    peer('a.test'),
    peer('b.test', { mode: 'block', state: 'blocked', reason: 'spam', until: now + 1000 }),
    peer('c.test', { limits: { requests_per_minute: 5, burst: 1 } }),
    peer('unseen.test', { mode: 'block', state: 'blocked', endpoint: null }),
  );
  assert.deepEqual(kinds(planTrustList(writeTrustList(at), at)), [
    'unchanged',
    'unchanged',
    'unchanged',
    'unchanged',
  ]);
});

test('an export contains decisions, not hearsay, and limits only if they are the peer’s own', () => {
  const list = JSON.parse(
    writeTrustList(
      here(
        peer('a.test', { limits: { requests_per_minute: 5, burst: 1 } }),
        // It has ended by now: the node says “allow”, but keeps the time of the end.
        peer('b.test', { reason: 'spam', until: now - 1000 }),
        peer('known.test', { state: 'unknown', mode: 'known' }),
      ),
    ),
  );
  assert.equal(list.server_name, 'own.test');
  assert.deepEqual(list.peers, [
    {
      server_name: 'a.test',
      endpoint: 'https://a.test:8448',
      mode: 'allow',
      reason: null,
      until: null,
      limits: { requests_per_minute: 5, burst: 1 },
    },
    {
      server_name: 'b.test',
      endpoint: 'https://b.test:8448',
      mode: 'allow',
      reason: null,
      until: null,
      limits: null,
    },
  ]);
});

test('a preview distinguishes new, changed, unchanged and unusable entries', () => {
  const at = here(peer('a.test'), peer('b.test'), peer('known.test', { state: 'unknown', mode: 'known' }));
  const planned = plan(
    [
      { server_name: 'A.test', endpoint: 'https://a.test:8448/_paracord/federation/v1' },
      {
        server_name: 'b.test',
        endpoint: 'b.test:9000',
        mode: 'block',
        reason: 'spam',
        limits: { requests_per_minute: 1, burst: 2 },
      },
      { server_name: 'known.test', mode: 'quarantine' },
      { server_name: 'new.test', endpoint: 'https://new.test' },
    ],
    at,
  );
  assert.deepEqual(kinds(planned), ['unchanged', 'changed', 'added', 'added']);
  const changed = planned[1];
  assert.ok(changed?.kind === 'changed');
  assert.deepEqual(changed.changes, [
    { field: 'mode', from: 'Trusted', to: 'Blocked' },
    { field: 'endpoint', from: 'b.test:8448', to: 'b.test:9000' },
    { field: 'reason', from: 'none', to: 'spam' },
    { field: 'limits', from: 'default', to: '1 per minute, 2 at once' },
  ]);
  assert.equal(changed.entry.endpoint, 'https://b.test:9000');
});

test('your own server in a friend’s list changes nothing', () => {
  assert.deepEqual(
    plan([{ server_name: 'own.test', mode: 'allow' }]).map(({ kind }) => kind),
    ['unchanged'],
  );
});

test('unusable entries say why, one by one, and don’t affect the others', () => {
  const planned = plan([
    null,
    { mode: 'allow' },
    { server_name: 'no name' },
    { server_name: 'a.test', mode: 'love' },
    { server_name: 'b.test', endpoint: 'https://b.test/path' },
    { server_name: 'c.test', reason: 'x'.repeat(501) },
    { server_name: 'd.test', until: 'tomorrow', mode: 'block' },
    { server_name: 'e.test', limits: { requests_per_minute: -1, burst: 1 } },
    { server_name: 'f.test', mode: 'block', until: now - 1 },
    { server_name: 'g.test' },
    { server_name: 'G.test.' },
  ]);
  assert.deepEqual(
    planned.map((each) => (each.kind === 'invalid' ? `${each.at} ${each.problem}` : each.kind)),
    [
      '1 can’t be read',
      '2 the server name is missing or invalid',
      '3 the server name is missing or invalid',
      '4 trust must be “allow”, “block” or “quarantine”',
      '5 the address is invalid',
      '6 the reason must be text of at most 500 characters',
      '7 the end time is invalid',
      '8 the limits must be two whole numbers',
      '9 has already ended',
      'added',
      '11 listed twice',
    ],
  );
  assert.equal(problem(planned[9]), '');
});

test('a list without an address leaves the known one alone, and an allowed peer keeps no reason', () => {
  const planned = plan(
    [{ server_name: 'a.test', mode: 'allow', reason: 'was spam', until: 5 }],
    here(peer('a.test')),
  );
  assert.deepEqual(kinds(planned), ['unchanged']);
});

test('anything but a list is refused with a sentence; a bare array is a list', () => {
  assert.throws(() => planTrustList('{', here()), /isn’t a trust list/);
  assert.throws(() => planTrustList('{"peers": 5}', here()), /no list of peers/);
  assert.throws(() => planTrustList('null', here()), /no list of peers/);
  assert.throws(() => planTrustList('[]', here()), /empty/);
  assert.deepEqual(kinds(planTrustList('[{"server_name": "a.test"}]', here())), ['added']);
});
