import type { Api } from '../../../shared/api/contract.ts';
import type { Envelope } from '../../../shared/protocol/events/envelope.ts';
import type { RawPeer } from '../parties/raw-peer.ts';
import type { Dice } from '../sim/dice.ts';

/** The promises of the node: acknowledged writes, and posts without an answer, which are repeated. */
export interface Ledger {
  /** Ids of events that the node under test acknowledged, by kind of write. */
  readonly acknowledged: Map<string, string>;
  /** Users of the hand-made peer whose join the node accepted. */
  readonly joined: Set<string>;
  /** Posts without an answer, by `client_key`. They are repeated after the restart, with the same key. */
  readonly unanswered: Map<string, { readonly room_id: string; readonly body: string }>;
  /** The text of every message that was posted or pushed, answered or not: each may appear at most once. */
  readonly bodies: Set<string>;
  /** Ids of events that the witness acknowledged, whether the node was up or down. */
  readonly byWitness: Set<string>;
}

export const newLedger = (): Ledger => ({
  acknowledged: new Map(),
  joined: new Set(),
  unanswered: new Map(),
  bodies: new Set(),
  byWitness: new Set(),
});

const emojis = ['👍', '🎉', '🥬'];

export interface Load {
  readonly dice: Dice;
  readonly ledger: Ledger;
  /** How the owner and the peers reach the node under test. */
  readonly api: Api;
  readonly federation: string;
  /** Another node, which stays up and writes to the same rooms. */
  readonly witness: Api;
  readonly raw: RawPeer;
  /** The room homed at the node under test, and the one homed at the witness. */
  readonly rooms: readonly [own: string, away: string];
  /** True once the node was killed; then it is right that a writer gets no answer. */
  readonly isOver: () => boolean;
  readonly onAcknowledged: () => void;
  /** Resolves with the next acknowledged write. */
  readonly nextAcknowledged: () => Promise<void>;
}

/** Messages that can be edited, deleted and reacted to, newest last. */
export interface Known {
  readonly own: { readonly room_id: string; readonly event_id: string }[];
  readonly raw: { readonly event: Envelope; readonly id: string }[];
}

/** Posts, edits, deletes, reactions, pushes, joins and catch-up, many at the same time, until the node dies. */
export async function runLoad(load: Load, known: Known): Promise<void> {
  const writers = [
    ...Array.from({ length: 6 }, () => () => actOfOwner(load, known)),
    ...Array.from({ length: 8 }, () => () => actOfPeer(load, known)),
    () => joinOfPeer(load),
    () => actOfWitness(load),
  ];
  await Promise.all(
    writers.map(async (act) => {
      while (!load.isOver()) await act().catch((error: unknown) => failed(load, error));
    }),
  );
}

/**
 * When the node is down, nothing is answered. While it is up, a write may only fail because its message was deleted.
 */
function failed({ isOver }: Load, error: unknown): void {
  const isGone =
    error instanceof Error && 'code' in error && ['CONFLICT', 'NOT_FOUND'].includes(String(error.code));
  if (!isOver() && !isGone) throw error;
}

function acknowledge({ ledger, onAcknowledged }: Load, id: string, what: string): void {
  ledger.acknowledged.set(id, what);
  onAcknowledged();
}

async function actOfOwner(load: Load, known: Known): Promise<void> {
  const { dice, api } = load;
  const target = dice.chance(0.4) ? dice.pick(known.own.slice(-40)) : undefined;
  if (!target) return post(load, known);
  const client_key = dice.bytes(8).toString('hex');
  const emoji = dice.pick(emojis) ?? '';
  const what = dice.pick(['edit', 'edit', 'delete', 'react', 'react', 'unreact'] as const) ?? 'edit';
  const { event_id } = await {
    edit: () => api.editMessage({ ...target, body: `edited ${client_key}`, client_key }),
    delete: () => api.deleteMessage({ ...target, client_key }),
    react: () => api.react({ ...target, emoji, client_key }),
    unreact: () => api.unreact({ ...target, emoji, client_key }),
  }[what]();
  acknowledge(load, event_id, what);
}

async function post(load: Load, known: Known): Promise<void> {
  const { dice, api, ledger, rooms } = load;
  const client_key = dice.bytes(8).toString('hex');
  const message = { room_id: rooms[dice.chance(0.3) ? 1 : 0], body: `posted ${client_key}` };
  ledger.bodies.add(message.body);
  ledger.unanswered.set(client_key, message);
  const { event_id } = await api.postMessage({ ...message, client_key });
  ledger.unanswered.delete(client_key);
  known.own.push({ room_id: message.room_id, event_id });
  acknowledge(load, event_id, 'post');
}

async function actOfPeer(load: Load, known: Known): Promise<void> {
  const { dice, raw, federation, rooms } = load;
  const [room] = rooms;
  const target = dice.chance(0.3) ? dice.pick(known.raw.slice(-40)) : undefined;
  const event = target ? aboutMessage(raw, room, dice, target.id) : newMessage(load, room);
  const { status, body } = await raw.post(federation, event);
  if (status === 429 || status === 503) return;
  if (status !== 202) throw new Error(`a push got ${status}: ${JSON.stringify(body)}`);
  if (!target) known.raw.push({ event, id: String(event.content.get('message_id')) });
  acknowledge(load, event.event_id, target ? 'pushed edit or reaction' : 'pushed message');
}

function newMessage({ raw, dice, ledger }: Load, room: string): Envelope {
  const body = `pushed ${dice.bytes(8).toString('hex')}`;
  ledger.bodies.add(body);
  return raw.message(room, body);
}

function aboutMessage(raw: RawPeer, room: string, dice: Dice, message_id: string): Envelope {
  const place = { channel_id: '1', message_id };
  const about = { ...place, target_event_id: `$${message_id}:${raw.domain}` };
  return dice.chance(0.5)
    ? raw.event({ room, type: 'm.message.edit', content: { ...about, body: 'edited there' } })
    : raw.event({ room, type: 'm.reaction.add', content: { ...about, emoji: dice.pick(emojis) ?? '' } });
}

async function joinOfPeer(load: Load): Promise<void> {
  const { dice, raw, federation, rooms, ledger } = load;
  const user_id = `@u${dice.bytes(4).toString('hex')}:${raw.name}`;
  const body = JSON.stringify({ origin_server: raw.name, room_id: rooms[0], user_id });
  const { status } = await raw.call(federation, 'POST', '/join', body);
  if (status !== 200) throw new Error(`a join got ${status}`);
  ledger.joined.add(user_id);
  load.onAcknowledged();
}

/** To both rooms, whether the node can be reached or not: it catches up on what it missed. */
async function actOfWitness({ dice, witness, rooms, ledger, isOver, nextAcknowledged }: Load): Promise<void> {
  const body = `witnessed ${dice.bytes(8).toString('hex')}`;
  ledger.bodies.add(body);
  ledger.byWitness.add(
    (await witness.postMessage({ room_id: rooms[dice.below(2)] ?? rooms[0], body })).event_id,
  );
  // A person writes less often than the machines.
  for (let writes = 0; writes < 8 && !isOver(); writes++) await nextAcknowledged();
}
