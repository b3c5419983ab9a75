import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { cast, MemberNode, type Role } from '../../../support/sim/member.ts';
import { Teller } from '../../../support/sim/told.ts';
import { quickFolder } from '../../../support/sim/world.ts';

async function inRoom(t: TestContext): Promise<{ node: MemberNode; teller: Teller }> {
  const node = await MemberNode.open(quickFolder(t));
  t.after(() => node.close());
  const teller = new Teller();
  for (const role of ['self', 'peer', 'third'] as const)
    assert.equal(await node.take(teller.join(`@u0:${cast[role]}`), cast.home), 'inserted');
  return { node, teller };
}

// The event was verified while its server was still allowed: only the check inside the transaction can refuse it.
for (const [title, origin, hop] of [
  ['its origin', 'peer', 'peer'],
  ['the server that handed it over', 'peer', 'home'],
  ['the origin of an event that a home relays', 'third', 'home'],
] as const)
  test(`an event is refused if the owner blocked ${title} while it was being verified`, async (t) => {
    const { node, teller } = await inRoom(t);
    const blocked: Role = title.startsWith('the server') ? hop : origin;
    const event = await node.verified(
      teller.event(origin, 'm.message', { ...message, message_id: '9' }),
      cast[hop],
    );
    await node.block(blocked);
    assert.equal(await node.store(event), 'refused');
    assert.deepEqual(node.picture().timeline, []);
  });

test('the same event is stored if nobody was blocked', async (t) => {
  const { node, teller } = await inRoom(t);
  const event = await node.verified(
    teller.event('peer', 'm.message', { ...message, message_id: '9' }),
    cast.peer,
  );
  assert.equal(await node.store(event), 'inserted');
  assert.equal(node.picture().timeline.length, 1);
});

const message = { body: 'x', channel_id: '1', guild_id: '1' };
