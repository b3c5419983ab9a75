import assert from 'node:assert/strict';
import https from 'node:https';
import { type TestContext, test } from 'node:test';
import {
  answerTooLarge,
  type Http,
  type HttpRequest,
  type HttpResult,
  notSent,
} from '../../../../../main/client/http.ts';
import { Carriers, carriedTarget, carryTarget } from '../../../../../main/http/between/carriers.ts';
import { createLeaderSide } from '../../../../../main/http/between/leader-side.ts';
import { StandbySide } from '../../../../../main/http/between/standby-side.ts';
import { listen } from '../../../../../main/http/listen.ts';
import type { Clock } from '../../../../../main/kernel/ports.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { makeKey, makeSelfSigned } from '../../../../../main/tls/x509.ts';
import { said } from '../../../../../shared/words/said.ts';
import { until } from '../../../../support/until.ts';

const { random } = systemPorts;
const key = Buffer.alloc(32, 1);
const names = Array.from({ length: 40 }, (_, at) => `https://peer-${at}.test`);

/** HTTP of one of the nodes: what it was asked for. `answer` gives the results. */
function handsOf(answer: (request: HttpRequest) => Promise<HttpResult> | HttpResult) {
  const asked: HttpRequest[] = [];
  const http: Http = {
    async request(request) {
      asked.push(request);
      return await answer(request);
    },
    seenCertificate: () => 'seen here',
    close: async () => {},
  };
  return { asked, http, origins: () => new Set(asked.map(({ url }) => new URL(url).origin)) };
}

const accepts = ({ url, body }: HttpRequest): HttpResult => ({
  ...{ kind: 'answer', status: 202, headers: { date: 'now' } },
  body: `${url} ${body}`,
});

const event = (origin: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  ...{ method: 'POST', url: `${origin}/event`, headers: { 'x-signature': 'ü' }, body: 'ö' },
  ...{ policy: { byOwner: false, tlsSha256: 'ab' }, timeoutMs: 1_000, answerBytesMax: 1_000 },
  ...{ mayBeCarried: true, ...more },
});

/** A leader and its standbys, with real TLS between them. */
async function nodes(
  t: TestContext,
  answer: typeof accepts | ((request: HttpRequest) => Promise<HttpResult>),
  { standbys = 1, clock = systemPorts.clock }: { standbys?: number; clock?: Clock } = {},
) {
  const pem = await makeKey();
  const cert = await makeSelfSigned(pem, systemPorts.clock.now(), 60_000);
  const own = handsOf(accepts);
  const carriers = new Carriers(own.http, clock);
  let open = 0;
  const heard = { isOff: false };
  const side = createLeaderSide({
    ...{ key, token: 3, clock: systemPorts.clock, federation: () => {}, mayAnswer: () => {} },
    apiIn: () => assert.fail('no call'),
    push: () => assert.fail('no push'),
    carriers: {
      open(response) {
        open++;
        response.once('close', () => open--);
        carriers.open(response);
      },
      carried: (frames) => {
        if (!heard.isOff) carriers.carried(frames);
      },
    },
    log: { error: () => {} },
  });
  const tls = { cert, key: pem };
  const leading = await listen(side, { host: '127.0.0.1', port: 0, tls, clock: systemPorts.clock });
  const others = Array.from({ length: standbys }, () => {
    const hands = handsOf(answer);
    const standby = new StandbySide({
      ...{ clock: systemPorts.clock, random, key: () => key, isUpToDate: () => true, http: hands.http },
      leader: () => ({ name: 'one', url: leading.url, cert, token: 3 }),
      ahead: { isKnown: () => false, verify: async () => null },
      failurePage: (code) => code,
    });
    standby.carry();
    return { hands, close: () => standby.close() };
  });
  t.after(async () => {
    await Promise.all(others.map(({ close }) => close()));
    await carriers.close();
    await leading.close(0);
  });
  await until([], 'the standbys to offer', () => open === standbys);
  /** Origins of which the first standby is in charge. */
  const theirs = async () => {
    for (const origin of names) await carriers.request(event(origin));
    return [...others[0]!.hands.origins()];
  };
  return { own, carriers, others, leading, theirs, heard, open: () => open };
}

test('destinations are shared among the nodes, each at one of them, and the answers are those of the peers', async (t) => {
  const { own, carriers, others } = await nodes(t, accepts, { standbys: 2 });
  for (let round = 0; round < 3; round++) {
    const results = await Promise.all(names.map((origin) => carriers.request(event(origin))));
    assert.deepEqual(
      results,
      names.map((origin) => accepts(event(origin))),
    );
  }
  const shares = [own, ...others.map(({ hands }) => hands)].map((hands) => hands.origins());
  assert.equal(new Set(shares.flatMap((each) => [...each])).size, names.length);
  assert.equal(
    shares.reduce((sum, { size }) => sum + size, 0),
    names.length,
    'no destination at two nodes',
  );
  assert.ok(shares.every(({ size }) => size >= names.length / 6));
  const [sent] = others[0]!.hands.asked;
  const { signal: _, ...rest } = sent!;
  const { mayBeCarried: __, ...expected } = event(new URL(sent!.url).origin);
  assert.deepEqual(rest, expected, 'as the leader signed it');
});

test('what has to go from the leader’s own computer does, and certificates are seen there', async (t) => {
  const { own, carriers, others } = await nodes(t, accepts);
  for (const url of names) await carriers.request(event(url, { mayBeCarried: false }));
  const local = ['http://127.0.0.1', 'http://127.8.8.8', 'http://[::1]', 'http://localhost'].flatMap((host) =>
    [1, 2, 3, 4, 5].map((port) => `${host}:${port}`),
  );
  for (const url of local) await carriers.request(event(url));
  assert.equal(own.asked.length, names.length + local.length);
  assert.equal(others[0]!.hands.asked.length, 0);
  assert.equal(carriers.seenCertificate(names[0]!), 'seen here');
});

test('a peer that a standby can’t connect to is called from the leader, for ten minutes and then twice as long', async (t) => {
  let now = 1_000_000;
  const clock = { ...systemPorts.clock, now: () => now };
  let code: string | null = 'ECONNREFUSED';
  const answers = (request: HttpRequest): HttpResult =>
    code === null ? accepts(request) : { kind: 'network', error: said('standby.lease'), code };
  const { own, carriers, others, theirs } = await nodes(t, answers as typeof accepts, { clock });
  const [origin] = await theirs();
  const { asked } = others[0]!.hands;
  assert.equal(own.asked.filter(({ url }) => url.startsWith(`${origin}/`)).length, 1);
  const isTriedAfter = async (minutes: number): Promise<boolean> => {
    const before = asked.length;
    now += minutes * 60_000 - 1;
    assert.equal((await carriers.request(event(origin!))).kind, 'answer');
    assert.equal(asked.length, before, 'not yet');
    now += 1;
    assert.equal((await carriers.request(event(origin!))).kind, 'answer');
    return asked.length === before + 1;
  };
  for (const minutes of [10, 20, 40]) assert.ok(await isTriedAfter(minutes));
  code = null;
  assert.ok(await isTriedAfter(80), 'and now it answers');

  code = 'UND_ERR_HEADERS_TIMEOUT';
  const direct = own.asked.length;
  assert.equal((await carriers.request(event(origin!))).kind, 'network', 'the peer may have it');
  assert.equal(own.asked.length, direct);
  code = 'ECONNREFUSED';
  for (const minutes of [10, 20, 40, 80, 160, 320, 640, 1_280, 1_440, 1_440])
    assert.ok(await isTriedAfter(minutes), `${minutes}`);
});

test('if a standby goes while it sends, or falls silent, the attempt has failed, and isn’t repeated with the same signature', async (t) => {
  const deadlines: (() => void)[] = [];
  const clock: Clock = {
    ...systemPorts.clock,
    after: (ms, run) => {
      if (ms === 2_000) deadlines.push(run);
      return systemPorts.clock.after(ms, run);
    },
  };
  let isSilent = false;
  const answers = (request: HttpRequest) =>
    isSilent ? new Promise<HttpResult>(() => {}) : Promise.resolve(accepts(request));
  const { own, carriers, others, theirs } = await nodes(t, answers, { clock });
  const [origin] = await theirs();
  isSilent = true;
  const count = () => others[0]!.hands.asked.length;
  const given = async () => {
    const before = count();
    const result = carriers.request(event(origin!));
    await until([], 'the standby to have it', () => count() > before);
    return { result };
  };
  const direct = own.asked.length;
  const silent = await given();
  deadlines.at(-1)?.();
  const killed = await given();
  await others[0]!.close();
  for (const { result } of [silent, killed]) {
    const { kind, code } = (await result) as { kind: string; code?: string };
    assert.deepEqual([kind, code], ['network', notSent]);
  }
  assert.equal(own.asked.length, direct);
  await until([], 'the leader to send it itself', async () => {
    await carriers.request(event(origin!));
    return own.asked.length > direct;
  });
});

test('a standby that gives no sign of life gets no more, until it offers again', async (t) => {
  let skipped = 0;
  const clock = { ...systemPorts.clock, now: () => systemPorts.clock.now() + skipped };
  const waits = new Set<(result: HttpResult) => void>();
  let isSlow = false;
  const answers = (request: HttpRequest) =>
    isSlow ? new Promise<HttpResult>((answer) => waits.add(answer)) : Promise.resolve(accepts(request));
  const { carriers, others, theirs, heard } = await nodes(t, answers, { clock });
  const [origin] = await theirs();
  const { asked } = others[0]!.hands;
  isSlow = true;
  const result = carriers.request(event(origin!));
  await until([], 'the standby to have it', () => waits.size === 1);
  heard.isOff = true;
  skipped = 5_000;
  const { kind, code } = (await result) as { kind: string; code?: string };
  assert.deepEqual([kind, code], ['network', notSent]);
  heard.isOff = false;
  isSlow = false;
  const before = asked.length;
  await until([], 'the standby to send again', async () => {
    assert.equal((await carriers.request(event(origin!))).kind, 'answer');
    return asked.length > before;
  });
});

test('a request that is given up ends at once, and a late answer is ignored', async (t) => {
  const answers: ((result: HttpResult) => void)[] = [];
  const waits = () => new Promise<HttpResult>((answer) => answers.push(answer));
  const { carriers, others } = await nodes(t, waits);
  const ended = new AbortController();
  const { signal } = ended;
  const all = Promise.all(names.map((origin) => carriers.request(event(origin, { signal }))));
  await until([], 'the standby to have them', () => answers.length > 0);
  ended.abort();
  const kinds = new Set((await all).map(({ kind }) => kind));
  assert.deepEqual(kinds, new Set(['answer', 'aborted']), 'the leader’s own were answered');
  for (const answer of answers) answer(accepts(event('https://late.test')));
  assert.equal((await carriers.request(event(names[0]!, { mayBeCarried: false }))).kind, 'answer');
  assert.ok(others[0]!.hands.asked.length > 0);
});

test('a peer’s huge answer arrives, or counts as too large, and takes no other answer with it', async (t) => {
  const whole = 'x'.repeat(4 * 1024 * 1024);
  const notText = '\ufffd'.repeat(4 * 1024 * 1024);
  const small = 'y'.repeat(100_000);
  const waits: ((result: HttpResult) => void)[] = [];
  let isSlow = false;
  const answers = async (request: HttpRequest) =>
    isSlow ? await new Promise<HttpResult>((answer) => waits.push(answer)) : accepts(request);
  const { carriers, theirs } = await nodes(t, answers);
  const origins = await theirs();
  assert.ok(origins.length > 12, 'small ones alone need more than one request');
  isSlow = true;
  const all = Promise.all(origins.map((origin) => carriers.request(event(origin))));
  await until([], 'the standby to have them', () => waits.length === origins.length);
  for (const [at, answer] of waits.entries())
    answer({ kind: 'answer', status: 202, headers: {}, body: [whole, notText][at] ?? small });
  const results = (await all).map((result) =>
    result.kind === 'answer' ? result.body.length : (result as { code?: string }).code,
  );
  const [first, second, ...others] = results;
  assert.deepEqual([first, second], [whole.length, answerTooLarge]);
  assert.deepEqual(new Set(others), new Set([small.length]));
});

test('a leader that ends sends nothing through standbys any more', async (t) => {
  const { carriers, own, open } = await nodes(t, accepts);
  await carriers.close();
  await until([], 'the connection to end', () => open() === 0);
  const before = own.asked.length;
  for (const origin of names) await carriers.request(event(origin));
  assert.equal(own.asked.length - before, names.length);
});

test('nobody but a standby gets requests or can answer them', async (t) => {
  const { leading, open } = await nodes(t, accepts);
  for (const path of [carryTarget, carriedTarget]) {
    const status = await new Promise((resolve, reject) => {
      const out = https.request(
        leading.url + path,
        { method: 'POST', rejectUnauthorized: false },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      out.on('error', reject);
      out.end();
    });
    assert.equal(status, 403);
  }
  assert.equal(open(), 1);
});
