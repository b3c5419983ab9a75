import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseToLead } from '../../../../../main/http/between/leader-side.ts';
import type { StandbySide } from '../../../../../main/http/between/standby-side.ts';
import type { ProtocolError } from '../../../../../shared/protocol/errors.ts';
import { refusal } from '../../../../../shared/words/refusal.ts';
import { said } from '../../../../../shared/words/said.ts';
import { anotherLeader, betweenPair as pair } from '../../../../support/standby/between-pair.ts';

const refusalAt = async (standby: StandbySide, procedure: 'work' | 'postMessage'): Promise<ProtocolError> =>
  await standby.call({ procedure, input: {}, language: 'en' }).then(
    () => assert.fail('it was answered'),
    (error: ProtocolError) => error,
  );

test('a call of a standby is refused with whether the leader may have done it', async (t) => {
  let asked = 0;
  let refusedAt = 1;
  const mayAnswer = () => {
    if (++asked === refusedAt) throw refusal('SERVICE_UNAVAILABLE', said('standby.lease'));
  };
  const { standby, become, calls } = await pair(t, { mayAnswer });
  assert.deepEqual((await refusalAt(standby, 'postMessage')).details, { reason: 'no_leader' });
  assert.deepEqual(calls, []);
  [asked, refusedAt] = [0, 2];
  assert.deepEqual((await refusalAt(standby, 'postMessage')).details, { reason: 'leader_unsure' });
  assert.equal(calls.length, 1);
  become(null);
  assert.deepEqual((await refusalAt(standby, 'postMessage')).details, { reason: 'no_leader' });
});

test('a standby says that its leader doesn’t answer, why, and what that means for the call', async (t) => {
  const { standby, become, leading } = await pair(t);
  become(await anotherLeader(t, (request) => request.socket.destroy()));
  const unknown = await refusalAt(standby, 'postMessage');
  assert.match(unknown.message, /node on one leads.* connection broke.* unknown: look before you try again/);
  assert.deepEqual(unknown.details, { reason: 'leader_unsure' });
  const unread = await refusalAt(standby, 'work');
  assert.match(unread.message, /node on one leads.* connection broke.* Nothing was changed/);
  become({});
  await leading.close(0);
  const unsent = await refusalAt(standby, 'postMessage');
  assert.match(unsent.message, /node on one leads.* connection was refused.* Nothing was changed/);
  assert.deepEqual(unsent.details, { reason: 'no_leader' });
});

test('a peer doesn’t get the reason that a call of the owner gets', async (t) => {
  const { become, url } = await pair(t);
  become(await anotherLeader(t, (_, response) => refuseToLead(response)));
  const answer = await fetch(`${url}/_paracord/federation/v1/event`, { method: 'POST', body: '{}' });
  assert.equal(((await answer.json()) as { details: unknown }).details, null);
});
