import { once } from 'node:events';
import { isIP } from 'node:net';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
import { guardedLookup, refusedAddress } from '../client/address-guard.ts';
import type { CallPolicy } from '../client/http.ts';
import { hostOf, portOf } from '../client/probe.ts';
import { sayNetworkError } from '../client/say-network-error.ts';
import type { Clock } from '../kernel/ports.ts';
import { type CertificateFacts, factsOf } from '../tls/pair.ts';
import { runsOutSoon } from '../tls/renewal.ts';
import { day } from '../tls/source.ts';
import { failed, type Outcome, ok } from './test-run.ts';

export interface ShownCertificate {
  readonly facts: CertificateFacts;
  /** Why this computer does not trust it for that host, as OpenSSL and Node name it; `null` where it does. */
  readonly distrust: string | null;
}

const handshakeMsMax = 5_000;
const dayMs = 86_400_000;
const hourMs = 3_600_000;

/**
 * The certificate that a server shows to who calls it `name`: looked at, not trusted. Rejects with a sentence that
 * says why there is none.
 */
export async function lookAtCertificate(
  url: URL,
  policy: CallPolicy,
  clock: Clock,
  name = hostOf(url),
): Promise<ShownCertificate> {
  const host = hostOf(url);
  const notCalled = refusedAddress(host, policy);
  if (notCalled) throw notCalled;
  const socket = connectTls({
    host,
    port: portOf(url),
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
    lookup: guardedLookup(policy),
    rejectUnauthorized: false,
  });
  // Of the whole handshake: one that goes on byte by byte is never idle.
  const cancel = clock.after(handshakeMsMax, () =>
    socket.destroy(new Error(`The TLS handshake does not end within ${handshakeMsMax / 1000} s.`)),
  );
  try {
    // What a stranger shows is read out here: an exception within a socket's event would end the process.
    await once(socket, 'secureConnect');
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) throw new Error('It shows no certificate.');
    const distrust = socket.authorized ? null : String(socket.authorizationError);
    return { facts: factsOf(certificate.toString()), distrust };
  } catch (error) {
    throw new Error(sayNetworkError(error));
  } finally {
    cancel();
    socket.on('error', () => {});
    socket.destroy();
  }
}

/** `valid for 59 more days, until 2026-03-01`. */
export function validityText({ validUntil }: CertificateFacts, now: number): string {
  const left = validUntil - now;
  const span = left < 2 * dayMs ? [left / hourMs, 'hour'] : [left / dayMs, 'day'];
  const count = Math.floor(Number(span[0]));
  return `valid for ${count} more ${span[1]}${count === 1 ? '' : 's'}, until ${day(validUntil)}`;
}

/** What is wrong with one that no key is pinned for. */
type Fault = 'ran-out' | 'early' | 'other-name' | 'self-signed' | 'chain' | 'distrusted';

const theirFixes: Readonly<Record<Fault, (host: string) => string>> = {
  'ran-out': () => 'If this computer’s date is right, tell its owner to renew it.',
  early: () =>
    'Compare this computer’s clock first. If it is right, that of its owner was wrong when the certificate was made: tell them to make another.',
  'other-name': (host) =>
    `Is the address right? If so, tell its owner to have a certificate made for ${host}, or to let its proxy show the right one.`,
  'self-signed': () =>
    'Look the peer up again at its address, which pins the key, or let its owner send you an invite, which brings it along.',
  chain: () => 'Tell its owner to send the whole chain (fullchain.pem in place of cert.pem).',
  distrusted: () => 'Tell its owner, or ask for an invite, which brings the key of a self-signed one along.',
};

const chooseOther = 'or choose another way to come by one in Settings, Network.';
const ownFixes: Readonly<Record<Exclude<Fault, 'self-signed'>, (host: string) => string>> = {
  'ran-out': () => `If this computer’s date is right, renew it, ${chooseOther}`,
  early: () => `Compare this computer’s clock first. If it is right, have another one made, ${chooseOther}`,
  'other-name': (host) => `Have one made for ${host}, or set the public address to a name that it is for.`,
  chain: () => 'Show the whole chain (fullchain.pem in place of cert.pem).',
  distrusted: () =>
    `Peers that do not know its authority refuse it: have one made by another, ${chooseOther}`,
};

/** What a peer's certificate is worth at `host`, by the pinned key where there is one, else by the system's trust. */
export function judgeCertificate(
  shown: ShownCertificate,
  { host, pinned, now }: { readonly host: string; readonly pinned: string | null; readonly now: number },
): Outcome {
  const { facts } = shown;
  if (pinned === null) {
    const found = faultOf(shown, host, now);
    return found
      ? failed(found.text, theirFixes[found.fault](host))
      : withTime(goodText(facts, now), facts, now);
  }
  if (facts.spkiSha256 !== pinned)
    return failed(
      `The certificate (${kindOf(facts)}) has another key than the one pinned for this peer.`,
      'Ask its owner, by phone say, whether the certificate was replaced. If so, look the peer up again at its address, which pins the new one. If not, somebody may sit in between.',
    );
  // Nobody but the holder of that key can show it, whatever else the certificate says.
  const worth = `The certificate is ${kindOf(facts)} and has the pinned key`;
  if (facts.validUntil <= now)
    return ok(
      `${worth}; it ran out on ${day(facts.validUntil)}, which does not matter as long as the key is pinned.`,
      'Tell its owner to renew it with the same key: others refuse it.',
    );
  return withTime(`${worth}, ${validityText(facts, now)}.`, facts, now);
}

/** What our own is worth to peers that call us at `host`; `null` while there is no public address. */
export function judgeOwnCertificate(shown: ShownCertificate, host: string | null, now: number): Outcome {
  const { facts } = shown;
  const good = facts.selfSigned
    ? `The certificate is self-signed; peers pin its key, ${validityText(facts, now)}.`
    : goodText(facts, now);
  const found = faultOf(shown, host, now);
  // Neither who signed it nor what names it carries matters to who pins its key.
  if (found === null || found.fault === 'self-signed' || (facts.selfSigned && found.fault === 'other-name'))
    return withTime(good, facts, now, 'Look in Settings, Network, why it is not renewed.');
  return failed(found.text, ownFixes[found.fault](host ?? ''));
}

const kindOf = ({ selfSigned, issuer }: CertificateFacts): string =>
  selfSigned ? 'self-signed' : `by ${issuer || 'nobody named'}`;

const goodText = (facts: CertificateFacts, now: number): string =>
  `The certificate is ${kindOf(facts)} for ${facts.names.join(', ')}, ${validityText(facts, now)}.`;

/** Without a host, nothing is said of the names. */
function faultOf(
  { facts, distrust }: ShownCertificate,
  host: string | null,
  now: number,
): { readonly fault: Fault; readonly text: string } | null {
  const kind = kindOf(facts);
  if (facts.validUntil <= now)
    return { fault: 'ran-out', text: `The certificate (${kind}) ran out on ${day(facts.validUntil)}.` };
  if (facts.validFrom > now) {
    const from = new Date(facts.validFrom).toISOString().slice(0, 16);
    return { fault: 'early', text: `The certificate (${kind}) is not valid before ${from} UTC.` };
  }
  if (distrust === null) return null;
  if (distrust === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = facts.names.join(', ') || 'no name at all';
    return host === null
      ? null
      : { fault: 'other-name', text: `The certificate (${kind}) is for ${names}, not for ${host}.` };
  }
  if (facts.selfSigned)
    return {
      fault: 'self-signed',
      text: 'The certificate is self-signed, and no key of it is pinned for this peer.',
    };
  if (/UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)/.test(distrust))
    return {
      fault: 'chain',
      text: `The certificate (${kind}) comes without those that lead from it to an authority this computer trusts.`,
    };
  return { fault: 'distrusted', text: `The certificate (${kind}) is not trusted here (${distrust}).` };
}

function withTime(
  text: string,
  facts: CertificateFacts,
  now: number,
  fix = 'Tell its owner to look why it is not renewed.',
): Outcome {
  if (!runsOutSoon(facts.validFrom, facts.validUntil, now)) return ok(text);
  return ok(`${text} That is little: it should have been renewed by now.`, fix);
}
