import type { TestContext } from 'node:test';
import type { HttpResult } from '../../../main/client/http.ts';
import { Acceptances } from '../../../main/pairing/acceptances.ts';
import { PeerAdmin } from '../../../main/trust/peer-admin.ts';
import { PeerDirectory } from '../../../main/trust/peer-directory.ts';
import {
  type InviteOffer,
  writeInviteLink,
  writeInviteOffer,
} from '../../../shared/protocol/invites/invite-link.ts';
import { inEnglish } from '../words.ts';
import { pairingGround, type Stranger, says } from './ground.ts';

export const minutes = 60_000;

/** The invited side on that ground, and the facts that it announces. */
export async function invited(t: TestContext) {
  const ground = await pairingGround(t);
  const { clock, store, directory } = ground;
  const notices: string[] = [];
  const connected: string[] = [];
  const acceptances = new Acceptances({
    ...ground,
    contacts: { heardFrom: (server) => connected.push(server) },
    tell: (fact) => {
      if (fact.fact === 'notice') notices.push(inEnglish(fact.said));
    },
  });
  acceptances.start();
  t.after(() => acceptances.stop());
  const admin = new PeerAdmin({
    ...ground,
    tell: (fact) => {
      if (fact.fact === 'owner-decided') acceptances.decided(fact.server);
    },
  });
  const id = '0a'.repeat(8);
  /** Returns its signed words about an invite. */
  const offerOf = (who: Stranger, change: Partial<InviteOffer> = {}): string => {
    const offer: InviteOffer = {
      id,
      status: 'pending',
      server_name: who.name,
      domain: who.name,
      endpoint: who.endpoint,
      key_id: who.keyId,
      public_key: who.signer.publicKey,
      expires_at: clock.now() + 60 * minutes,
      ...change,
    };
    return writeInviteOffer(offer, (said) => who.signer.sign(said));
  };
  /** A link, and an inviter that answers with its offer. */
  const linkOf = (who: Stranger, change: Partial<InviteOffer> = {}, base = `https://${who.name}`): string => {
    const token = (change.id ?? id).repeat(2);
    const text = offerOf(who, change);
    const before = who.offer;
    who.offer = (asked) => (asked === (change.id ?? id) ? says(200, JSON.parse(text)) : before(asked));
    const { publicKey: public_key } = who.signer;
    return writeInviteLink({ base, id: change.id ?? id, token, public_key }).web;
  };
  /** A link with a room. */
  const roomLinkOf = (who: Stranger): string =>
    linkOf(who, { room: { room_id: `!1:${who.name}`, name: 'Kitchen' } });
  const modeOf = (name: string) => directory.get(name)?.mode;
  /** The rows that a restart would find. */
  const onDisk = (name: string) => ({
    mode: new PeerDirectory(store, ground.keyring, clock, ground.tell).get(name)?.mode,
    waits: store.acceptances.all().length,
  });
  return { ...ground, acceptances, admin, notices, connected, linkOf, offerOf, roomLinkOf, modeOf, onDisk };
}

/** An answer that comes when the test decides. */
export function held() {
  let release: (answer: HttpResult) => void = () => {};
  const answer = new Promise<HttpResult>((resolve) => {
    release = resolve;
  });
  return { answer, release };
}

export const busy = () => says(503, {});
export const takes = (who: Stranger) => () =>
  says(200, { accepted: true, server_name: who.name, key_id: who.keyId });
