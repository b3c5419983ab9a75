import { type Api, contract, type ProcedureName, proceduresOf } from '../../../shared/api/contract.ts';
import type { StatusView } from '../../../shared/api/views/node-views.ts';
import type { PeerView } from '../../../shared/api/views/peer-views.ts';
import type { RoomView } from '../../../shared/api/views/room-views.ts';

export interface Call {
  readonly name: ProcedureName;
  readonly input: unknown;
}

/** An Api that gives the specified answers, fails for any other call, and records the calls. */
export function fakeApi(answers: Partial<Api>): { api: Api; calls: Call[] } {
  const calls: Call[] = [];
  const api = proceduresOf<Api>(contract, async (name, input) => {
    const answer = answers[name] as ((input: unknown) => Promise<unknown>) | undefined;
    calls.push({ name, input });
    if (!answer) throw new Error(`secret: the test gave no answer for ${name}`);
    return await answer(input);
  });
  return { api, calls };
}

export const status: StatusView = {
  version: '0.1.0',
  set_up: true,
  server_name: 'home.example',
  domain: 'home.example',
  name_fixed_by: 'peer',
  public_url: 'https://home.example:8448',
  listener: {
    url: 'https://127.0.0.1:8448',
    problem: null,
    tls: 'self-signed',
    lacks_proxy: false,
    certificate: {
      kind: 'self-signed',
      names: [],
      valid_until: 1_800_000_000_000,
      issuer: 'Paracord Node',
      spki_sha256: 'ab'.repeat(32),
      pinned_by_peers: true,
      stands_in: false,
      renewing: 'Made again by this server around 2026-09-01.',
      problem: null,
    },
  },
  reach: {
    mapping: {
      state: 'off',
      protocol: null,
      external_address: null,
      external_port: null,
      expires_at: null,
      error: null,
      tried: [],
    },
    verdict: { kind: 'public', text: 'This machine has a public address itself.', fix: null },
    offers: null,
    local: null,
  },
  active_key: { key_id: 'ed25519:1', valid_until: 1_800_000_000_000, fingerprint: 'ab12 cd34' },
  health: { state: 'ok', text: 'Everything works.', cause: null, subject: null },
  peers: { total: 2, ok: 1, waiting: 0, unreachable: 1, silent: 0, blocked: 0, quarantined: 0 },
  outbox: { queued: 3, retrying: 1, parked: 0, dead: 0 },
  rooms: { homed: 1, joined: 1 },
  events: 42,
  database: { engine: 'sqlite', place: '/data/node.db', problem: null },
  clock_offset_ms: 12,
  recovery_saved_at: 1_700_000_000_000,
  recovery_lacks: 0,
  recovery_unfinished: false,
  restored_at: null,
  started_at: 1_700_000_000_000,
  now: 1_700_000_100_000,
};

export const peer: PeerView = {
  server_name: 'friend.example',
  kind: 'paracord-node',
  one_way: false,
  domain: 'friend.example',
  endpoint: 'https://friend.example:8448',
  mode: 'allow',
  reason: null,
  until: null,
  limits: { requests_per_minute: 600, burst: 60 },
  last_seen_at: 1_700_000_000_000,
  keys: [
    {
      key_id: 'ed25519:1',
      public_key: 'abc',
      valid_until: 1_800_000_000_000,
      pinned: true,
      standing: 'valid',
      extended_at: null,
      extended_until: null,
      fingerprint: 'ba-be',
    },
  ],
  state: 'ok',
  state_text: 'Connected.',
  tls_sha256: null,
  clock_offset_ms: 3,
  queued: 0,
  held: 0,
  unreadable_rooms: 0,
  admin_request: null,
  warnings: [],
};

export const room: RoomView = {
  direct: null,
  retention: { days: null, megabytes: null, dropped_to: null },
  room_id: '!100:home.example',
  name: 'Kitchen',
  topic: '',
  description: '',
  picture: null,
  pinned: [],
  archived: false,
  writers: 'everybody',
  slow_seconds: 0,
  may_write: true,
  next_message_at: null,
  home: 'home.example',
  join_rule: 'peers',
  channels: [
    { channel_id: '101', name: 'general', unread: 0, mentions: 0, first_unread: null },
    { channel_id: '102', name: 'garden', unread: 0, mentions: 0, first_unread: null },
  ],
  membership: 'joined',
  removal: null,
  waits: null,
  homed_here: true,
  home_kind: 'paracord-node',
  one_way: false,
  long_texts_dropped_at: [],
  member_count: 2,
  last_event_at: 1_700_000_000_000,
  unread: 0,
  mentions: 0,
  muted: false,
  last_message: null,
  listed: false,
};
