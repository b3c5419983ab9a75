/** A node for the command line: loosely typed, because its texts show only some of the fields. */
import { peer, room, status } from '../parties/fake-api.ts';

const at = 1_700_000_000_000;
export const roomId = '!100:home.example';
const invite = {
  ...{ id: 'i1', room_id: roomId, room_name: 'Kitchen', home: 'b.test', inviter: '@bob:b.test' },
  ...{ user_id: '@ann:home.example', created_at: at, status: 'pending' },
};
const peerInvite = {
  ...{
    id: 'p1',
    link: 'https://a.test/join#x',
    app_link: null,
    page: 'trusted',
    room: null,
    status: 'pending',
    made_at: at,
    expires_at: at,
  },
  ...{ used_by: null, used_at: null },
};
const token = { id: 't1', name: 'helper', user_id: '@bob:home.example', created_at: at, last_used_at: null };
const key = {
  ...{ key_id: 'ed25519:1', algorithm: 'ed25519', public_key: 'abc', valid_until: at, created_at: at },
  ...{ active: true, fingerprint: 'ab12', seen_by: ['b.test'] },
};
const delivery = {
  ...{ total: 3, delivered: 1, not_shown_at: null },
  destinations: ['delivered', 'handed_over', 'dead', 'queued', 'retrying', 'held'].map((state, n) => ({
    ...{ server_name: `s${n}.test`, state, via: state === 'handed_over' ? 's0.test' : null },
    ...{ reason: null, next_attempt_at: null, at },
  })),
};
const message = {
  ...{ event_id: '$1:a', channel_id: '1', message_id: '1', sender: '@bob:b.test', origin_server: 'b.test' },
  ...{ origin_ts: at, depth: 1, body: 'hello', edited_at: at, deleted: false, deleted_by: null },
  files: [{ name: 'a.txt' }, { name: '' }],
  ...{ files_signed: false, mentions: [], reactions: [{ emoji: '👍', users: ['@a:a'] }], delivery },
};
const settings = {
  ...{ paused: false, public_url: 'https://home.example:8448', outbox_max_age_days: 30, port: 8448 },
  ...{ default_limits: { requests_per_minute: 6000, burst: 2000 }, extend_keys: true, port_mapping: true },
  ...{
    tls: { mode: 'self-signed' },
    keep_edit_history: true,
    language: 'de',
    quiet_hours: null,
    by_flag: ['port'],
  },
};
const held = {
  ...{ event_id: '$h:b.test', room_id: roomId, event_type: 'm.message', sender: '@bob:b.test' },
  ...{ origin_ts: at, received_at: at, body: 'spam' },
};
const step = { step: 'tcp', result: 'failed', text: 'no answer', fix: 'try later' };
const check = { server_name: 'b.test', at, running: false, ok: false, result: 'failed', steps: [step] };
const self = { at, running: false, steps: [{ ...step, step: 'identity', result: 'ok' }] };
const finding = {
  ...{ code: 'node-offline', subject: null, severity: 'error', title: 'Bad', text: 'so bad', fix: 'mend it' },
  ...{ depends_on: [], help: 'docs/failures/node-offline.md' },
};
const page = (...items: unknown[]) => ({ items, next: 'c2' });

/** The answers of a node that has something of every kind, by procedure. Lists have a next page. */
export const everything: Record<string, unknown> = {
  status,
  setUp: { ...status, restored_at: at, recovery_saved_at: null, clock_offset_ms: null },
  makeLoginLink: { url: 'http://127.0.0.1/x', code: 'y', expires_at: at },
  keys: page(key),
  rotateKeys: page(key),
  users: page({ user_id: '@a:a', localpart: 'a', display_name: 'Ann', owner: true, created_at: at }),
  addUser: { user_id: '@a:a', localpart: 'a', display_name: 'Ann', owner: false, created_at: at },
  settings,
  changeSettings: {
    ...settings,
    keep_edit_history: false,
    extend_keys: false,
    language: 'system',
    public_url: null,
  },
  retryCertificate: { done: true },
  peers: page(peer, { ...peer, mode: 'quarantine', state: 'quarantined' }, { ...peer, mode: 'block' }),
  peer: {
    ...{
      ...peer,
      domain: 'dom.test',
      reason: 'noisy',
      until: at,
      tls_sha256: 'ff00',
      warnings: ['Look out.'],
    },
    clock_offset_ms: null,
    keys: (['valid', 'by_day', 'for_good', 'expired'] as const).flatMap((standing) => [
      { ...peer.keys[0], standing, extended_at: at, extended_until: null },
      { ...peer.keys[0], standing, extended_at: at, extended_until: at, pinned: false },
    ]),
  },
  addPeer: peer,
  checkPeer: check,
  changePeer: { ...peer, mode: 'block', endpoint: null },
  extendPeerKeys: peer,
  forgetPeer: { done: true },
  heldEvents: page(held),
  releaseHeld: { released: 2, refused: [{ event_id: '$h:b.test', message: 'not now' }] },
  discardHeld: { discarded: 1 },
  makePeerInvite: peerInvite,
  peerInvites: page(peerInvite),
  revokePeerInvite: peerInvite,
  previewPeerInvite: {
    ...{
      server_name: 'b.test',
      domain: 'b.test',
      endpoint: 'https://b.test',
      key_id: 'k',
      fingerprint: 'ba-bo',
    },
    ...{ tls_sha256: null, expires_at: at, inviter: 'Bob', is_peer: false },
  },
  acceptPeerInvite: { server_name: 'b.test', state: 'waiting', text: 'It waits.', peer: null },
  waitingAcceptances: page({ server_name: 'b.test', accepted_at: at, expires_at: at, last_error: 'silence' }),
  giveUpAcceptance: { done: true },
  rooms: page({ ...room, join_rule: 'invite', membership: null }, room),
  createRoom: { ...room, homed_here: false, home_kind: 'other', one_way: true, membership: null },
  room: { ...room, long_texts_dropped_at: ['b.test', 'c.test'] },
  joinRoom: { ...room, membership: 'joining' },
  leaveRoom: { ...room, membership: 'left' },
  inviteUser: { event_id: '$1:a', joined: true },
  sentInvites: page({ user_id: '@b:b', server: 'b', inviter: '@a:a', invited_at: at, arrived: true }),
  revokeInvite: { done: true },
  members: page({ user_id: '@a:a', server: 'a', role: 'owner', joined_at: at }),
  removeMember: { event_id: '$1:a' },
  addChannel: { channel_id: '103', name: 'cellar' },
  invites: page(invite),
  acceptInvite: room,
  declineInvite: invite,
  postMessage: { event_id: '$1:a', message_id: '1' },
  timeline: page(message, { ...message, deleted: true, body: null }),
  event: {
    ...{
      envelope: '{}',
      event_id: '$1:a',
      room_id: roomId,
      event_type: 'm.message',
      origin_server: 'a.test',
    },
    ...{ received_from: 'b.test', received_at: at, effect: 'applied', attempts: [], delivery },
    signature: { key_id: 'k', state: 'verified', vouched_by: null, covers_files: true },
  },
  editMessage: { event_id: '$1:a' },
  deleteMessage: { event_id: '$1:a' },
  react: { event_id: '$1:a' },
  unreact: { event_id: '$1:a' },
  outbox: page({
    ...{ server_name: 'b.test', queued: 1, retrying: 0, parked: 0, dead: 0 },
    ...{ next_attempt_at: null, state: 'ok', state_text: 'Fine here.' },
  }),
  lacking: {
    items: [
      {
        ...{ server_name: 'c.test', via: 'b.test', waiting: 1, unknown: 1, held: 1, refused: 1 },
        ...{ reason: null, next_attempt_at: null },
      },
    ],
    silent: ['old.test'],
  },
  outboxEntries: page(
    ...(['queued', 'retrying', 'parked', 'dead'] as const).map((state) => ({
      ...{ event_id: '$1:a', room_id: roomId, event_type: 'm.message', attempts: 1, enqueued_at: at, state },
      ...{ next_attempt_at: at, last_status: 503, last_error: 'too busy' },
    })),
  ),
  retryOutbox: { retried: 2 },
  giveUpOutbox: { done: true },
  backUp: { folder: '/data/backups/one', created_at: at, bytes: 1_200_000 },
  backups: page({ folder: '/data/backups/one', created_at: at, bytes: 1200 }),
  tokens: page(token),
  addToken: { ...token, token: 'secret123' },
  revokeToken: { done: true },
  browsers: page({
    ...{ id: 'b1', browser: 'Firefox', system: 'Android', created_at: at, last_used_at: at },
  }),
  logOutBrowser: { done: true },
  diagnostics: { file_name: 'd.json', text: '{"a":1}' },
  exportIdentity: { file_name: 'r.json', text: '{"b":2}' },
  recoverIdentity: status,
  runDoctor: { self, findings: [] },
  doctor: { self, findings: [finding, { ...finding, code: 'x', depends_on: ['node-offline'] }] },
};
/** What differs if there is nothing yet. */
export const empty: Record<string, unknown> = {
  ...Object.fromEntries(
    Object.entries(everything)
      .filter(([, answer]) => typeof answer === 'object' && answer !== null && 'items' in answer)
      .map(([name]) => [name, { items: [], next: null, silent: [] }]),
  ),
  status: { ...status, set_up: false, server_name: null, active_key: null, public_url: null },
  room: { ...room, channels: [] },
  doctor: { self: null, findings: [] },
  runDoctor: { self: null, findings: [] },
};
