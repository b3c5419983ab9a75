import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { classify, type Outcome } from '../../../../../main/outbound/delivery/classify.ts';
import type { SendAnswer } from '../../../../../main/outbound/delivery/ports.ts';
import { quoted, type Said, said } from '../../../../../shared/words/said.ts';
import { refusalBody } from '../../../../support/refusal.ts';
import { inEnglish } from '../../../../support/words.ts';

const now = Date.parse('Wed, 01 Jan 2025 00:00:00 GMT');
const page = '<!DOCTYPE html><html><body>Sign in</body></html>';

/** From 300 on, an object is what a refusal by a Paracord server says more. A text is sent as it is. */
function of(
  status: number,
  body: unknown = {},
  headers: SendAnswer['headers'] = {},
  eventBytes?: number,
): Outcome {
  const json = status < 300 ? JSON.stringify(body) : refusalBody(body as object);
  const text = typeof body === 'string' ? body : json;
  return classify({ kind: 'answer', status, headers, body: text }, now, eventBytes);
}

function reasonOf(outcome: Outcome): string {
  assert.ok('reason' in outcome);
  return inEnglish(outcome.reason);
}

function kinds(statuses: number[], body?: unknown): Set<string> {
  return new Set(statuses.map((status) => of(status, body).kind));
}

describe('classify', () => {
  it('counts a 2xx that names the event or says whether it is new as delivered, a duplicate too', () => {
    assert.deepEqual(of(202, { event_id: '$1', inserted: true }), { kind: 'delivered' });
    assert.deepEqual(of(202, { event_id: '$1', inserted: false }), { kind: 'delivered' });
    assert.deepEqual(of(200, { inserted: false }), { kind: 'delivered' });
    assert.deepEqual(of(200, { event_id: '$1' }), { kind: 'delivered' });
  });

  it('does not count the answer of another program as delivered', () => {
    for (const body of [{}, { status: 'ok' }, { event_id: 7 }, { inserted: 'yes' }])
      assert.equal(of(200, body).kind, 'wrong_place', JSON.stringify(body));
  });

  it('gives nothing up because of a refusal by another program', () => {
    const others = [
      'Client sent an HTTP request to an HTTPS server.\n',
      '',
      '{}',
      '{"statusCode":400,"error":"Bad Request","message":"no such host"}',
      '{"code":400,"message":"no such host"}',
      '{"code":"InvalidHost","message":"no such host"}',
      '{"code":"BAD_REQUEST"}',
      '[]',
    ];
    for (const body of others)
      for (const status of [400, 401, 403, 409, 413, 422])
        assert.equal(of(status, body).kind, 'wrong_place', `${status} ${body}`);
    const { held, ...scoped } = { held: '{"details":{"held":true}}', event: '{"details":{"scope":"event"}}' };
    for (const body of [held, scoped.event]) assert.equal(of(403, body).kind, 'wrong_place');
    const verdict = { kind: 'answer', status: 403, headers: {}, body: 'no', verdict: 'refused' } as const;
    assert.equal(classify(verdict, now).kind, 'wrong_place');
  });

  it('quotes what another program answers', () => {
    const text = 'Client sent an HTTP request\nto an HTTPS server.';
    assert.match(
      reasonOf(of(400, text)),
      /no Paracord server gives.* It says: “Client sent an HTTP request to/,
    );
  });

  it('knows the texts with which the existing server refuses a body', () => {
    for (const text of [
      'Failed to parse the request body as JSON: expected ident at line 1 column 2',
      'Failed to deserialize the JSON body into the target type: missing field `depth`',
      'Failed to buffer the request body: length limit exceeded',
    ])
      assert.equal(of(400, text).kind, 'rejected', text);
  });

  it('does not count a login page or an empty 200 as delivered', () => {
    for (const body of [page, '', 'ok', 'null', '[]', '{"event_id":']) {
      assert.equal(of(200, body).kind, 'wrong_place', body);
    }
    assert.equal(of(200, '{}', { contentType: 'text/html; charset=utf-8' }).kind, 'wrong_place');
  });

  it('treats an event held by a quarantine as handed over', () => {
    assert.equal(
      of(403, { code: 'FORBIDDEN', message: 'quarantined', details: { held: true } }).kind,
      'held',
    );
    assert.equal(of(403, { details: { held: 'true' } }).kind, 'closed');
  });

  it('waits for a server that is down or failing, quickly at first', () => {
    const down = classify({ kind: 'network', error: quoted('connect'), code: 'ECONNREFUSED' }, now);
    assert.deepEqual(down, {
      kind: 'retry',
      quick: true,
      reason: said('network.refused'),
    });
    for (const status of [500, 502, 503, 504, 599, 408, 425]) {
      const outcome = of(status, page);
      assert.ok(outcome.kind === 'retry' && outcome.quick, String(status));
      assert.equal(outcome.retryAfterMs, undefined);
    }
  });

  it('honours Retry-After of 429 and 5xx, and never hurries after a 429', () => {
    const limited = of(429, {}, { retryAfter: '7' });
    assert.ok(limited.kind === 'retry' && limited.retryAfterMs === 7000 && !limited.quick);
    const bare = of(429, page);
    assert.ok(bare.kind === 'retry' && bare.retryAfterMs === undefined && !bare.quick);
    const down = of(503, {}, { retryAfter: 'Wed, 01 Jan 2025 00:02:00 GMT' });
    assert.ok(down.kind === 'retry' && down.retryAfterMs === 120_000);
  });

  it('signs again where the peer speaks of a replay, and notes where it only guesses', () => {
    const named = { code: 'CONFLICT', message: 'no', details: { reason: 'replay' } };
    const told = { code: 'CONFLICT', message: 'this exact signed request was seen before', details: null };
    for (const body of [named, told]) {
      const outcome = of(409, body);
      assert.ok(outcome.kind === 'sign_again' && outcome.certain);
    }
    for (const body of [{}, { code: 'CONFLICT', message: 'conflict' }, { details: { reason: 'other' } }]) {
      const outcome = of(409, body);
      assert.ok(outcome.kind === 'sign_again' && !outcome.certain);
    }
  });

  it('rejects an event whose id the peer has for another one', () => {
    const body = { code: 'CONFLICT', message: 'seen before', details: { reason: 'event_id_conflict' } };
    assert.equal(of(409, body).kind, 'rejected');
  });

  it('rejects an event the peer finds invalid, too big, or not for it', () => {
    assert.deepEqual(kinds([400, 413, 422]), new Set(['rejected']));
    assert.equal(of(403, { details: { scope: 'event' } }).kind, 'rejected');
  });

  it('gives up a large event that a proxy finds too large, because it always will', () => {
    assert.equal(of(413, page, {}, 65_537).kind, 'rejected');
    assert.equal(of(413, page, {}, 65_536).kind, 'wrong_place');
  });

  it('closes the server on a 401, and only the room on a 403', () => {
    const unsigned = of(401, { message: 'bad signature' });
    assert.ok(unsigned.kind === 'closed' && unsigned.scope === 'server');
    const blocked = of(403, { message: 'origin is blocked' });
    assert.ok(blocked.kind === 'closed' && blocked.scope === 'room');
    assert.equal(
      inEnglish(blocked.reason),
      'It doesn’t accept events from your server. It says: “origin is blocked”',
    );
  });

  it('names the clock on a 401 when the clocks are more than a minute apart', () => {
    const ahead = of(401, {}, { date: 'Wed, 01 Jan 2025 00:05:10 GMT' });
    assert.ok(ahead.kind === 'closed');
    assert.equal(ahead.clockOffsetMs, 310_500);
    assert.match(
      inEnglish(ahead.reason),
      /clock is 5 minutes ahead of the clock of this computer.*Set time automatically/,
    );
    const behind = of(401, {}, { date: 'Tue, 31 Dec 2024 21:00:00 GMT' });
    assert.match(reasonOf(behind), /clock is 3 hours behind the clock of this computer/);
    for (const date of ['Wed, 01 Jan 2025 00:00:45 GMT', 'gibberish', undefined]) {
      const fine = of(401, {}, { date });
      assert.ok(fine.kind === 'closed' && fine.clockOffsetMs === undefined);
    }
  });

  it('says whose clock is wrong where other peers tell', () => {
    const answer = { kind: 'answer', status: 401, headers: {}, body: refusalBody() } as const;
    const outcome = classify({ ...answer, clocks: { peerMs: -600_000, othersMs: -600_200 } }, now);
    assert.match(
      reasonOf(outcome),
      /10 minutes behind the clock of this computer.*the clock of this computer seems to be wrong/,
    );
  });

  it('finds itself in the wrong place on 404, redirects and web pages below 500', () => {
    assert.deepEqual(kinds([404, 405, 410, 301, 302, 308, 418]), new Set(['wrong_place']));
    assert.deepEqual(kinds([200, 400, 401, 403, 409, 413], page), new Set(['wrong_place']));
    assert.match(reasonOf(of(404)), /A proxy may be in the way, or the address may be wrong/);
    assert.match(reasonOf(of(403, page)), /web page instead of JSON\. A proxy may be in the way/);
  });

  it('blames no peer for calls cut short by us or made while offline', () => {
    assert.deepEqual(classify({ kind: 'aborted' }, now), { kind: 'cancelled' });
    const outcome = classify(
      { kind: 'network', error: quoted('x'), code: 'ENETUNREACH', offline: true },
      now,
    );
    assert.equal(outcome.kind, 'offline');
  });

  it('quotes the peer in one short line without control or invisible characters', () => {
    const reason = reasonOf(of(400, { message: `a\u0000\n\u001b[31mb\u202Ec${'x'.repeat(5000)}` }));
    assert.doesNotMatch(reason, /\p{C}/u);
    assert.match(reason, /says: “a� �\[31mb�cx+…”$/);
    assert.ok(reason.length < 300);
    assert.match(
      reasonOf(of(500, { error: 'disk full', message: undefined })),
      /server error\. It says: “disk full”/,
    );
  });

  it('says what is wrong with a connection in words', () => {
    const text = (code: string, error = 'oops'): string =>
      reasonOf(classify({ kind: 'network', error: quoted(error), code }, now));
    assert.match(text('ENOTFOUND'), /host name wasn’t found/);
    assert.match(text('UND_ERR_HEADERS_TIMEOUT'), /didn’t answer in time/);
    assert.match(
      text('CERT_HAS_EXPIRED', 'certificate has expired'),
      /certificate .*: certificate has expired/,
    );
    assert.match(text('EWEIRD'), /couldn’t be reached: oops/);
  });
});

describe('what the owner reads about a delivery', () => {
  const reason = (status: number, body?: unknown, headers?: SendAnswer['headers']) => {
    const outcome = of(status, body, headers);
    assert.ok('reason' in outcome);
    return outcome.reason;
  };

  it('names what the answer means', () => {
    for (const [status, meaning] of [
      [429, said('delivery.slow_down')],
      [408, said('delivery.not_ready')],
      [413, said('delivery.too_large')],
      [300, said('delivery.redirect')],
      [399, said('delivery.redirect')],
      [422, said('delivery.invalid')],
      [401, said('delivery.signature')],
      [403, said('delivery.closed')],
      [404, said('delivery.nothing_there')],
      [409, said('delivery.conflict')],
      [418, said('delivery.odd_status')],
      [199, said('delivery.odd_status')],
    ] as const)
      assert.deepEqual(reason(status), meaning, String(status));
    assert.deepEqual(reason(204, ''), said('delivery.odd_status'));
    assert.deepEqual(reason(403, { details: { held: true } }), said('delivery.held'));
    assert.deepEqual(reason(403, { details: { scope: 'event' } }), said('delivery.event_refused'));
    const conflict = (more: object) => reason(409, { code: 'CONFLICT', ...more });
    assert.deepEqual(conflict({ details: { reason: 'event_id_conflict' } }), said('delivery.id_conflict'));
    assert.deepEqual(conflict({ details: { reason: 'replay' } }), said('delivery.replay'));
    assert.deepEqual(conflict({ details: {} }), said('delivery.conflict'));
    const offline = classify({ kind: 'network', error: quoted('x'), offline: true }, now);
    assert.deepEqual(offline, { kind: 'offline', reason: said('delivery.offline') });
  });

  it('is sure of a replay only where the peer says so', () => {
    const certain = (body: object) => {
      const outcome = of(409, body);
      return outcome.kind === 'sign_again' && outcome.certain;
    };
    assert.equal(certain({ code: 'CONFLICT', message: 'seen before' }), true);
    assert.equal(certain({ code: 'CONFLICT', message: 'Replay!' }), true);
    assert.equal(certain({ code: 'CONFLICT' }), false);
    assert.equal(certain({ code: 'OTHER', message: 'replay' }), false);
    assert.equal(certain({ code: 'CONFLICT', details: { reason: 'replay' } }), true);
    assert.equal(certain({ code: 'CONFLICT', details: { reason: 'clock' }, message: 'replay' }), false);
    assert.equal(certain({ code: 'OTHER', details: { reason: 'replay' } }), false);
  });

  it('ends with the peer’s own words, if it has any', () => {
    const quote = (body: unknown) => {
      const { code, params } = reason(404, body);
      return code === 'delivery.says' ? params.quote : null;
    };
    assert.equal(quote({ message: 'gone', error: 'other' }), 'gone');
    assert.equal(quote({ error: ' two\nlines ', message: undefined }), 'two lines');
    assert.equal(quote({ message: 7, error: 'other' }), 'other');
    assert.equal(quote(' \n{"message":"gone"}'), 'gone');
    for (const none of [{}, { message: '' }, { message: ' ' }, '["message"]', '{"message":', 'x'])
      assert.equal(quote(none), null, JSON.stringify(none));
  });

  it('says why no answer came', () => {
    const why = (error: Said, code?: string) => {
      const outcome = classify({ kind: 'network', error, ...(code === undefined ? {} : { code }) }, now);
      assert.ok('reason' in outcome);
      return outcome.reason;
    };
    const detail = (text: string | Said) => said('network.failed', { detail: text });
    assert.deepEqual(why(quoted('it broke'), 'EODD'), detail('it broke'));
    assert.deepEqual(why(quoted(' '), 'EODD'), detail('EODD'));
    assert.deepEqual(why(quoted('')), detail(said('network.no_details')));
    assert.deepEqual(why(said('delivery.offline'), 'EODD'), said('delivery.offline'), 'a sentence of ours');
    const certificate = why(quoted('bad\nsigner'), 'ERR_TLS_X');
    assert.deepEqual(certificate.params.first, said('network.bad_certificate', { detail: 'bad signer' }));
    assert.deepEqual(why(said('delivery.offline'), 'ERR_TLS_X').params.first, said('delivery.offline'));
  });

  it('knows a web page by its type or its beginning, wherever it comes from', () => {
    const isPage = (body: string, contentType?: string) =>
      reason(404, body, contentType === undefined ? {} : { contentType }).code === 'delivery.web_page';
    for (const body of ['<!doctype html>', '\n\t <HTML>', '<head>', '<body>'])
      assert.equal(isPage(body), true);
    for (const type of ['text/html; charset=utf-8', ' Application/XHTML+xml'])
      assert.equal(isPage('', type), true);
    for (const body of ['{"a":"<html>"}', 'x <html>', '<xml>', '']) assert.equal(isPage(body), false);
    assert.equal(isPage('', 'x-text/html'), false);
  });
});
