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
