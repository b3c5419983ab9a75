import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { signerFromSeed } from '../../../main/crypto/ed25519.ts';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { json, StandIn, Visitor } from '../../support/stand-in/stand-in.ts';

const room = '!5:raw.test';
const minute = 60_000;

/** A peer that has rotated its key, and whose keys can't be read for now. */
async function rotated(t: Parameters<typeof Visitor.visit>[0]) {
  const server = new StandIn();
  const visitor = await Visitor.visit(t, server, [room]);
  server.extensions = extensions;
  server.handlers.set('/queue', () => json({ events: [], next: 0, more: false }));
  server.handlers.set('/digest', () => ({ ...json({}), status: 503 }) as ReturnType<typeof json>);
  await server.clock.advance(4 * 60 * minute);
  const [before, keysOf] = [server.peer.keys(), (told: object) => (told as { keys: object[] }).keys];
  server.peer.keyId = 'ed25519:later';
  server.peer.signer = signerFromSeed(randomBytes(32));
  const event = server.peer.message(room, 'signed with the new key', {
    depth: server.clock.now(),
    origin_ts: server.clock.now(),
  });
  const keys = { ...before, keys: [...keysOf(before), ...keysOf(server.peer.keys())] };
  server.handlers.set('/keys', () => ({ ...json({}), status: 502 }) as ReturnType<typeof json>);
  return { server, visitor, event, servesKeys: () => server.handlers.set('/keys', () => json(keys)) };
}

test('an event whose key can’t be read for ten minutes isn’t confirmed, and is accepted once it can be', async (t) => {
  const { server, visitor, event, servesKeys } = await rotated(t);
  const acknowledged: number[] = [];
  server.handlers.set('/queue', (url) => {
    const after = Number(url.searchParams.get('after'));
    if (after > 0) acknowledged.push(after);
    const events = after === 0 && acknowledged.length === 0 ? [wireEvent(event)] : [];
    return json(`{"events":[${events.join(',')}],"next":7,"more":false}`);
  });
  await server.clock.advance(10 * minute);
  assert.deepEqual(acknowledged, [], 'to the peer, what is acknowledged has arrived');
  assert.ok(server.count('GET /queue') > 5, 'it was met in many rounds');
  servesKeys();
  await server.clock.advance(2 * minute);
  assert.ok((await visitor.bodies(room)).includes('signed with the new key'));
  assert.deepEqual([...new Set(acknowledged)], [7]);
});

test('an event whose key can’t be read isn’t skipped in a room that is read by arrival', async (t) => {
  const { server, visitor, event, servesKeys } = await rotated(t);
  server.handlers.set('/events', (url) => {
    const isBehind = url.searchParams.get('since') === 'e.1';
    return json(`{"events":[${isBehind ? '' : wireEvent(event)}],"next":"e.1","more":false}`);
  });
  await server.clock.advance(10 * minute);
  servesKeys();
  await server.clock.advance(5 * minute);
  assert.ok((await visitor.bodies(room)).includes('signed with the new key'));
});

test('an event whose key nobody has holds up the queue for a quarter of an hour, and no longer', async (t) => {
  const { server, visitor, event } = await rotated(t);
  let wasAcknowledged = false;
  server.handlers.set('/queue', (url) => {
    wasAcknowledged ||= url.searchParams.get('after') === '7';
    return json(`{"events":[${wasAcknowledged ? '' : wireEvent(event)}],"next":7,"more":false}`);
  });
  await server.clock.advance(60 * minute);
  assert.ok(wasAcknowledged);
  assert.ok(!(await visitor.bodies(room)).includes('signed with the new key'));
});
