import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Hex } from '../../../../../main/crypto/ed25519.ts';
import {
  type AuthenticateDeps,
  Authenticator,
  type Terms,
} from '../../../../../main/http/federation/authenticate.ts';
import type { FederationRequest } from '../../../../../main/http/federation/request.ts';
import type { Step } from '../../../../../main/kernel/meter.ts';
import { RateLimiter } from '../../../../../main/trust/limits/rate-limiter.ts';
import { conflict, ProtocolError } from '../../../../../shared/protocol/errors.ts';
import { transportText } from '../../../../../shared/protocol/transport.ts';
import { said } from '../../../../../shared/words/said.ts';
import { refusedLater } from '../../../../support/words.ts';

const now = 1_700_000_000_000;
const origin = 'peer.test';

/** A signature is valid if it is the hex form of this text. */
const signed = (text: string, by = 'key'): string => sha256Hex(`${by} ${text}`).repeat(2);

interface Ask {
  readonly method?: string;
  readonly target?: string;
  readonly timestamp?: number;
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, readonly string[]>>;
  readonly signedBy?: string;
  /** Null signs the bare form. */
  readonly destination?: string | null;
  readonly signedText?: string;
  readonly from?: string;
}

function authenticatorFor() {
  const steps: string[] = [];
  const measured: string[] = [];
  const standings = new Map([[origin, 'allowed']]);
  const settings = {
    paused: false,
    default_limits: { requests_per_minute: 60, burst: 3 },
    public_url: null as string | null,
  };
  const keySource = { value: 'peer' as string | null };
  const budget = { ok: true } as { ok: boolean; retryAfterSeconds?: number };
  const clock = { time: now, now: () => clock.time, after: () => () => {} };
  const seen = new Set<string>();
  const deps = {
    directory: {
      standing: (server: string) => standings.get(server) ?? 'unknown',
      key: (server: string, keyId: string) =>
        keySource.value === null
          ? undefined
          : { source: keySource.value, public_key: 'key', of: `${server} ${keyId}` },
      get: () => undefined,
      mustAddress: () => false,
      noteAddressed: (server: string) => steps.push(`addressed ${server}`),
    },
    keyring: { serverName: 'us.test', domain: 'users.test' },
    keys: {
      transportKey: async (server: string, keyId: string) => steps.push(`key ${server} ${keyId}`) && 'key',
    },
    verifier: { verify: async (text: string, sig: string, key: string) => sig === signed(text, key) },
    replay: {
      claim: (sig: string) => {
        if (seen.has(sig)) throw conflict(said('wire.replayed'));
        seen.add(sig);
      },
    },
    limiter: new RateLimiter(clock),
    budgets: {
      check: (server: string, rate: object) => {
        steps.push(`budget ${server} ${JSON.stringify(rate)}`);
        return budget;
      },
      chargeBytes: (server: string, bytes: number) => steps.push(`bytes ${server} ${bytes}`),
    },
    clock,
    settings: { get: () => settings },
    contacts: {
      calledBy: (server: string) => steps.push(`heard ${server}`),
      misdatedBy: (server: string, ms: number) => steps.push(`refused ${server} ${ms}`),
    },
    wayIn: { calledAt: () => {} },
    addressAnnouncer: {
      calledAt: (server: string, host: string, scheme: string | undefined) =>
        steps.push(`at ${server} ${host} ${scheme}`),
    },
    clockOffsets: {
      note: (server: string, ms: number, how: string) => steps.push(`clock ${server} ${ms} ${how}`),
    },
    meter: {
      begin: (step: Step) => {
        measured.push(`begin ${step}`);
        return () => void measured.push(`end ${step}`);
      },
    },
  } as unknown as AuthenticateDeps;
  const authenticator = new Authenticator(deps);
  const request = (ask: Ask = {}): FederationRequest => {
    const { method = 'POST', target = '/t?x', timestamp = now, body = Buffer.from('{"a":"é"}') } = ask;
    const { destination = 'us.test' } = ask;
    const text = transportText(method, target, timestamp, sha256Hex(body), destination);
    const headers: Readonly<Record<string, readonly string[]>> = {
      'x-paracord-origin': [origin],
      'x-paracord-key-id': ['k'],
      'x-paracord-timestamp': [String(timestamp)],
      'x-paracord-signature': [signed(ask.signedText ?? text, ask.signedBy)],
      'content-length': [String(body.length)],
      host: ['elsewhere.test'],
      ...(destination === null ? {} : { 'x-paracord-destination': [destination] }),
      ...ask.headers,
    };
    return {
      method,
      target,
      from: ask.from ?? '192.0.2.1',
      params: {},
      query: new URLSearchParams(),
      header: (name) => headers[name] ?? [],
      body: async () => {
        steps.push('body');
        return body;
      },
      proven: () => steps.push('proven'),
    };
  };
  const knows = (ask?: Ask, terms?: Terms) => authenticator.authenticate(request(ask), terms);
  const refuses = (ask?: Ask, terms?: Terms) => refusedLater(knows(ask, terms));
  /** How far a stranger's request got: its content, and the key that was found for it. */
  const stranger = (ask: Ask = {}, read: (text: string) => string = () => 'key') =>
    authenticator.authenticateStranger(request(ask), read);
  const refusesStranger = (ask: Ask) => refusedLater(stranger(ask));
  return {
    steps,
    measured,
    standings,
    settings,
    keySource,
    budget,
    clock,
    request,
    knows,
    refuses,
    stranger,
    refusesStranger,
  };
}

test('a signed request identifies its sender, and leaves traces only after it was verified', async () => {
  const { knows, steps, request } = authenticatorFor();
  assert.deepEqual(await knows({ timestamp: now - 5, headers: { 'x-forwarded-proto': ['https'] } }), {
    origin,
    quarantined: false,
    text: '{"a":"é"}',
    signature: request({ timestamp: now - 5 }).header('x-paracord-signature')[0],
  });
  assert.deepEqual(steps, [
    `key ${origin} k`,
    'body',
    'proven',
    `addressed ${origin}`,
    `budget ${origin} {"requests_per_minute":60,"burst":3}`,
    `bytes ${origin} 10`,
    `heard ${origin}`,
    `at ${origin} elsewhere.test https`,
    `clock ${origin} -5 signed`,
  ]);
});

test('a request without the optional headers is understood', async () => {
  const { knows, steps } = authenticatorFor();
  await knows({ headers: { host: [] } });
  assert.ok(steps.includes(`at ${origin}  undefined`));
});

test('the time of a proven request is measured, and that of a forged one is not', async () => {
  const { knows, refuses, measured } = authenticatorFor();
  await knows();
  assert.deepEqual(measured.splice(0), ['begin authenticate', 'end authenticate']);
  await refuses({ signedBy: 'another key' });
  assert.deepEqual(measured, ['begin authenticate']);
});

test('a server that isn’t allowed is refused before its body is read, and learns why', async () => {
  for (const [standing, message, reason] of [
    ['blocked', ['wire.standing', { server: origin, standing: 'blocked' }], 'origin_blocked'],
    ['quarantined', ['wire.standing', { server: origin, standing: 'quarantined' }], 'origin_quarantined'],
    ['known', ['wire.no_peer', { server: origin }], 'origin_unknown'],
    ['unknown', ['wire.no_peer', { server: origin }], 'origin_unknown'],
  ] as const) {
    const { standings, refuses, steps } = authenticatorFor();
    standings.set(origin, standing);
    assert.deepEqual(await refuses(), ['FORBIDDEN', ...message, { reason }]);
    if (standing !== 'quarantined')
      assert.deepEqual(await refuses({}, { takesQuarantined: true }), ['FORBIDDEN', ...message, { reason }]);
    assert.deepEqual(steps, []);
  }
});

test('a paused node refuses everyone, and says when to retry', async () => {
  const { settings, knows, stranger, steps } = authenticatorFor();
  settings.paused = true;
  for (const run of [knows(), stranger()])
    await assert.rejects(run, (error) => {
      assert.ok(error instanceof ProtocolError);
      const { code, retryAfterSeconds, details, said: why } = error;
      assert.deepEqual(
        [code, retryAfterSeconds, details, why],
        ['SERVICE_UNAVAILABLE', 60, { reason: 'paused' }, said('wire.paused')],
      );
      return true;
    });
  assert.deepEqual(steps, []);
});

test('a peer that has used up its budget waits, and its request is not counted', async () => {
  const { knows, refuses, budget } = authenticatorFor();
  Object.assign(budget, { ok: false, retryAfterSeconds: 7 });
  for (let ms = 0; ms < 5; ms++)
    assert.deepEqual(await refuses({ timestamp: now + ms }), [
      'RATE_LIMITED',
      'wire.rate',
      { server: origin, seconds: 7 },
    ]);
  budget.ok = true;
  await knows({ timestamp: now + 9 });
});

test('a body that is not UTF-8 is refused; a byte order mark is kept', async () => {
  const { knows, refuses } = authenticatorFor();
  assert.deepEqual(await refuses({ body: Buffer.from([0x22, 0xff]) }), ['BAD_REQUEST', 'wire.not_utf8', {}]);
  assert.equal((await knows({ body: Buffer.from('\ufeff1') })).text, '\ufeff1');
});

test('a read that a peer signed by a wrong clock is refused, and shows how far the clock is off', async () => {
  const { refuses, steps } = authenticatorFor();
  const read = { method: 'GET', body: Buffer.alloc(0), timestamp: now - 3_600_000 };
  assert.equal((await refuses(read))[1], 'wire.clock');
  assert.deepEqual(steps, [`clock ${origin} -3600000 told`, `refused ${origin} -3600000`]);
  steps.length = 0;
  assert.equal((await refuses(read))[1], 'wire.clock');
  assert.deepEqual(steps, [], 'a request that was recorded teaches nothing');
  assert.equal((await refuses({ ...read, timestamp: read.timestamp - 1 }))[1], 'wire.clock');
  assert.deepEqual(steps, [], 'nor does an older one');
  assert.equal((await refuses({ ...read, timestamp: read.timestamp + 1 }))[1], 'wire.clock');
  assert.deepEqual(steps, [`clock ${origin} -3599999 told`, `refused ${origin} -3599999`]);
});

test('after a request that was accepted, only later ones tell about a clock', async () => {
  const { knows, refuses, clock, steps } = authenticatorFor();
  await knows({ timestamp: now + 10 });
  steps.length = 0;
  clock.time = now + 100_000;
  await refuses({ method: 'GET', body: Buffer.alloc(0), timestamp: now + 10 });
  assert.deepEqual(steps, []);
  await refuses({ method: 'GET', body: Buffer.alloc(0), timestamp: now + 11 });
  assert.deepEqual(steps, [`clock ${origin} -99989 told`, `refused ${origin} -99989`]);
});

test('nobody else teaches us about a peer’s clock', async () => {
  const read = { method: 'GET', body: Buffer.alloc(0), timestamp: now + 3_600_000 };
  const nothing = async (
    change: (world: ReturnType<typeof authenticatorFor>) => void,
    ask: Ask = {},
  ): Promise<void> => {
    const world = authenticatorFor();
    change(world);
    assert.equal((await world.refuses({ ...read, ...ask }))[1], 'wire.clock');
    assert.deepEqual(world.steps, []);
  };
  await nothing(({ standings }) => standings.set(origin, 'quarantined'));
  await nothing(({ keySource }) => {
    keySource.value = 'home:home.test';
  });
  await nothing(({ keySource }) => {
    keySource.value = null;
  });
  await nothing(() => {}, { signedBy: 'another key' });
  await nothing(() => {}, { method: 'POST' });
});

test('a stranger’s request is read if it is signed with the key that its body vouches for', async () => {
  const { stranger, request, steps } = authenticatorFor();
  const read: string[] = [];
  assert.deepEqual(
    await stranger({ signedBy: 'offered' }, (text) => {
      read.push(text);
      return 'offered';
    }),
    {
      text: '{"a":"é"}',
      publicKey: 'offered',
      signature: request({ signedBy: 'offered' }).header('x-paracord-signature')[0],
    },
  );
  assert.deepEqual(read, ['{"a":"é"}']);
  assert.deepEqual(steps, ['body']);
});

test('a stranger’s request is accepted once, near its timestamp, and only as it was signed', async () => {
  const { stranger } = authenticatorFor();
  const why = async (ask: Ask) => (await refusedLater(stranger(ask)))[1];
  assert.equal(await why({ timestamp: now + 60_001 }), 'wire.clock');
  assert.equal(await why({ signedBy: 'another key' }), 'wire.bad_offer_signature');
  assert.equal(await why({ signedText: 'another text' }), 'wire.bad_offer_signature');
  await stranger();
  assert.equal(await why({}), 'wire.replayed');
});

test('a stranger has to send a Content-Length, and a short body', async () => {
  const { stranger, steps } = authenticatorFor();
  const refusal = ['BAD_REQUEST', 'wire.stranger_body', { max: 16_384 }];
  for (const length of [[], ['16385'], ['x']])
    assert.deepEqual(await refusedLater(stranger({ headers: { 'content-length': length } })), refusal);
  assert.deepEqual(steps, []);
  await stranger({ headers: { 'content-length': ['16384'] } });
});

test('an address with invalid requests is slowed down, but its valid requests are still accepted', async () => {
  const { stranger } = authenticatorFor();
  const forged = (from: string) => refusedLater(stranger({ from, signedBy: 'another key' }));
  const bad = stranger({ from: '192.0.2.9' }, () => assert.fail('no such token'));
  await assert.rejects(bad, /no such token/, 'what does not hold fails for its own reason');
  for (let i = 0; i < 30; i++) assert.equal((await forged('192.0.2.7'))[1], 'wire.bad_offer_signature');
  assert.deepEqual(await forged('192.0.2.7'), ['RATE_LIMITED', 'wire.rate_strangers', { seconds: 1 }]);
  await assert.rejects(stranger({ from: '192.0.2.7', signedBy: 'x' }), { retryAfterSeconds: 1 });
  assert.equal((await forged('192.0.2.8'))[1], 'wire.bad_offer_signature');
  await stranger({ from: '192.0.2.7' });
});

test('a request for another server is refused before its body is read, also if a peer forwards it', async () => {
  const { refuses, refusesStranger, knows, settings, steps } = authenticatorFor();
  for (const destination of ['other.test', 'elsewhere.test', 'us.test.other.test', '192.0.2.1']) {
    const refusal = [
      'FORBIDDEN',
      ...['wire.other_destination', { destination, server: 'us.test' }],
      { reason: 'addressed_to_another' },
    ];
    assert.deepEqual(await refuses({ destination }), refusal, 'the Host header names elsewhere.test');
    assert.deepEqual(await refusesStranger({ destination }), refusal);
  }
  assert.deepEqual(steps, []);
  await knows({ destination: 'users.test', timestamp: now + 1 });
  await knows({ destination: 'US.test', timestamp: now + 2 });
  settings.public_url = 'https://home.test:8448';
  await knows({ destination: 'home.test', timestamp: now + 3 });
});

test('a header that was removed or added breaks the signature', async () => {
  const { refuses, knows } = authenticatorFor();
  const text = (destination: string | null) =>
    transportText('POST', '/t?x', now, sha256Hex('{"a":"é"}'), destination);
  assert.equal(
    (await refuses({ destination: null, signedText: text('us.test') }))[1],
    'wire.bad_transport_signature',
  );
  assert.equal(
    (await refuses({ destination: 'us.test', signedText: text(null) }))[1],
    'wire.bad_transport_signature',
  );
  await knows({ destination: null });
});
