/**
 * The browsers of many people, in one process: they ask for what the app at the entrance asks for while somebody looks at a
 * room. They speak HTTP by hand, so that they take little of the processor that they share with the node.
 */
import { connect, type Socket } from 'node:net';
import { oftenGatherMs, Pace } from '../../../renderer/node/pace.ts';

export interface Person {
  readonly cookie: string;
  readonly address: string;
  readonly room: string;
  readonly userId: string;
}

export interface Visit {
  readonly url: string;
  readonly people: readonly Person[];
  readonly messagesPerSecond: number;
  readonly seconds: number;
}

export interface Visited {
  /** From the post to a screen that shows it, ms; and of those, what was posted in the first second. */
  readonly times: readonly number[];
  readonly atFirst: readonly number[];
  readonly requests: number;
  readonly bytes: number;
  readonly processorMs: number;
  readonly failures: readonly string[];
}

let bytes = 0;
let requests = 0;
const failures: string[] = [];

/** Requests one after the other over a connection that stays open. */
class Calls {
  readonly #open: () => Socket;
  readonly #head: string;
  readonly #waiting: ((answer: string) => void)[] = [];
  #socket: Socket | null = null;
  #received = '';

  constructor(url: string, person: Person) {
    this.#open = () => socketTo(url);
    this.#head = headOf(person);
  }

  #last: Promise<unknown> = Promise.resolve();

  /** One after the other, as a browser sends them over one connection. */
  ask(method: string, path: string, body?: object): Promise<string> {
    const answer = this.#last.then(() => this.#ask(method, path, body));
    this.#last = answer;
    return answer;
  }

  #ask(method: string, path: string, body?: object): Promise<string> {
    requests++;
    const text = body === undefined ? '' : JSON.stringify(body);
    const more =
      body === undefined
        ? ''
        : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n`;
    this.#connected().write(`${method} /api/v1${path} HTTP/1.1\r\n${this.#head}\r\n${more}\r\n${text}`);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The node ends connections that nobody used for a while. */
  #connected(): Socket {
    if (this.#socket !== null) return this.#socket;
    const socket = this.#open();
    this.#socket = socket;
    this.#received = '';
    socket.on('data', (text: string) => {
      bytes += text.length;
      this.#received += text;
      this.#answer();
    });
    socket.on('close', () => {
      this.#socket = null;
      if (this.#waiting.length > 0) failures.push('closed too early');
      for (const answer of this.#waiting.splice(0)) answer('');
    });
    return socket;
  }

  #answer(): void {
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = this.#received.slice(0, end);
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (this.#received.length < end + 4 + length) return;
      const body = this.#received.slice(end + 4, end + 4 + length);
      this.#received = this.#received.slice(end + 4 + length);
      if (!head.startsWith('HTTP/1.1 2')) failures.push(`${head.slice(9, 12)} ${body.slice(0, 200)}`);
      this.#waiting.shift()?.(body);
    }
  }

  close(): void {
    this.#socket?.destroy();
  }
}

function socketTo(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  socket.on('error', (error) => failures.push(error.message));
  return socket;
}

const headOf = ({ cookie, address }: Person): string =>
  [
    'host: bench.test',
    `cookie: ${cookie}`,
    `x-forwarded-for: ${address}`,
    'origin: https://bench.test',
    'sec-fetch-site: same-origin',
    'accept-language: en',
  ].join('\r\n');

/** Opens the event stream; each of its lines. */
function stream(url: string, person: Person, line: (text: string) => void): Socket {
  const socket = socketTo(url);
  socket.write(`GET /api/v1/stream?language=en HTTP/1.1\r\n${headOf(person)}\r\n\r\n`);
  let rest = '';
  socket.on('data', (text: string) => {
    bytes += text.length;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const each of lines) line(each);
  });
  return socket;
}

const begun = new Map<string, number>();
const arrived: { readonly eventId: string; readonly at: number }[] = [];

interface Item {
  readonly event_id: string;
  readonly sender: string;
  readonly arrival: number;
}

/** The app with a room open, and its person looking at the end of it. */
class Screen {
  readonly #path: string;
  readonly #stream: Socket;
  readonly #calls: Calls;
  readonly #paces: readonly Pace[];
  #newest = 0;

  constructor(url: string, person: Person) {
    this.#calls = new Calls(url, person);
    this.#path = `/rooms/${encodeURIComponent(person.room)}`;
    const unread = new Pace(() => void this.#calls.ask('GET', '/unread'), oftenGatherMs);
    const room = new Pace(() => void this.#calls.ask('GET', this.#path), oftenGatherMs);
    const marking = new Pace(
      () => void this.#calls.ask('PUT', `${this.#path}/read`, { arrival: this.#newest }),
      0,
    );
    this.#paces = [unread, room, marking];
    this.#stream = stream(url, person, (line) => {
      if (line.startsWith('data: {"topic":"read"')) {
        if (!line.includes('"now":')) failures.push('a room that was read without the room');
      } else if (line.startsWith('data: {"topic":"timeline"')) {
        const { item } = JSON.parse(line.slice(6)) as { item?: Item };
        if (!item) return void failures.push('a message without an item');
        arrived.push({ eventId: item.event_id, at: performance.now() });
        this.#newest = item.arrival;
        if (item.sender !== person.userId) return marking.ask();
        unread.ask();
        room.ask();
      }
    });
    void this.#calls.ask('GET', `${this.#path}/timeline?limit=50`);
    void this.#calls.ask('GET', '/rooms?limit=500');
    void this.#calls.ask('GET', '/unread');
  }

  async post(body: string): Promise<void> {
    const at = performance.now();
    const text = await this.#calls.ask('POST', `${this.#path}/messages`, { body });
    if (text !== '') begun.set((JSON.parse(text) as { event_id: string }).event_id, at);
  }

  close(): void {
    this.#stream.destroy();
    for (const pace of this.#paces) pace.stop();
    this.#calls.close();
  }
}

process.once('message', async ({ url, people, messagesPerSecond, seconds }: Visit) => {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const screens: Screen[] = [];
  for (const person of people) {
    screens.push(new Screen(url, person));
    await pause(5);
  }
  await pause(3_000);
  process.send?.('ready');
  await new Promise((resolve) => process.once('message', resolve));
  requests = 0;
  bytes = 0;
  const before = process.cpuUsage();
  const start = performance.now();
  const posts: Promise<void>[] = [];
  for (let n = 0; n < messagesPerSecond * seconds; n++) {
    const wait = start + (n * 1000) / messagesPerSecond - performance.now();
    if (wait > 0) await pause(wait);
    posts.push(screens[(n * 7) % screens.length]!.post(`message ${n}, as long as people write them`));
  }
  await Promise.all(posts);
  await pause(2_000);
  const used = process.cpuUsage(before);
  const shown = arrived.flatMap(({ eventId, at }) => {
    const from = begun.get(eventId);
    return from === undefined ? [] : [{ from, ms: at - from }];
  });
  const visited: Visited = {
    times: shown.map(({ ms }) => ms),
    atFirst: shown.filter(({ from }) => from < start + 1000).map(({ ms }) => ms),
    requests,
    bytes,
    processorMs: (used.user + used.system) / 1000,
    failures: failures.slice(0, 5),
  };
  process.send?.(visited, () => process.exit(0));
  for (const screen of screens) screen.close();
});
