import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { guardedLookup, refusedAddress } from '../client/address-guard.ts';
import type { CallPolicy } from '../client/http.ts';
import { hostOf, portOf } from '../client/probe.ts';
import type { Clock } from '../ports.ts';
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

/** The certificate that a server shows: looked at, not trusted. Rejects with why there is none. */
export async function lookAtCertificate(
  url: URL,
  policy: CallPolicy,
  clock: Clock,
): Promise<ShownCertificate> {
  const host = hostOf(url);
  const notCalled = refusedAddress(host, policy);
  if (notCalled) throw notCalled;
  const socket = connectTls({
    host,
    port: portOf(url),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    lookup: guardedLookup(policy),
    rejectUnauthorized: false,
  });
  // Of the whole handshake: one that goes on byte by byte is never idle.
  const cancel = clock.after(handshakeMsMax, () =>
    socket.destroy(new Error(`the TLS handshake does not end within ${handshakeMsMax / 1000} s`)),
  );
  try {
    // What a stranger shows is read out here: an exception within a socket's event would end the process.
    await once(socket, 'secureConnect');
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) throw new Error('it shows no certificate');
    const distrust = socket.authorized ? null : String(socket.authorizationError);
    return { facts: factsOf(certificate.toString()), distrust };
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

const mendClock = 'If this computer’s date is right, tell its owner';

/** What a peer's certificate is worth at `host`, by the pinned key where there is one, else by the system's trust. */
export function judgeCertificate(
  { facts, distrust }: ShownCertificate,
  { host, pinned, now }: { readonly host: string; readonly pinned: string | null; readonly now: number },
): Outcome {
  const kind = facts.selfSigned ? 'self-signed' : `by ${facts.issuer || 'nobody named'}`;
  if (pinned !== null) {
    if (facts.spkiSha256 !== pinned)
      return failed(
        `The certificate (${kind}) has another key than the one pinned for this peer.`,
        'Ask its owner, by phone say, whether the certificate was replaced. If so, look the peer up again at its address, which pins the new one. If not, somebody may sit in between.',
      );
    // Nobody but the holder of that key can show it, whatever else the certificate says.
    const worth = `The certificate is ${kind} and has the pinned key`;
    if (facts.validUntil <= now)
      return ok(
        `${worth}; it ran out on ${day(facts.validUntil)}, which does not matter as long as the key is pinned.`,
        'Tell its owner to renew it with the same key: others refuse it.',
      );
    return withTime(`${worth}, ${validityText(facts, now)}.`, facts, now);
  }
  if (facts.validUntil <= now)
    return failed(
      `The certificate (${kind}) ran out on ${day(facts.validUntil)}.`,
      `${mendClock} to renew it.`,
    );
  if (facts.validFrom > now)
    return failed(
      `The certificate (${kind}) is not valid before ${new Date(facts.validFrom).toISOString().slice(0, 16)} UTC.`,
      'Compare this computer’s clock first. If it is right, that of its owner was wrong when the certificate was made: tell them to make another.',
    );
  if (distrust === null)
    return withTime(
      `The certificate is ${kind} for ${facts.names.join(', ')}, ${validityText(facts, now)}.`,
      facts,
      now,
    );
  if (distrust === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return failed(
      `The certificate (${kind}) is for ${facts.names.join(', ') || 'no name at all'}, not for ${host}.`,
      `Is the address right? If so, tell its owner to have a certificate made for ${host}, or to let its proxy show the right one.`,
    );
  if (facts.selfSigned)
    return failed(
      'The certificate is self-signed, and no key of it is pinned for this peer.',
      'Look the peer up again at its address, which pins the key, or let its owner send you an invite, which brings it along.',
    );
  if (/UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)/.test(distrust))
    return failed(
      `The certificate (${kind}) comes without those that lead from it to an authority this computer trusts.`,
      'Tell its owner to send the whole chain (fullchain.pem in place of cert.pem).',
    );
  return failed(
    `The certificate (${kind}) is not trusted here (${distrust}).`,
    'Tell its owner, or ask for an invite, which brings the key of a self-signed one along.',
  );
}

function withTime(text: string, facts: CertificateFacts, now: number): Outcome {
  if (!runsOutSoon(facts.validFrom, facts.validUntil, now)) return ok(text);
  return ok(
    `${text} That is little: it should have been renewed by now.`,
    'Tell its owner to look why it is not renewed.',
  );
}
