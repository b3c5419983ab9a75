import { once } from 'node:events';
import type { Api } from '../../../shared/api/contract.ts';
import type { Envelope } from '../../../shared/protocol/events/envelope.ts';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { writeBatch } from '../../../shared/protocol/events/event-batch.ts';
import type { RawPeer } from '../parties/raw-peer.ts';
import type { Dice } from '../sim/dice.ts';
import { pause } from '../until.ts';

/**
 * A caller turns to the other node if there is no answer. Its request goes on, and may still be carried out. Short,
 * because a takeover is seen only by the next attempt.
 */
const patienceMs = 700;
const writesMs = 120_000;
const emojis = ['👍', '🎉', '🥬'];
const pausesMs = { calm: 500, hurried: 0 } as const;

/** How the owner and peers call a node. */
export interface Called {
  readonly api: Api;
  readonly federation: string;
}

/** `null`: try again, at the other node. `gone`: refused for good, because the message was deleted. */
type Attempt = (node: Called) => Promise<readonly string[] | 'gone' | null>;

interface Message {
  readonly room_id: string;
  readonly event_id: string;
}

/**
 * The owner and a peer write to both nodes at the same time: messages, edits, deletions, reactions, single events and
 * batches. Each write is repeated, unchanged, until one of the nodes has acknowledged it.
 */
export class MixedWriters {
  /** Ids of events that were acknowledged, with what they were. */
  readonly acknowledged = new Map<string, string>();
  /** Every text that was written: each may be there at most once. */
  readonly texts = new Set<string>();
  /** Answers that no fault explains. */
  readonly wrong: string[] = [];
  /** The room that they write to. */
  room: string;
  readonly #dice: Dice;
  readonly #nodes: readonly Called[];
  readonly #raw: RawPeer;
  #owns: Message[] = [];
  #pushed: Envelope[] = [];
  #writing: Promise<unknown> | null = null;
  #isOver = true;
  #isHurried = false;
  #waiting: ((begunAt: number) => void)[] = [];

  constructor(deps: { dice: Dice; nodes: readonly Called[]; raw: RawPeer; room: string }) {
    this.#dice = deps.dice;
    this.#nodes = deps.nodes;
    this.#raw = deps.raw;
    this.room = deps.room;
  }

  moveTo(room: string): void {
    this.room = room;
    this.#owns = [];
    this.#pushed = [];
  }

  start(): void {
    this.#isOver = false;
    const writers = [
      ...Array.from({ length: 4 }, () => () => this.#actOfOwner()),
      ...Array.from({ length: 2 }, () => () => this.#push()),
      ...[() => this.#pushAbout(), () => this.#pushMany()],
    ];
    this.#writing = Promise.all(writers.map((act) => this.#keepOn(act)));
  }

  /** Resolves when everything that was begun is acknowledged. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#writing;
  }

  /** Writes without pauses, so that many writes are under way at any moment. */
  hurry(isHurried: boolean): void {
    this.#isHurried = isHurried;
  }

  /** Resolves after so many attempts from now on were acknowledged; rejects if nothing is for two minutes. */
  async acknowledge(count: number): Promise<void> {
    for (let at = 0; at < count; at++) {
      const late = once(AbortSignal.timeout(writesMs), 'abort').then(() => {
        throw new Error(`nothing could be written for ${writesMs / 1000} s`);
      });
      await Promise.race([this.#nextAfter(performance.now()), late]);
    }
  }

  /** Resolves with the next acknowledgment of an attempt that began after `since` (`performance.now()`). */
  #nextAfter(since: number): Promise<void> {
    return new Promise((resolve) => {
      const check = (begunAt: number) => {
        if (begunAt < since) return;
        this.#waiting = this.#waiting.filter((each) => each !== check);
        resolve();
      };
      this.#waiting.push(check);
    });
  }

  async #keepOn(act: () => Promise<void>): Promise<void> {
    while (!this.#isOver) {
      await act();
      const most = this.#isHurried ? pausesMs.hurried : pausesMs.calm;
      if (!this.#isOver) await pause(this.#dice.between(0, most));
    }
  }

  /** Returns what was acknowledged. */
  async #untilDone(what: string, attempt: Attempt): Promise<readonly string[]> {
    for (let at = this.#dice.below(2); ; at++) {
      const begunAt = performance.now();
      const answer = await Promise.race([
        attempt(this.#nodes[at % this.#nodes.length]!).catch((error: unknown) => this.#failed(what, error)),
        once(AbortSignal.timeout(patienceMs), 'abort').then(() => null),
      ]);
      if (answer === 'gone') return [];
      if (answer !== null) {
        for (const id of answer) this.acknowledged.set(id, what);
        for (const each of [...this.#waiting]) each(begunAt);
        return answer;
      }
      await pause(50);
    }
  }

  #failed(what: string, error: unknown): 'gone' | null {
    const { code = '', message } = error as { code?: string; message: string };
    if (code === 'CONFLICT' || code === 'NOT_FOUND') return 'gone';
    // A node that was started again has another token for its owner, who looks it up.
    const isExplained = ['SERVICE_UNAVAILABLE', 'UNAUTHORIZED'].includes(code);
    const isOfSystem = code === '' || /^(E[A-Z]+|UND_ERR.*)$/.test(code);
    if (!isExplained && !isOfSystem) this.wrong.push(`${what}: ${code} ${message}`);
    return null;
  }

  async #actOfOwner(): Promise<void> {
    const dice = this.#dice;
    const target = dice.chance(0.5) ? dice.pick(this.#owns.slice(-40)) : undefined;
    const room_id = this.room;
    const client_key = dice.bytes(8).toString('hex');
    const emoji = dice.pick(emojis) ?? '';
    if (target === undefined) {
      const body = this.#text('posted');
      const [event_id] = await this.#untilDone('post', async ({ api }) => [
        (await api.postMessage({ room_id, body, client_key })).event_id,
      ]);
      if (event_id !== undefined && room_id === this.room) this.#owns.push({ room_id, event_id });
      return;
    }
    const what = dice.pick(['edit', 'edit', 'delete', 'react', 'react', 'unreact'] as const) ?? 'edit';
    const body = this.#text('edited');
    await this.#untilDone(what, async ({ api }) => {
      const done = {
        edit: () => api.editMessage({ ...target, body, client_key }),
        delete: () => api.deleteMessage({ ...target, client_key }),
        react: () => api.react({ ...target, emoji, client_key }),
        unreact: () => api.unreact({ ...target, emoji, client_key }),
      };
      return [(await done[what]()).event_id];
    });
  }

  #text(how: string): string {
    const text = `${how} ${this.#dice.bytes(8).toString('hex')}`;
    this.texts.add(text);
    return text;
  }

  async #push(): Promise<void> {
    const event = this.#raw.message(this.room, this.#text('pushed'));
    await this.#pushOne('pushed message', event);
    if (event.room_id === this.room) this.#pushed.push(event);
  }

  /** An edit of one of its messages, or a reaction to it. */
  async #pushAbout(): Promise<void> {
    const about = this.#dice.pick(this.#pushed.slice(-40));
    if (about === undefined) return this.#push();
    const message_id = String(about.content.get('message_id'));
    const place = { channel_id: '1', message_id, target_event_id: about.event_id };
    const room = about.room_id;
    const emoji = this.#dice.pick(emojis) ?? '';
    const event = this.#dice.chance(0.5)
      ? this.#raw.event({
          room,
          type: 'm.message.edit',
          content: { ...place, body: this.#text('edited there') },
        })
      : this.#raw.event({ room, type: 'm.reaction.add', content: { ...place, emoji } });
    await this.#pushOne('pushed edit or reaction', event);
  }

  async #pushOne(what: string, event: Envelope): Promise<void> {
    await this.#untilDone(what, async ({ federation }) => {
      const { status, body } = await this.#raw.post(federation, event);
      return this.#accepted(what, status, body) ? [event.event_id] : null;
    });
  }

  async #pushMany(): Promise<void> {
    let left = Array.from({ length: this.#dice.between(2, 12) }, () =>
      this.#raw.message(this.room, this.#text('pushed with others')),
    );
    while (left.length > 0) {
      const done = await this.#untilDone('pushed batch', async ({ federation }) => {
        const text = writeBatch(left.map((event) => ({ event: wireEvent(event), sentTo: [] })));
        const { status, body } = await this.#raw.call(federation, 'POST', '/events', text);
        if (!this.#accepted('batch', status, body)) return null;
        const results = body.results as { status: number; answer: Record<string, unknown> }[];
        const ids = left.filter((_, at) =>
          this.#accepted('one of a batch', results[at]?.status ?? 0, results[at]?.answer ?? {}),
        );
        return ids.length === 0 ? null : ids.map(({ event_id }) => event_id);
      });
      left = left.filter(({ event_id }) => !done.includes(event_id));
    }
  }

  #accepted(what: string, status: number, body: Record<string, unknown>): boolean {
    if (status === 202 || status === 200) return true;
    if (status !== 429 && status !== 503) this.wrong.push(`${what}: ${status} ${JSON.stringify(body)}`);
    return false;
  }
}
