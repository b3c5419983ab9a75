import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressAnnouncer } from '../../../../main/addresses/addresses.ts';
import type { SignedCall } from '../../../../main/client/federation-client.ts';
import type { HttpResult } from '../../../../main/client/http.ts';
import { createLog } from '../../../../main/kernel/log.ts';
import { newPeer, type PeerRow } from '../../../../main/store/tables/peer-store.ts';
import type { Tx } from '../../../../main/store/writer.ts';
import { refusalBody } from '../../../support/refusal.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const minute = 60_000;
const status = (code: number): HttpResult => ({
  kind: 'answer',
  status: code,
  headers: {},
  body: code === 200 ? '{"accepted":true}' : refusalBody(),
});

/** `Addresses` with peers whose answers the test specifies; `asked` lists the called peers, in order. */
class World {
  readonly clock = new VirtualClock();
  readonly peers = new Map<string, PeerRow>();
  readonly answers = new Map<string, () => HttpResult | Promise<HttpResult>>();
  /** Servers that don't list the call. */
  readonly others = new Set<string>();
  asked: string[] = [];
  signals: AbortSignal[] = [];
  endpoint = 'https://old.example/f';
  kept: string;
  writes = 0;
  told = 0;
  readonly addressAnnouncer: AddressAnnouncer;

  constructor(names: readonly string[], kept = '[]') {
    this.kept = kept;
    for (const name of names) this.add(name);
    const parts = {
      store: {
        meta: { get: () => this.kept, put: (_key: string, value: string) => this.#keep(value) },
        writer: {
          write: async (job: (tx: Tx) => void) => {
            this.writes++;
            job({ afterCommit: (then) => then() });
          },
        },
        onRollback: () => {},
      },
      directory: {
        all: () => [...this.peers.values()],
        get: (name: string) => this.peers.get(name),
        isAllowed: (name: string) => this.peers.has(name),
        isOfOurKind: () => true,
        answers: (name: string) => !this.others.has(name),
        noteAnswered: () => {},
        noteUnanswered: () => {},
      },
      keyring: { isSetUp: true },
      client: {
        call: async ({ server }: { server: string }, { signal }: SignedCall) => {
          this.asked.push(server);
          if (signal) this.signals.push(signal);
          return (this.answers.get(server) ?? (() => status(200)))();
        },
      },
      clock: this.clock,
      log: createLog('silent'),
      ownAddress: () => ({ endpoint: this.endpoint, tlsSha256: null }),
      tell: () => this.told++,
    };
    this.addressAnnouncer = new AddressAnnouncer(
      parts as unknown as ConstructorParameters<typeof AddressAnnouncer>[0],
    );
  }

  #keep(value: string): void {
    this.kept = value;
  }

  add(name: string, endpoint: string | null = `https://${name}/f`): void {
    this.peers.set(name, { ...newPeer(name, name), endpoint, mode: 'allow' });
  }

  /** All peers have our address; only later calls count. */
  async begin(): Promise<this> {
    this.addressAnnouncer.start();
    await this.clock.settle();
    Object.assign(this, { asked: [], writes: 0, told: 0 });
    return this;
  }

  async move(endpoint = 'https://new.example/f'): Promise<void> {
    this.endpoint = endpoint;
    this.addressAnnouncer.announce();
    await this.clock.settle();
  }

  nextAsked(): string[] {
    return this.asked.splice(0).sort();
  }
}

test('a failing call to one peer doesn’t keep others from being notified, and is retried', async () => {
  const world = await new World(['a.test', 'b.test', 'c.test']).begin();
  world.answers.set('b.test', () => {
    throw new Error('no such thing');
  });
  await world.move();
  assert.deepEqual(world.nextAsked(), ['a.test', 'b.test', 'c.test']);
  assert.match(world.kept, /"a\.test",\["https:\/\/new/);
  assert.match(world.kept, /"c\.test",\["https:\/\/new/);
  world.answers.delete('b.test');
  await world.clock.advance(5 * minute);
  assert.deepEqual(world.nextAsked(), ['b.test']);
  assert.match(world.kept, /"b\.test",\["https:\/\/new/);
});

test('however often something changes, peers aren’t called again before the pause is over', async () => {
  const world = await new World(['a.test', 'b.test']).begin();
  world.answers.set('b.test', () => status(503));
  await world.move();
  assert.deepEqual(world.nextAsked(), ['a.test', 'b.test']);
  for (let again = 0; again < 9; again++) await world.move();
  assert.deepEqual(world.nextAsked(), []);
  assert.equal(world.clock.timers, 1);
  await world.clock.advance(5 * minute);
  assert.deepEqual(world.nextAsked(), ['b.test']);
  await world.move('https://newer.example/f');
  assert.deepEqual(world.nextAsked(), ['a.test', 'b.test'], 'another address is news at once');
  world.add('b.test', 'https://elsewhere.test/f');
  await world.move('https://newer.example/f');
  assert.deepEqual(world.nextAsked(), ['b.test'], 'so is another address of the peer');
});

test('a stop ends running calls, and only one round runs at a time', async () => {
  const world = await new World(['a.test']).begin();
  world.answers.set(
    'a.test',
    () =>
      new Promise((resolve) => {
        const signal = world.signals.at(-1)!;
        signal.addEventListener('abort', () => resolve({ kind: 'aborted' }));
      }),
  );
  for (const n of [1, 2, 3, 4]) await world.move(`https://new${n}.example/f`);
  assert.deepEqual(world.nextAsked(), ['a.test']);
  await world.addressAnnouncer.stop();
  assert.deepEqual(world.nextAsked(), [], 'what was queued is not begun any more');
  assert.equal(world.clock.timers, 0);
  await world.move('https://new5.example/f');
  assert.deepEqual(world.nextAsked(), []);
});

test('changes during a round are sent in the next one', async () => {
  const world = await new World(['a.test']).begin();
  let finish = (_answer: HttpResult) => {};
  world.answers.set('a.test', () => new Promise((resolve) => (finish = resolve)));
  await world.move();
  world.answers.delete('a.test');
  await world.move('https://newer.example/f');
  assert.deepEqual(world.nextAsked(), ['a.test']);
  finish(status(200));
  await world.clock.settle();
  assert.deepEqual(world.nextAsked(), ['a.test']);
  assert.match(world.kept, /newer/);
});

test('peers without an address and unreachable peers cause neither a write nor a log line every five minutes', async () => {
  const world = await new World(['a.test']).begin();
  world.add('mute.test', null);
  world.addressAnnouncer.announce();
  await world.clock.settle();
  world.answers.set('a.test', () => status(503));
  await world.move();
  Object.assign(world, { asked: [], writes: 0, told: 0 });
  await world.clock.advance(60 * minute);
  assert.deepEqual(new Set(world.nextAsked()), new Set(['a.test']));
  assert.deepEqual([world.writes, world.told], [0, 0]);
  assert.deepEqual(world.addressAnnouncer.toTellByHand(), ['mute.test']);
});

test('a forgotten peer is forgotten here too: when it comes back, it has our address', async () => {
  const world = await new World(['a.test']).begin();
  world.peers.delete('a.test');
  world.addressAnnouncer.forget('a.test');
  await world.move();
  assert.equal(world.kept, '[]');
  world.add('a.test');
  await world.move();
  assert.deepEqual(world.nextAsked(), []);
});

test('a peer forgotten while the node wasn’t running isn’t kept forever', async () => {
  const gone = '["gone.test",["https://old.example/f ","told"]]';
  const world = await new World(['a.test'], `[${gone}]`).begin();
  assert.doesNotMatch(world.kept, /gone/);
});

test('a call during a round loses neither the round’s answers nor the call', async () => {
  const world = await new World(['a.test', 'b.test']).begin();
  let finish = (_answer: HttpResult) => {};
  world.answers.set('a.test', () => new Promise((resolve) => (finish = resolve)));
  world.answers.set('b.test', () => status(404));
  await world.move();
  world.addressAnnouncer.calledAt('a.test', 'new.example', undefined);
  finish(status(404));
  await world.clock.settle();
  assert.deepEqual(world.addressAnnouncer.toTellByHand(), ['b.test']);
  world.addressAnnouncer.calledAt('b.test', 'NEW.example:443', undefined);
  await world.clock.settle();
  assert.deepEqual(world.addressAnnouncer.toTellByHand(), []);
  assert.deepEqual(JSON.parse(world.kept), [
    ['a.test', ['https://new.example/f ', 'told']],
    ['b.test', ['https://new.example/f ', 'told']],
  ]);
});

test('only a call at our address and scheme shows that a peer knows the address', async () => {
  const world = await new World(['a.test']).begin();
  world.answers.set('a.test', () => status(404));
  await world.move();
  for (const [host, scheme] of [
    ['old.example', undefined],
    ['new.example:8448', 'https'],
    ['new.example:80', undefined],
    ['new.example', 'http'],
    ['', undefined],
    ['new.example', 'https, http'],
  ] as const)
    world.addressAnnouncer.calledAt('a.test', host, scheme);
  assert.deepEqual(world.addressAnnouncer.toTellByHand(), ['a.test']);
  world.addressAnnouncer.calledAt('a.test', 'new.example', 'https');
  assert.deepEqual(world.addressAnnouncer.toTellByHand(), []);
});

test('a peer that does not list the call is not asked, and is notified once it lists it', async () => {
  const world = new World(['a.test', 'b.test']);
  world.others.add('b.test');
  await world.begin();
  await world.move();
  assert.deepEqual(world.asked, ['a.test']);
  assert.deepEqual(world.addressAnnouncer.toTellByHand(), ['b.test']);
  world.others.delete('b.test');
  world.addressAnnouncer.answersAnew('b.test');
  await world.clock.settle();
  assert.deepEqual(world.asked, ['a.test', 'b.test']);
  assert.deepEqual(world.addressAnnouncer.toTellByHand(), []);
});

test('a peer that refuses the address or the call has to be updated by hand', async () => {
  for (const code of [400, 404, 405]) {
    const world = new World(['a.test']);
    world.answers.set('a.test', () => status(code));
    await world.begin();
    await world.move();
    assert.deepEqual(world.addressAnnouncer.toTellByHand(), ['a.test'], String(code));
  }
});

test('another program’s answer in place of a peer says nothing, and the peer is asked again', async () => {
  for (const code of [200, 400, 404]) {
    const world = new World(['a.test']);
    world.answers.set('a.test', () => ({ kind: 'answer', status: code, headers: {}, body: '{}' }));
    await world.begin();
    await world.move();
    assert.deepEqual(world.addressAnnouncer.toTellByHand(), [], String(code));
    world.answers.delete('a.test');
    await world.clock.advance(5 * minute);
    assert.match(world.kept, /"a\.test",\["https:\/\/new/);
  }
});
