import type { Http, HttpRequest, HttpResult } from '../../../main/client/http.ts';
import type { Clock } from '../../../main/kernel/ports.ts';
import { transportHeaders } from '../../../shared/protocol/transport.ts';
import { quoted } from '../../../shared/words/said.ts';
import { Dice } from '../../support/sim/dice.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { answerBytes, type Counts, callOf, kinds, requestBytes } from './counts.ts';
import { type ScaleEvent, type ScaleRoom, ScaleServer } from './server.ts';

export interface Scene {
  readonly servers: number;
  /** Servers in each room, its home included. */
  readonly roomSize: number;
  /** Rooms that each server is in; about as many of them are its own in `1 / roomSize`. */
  readonly rooms: number;
  /** Whether members are peers of each other; otherwise of the home only. */
  readonly isMesh: boolean;
  /** The same members in all rooms: friends with many rooms. Otherwise each room has others. */
  readonly isCircle?: boolean;
  /** The part of the servers that don't answer. */
  readonly down?: number;
}

const minute = 60_000;
const latencyMs = { min: 10, max: 50 };
/** Servers start at one of a few moments, so that their regular chores share timers. */
const startSpreadMs = 5 * minute;
const startStepMs = 500;

/** Servers, the network between them and the time, all determined by a seed. */
export class ScaleWorld {
  readonly clock = new VirtualClock();
  readonly servers: readonly ScaleServer[];
  readonly rooms: readonly ScaleRoom[];
  /** Requests by kind of call. */
  readonly calls = new Map<string, number>();
  readonly #dice: Dice;
  /** Timers use whole milliseconds, like those of the system. */
  readonly #timers: Clock = {
    now: () => this.clock.now(),
    after: (ms, callback) => this.clock.after(Math.ceil(ms), callback),
  };
  readonly #byHost: ReadonlyMap<string, ScaleServer>;
  readonly #events = new Map<string, ScaleEvent>();
  #written = 0;

  constructor(scene: Scene, seed: number) {
    this.#dice = new Dice(seed);
    this.servers = Array.from({ length: scene.servers }, (_, i) => this.#newServer(`s${i}.example`));
    this.#byHost = new Map(this.servers.map((server) => [server.name, server]));
    this.rooms = this.#newRooms(scene);
    for (const room of this.rooms)
      for (const name of room.servers) this.#byHost.get(name)?.rooms.set(room.id, room);
    const down = Math.floor(scene.servers * (scene.down ?? 0));
    for (const server of this.servers.slice(0, down)) server.isUp = false;
  }

  homes(): ScaleServer[] {
    const homes = new Set(this.rooms.map(({ home }) => home));
    return this.servers.filter(({ name, isUp }) => isUp && homes.has(name));
  }

  members(): ScaleServer[] {
    const homes = new Set(this.rooms.map(({ home }) => home));
    return this.servers.filter(({ name, isUp }) => isUp && !homes.has(name));
  }

  #newServer(name: string): ScaleServer {
    const random = this.#dice.fork();
    const http: Http = {
      request: (request) => this.#carry(name, request),
      seenCertificate: () => null,
      close: async () => {},
    };
    return new ScaleServer({
      name,
      clock: this.#timers,
      random,
      http,
      eventOf: (id) => this.#events.get(id),
    });
  }

  #newRooms({ servers, roomSize, rooms, isCircle }: Scene): ScaleRoom[] {
    const made: ScaleRoom[] = [];
    for (let round = 0; round < rooms; round++) {
      const names = this.servers.map(({ name }) => name);
      if (isCircle) names.push(...names.splice(0, round % servers));
      else shuffle(names, this.#dice);
      for (let at = 0; at + 1 < names.length; at += roomSize) {
        const members = names.slice(at, at + roomSize);
        const [home = ''] = members;
        if (members.length > 1)
          made.push({ id: `!${made.length + 1}:${home}`, home, servers: new Set(members) });
      }
    }
    return made;
  }

  /** Everyone is a peer of those they share rooms with, and begins their chores. */
  async start(isMesh: boolean): Promise<void> {
    const pairs = new Set<string>();
    const homesOf = new Set<string>();
    for (const { home, servers } of this.rooms) {
      for (const member of servers) if (member !== home) homesOf.add(`${member} ${home}`);
      for (const one of isMesh ? servers : [home])
        for (const other of servers) if (one !== other) pairs.add(`${one} ${other}`).add(`${other} ${one}`);
    }
    for (const pair of pairs) {
      const [one = '', other = ''] = pair.split(' ');
      await this.#byHost.get(one)?.befriend(other, homesOf.has(pair));
    }
    for (const server of this.servers) {
      const at = this.#dice.below(startSpreadMs / startStepMs) * startStepMs;
      if (server.isUp) this.clock.after(at, () => void server.start());
    }
  }

  /** In each room, so many messages in that time, each by a member of any of its servers. */
  planMessages(perRoom: number, withinMs: number): void {
    for (const room of this.rooms)
      for (let n = 0; n < perRoom; n++) {
        const name = this.#dice.pick([...room.servers]) ?? '';
        this.clock.after(this.#dice.below(withinMs), () => this.#write(room, name));
      }
  }

  #write(room: ScaleRoom, name: string): void {
    const server = this.#byHost.get(name);
    if (!server?.isUp) return;
    const now = this.clock.now();
    const event = eventBy(name, room.id, ++this.#written, now);
    this.#events.set(event.id, event);
    server.write(event);
  }

  #latency(): number {
    return this.#dice.between(latencyMs.min, latencyMs.max);
  }

  #carry(from: string, request: HttpRequest): Promise<HttpResult> {
    const { promise, resolve } = Promise.withResolvers<HttpResult>();
    const sender = this.#byHost.get(from);
    const url = new URL(request.url);
    const target = this.#byHost.get(url.host);
    if (!sender || !target) throw new Error(`no server ${from} or ${url.host}`);
    const call = callOf(request.method, url.pathname);
    this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
    const bytes = requestBytes(request);
    sender.counts.sent++;
    sender.counts.bytes += bytes;
    if (!target.isUp) {
      this.clock.after(request.timeoutMs, () =>
        resolve({ kind: 'network', error: quoted('timed out'), code: 'ETIMEDOUT' }),
      );
      return promise;
    }
    this.clock.after(this.#latency(), () => {
      target.counts.received++;
      const { status, body } = target.receive(request);
      const back = answerBytes(body);
      target.counts.bytes += bytes + back;
      this.clock.after(this.#latency(), () => {
        sender.counts.bytes += back;
        const headers = { date: new Date(this.clock.now()).toUTCString(), contentType: 'application/json' };
        resolve({ kind: 'answer', status, headers, body });
      });
    });
    return promise;
  }

  /** The counts of each server from now on, when the returned function is called. */
  measure(servers: readonly ScaleServer[]): () => Counts[] {
    const before = servers.map(({ counts }) => ({ ...counts }));
    return () =>
      servers.map(({ counts }, i) => {
        const since = { ...counts };
        for (const kind of kinds) since[kind] -= before[i]?.[kind] ?? 0;
        return since;
      });
  }
}

function shuffle(names: string[], dice: Dice): void {
  for (let at = names.length - 1; at > 0; at--) {
    const other = dice.below(at + 1);
    [names[at], names[other]] = [names[other] ?? '', names[at] ?? ''];
  }
}

/** A message of average length, with the fields of a real one. */
export function eventBy(server: string, roomId: string, number: number, now: number): ScaleEvent {
  const id = `$${1_000_000_000 + number}:${server}`;
  const content = { body: textOf(number), channel_id: '1', message_id: String(number) };
  const event = {
    content,
    depth: now,
    event_id: id,
    event_type: 'm.message',
    origin_server: server,
    origin_ts: now,
    room_id: roomId,
    sender: `@user:${server}`,
    signatures: { [server]: { 'ed25519:a1b2c3': 'f'.repeat(128) } },
    state_key: null,
  };
  return { id, roomId, origin: server, depth: now, body: JSON.stringify(event) };
}

export const textOf = (number: number): string => `message ${number}, of average length`;

/** Headers that only signed requests have. */
export const isSigned = (request: HttpRequest): boolean =>
  request.headers[transportHeaders.signature] !== undefined;
