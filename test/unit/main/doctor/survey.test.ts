import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Surveyor } from '../../../../main/doctor/survey.ts';

/** A node without a name, which is enough to see how often it is looked at. */
function surveyor() {
  const world = { now: 10_000, change: 1, looks: 0 };
  const parts = {
    clock: { now: () => world.now },
    changes: {
      get lastId() {
        return world.change;
      },
    },
    store: {
      outbox: { counts: () => [] },
      meta: { get: () => undefined },
      peers: { ownKeys: () => [] },
      recovery: { decisions: () => [] },
      disk: { trouble: null },
    },
    keyring: { isSetUp: false },
    settings: { get: () => ({ paused: false }) },
    directory: {
      all() {
        world.looks++;
        return [];
      },
    },
    conditions: { look: () => () => ({}) },
    reach: {
      publicUrl: null,
      view: () => ({ verdict: { kind: 'public' }, mapping: { external_port: null } }),
    },
    listeners: { problem: null, federationUrl: '' },
    wayIn: { isProven: false },
    keptName: { lastingProblem: null },
    entranceTest: { facts: [], whereabouts: { home: null, outside: null } },
    certificates: { view: null },
    clockOffsets: { overall: () => null },
    clockTrust: { doubt: null },
    addressAnnouncer: { toTellByHand: () => [], untold: () => [] },
    doctor: { lastDialBack: null },
    ownEvents: { last: () => null },
    conflictLog: { all: () => [] },
    scrub: { damaged: () => [] },
    peerInvites: { claimants: () => new Set() },
  };
  return { world, surveyor: new Surveyor(parts as never) };
}

test('a survey is used again until something changes', () => {
  const { world, surveyor: one } = surveyor();
  const first = one.survey();
  assert.equal(one.survey(), first);
  assert.equal(world.looks, 1);
  world.change++;
  assert.notEqual(one.survey(), first);
  assert.equal(world.looks, 2);
});

test('changes by time alone are seen within a second, also after the clock was set back', () => {
  const { world, surveyor: one } = surveyor();
  one.survey();
  world.now += 999;
  one.survey();
  assert.equal(world.looks, 1);
  world.now += 1;
  one.survey();
  assert.equal(world.looks, 2);
  world.now -= 5_000;
  one.survey();
  assert.equal(world.looks, 3);
});
