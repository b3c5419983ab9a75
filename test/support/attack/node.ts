import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import SQLite from 'better-sqlite3';
import { type Clock, type Ports, systemPorts } from '../../../main/kernel/ports.ts';
import { knownQuestion } from '../../../main/trust/contact/known-question.ts';
import { type LocalNode, type LocalNodeOptions, startLocalNode } from '../nodes/local-node.ts';
import { type RawAnswer, type RawHandler, RawPeer } from '../parties/raw-peer.ts';

/** A node with one allowed, hand-made peer and one room that a user of this peer is in. */
export interface Siege {
  readonly node: LocalNode;
  readonly raw: RawPeer;
  readonly room: string;
}

export const user = '@user:raw.test';

export async function besiege(
  t: Pick<TestContext, 'after'>,
  options: Partial<LocalNodeOptions> & { readonly joined?: boolean } = {},
): Promise<Siege> {
  const node = await startLocalNode(t, { name: 'a.test', ...options });
  const raw = await new RawPeer('raw.test').listen(t);
  // There is nothing to read: an answer would count as contact with the peer, and here only what it sends should count.
  for (const path of ['/events', '/event/:id'])
    raw.handlers.set(path, () => ({
      status: 503,
      body: { code: 'SERVICE_UNAVAILABLE', message: 'not now' },
    }));
  raw.handlers.set('/event', takes);
  await node.api.addPeer({ endpoint: raw.url });
  const room = await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const siege = { node, raw, room: room.room_id };
  if (options.joined !== false) assert.equal((await joins(siege)).status, 200);
  return siege;
}

/** A peer that accepts every event. */
export const takes: RawHandler = () => ({ status: 202, body: { inserted: true } });

export const memberBody = (origin: string, room: string, userId: string): string =>
  JSON.stringify({ origin_server: origin, room_id: room, user_id: userId });

export const joins = (
  { node, raw, room }: Pick<Siege, 'raw' | 'room'> & { readonly node: Pick<LocalNode, 'url'> },
  who = user,
): Promise<RawAnswer> => raw.call(node.url, 'POST', '/join', memberBody(raw.name, room, who));

/** A clock whose time a test sets; its timers are real. */
export class HandClock implements Clock {
  time: number;

  constructor(time = Date.now()) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }

  after(ms: number, callback: () => void): () => void {
    return systemPorts.clock.after(ms, callback);
  }

  get ports(): Ports {
    return { ...systemPorts, clock: this };
  }
}

const tables = [
  'federation_events',
  'federation_server_keys',
  'federation_peer_trust_state',
  'federation_transport_replay_cache',
  'federation_held_events',
  'federation_receipts',
  'federation_discarded_events',
  'rooms',
  'channels',
  'pending_joins',
  'room_members',
  'room_shares',
  'messages',
  'reactions',
  'room_invites',
  'users',
] as const;

export type Table = (typeof tables)[number];

/** Rows as they are on disk, read without the node. */
export function rowsOf<T = Record<string, unknown>>(node: LocalNode, table: Table, where = '1'): T[] {
  const db = new SQLite(join(node.dataDir, 'node.db'), { readonly: true });
  try {
    return db.prepare<[], T>(`SELECT * FROM ${table} WHERE ${where}`).all();
  } finally {
    db.close();
  }
}

const ownTime = /\/(?:events?|queue|receipts|peers\/address|\.well-known\/paracord\/server)$/;

/**
 * Everything that a request could leave behind: every row, when peers were last seen, what a peer was asked. Once a
 * request is proven to be from a peer, the node may store its signature and the contact even if it refuses the request,
 * but nothing else.
 */
export async function footprint(
  node: LocalNode,
  asked: readonly RawPeer[],
  proven = false,
): Promise<unknown> {
  // This write comes after everything that is being written.
  await node.api.changeSettings({});
  const { items } = await node.api.peers({});
  return {
    rows: Object.fromEntries(
      tables.map((table) => [table, proven ? lasting(node, table) : rowsOf(node, table)]),
    ),
    seen: proven ? null : items.map(({ server_name, last_seen_at }) => [server_name, last_seen_at]),
    // Catch-up, delivery and checks of peers happen anyway, whatever arrives here.
    asked: asked.map((peer) => {
      const isPeer = items.some(({ server_name }) => server_name === peer.name);
      const own = isPeer ? ownTime : /\/(?:events?|queue|receipts|peers\/address)$/;
      // Whether a peer knows us is asked every 15 seconds until it does.
      const isContact = (path: string) => decodeURIComponent(path).endsWith(knownQuestion.path);
      return peer.requests.filter(({ path }) => !own.test(path) && !isContact(path)).length;
    }),
  };
}

function lasting(node: LocalNode, table: Table): unknown {
  if (table === 'federation_transport_replay_cache') return null;
  const rows = rowsOf(node, table);
  return table === 'federation_peer_trust_state' ? rows.map((row) => ({ ...row, last_seen_at: null })) : rows;
}

export interface Refusal {
  readonly status: number;
  readonly code?: string;
  readonly reason?: string;
  /** The request was proven to be from a peer, but asked for something that was not available. */
  readonly proven?: true;
  /** Servers that must not be asked anything, in addition to the peer of the siege. */
  readonly asked?: readonly RawPeer[];
}

/** The whole JSON error (docs/protocol/wire.md, "Errors"). */
export function assertError(answer: RawAnswer, { status, code, reason }: Refusal): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
  assert.deepEqual(Object.keys(answer.body).sort(), ['code', 'details', 'error', 'message']);
  assert.equal(answer.body.error, answer.body.message);
  assert.ok(String(answer.body.message).length > 0);
  if (code !== undefined) assert.equal(answer.body.code, code);
  if (reason !== undefined) assert.equal((answer.body.details as { reason?: string } | null)?.reason, reason);
}

/** Sends, and expects the refusal and that nothing at all has changed afterwards. */
export async function refused(
  { node, raw }: Siege,
  expected: Refusal,
  send: () => Promise<RawAnswer>,
): Promise<RawAnswer> {
  const asked = [raw, ...(expected.asked ?? [])];
  const before = await footprint(node, asked, expected.proven);
  const answer = await send();
  assertError(answer, expected);
  assert.deepEqual(await footprint(node, asked, expected.proven), before);
  return answer;
}

export const details = (answer: RawAnswer): Record<string, unknown> =>
  (answer.body.details ?? {}) as Record<string, unknown>;
