import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noPostgres } from '../../support/daemons/postgres.ts';
import type { LocalNode } from '../../support/nodes/local-node.ts';
import { logIn, startSharedPair } from '../../support/standby/shared-pair.ts';
import { until } from '../../support/until.ts';

const statusAt = async ({ control }: LocalNode, headers: Record<string, string>): Promise<number> =>
  (await fetch(`${control}/api/v1/status`, { headers })).status;

/** Cookies are named after the port, so that two nodes on one computer keep apart. */
const shownTo = ({ control }: LocalNode, headers: Record<string, string>) => ({
  ...{ ...headers, origin: control },
  cookie: (headers.cookie ?? '').replace(/_\d+=/, `_${new URL(control).port}=`),
});

test('a standby takes over although browsers are logged in, and they stay in', {
  skip: noPostgres,
}, async (t) => {
  const { leader, standby, takeOver } = await startSharedPair(t);
  const before = shownTo(standby, await logIn(leader));
  const here = await logIn(standby);
  await until([standby], 'the login of the leader', async () => (await statusAt(standby, before)) === 200);
  await takeOver();
  assert.equal(await statusAt(standby, before), 200);
  assert.equal(await statusAt(standby, here), 200);
});

/** The changes at a node, as a reader gets them. Resolves when the node ends them. */
async function streamAt(
  { control }: LocalNode,
  headers: Record<string, string>,
): Promise<{ end: Promise<void> }> {
  const { status, body } = await fetch(`${control}/api/v1/stream`, { headers });
  assert.equal(status, 200);
  const read = async (): Promise<void> => {
    for await (const _ of body ?? []);
  };
  return { end: read().catch(() => {}) };
}

test('what the leader revokes or logs out receives nothing more at its standby', {
  skip: noPostgres,
}, async (t) => {
  const { leader, standby } = await startSharedPair(t);
  const [user] = (await leader.api.users({})).items;
  const { id, token } = await leader.api.addToken({ name: 'a bot', user_id: user?.user_id ?? '' });
  const bot = { authorization: `Bearer ${token}` };
  const there = await logIn(leader);
  const browser = shownTo(standby, there);
  for (const headers of [bot, browser])
    await until([standby], 'the copy to follow', async () => (await statusAt(standby, headers)) === 200);
  const streams = [await streamAt(standby, bot), await streamAt(standby, browser)];
  await standby.api.revokeToken({ id });
  await fetch(`${leader.control}/logout`, { method: 'POST', headers: there });
  await Promise.all(streams.map(({ end }) => end));
  for (const headers of [bot, browser]) assert.equal(await statusAt(standby, headers), 401);
});
