import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StandIn, Visitor } from '../../support/stand-in/stand-in.ts';

const room = '!5:raw.test';
const minute = 60_000;

test('an event that a server of another kind failed to push arrives within 20 s, however reliable it was before', async (t) => {
  const server = new StandIn();
  const visitor = await Visitor.visit(t, server, [room]);
  for (let i = 0; i < 30; i++) {
    assert.equal(await visitor.push(server.write(room, `pushed ${i}`)), 202);
    await server.clock.advance(minute);
  }
  server.write(room, 'lost on the way');
  const waited = await visitor.wait(room, 'lost on the way');
  assert.ok(waited <= 20_000, `${waited} ms`);
});

test('a server that was killed under load and is back is read within 40 s, and at once when it pushes', async (t) => {
  for (const pushes of [false, true]) {
    const server = new StandIn();
    const visitor = await Visitor.visit(t, server, [room]);
    assert.equal(await visitor.push(server.write(room, 'before')), 202);
    await server.clock.advance(30 * minute);
    server.isDown = true;
    server.write(room, 'stored, and never pushed');
    await server.clock.advance(pushes ? 45_000 : 10 * minute);
    server.isDown = false;
    if (pushes) assert.equal(await visitor.push(server.write(room, 'after')), 202);
    const waited = await visitor.wait(room, 'stored, and never pushed');
    assert.ok(waited <= (pushes ? 6_000 : 40_000), `${waited} ms`);
  }
});

test('messages at the beginning of their second are found behind edits in milliseconds and behind a clock that is ahead', async (t) => {
  const server = new StandIn();
  const visitor = await Visitor.visit(t, server, [room]);
  const now = () => server.clock.now();
  for (const ahead of [999, 30_000, 4 * minute]) {
    server.write(room, `ahead by ${ahead}`, now() + ahead);
    await visitor.wait(room, `ahead by ${ahead}`);
    await server.clock.advance(20_000);
    server.write(room, `behind ${ahead}`);
    const waited = await visitor.wait(room, `behind ${ahead}`);
    assert.ok(waited <= 20_000, `${ahead}: ${waited} ms`);
  }
});
