import { answer, type FederationRoute } from '../../../main/http/federation/request.ts';
import { type Envelope, wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { federationPrefix, wellKnownPath } from '../../../shared/protocol/transport.ts';
import { someJson, Dice as TextDice } from '../attack/dice.ts';
import { RawPeer } from '../parties/raw-peer.ts';
import type { Dice } from './dice.ts';
import type { Station } from './network.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

const year = 365 * 86_400_000;

/**
 * A peer that misuses its valid key and its member in the room: it forges, overwrites, lies about time, sends two
 * events with one ID, and answers requests with nonsense.
 */
export class HostileServer implements Station {
  readonly name = 'evil.test';
  readonly run = 1;
  readonly isHostile = true;
  /** Is part of everything that nobody may ever accept. */
  readonly forgery = 'said by nobody';
  readonly #world: World;
  readonly #dice: Dice;
  readonly #raw: RawPeer;
  readonly #room: string;
  readonly #to: SimNode;
  #isResting = false;
  #lastTime = 0;
  /** Its own events that the home may have, to change and send again. */
  readonly #sent: Envelope[] = [];
  /** The ids that it used for more than one text. */
  readonly saidTwice = new Set<string>();

  private constructor(world: World, to: SimNode, room: string) {
    this.#world = world;
    this.#to = to;
    this.#room = room;
    this.#dice = world.dice.fork();
    this.#raw = new RawPeer(this.name, this.name, Buffer.from(this.#dice.bytes(32)));
    this.#raw.validUntil = world.clock.now() + year;
    world.network.place(this);
  }

  static async join(world: World, to: SimNode, room: string): Promise<HostileServer> {
    const hostile = new HostileServer(world, to, room);
    await world.wait(to.api.addPeer({ endpoint: `http://${hostile.name}` }));
    await world.wait(hostile.#member('/join', '@eve:evil.test'));
    return hostile;
  }

  now(): number {
    return this.#world.clock.now();
  }

  /** From now on it is honest, and accepts everything. */
  rest(): void {
    this.#isResting = true;
  }

  readonly routes: readonly FederationRoute[] = [
    {
      method: 'GET',
      path: wellKnownPath,
      handle: async () =>
        answer(200, {
          server_name: this.name,
          domain: this.name,
          enabled: true,
          version: 'federation-v1',
          federation_endpoint: federationPrefix,
          extensions,
        }),
    },
    { method: 'GET', path: `${federationPrefix}/keys`, handle: async () => answer(200, this.#raw.keys()) },
    ...['/event', '/receipts'].map((path) => this.#route('POST', path, { inserted: true, taken: 0 })),
    ...['/events', '/queue', '/receipts'].map((path) =>
      this.#route('GET', path, { events: [], receipts: [], next: 0, more: false }),
    ),
  ];

  #route(method: 'GET' | 'POST', path: string, plain: object): FederationRoute {
    const handle = async () => {
      if (this.#isResting || this.#dice.chance(0.3)) return answer(method === 'POST' ? 202 : 200, plain);
      const junk = someJson(new TextDice(this.#dice.below(1_000_000)));
      const events = `{"events":[${wireEvent(this.#forged())},${junk}],"next":"x","more":false}`;
      return {
        status: this.#dice.pick([200, 200, 202, 403, 404, 500]) ?? 200,
        body: this.#dice.chance(0.5) ? events : junk,
      };
    };
    return { method, path: federationPrefix + path, handle };
  }

  /** One lie, or sometimes an ordinary message. */
  act(): void {
    void this.#lie().catch(() => {});
  }

  #lie(): Promise<unknown> {
    const { pick, chance } = {
      pick: <T>(from: readonly T[]) => this.#dice.pick(from),
      chance: (p: number) => this.#dice.chance(p),
    };
    const kind = pick([
      'message',
      'message',
      'forged',
      'forged',
      'again',
      'ahead',
      'member',
      'junk',
      'replay',
    ]);
    if (kind === 'forged') return this.#push(this.#forged());
    if (kind === 'member')
      return this.#member(
        pick(['/join', '/leave']) ?? '/join',
        pick(['@eve:evil.test', '@bob:a.test', '@b:b.test']) ?? '',
      );
    if (kind === 'junk')
      return this.#call(
        'POST',
        pick(['/event', '/invite', '/receipts']) ?? '/event',
        someJson(new TextDice(this.#dice.below(1_000_000))),
      );
    const before = pick(this.#sent);
    // The same id with another text, correctly signed: the first version counts, for everyone.
    if (kind === 'again' && before) {
      this.saidTwice.add(before.event_id);
      return this.#push(this.#message({ event_id: before.event_id, depth: before.depth }));
    }
    if (kind === 'replay' && before) return this.#push(before);
    const event = this.#message(
      kind === 'ahead' ? { depth: this.now() + this.#dice.between(1, 10) * year } : {},
    );
    if (kind !== 'ahead' && chance(0.5)) this.#sent.push(event);
    return this.#push(event);
  }

  /** Someone else's message, membership, edit or delete, signed by the wrong server. */
  #forged(): Envelope {
    const sender = this.#dice.pick(['@bob:a.test', '@b:b.test', '@ann:c.test', '@eve:b.test']) ?? '';
    const domain = sender.slice(sender.indexOf(':') + 1);
    const now = this.#nextTime();
    const type =
      this.#dice.pick(['m.message', 'm.room.info', 'm.member.leave', 'm.message.edit']) ?? 'm.message';
    return this.#raw.event({
      room: this.#room,
      type,
      sender,
      origin_ts: now,
      depth: now,
      event_id: `$${now}:${domain}`,
      origin_server: this.#dice.chance(0.5) ? this.name : domain,
      state_key: type === 'm.member.leave' ? sender : null,
      content: {
        body: this.forgery,
        name: this.forgery,
        join_rule: 'peers',
        channel_id: '1',
        message_id: String(now),
        msgtype: 'm.text',
      },
    });
  }

  #message(more: { event_id?: string; depth?: number } = {}): Envelope {
    const now = this.#nextTime();
    const message_id = more.event_id?.slice(1, more.event_id.indexOf(':')) ?? String(now);
    return this.#raw.event({
      room: this.#room,
      type: 'm.message',
      sender: '@eve:evil.test',
      origin_ts: now,
      depth: now,
      event_id: `$${message_id}:${this.name}`,
      ...more,
      content: { body: `eve says ${now}`, channel_id: '1', message_id, msgtype: 'm.text' },
    });
  }

  #nextTime(): number {
    this.#lastTime = Math.max(this.now(), this.#lastTime + 1);
    return this.#lastTime;
  }

  #push(event: Envelope): Promise<unknown> {
    return this.#call('POST', '/event', wireEvent(event));
  }

  #member(path: string, user_id: string): Promise<unknown> {
    return this.#call(
      'POST',
      path,
      JSON.stringify({ origin_server: this.name, room_id: this.#room, user_id }),
    );
  }

  #call(method: 'GET' | 'POST', path: string, body: string): Promise<unknown> {
    const target = federationPrefix + path;
    return this.#world.network
      .portOf(this.name, () => true)
      .request({
        method,
        url: `http://${this.#to.name}${target}`,
        body,
        headers: this.#raw.headers(method, target, body, this.#nextTime()),
        policy: { byOwner: true, tlsSha256: null },
        timeoutMs: 15_000,
        answerBytesMax: 1_000_000,
      });
  }
}
