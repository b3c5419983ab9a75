import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startChildNode } from '../../support/nodes/child-node.ts';
import { Visitor } from '../../support/nodes/people.ts';
import { Authenticator } from '../../support/parties/authenticator.ts';
import { type Ground, type Measure, quantile, type Result } from '../report/result.ts';

const roomCount = 10;
const messagesPerSecond = 50;

/** A browser that shows one room: it has a stream, and reads the room again after each change, one reading at a time. */
class Screen {
  readonly #base: string;
  readonly #headers: Record<string, string>;
  readonly #room: string;
  readonly #shown: (eventId: string) => void;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 });
  readonly #seen = new Set<string>();
  #isReading = false;
  #isOutdated = false;

  constructor(
    base: string,
    { cookie, address }: { cookie: string; address: string },
    room: string,
    shown: (eventId: string) => void,
  ) {
    this.#base = base;
    this.#room = room;
    this.#shown = shown;
    this.#headers = {
      host: 'bench.test',
      cookie,
      'x-forwarded-for': address,
      'sec-fetch-site': 'same-origin',
    };
  }

  async open(): Promise<void> {
    const stream = await this.#get('/api/v1/stream');
    const lines = createInterface({ input: stream });
    lines.on('line', (line) => {
      if (line === 'event: timeline') this.#read().catch(() => {});
    });
    // The stream ends in the middle when the bench does.
    lines.on('error', () => {});
  }

  async #read(): Promise<void> {
    this.#isOutdated = true;
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#isOutdated) {
      this.#isOutdated = false;
      const answer = await this.#get(`/api/v1/rooms/${encodeURIComponent(this.#room)}/timeline?limit=20`);
      const { items } = JSON.parse(await textOf(answer)) as { items: { event_id: string }[] };
      for (const { event_id } of items) {
        if (this.#seen.has(event_id)) continue;
        this.#seen.add(event_id);
        this.#shown(event_id);
      }
    }
    this.#isReading = false;
  }

  #get(path: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const asked = request(this.#base + path, { agent: this.#agent, headers: this.#headers }, resolve);
      asked.once('error', reject);
      asked.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/**
 * The time from a post to the screen of each member of its room: the change arrives by the stream, and the room is read
 * again. The node is a process of its own; all screens share another.
 */
export async function benchMembers({ dir, isShort }: Ground): Promise<Result> {
  const memberCount = isShort ? 50 : 500;
  const seconds = isShort ? 3 : 20;
  const node = await startChildNode({ name: 'bench.test', dataDir: join(dir, 'node') });
  await node.api.changeSettings({ public_url: 'https://bench.test', people_log_in: true });
  const rooms: string[] = [];
  for (let n = 0; n < roomCount; n++)
    rooms.push((await node.api.createRoom({ name: `Room ${n}`, join_rule: 'invite' })).room_id);
  const begun = new Map<string, number>();
  const arrived: { readonly eventId: string; readonly at: number }[] = [];
  const shown = (eventId: string) => void arrived.push({ eventId, at: performance.now() });
  const screens: Screen[] = [];
  for (let n = 0; n < memberCount; n++) {
    const room = rooms[n % roomCount]!;
    const address = `198.51.${Math.floor(n / 250)}.${(n % 250) + 1}`;
    const headers = { host: 'bench.test', origin: 'https://bench.test', 'x-forwarded-for': address };
    const visitor = new Visitor({ url: node.federation }, headers);
    const localpart = `member${n}`;
    const secret = (await node.api.makeJoinLink({ rooms: [room] })).url.split('/').at(-1)!;
    const { options } = JSON.parse((await visitor.post('passkey-for-joining', { secret, localpart })).body);
    const passkey = new Authenticator().make(options, { origin: 'https://bench.test', rpId: 'bench.test' });
    const answer = await visitor.post('join', { secret, localpart, passkey });
    if (answer.status !== 200) throw new Error(answer.body);
    const screen = new Screen(node.federation, { cookie: visitor.cookie, address }, room, shown);
    await screen.open();
    screens.push(screen);
  }
  const wanted = messagesPerSecond * seconds;
  const start = performance.now();
  const posts: Promise<void>[] = [];
  for (let n = 0; n < wanted; n++) {
    const due = start + (n * 1000) / messagesPerSecond;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const at = performance.now();
    const posted = node.api.postMessage({ room_id: rooms[n % roomCount]!, body: `message ${n}` });
    posts.push(posted.then(({ event_id }) => void begun.set(event_id, at)));
  }
  await Promise.all(posts);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const times = arrived.flatMap(({ eventId, at }) => {
    const from = begun.get(eventId);
    return from === undefined ? [] : [at - from];
  });
  const status = readFileSync(`/proc/${node.pid}/status`, 'utf8');
  const memory = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024;
  for (const screen of screens) screen.close();
  await node.stop();
  const at = (what: string, q: number): Measure => ({
    what: `posted to shown to each of ${memberCount} members, ${what}`,
    unit: 'ms',
    values: [quantile(times, q)],
  });
  return {
    measures: [
      at('median', 0.5),
      { ...at('p95', 0.95), wanted: { atMost: 100 } },
      { what: `highest memory with ${memberCount} members logged in`, unit: 'MB', values: [memory] },
    ],
    boundedBy: 'each screen reads its room again for each message in it',
    notes: [
      `${messagesPerSecond} messages a second in ${roomCount} rooms, for ${seconds} s; ${times.length} of ${(wanted * memberCount) / roomCount} were shown.`,
    ],
  };
}
