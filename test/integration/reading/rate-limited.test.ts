import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpResult } from '../../../main/client/http.ts';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { json, StandIn, Visitor } from '../../support/stand-in/stand-in.ts';

const room = '!5:raw.test';
const tooFast = (seconds: number): HttpResult => ({
  kind: 'answer',
  status: 429,
  headers: { contentType: 'application/json', retryAfter: String(seconds) },
  body: '{"code":"RATE_LIMITED"}',
});

/** The values of this parameter in the calls, in order. */
const valuesOf = (server: StandIn, path: string, name: string) =>
  server.asked
    .filter((asked) => asked.startsWith(`GET ${path}?`))
    .map((asked) => new URL(asked.slice(4), 'http://raw.test').searchParams.get(name));

test('a queue whose server limits our rate is read on where it stopped, as soon as the server allows it', async (t) => {
  const server = new StandIn();
  server.extensions = extensions;
  const visitor = await Visitor.visit(t, server, [room]);
  const waiting = ['one', 'two'].map((body) => server.write(room, body));
  let refusals = 2;
  server.handlers.set('/queue', (url) => {
    const after = Number(url.searchParams.get('after'));
    if (after === 1 && refusals-- > 0) return tooFast(7);
    const events = waiting.slice(after, after + 1).map(wireEvent);
    return json(`{"events":[${events}],"next":${Math.min(after + 1, 2)},"more":${after === 0}}`);
  });
  server.handlers.set('/events', () => json({ events: [], next: '1', more: false }));
  server.asked = [];
  await visitor.wait(room, 'one');
  const ms = await visitor.wait(room, 'two');
  assert.ok(ms >= 13_000 && ms < 15_500, `after ${ms} ms`);
  assert.deepEqual(valuesOf(server, '/queue', 'after').slice(0, 4), ['0', '1', '1', '1']);
});

test('a room whose server limits our rate is read on where it stopped, as soon as the server allows it', async (t) => {
  const server = new StandIn();
  server.extensions = extensions;
  let refusals = 1;
  server.handlers.set('/queue', () => json({ events: [], next: 0, more: false }));
  server.handlers.set('/events', (url) => {
    const since = Number(url.searchParams.get('since')?.replace('t.', '') ?? 0);
    if (since === 1 && refusals-- > 0) return tooFast(30);
    const written = server.rooms.get(room) ?? [];
    const next = Math.min(since + 1, written.length);
    const events = written.slice(since, next).map(wireEvent);
    return json(`{"events":[${events}],"next":"t.${next}","more":${next < written.length}}`);
  });
  const visitor = await Visitor.visit(t, server, [room]);
  for (const body of ['one', 'two']) server.write(room, body);
  server.asked = [];
  await visitor.wait(room, 'one');
  const ms = await visitor.wait(room, 'two');
  assert.ok(ms >= 29_000 && ms < 31_500, `after ${ms} ms`);
  const asked = valuesOf(server, '/events', 'since');
  assert.deepEqual(asked.slice(asked.indexOf('t.1') - 1, asked.indexOf('t.1') + 2), ['t.0', 't.1', 't.1']);
});

test('a server that limits our rate forever is asked less and less often', async (t) => {
  const server = new StandIn();
  server.extensions = extensions;
  await Visitor.visit(t, server, [room]);
  for (const path of ['/queue', '/events']) server.handlers.set(path, () => tooFast(0));
  for (const [minutes, callsMax] of [
    [2, 30],
    [30, 240],
  ] as const) {
    server.asked = [];
    await server.clock.advance(minutes * 60_000);
    const calls = server.count('GET /queue') + server.count('GET /events');
    assert.ok(calls > 0 && calls <= callsMax, `${calls} calls in ${minutes} min`);
  }
});
