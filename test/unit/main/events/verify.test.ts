import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventVerifier, type VerifyDeps } from '../../../../main/events/verify.ts';
import type { Step } from '../../../../main/kernel/meter.ts';
import type { HomeReport } from '../../../../main/trust/keys/key-resolver.ts';
import { forbidden } from '../../../../shared/protocol/errors.ts';
import { signedText } from '../../../../shared/protocol/events/attachments.ts';
import { type Envelope, parseEnvelope, wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { said } from '../../../../shared/words/said.ts';
import { refusedLater } from '../../../support/words.ts';

const [us, home, peer, third] = ['us.test', 'home.test', 'peer.test', 'third.test'];
const scope = { scope: 'event' };
const hex = (n: number): string => String(n).repeat(128);

interface Change {
  readonly by?: string;
  readonly sender?: string;
  readonly event_id?: string;
  readonly signatures?: Readonly<Record<string, string>>;
  readonly content?: object;
  readonly event_type?: string;
}

function event({ by = peer, signatures = { k1: hex(1) }, content = {}, ...more }: Change = {}): Envelope {
  return parseEnvelope(
    JSON.stringify({
      event_id: `$1:${by}`,
      room_id: `!1:${home}`,
      event_type: 'm.x',
      sender: `@b:${by}`,
      origin_server: by,
      origin_ts: 5,
      depth: 1,
      state_key: null,
      content,
      ...more,
      signatures: { [by]: signatures },
    }),
  );
}

function verifierFor() {
  const standings = new Map([
    [peer, 'allowed'],
    [home, 'allowed'],
    [third, 'known'],
  ]);
  const known = new Set([`${peer} k1`]);
  const domains = new Map<string, string>();
  const ofOurKind = new Map<string, boolean>();
  const steps: string[] = [];
  const measured: string[] = [];
  /** What each signature is over; without an entry, over the event as it is. */
  const over = new Map<string, string>();
  const rows: Record<string, object> = { [home]: { server_name: home, endpoint: 'https://home.test' } };
  const world = {
    rooms: new Map([[`!1:${home}`, home]]),
    hearsay: null as object | null,
    adopts: true,
    noKey: new Set<string>(),
    failing: null as Error | null,
    rows,
  };
  const deps = {
    directory: {
      standing: (server: string) => standings.get(server) ?? 'unknown',
      key: (server: string, keyId: string) => (known.has(`${server} ${keyId}`) ? {} : undefined),
      get: (server: string) =>
        world.rows[server] ?? (domains.has(server) ? { domain: domains.get(server) } : undefined),
      isOfOurKind: (server: string) => ofOurKind.get(server) ?? null,
      toldDomain: () => undefined,
    },
    keyring: { serverName: us, domain: 'our-domain.test' },
    keys: {
      eventKey: async (server: string, [keyId = '']: string[], at: number, told: HomeReport | null) => {
        steps.push(`${server} ${keyId} ${at}${told?.hearsay ? ' by hearsay' : ''}`);
        if (world.failing) throw world.failing;
        if (world.noKey.has(keyId)) throw forbidden(said('wire.bad_transport_signature'));
        return { publicKey: keyId };
      },
      toldKey: ({ serverName }: HomeReport, keyId: string) =>
        known.has(`${serverName} ${keyId}`) ? {} : undefined,
      askHome: async (asked: { server_name: string }, server: string) => {
        steps.push(`ask ${asked.server_name} for ${server}`);
        return world.hearsay;
      },
      adopt: async () => {
        steps.push('adopt');
        return world.adopts;
      },
    },
    verifier: {
      verify: async (text: string, signature: string) =>
        over.get(signature) === undefined || over.get(signature) === text,
    },
    registry: {
      get: (id: string) => (world.rooms.has(id) ? { row: { home: world.rooms.get(id) } } : undefined),
    },
    meter: {
      begin: (step: Step) => {
        measured.push(`begin ${step}`);
        return () => void measured.push(`end ${step}`);
      },
    },
  } as unknown as VerifyDeps;
  const verifier = new EventVerifier(deps);
  const verify = (change: Change = {}, hop: string | null = change.by ?? peer) =>
    verifier.verify(event(change), hop);
  return {
    standings,
    known,
    domains,
    ofOurKind,
    steps,
    measured,
    over,
    world,
    verify,
    refuses: (change?: Change, hop?: string | null) => refusedLater(verify(change, hop)),
  };
}

test('a verified event comes with its meaning, the key that verified it, and the server that sent it', async () => {
  const { verify, steps } = verifierFor();
  const envelope = event();
  assert.deepEqual(await verify(), {
    envelope,
    meaning: { kind: 'other' },
    body: wireEvent(envelope),
    keyId: 'k1',
    filesUnsigned: false,
    hop: peer,
    quarantined: false,
  });
  assert.deepEqual(steps, [`${peer} k1 5`]);
});

test('the time of a verified event is measured, and that of a refused one is not', async () => {
  const { verify, refuses, over, measured } = verifierFor();
  await verify();
  assert.deepEqual(measured.splice(0), ['begin verify', 'end verify']);
  over.set(hex(1), 'something else');
  await refuses();
  assert.deepEqual(measured, ['begin verify']);
});

test('one valid signature is enough, and known keys are tried first', async () => {
  const { verify, over, steps, known } = verifierFor();
  const signatures = { k2: hex(2), k1: hex(1), k3: hex(3) };
  assert.equal((await verify({ signatures })).keyId, 'k1');
  assert.deepEqual(steps, [`${peer} k1 5`]);
  over.set(hex(1), 'something else');
  assert.equal((await verify({ signatures })).keyId, 'k2');
  known.add(`${peer} k3`);
  assert.equal((await verify({ signatures })).keyId, 'k3');
});

test('if no signature verifies, the first refusal is the reason', async () => {
  const { refuses, over, world } = verifierFor();
  over.set(hex(1), 'something else').set(hex(2), 'something else');
  const bad = (key: string) => ['FORBIDDEN', 'event.bad_signature', { server: peer, key }, scope];
  assert.deepEqual(await refuses(), bad('k1'));
  world.noKey.add('k2');
  assert.deepEqual(await refuses({ signatures: { k2: hex(2), k1: hex(1) } }), bad('k1'));
  world.noKey.add('k1');
  assert.deepEqual(await refuses(), ['FORBIDDEN', 'wire.bad_transport_signature', {}]);
});

test('a failure of this node to check isn’t a refusal', async () => {
  const { verify, world, steps } = verifierFor();
  world.failing = new Error('no thread');
  await assert.rejects(verify({ signatures: { k1: hex(1), k2: hex(2) } }), world.failing);
  assert.deepEqual(steps, [`${peer} k1 5`], 'the next key is not tried either');
});

test('only a server of another kind may leave the files of a message unsigned', async () => {
  const content = { body: 'x', channel_id: '1', message_id: '1', attachments: [] };
  const message = { event_type: 'm.message', content };
  const unsigned = signedText(event(message), true);
  for (const [kind, filesUnsigned] of [
    [undefined, true],
    [false, true],
    [true, null],
  ] as const) {
    const { verify, refuses, over, ofOurKind } = verifierFor();
    if (kind !== undefined) ofOurKind.set(peer, kind);
    assert.equal((await verify(message)).filesUnsigned, false, 'a signature over all of it is preferred');
    over.set(hex(1), unsigned);
    if (filesUnsigned === null) assert.equal((await refuses(message))[1], 'event.bad_signature');
    else assert.equal((await verify(message)).filesUnsigned, true);
    over.set(hex(1), signedText(event({ content }), true));
    assert.equal((await refuses({ content }))[1], 'event.bad_signature', 'an event that is no message');
  }
  const { refuses, over } = verifierFor();
  over.set(hex(1), signedText(event({ ...message, by: us }), true));
  assert.equal((await refuses({ ...message, by: us }, null))[1], 'event.bad_signature', 'one of ours');
});

test('events of a blocked server are refused, and those of a quarantined one are marked', async () => {
  const { standings, refuses, verify, steps } = verifierFor();
  standings.set(peer, 'blocked');
  assert.deepEqual(await refuses(), [
    'FORBIDDEN',
    'event.standing',
    { server: peer, standing: 'blocked' },
    { ...scope, reason: 'origin_blocked' },
  ]);
  assert.deepEqual(steps, []);
  standings.set(peer, 'quarantined');
  assert.equal((await verify()).quarantined, true);
});

test('an event written here needs no standing', async () => {
  const { verify, standings } = verifierFor();
  standings.set(us, 'blocked');
  for (const sender of [`@a:${us}`, '@a:our-domain.test'])
    assert.equal((await verify({ by: us, sender }, null)).quarantined, false);
});

test('events of a server that isn’t a peer are accepted from the room’s home, and from nobody else', async () => {
  const { verify, refuses, known, world, steps } = verifierFor();
  const no = ['FORBIDDEN', 'event.no_peer', { server: third }, { ...scope, reason: 'origin_unknown' }];
  for (const hop of [third, peer, null]) assert.deepEqual(await refuses({ by: third }, hop), no);
  known.add(`${third} k1`);
  assert.equal(
    (await verify({ by: third, signatures: { k1: hex(1), k2: hex(2) } }, home)).quarantined,
    false,
  );
  assert.deepEqual(steps, [`${third} k1 5`]);
  world.rooms.clear();
  assert.deepEqual(await refuses({ by: third }, home), no);
  world.rooms.set(`!1:${home}`, home);
  delete world.rows[home];
  assert.deepEqual(await refuses({ by: third }, home), no);
});

test('keys that the home reports are trusted once something signed with them has been verified', async () => {
  const { verify, refuses, world, steps, over } = verifierFor();
  const unknown = [
    'FORBIDDEN',
    'event.keys_unknown',
    { server: third, home },
    { ...scope, reason: 'origin_unknown' },
  ];
  assert.deepEqual(await refuses({ by: third }, home), unknown);
  assert.deepEqual(steps, [`ask ${home} for ${third}`]);
  world.hearsay = { home, serverName: third, domain: 'third-domain.test', keys: [] };
  steps.length = 0;
  const told = await verify({ by: third, sender: '@b:third-domain.test' }, home);
  assert.equal(told.quarantined, false);
  assert.deepEqual(steps, [`ask ${home} for ${third}`, `${third} k1 5 by hearsay`, 'adopt']);
  world.adopts = false;
  assert.deepEqual(await refuses({ by: third }, home), unknown);
  over.set(hex(1), 'something else');
  steps.length = 0;
  assert.equal((await refuses({ by: third }, home))[1], 'event.bad_signature');
  assert.ok(!steps.includes('adopt'));
  world.rows[home] = { server_name: home, endpoint: null };
  steps.length = 0;
  assert.deepEqual(await refuses({ by: third }, home), unknown);
  assert.deepEqual(steps, [], 'a home without an address isn’t asked');
});

test('sender and event id belong to the server that signs, or to the domain that it declares', async () => {
  const { verify, refuses, domains } = verifierFor();
  const reason = { ...scope, reason: 'sender_not_of_origin' };
  assert.deepEqual(await refuses({ sender: `@a:${us}` }), [
    'FORBIDDEN',
    'room.not_users_server',
    { user: `@a:${us}`, server: peer },
    reason,
  ]);
  assert.deepEqual(await refuses({ event_id: `$1:${us}` }), [
    'FORBIDDEN',
    'event.foreign_id',
    { event: `$1:${us}`, server: peer },
    reason,
  ]);
  domains.set(peer, 'peer-domain.test');
  await verify({ sender: '@b:peer-domain.test', event_id: '$1:peer-domain.test' });
  await verify({ sender: '@b:peer-domain.test' });
  await verify({ event_id: '$1:peer-domain.test' });
  assert.equal((await refuses({ sender: '@b:other.test' }))[1], 'room.not_users_server');
  assert.equal((await refuses({ by: us, event_id: '$1:peer-domain.test' }, null))[1], 'event.foreign_id');
});

test('an event whose content does not mean what its type says is refused before its origin is looked at', async () => {
  const { refuses, steps } = verifierFor();
  assert.equal((await refuses({ event_type: 'm.message', by: 'nobody.test' }))[0], 'BAD_REQUEST');
  assert.deepEqual(steps, []);
});
