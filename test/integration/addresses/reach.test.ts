import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLocalNode } from '../../support/nodes/local-node.ts';

test('a node on loopback doesn’t ask the router, even if it should, and says why', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  assert.equal((await node.api.settings({})).port_mapping, false);
  for (const port_mapping of [true, false]) {
    assert.equal((await node.api.changeSettings({ port_mapping })).port_mapping, port_mapping);
    const { reach } = await node.api.status({});
    assert.equal(reach.mapping.state, 'off');
    assert.deepEqual(reach.mapping.tried, []);
    assert.equal(reach.verdict.kind, 'loopback');
    assert.equal(reach.offers, null);
  }
});
