import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  byUrgency,
  isExpired,
  type Standing,
  standingOfDelivery,
  standingOfFinding,
  standingOfPeer,
  standingOfQueue,
} from '../../../../shared/api/standing.ts';
import type { PeerView } from '../../../../shared/api/views/peer-views.ts';
import { peer } from '../../../support/parties/fake-api.ts';

const standing = (more: Partial<PeerView>) => standingOfPeer({ ...peer, ...more });
const withKeys = (...standings: PeerView['keys'][number]['standing'][]): Partial<PeerView> => ({
  keys: standings.flatMap((each) => peer.keys.map((key) => ({ ...key, standing: each }))),
});

test('a peer that does not answer is waited for, and one that refuses needs its owner', () => {
  assert.equal(standing({}), 'ok');
  for (const state of ['unreachable', 'silent', 'waiting'] as const)
    assert.equal(standing({ state, last_seen_at: null }), 'waiting');
  for (const state of ['closed', 'refused'] as const) assert.equal(standing({ state }), 'needs');
});

test('a connected peer needs its owner if its clock is off, a room can’t be read, or it warned', () => {
  assert.equal(standing({ clock_offset_ms: -60_000 }), 'ok');
  assert.equal(standing({ clock_offset_ms: -60_001 }), 'needs');
  assert.equal(standing({ unreadable_rooms: 1 }), 'needs');
  assert.equal(standing({ warnings: ['Its key changed.'] }), 'needs');
  assert.equal(standing({ state: 'unreachable', unreadable_rooms: 1 }), 'waiting', 'that follows from it');
});

test('a server without a connection has no standing, unless something of it is held', () => {
  const blocked = { state: 'blocked', mode: 'block', warnings: ['old'] } as const;
  assert.equal(standing({ ...blocked, warnings: ['old'] }), null);
  assert.equal(standing({ state: 'unknown', mode: 'known' }), null);
  assert.equal(standing({ state: 'quarantined', mode: 'quarantine' }), null);
  assert.equal(standing({ state: 'quarantined', mode: 'quarantine', held: 1 }), 'needs');
});

test('a peer whose keys have all expired needs its owner, but one that never answered is waited for', () => {
  const expired = { ...withKeys('expired', 'expired'), state: 'waiting' } as const;
  assert.equal(standing(expired), 'needs');
  assert.equal(standing({ ...expired, last_seen_at: null }), 'waiting');
  for (const accepted of ['valid', 'by_day', 'for_good'] as const)
    assert.ok(!isExpired({ ...peer, ...withKeys('expired', accepted) }));
  assert.ok(!isExpired({ ...peer, keys: [] }));
});

test('a delivery waits or needs its owner, and has a tick only if its arrival was reported', () => {
  const of = (['delivered', 'handed_over', 'held', 'queued', 'retrying', 'parked', 'dead'] as const).map(
    standingOfDelivery,
  );
  assert.deepEqual(of, ['ok', null, 'waiting', 'waiting', 'waiting', 'needs', 'needs']);
  assert.equal(standingOfQueue({ parked: 0, dead: 0 }), 'waiting');
  assert.equal(standingOfQueue({ parked: 1, dead: 0 }), 'needs');
  assert.equal(standingOfQueue({ parked: 0, dead: 1 }), 'needs');
});

test('a finding is broken only if it is an error, and a silent peer is merely waited for', () => {
  assert.equal(standingOfFinding({ code: 'disk-full', severity: 'error' }), 'broken');
  assert.equal(standingOfFinding({ code: 'peer-refusing', severity: 'warning' }), 'needs');
  assert.equal(standingOfFinding({ code: 'events-held', severity: 'info' }), 'needs');
  assert.equal(standingOfFinding({ code: 'federation-paused', severity: 'info' }), 'needs');
  assert.equal(standingOfFinding({ code: 'peer-unreachable', severity: 'warning' }), 'waiting');
  assert.equal(standingOfFinding({ code: 'peer-upgraded', severity: 'info' }), null);
});

test('the most urgent comes first, and things without a standing last', () => {
  const all: (Standing | null)[] = [null, 'ok', 'broken', 'waiting', 'needs'];
  assert.deepEqual(all.sort(byUrgency), ['broken', 'needs', 'waiting', 'ok', null]);
});
