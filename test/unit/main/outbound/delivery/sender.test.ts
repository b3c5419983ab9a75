import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FederationClient } from '../../../../../main/client/federation-client.ts';
import { noMeter } from '../../../../../main/kernel/meter.ts';
import { createSender } from '../../../../../main/outbound/delivery/sender.ts';
import type { OutboxRow } from '../../../../../main/store/outbox-port.ts';
import type { PeerDirectory } from '../../../../../main/trust/peer-directory.ts';

test('each attempt waits longer for an answer, so that a slow peer gets the event in the end', async () => {
  const waited: (number | undefined)[] = [];
  const client = {
    call: async (_: unknown, call: { timeoutMs?: number }) => {
      waited.push(call.timeoutMs);
      return { kind: 'aborted' };
    },
  } as unknown as FederationClient;
  const peer = {
    server_name: 'slow.test',
    endpoint: 'https://slow.test',
    endpoint_by_owner: 0,
    tls_sha256: null,
  };
  const directory = { get: () => peer, isAllowed: () => true } as unknown as PeerDirectory;
  const { one } = createSender({
    client,
    directory,
    clockOffsets: { around: () => ({ peerMs: null, othersMs: null }) },
    leaves: { beforeSending: async () => null },
    meter: noMeter,
  });
  const signal = new AbortController().signal;
  for (const attempts of [0, 1, 2, 3, 50]) await one('slow.test', { attempts } as OutboxRow, signal);
  assert.deepEqual(waited, [15_000, 30_000, 60_000, 120_000, 120_000]);
});
