import { once } from 'node:events';
import { isIP } from 'node:net';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
import { SaidError } from '../../shared/words/refusal.ts';
import { listed, type Said, said } from '../../shared/words/said.ts';
import { guardedLookup, refusedAddress } from '../client/address-guard.ts';
import type { CallPolicy } from '../client/http.ts';
import { hostOf } from '../client/probe.ts';
import { sayNetworkError } from '../client/say-network-error.ts';
import { portOf } from '../kernel/ip.ts';
import type { Clock } from '../kernel/ports.ts';
import { type CertificateFacts, factsOf } from '../tls/pair.ts';
import { runsOutSoon } from '../tls/renewal.ts';
import { failed, type Outcome, ok } from './test-run.ts';
import '../kernel/connecting.ts';

export interface ShownCertificate {
  readonly facts: CertificateFacts;
  /** Why this computer doesn't trust it for that host, in the codes of OpenSSL and Node; `null` if it does. */
  readonly distrust: string | null;
}

const handshakeMsMax = 5_000;
const dayMs = 86_400_000;
const hourMs = 3_600_000;

/**
 * The certificate that a server shows when called as `name`. It is read, not trusted. Rejects with a `SaidError` that
 * says why it is missing.
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
  // Limits the whole handshake, because one that sends byte by byte is never idle.
  const cancel = clock.after(handshakeMsMax, () =>
    socket.destroy(new SaidError(said('network.tls_timeout', { seconds: handshakeMsMax / 1000 }))),
  );
  try {
    // Parses untrusted data: an exception in a socket event would end the process.
    await once(socket, 'secureConnect');
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) throw new SaidError(said('network.no_certificate'));
    const distrust = socket.authorized ? null : String(socket.authorizationError);
    return { facts: factsOf(certificate.toString()), distrust };
  } catch (error) {
    throw new SaidError(sayNetworkError(error));
  } finally {
    cancel();
    socket.on('error', () => {});
    socket.destroy();
  }
}

/** Says how long a certificate remains valid. */
function validity({ validUntil: until }: CertificateFacts, now: number): Said {
  const left = until - now;
  return left < 2 * dayMs
    ? said('certificate.valid_hours', { n: Math.floor(left / hourMs), until })
    : said('certificate.valid_days', { n: Math.floor(left / dayMs), until });
}

/** The fault of a certificate whose key isn't pinned. */
type Fault = 'expired' | 'early' | 'other-name' | 'self-signed' | 'chain' | 'distrusted';

const theirFixes: Readonly<Record<Fault, (host: string) => Said>> = {
  expired: () => said('certificate.fix_expired'),
  early: () => said('certificate.fix_early'),
  'other-name': (host) => said('certificate.fix_other_name', { host }),
  'self-signed': () => said('certificate.fix_self_signed'),
  chain: () => said('certificate.fix_chain'),
  distrusted: () => said('certificate.fix_distrusted'),
};

const ownFixes: Readonly<Record<Exclude<Fault, 'self-signed'>, (host: string) => Said>> = {
  expired: () => said('certificate.fix_own_expired'),
  early: () => said('certificate.fix_own_early'),
  'other-name': (host) => said('certificate.fix_own_other_name', { host }),
  chain: () => said('certificate.fix_own_chain'),
  distrusted: () => said('certificate.fix_own_distrusted'),
};

/**
 * The verdict on a peer's certificate at `host`: by the pinned key if there is one, otherwise by the system's trust.
 */
export function judgeCertificate(
  shown: ShownCertificate,
  { host, pinned, now }: { readonly host: string; readonly pinned: string | null; readonly now: number },
): Outcome {
  const { facts } = shown;
  const kind = kindOf(facts);
  if (pinned === null) {
    const found = faultOf(shown, host, now);
    return found
      ? failed(found.text, theirFixes[found.fault](host))
      : withTime(goodText(facts, now), facts, now);
  }
  if (facts.spkiSha256 !== pinned)
    return failed(said('certificate.other_key', { kind }), said('certificate.fix_other_key'));
  // A pinned certificate can only be used by the holder of its key, whatever else it says.
  if (facts.validUntil <= now)
    return ok(
      said('certificate.pinned_expired', { kind, until: facts.validUntil }),
      said('certificate.fix_renew_pinned'),
    );
  return withTime(said('certificate.pinned', { kind, validity: validity(facts, now) }), facts, now);
}

/** How our own certificate looks to peers that call us at `host`; `null` without a public address. */
export function judgeOwnCertificate(shown: ShownCertificate, host: string | null, now: number): Outcome {
  const { facts } = shown;
  const good = facts.selfSigned
    ? said('certificate.own_self_signed', { validity: validity(facts, now) })
    : goodText(facts, now);
  const found = faultOf(shown, host, now);
  // Issuer and names don't matter if its key is pinned.
  if (found === null || found.fault === 'self-signed' || (facts.selfSigned && found.fault === 'other-name'))
    return withTime(good, facts, now, said('certificate.fix_own_why'));
  return failed(found.text, ownFixes[found.fault](host ?? ''));
}

function kindOf({ selfSigned, issuer }: CertificateFacts): Said {
  if (selfSigned) return said('certificate.kind_self_signed');
  return issuer ? said('certificate.kind_issued', { issuer }) : said('certificate.kind_unnamed');
}

const goodText = (facts: CertificateFacts, now: number): Said =>
  said('certificate.good', {
    kind: kindOf(facts),
    names: namesOf(facts),
    validity: validity(facts, now),
  });

const namesOf = ({ names }: CertificateFacts) =>
  names.length === 0 ? said('certificate.no_names') : listed(names);

/** Finds the fault. The names are checked if a host is given. */
function faultOf(
  { facts, distrust }: ShownCertificate,
  host: string | null,
  now: number,
): { readonly fault: Fault; readonly text: Said } | null {
  const kind = kindOf(facts);
  if (facts.validUntil <= now)
    return { fault: 'expired', text: said('certificate.expired', { kind, until: facts.validUntil }) };
  if (facts.validFrom > now)
    return { fault: 'early', text: said('certificate.early', { kind, from: facts.validFrom }) };
  if (distrust === null) return null;
  if (distrust === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return host === null
      ? null
      : {
          fault: 'other-name',
          text: said('certificate.other_name', { kind, names: namesOf(facts), host }),
        };
  if (facts.selfSigned) return { fault: 'self-signed', text: said('certificate.self_signed') };
  if (/UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)/.test(distrust))
    return { fault: 'chain', text: said('certificate.chain', { kind }) };
  return { fault: 'distrusted', text: said('certificate.distrusted', { kind, reason: distrust }) };
}

function withTime(
  text: Said,
  facts: CertificateFacts,
  now: number,
  fix: Said = said('certificate.fix_ask_why'),
): Outcome {
  if (!runsOutSoon(facts.validFrom, facts.validUntil, now)) return ok(text);
  return ok(said('certificate.soon', { text }), fix);
}
