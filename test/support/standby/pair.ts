import { cpSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { Http } from '../../../main/client/http.ts';
import { directVerifier, type Verifier } from '../../../main/crypto/verifier.ts';
import { listen } from '../../../main/http/listen.ts';
import { alwaysLeads, type Leader } from '../../../main/kernel/lead.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { makeKey, makeSelfSigned } from '../../../main/tls/x509.ts';
import { atEnd } from '../at-end.ts';
import { type LocalNode, startLocalNode } from '../nodes/local-node.ts';
import { RawPeer } from '../parties/raw-peer.ts';
import { tempDir } from '../temp.ts';

/** Counts the signatures that it verifies. */
export class CountingVerifier implements Verifier {
  verified = 0;

  verify(text: string, signature: string, publicKey: string): Promise<boolean> {
    this.verified++;
    return directVerifier.verify(text, signature, publicKey);
  }

  async stop(): Promise<void> {}
}

/**
 * A leader and its standby in this process, with real sockets between them, and a peer with a room at them. There is no
 * PostgreSQL: the standby's copy stays as it was when it started, as if it were behind from then on.
 */
export interface Pair {
  readonly leader: LocalNode;
  readonly standby: LocalNode;
  /** What each of them verified. */
  readonly byLeader: CountingVerifier;
  readonly byStandby: CountingVerifier;
  readonly raw: RawPeer;
  readonly room: string;
}

export async function startPair(t: TestContext, http: { leader?: Http; standby?: Http } = {}): Promise<Pair> {
  const { clock } = systemPorts;
  const [name, token] = ['a.test', 7];
  const byLeader = new CountingVerifier();
  const byStandby = new CountingVerifier();
  const dataDir = tempDir(t);
  const first = await startLocalNode(t, { name, dataDir, onFile: true });
  const raw = await new RawPeer('raw.test').listen(t);
  await first.api.addPeer({ endpoint: raw.url });
  const limits = { requests_per_minute: 1_000_000, burst: 1_000_000 };
  await first.api.changePeer({ server_name: raw.name, limits });
  const { room_id: room } = await first.api.createRoom({ name: 'Hall', join_rule: 'peers' });
  const body = JSON.stringify({ origin_server: raw.name, room_id: room, user_id: `@user:${raw.name}` });
  await raw.call(first.url, 'POST', '/join', body);
  await first.stop();
  const copy = tempDir(t);
  cpSync(dataDir, copy, { recursive: true });

  const onFile = { name, onFile: true, setUp: false };
  const leader = await startLocalNode(t, {
    ...{ ...onFile, dataDir },
    parts: { verifier: byLeader, ...(http.leader && { http: http.leader }) },
  });
  const key = await makeKey();
  const cert = await makeSelfSigned(key, clock.now(), 86_400_000);
  const between = await listen(leader.node.answerStandbys(token)!, {
    ...{ host: '127.0.0.1', port: 0, tls: { cert, key }, clock },
  });
  atEnd(t, () => between.close(0));
  const seen: Leader = { name: 'leader', url: between.url, cert, token };
  const standsBy = { leader: () => seen, upToDateAt: () => clock.now() };
  const standby = await startLocalNode(t, {
    ...{ ...onFile, dataDir: copy },
    parts: {
      ...{ verifier: byStandby, place: { lead: alwaysLeads, mayRead() {}, standsBy } },
      ...(http.standby && { http: http.standby }),
    },
  });
  return { leader, standby, byLeader, byStandby, raw, room };
}
