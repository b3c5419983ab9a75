import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorDetails, reasonIn, scopeIn } from '../../../../shared/protocol/reasons.ts';
import { refusal } from '../../../../shared/words/refusal.ts';
import { quoted } from '../../../../shared/words/said.ts';

test('a reason or scope that is not in the list fails the type check', () => {
  const no = (details: ErrorDetails) => refusal('FORBIDDEN', quoted('No.'), { details });
  no({ reason: 'room_closed', scope: 'event', held: true, more: 1 });
  // @ts-expect-error misspelled
  no({ reason: 'room_close' });
  // @ts-expect-error misspelled
  no({ scope: 'events' });
  // @ts-expect-error compared with a reason that does not exist
  assert.ok(no({ reason: 'replay' }).details?.reason !== 'reply');
  // @ts-expect-error the same for what another server answered
  assert.ok(reasonIn({ reason: 'replay' }) !== 'reply');
});

test('in the answer of another server, known reasons and scopes are read and everything else is ignored', () => {
  assert.equal(reasonIn({ reason: 'replay' }), 'replay');
  assert.equal(scopeIn({ scope: 'event' }), 'event');
  for (const details of [
    undefined,
    null,
    'replay',
    5,
    [],
    {},
    { reason: 'toString', scope: 'rooms' },
    { reason: 5 },
  ]) {
    assert.equal(reasonIn(details), null);
    assert.equal(scopeIn(details), null);
  }
});
