/** The state of a peer, from everything known about it. Pure: every message says what happened and what comes next. */

import type { PeerState } from '../../shared/api/views/peer-views.ts';
import { type Said, said, sentences, span } from '../../shared/words/said.ts';
import { isAboutCertificate } from '../client/say-network-error.ts';
import type { Standing } from '../facts.ts';
import {
  type Contact,
  fetchSilentMs,
  graceMs,
  keepMs,
  silentMs,
  soonForMs,
  soonMs,
} from './contact/contact-policy.ts';
import type { WhyRefused } from './contact/form-probe.ts';
import { expiredText, type NotExtended } from './keys/key-validity.ts';

export interface PeerFacts {
  readonly now: number;
  readonly paused: boolean;
  readonly standing: Standing;
  /** The owner's own note. */
  readonly reason: string | null;
  readonly knownThrough: string | null;
  readonly hasAddress: boolean;
  readonly contact: Contact;
  /** Another server that we trust, at the same address. */
  readonly addressTakenBy: string | null;
  /** How far its clock is ahead of ours, if we refuse what it sends because of that. */
  readonly misdatedMs: number | null;
  /** The reason in its last refusals, if it isn't a Paracord Node; null if they gave none. */
  readonly refused: WhyRefused | null;
  /** The name by which it is addressed. */
  readonly addressedAs: string;
  /** The peer knew our key, and may have known it for 30 days only. */
  readonly keyMayHaveEnded: boolean;
  /** When it last sent a signed request, or answered in a way that shows it knows us. */
  readonly heardAt: number | null;
  /** When it last accepted or answered a call, in this run. */
  readonly reachedAt: number | null;
  /** The state of deliveries to it. */
  readonly link: { readonly isParked: boolean; readonly failures: number; readonly lastError: Said | null };
  /** The step at which its last check failed, unless there is newer information. */
  readonly broken: { readonly step: string; readonly text: Said } | null;
  /** Set if none of its keys is accepted any more. */
  readonly expired: { readonly at: number; readonly why: NotExtended | null } | null;
}

export interface PeerVerdict {
  readonly state: PeerState;
  readonly text: Said;
}

export function peerState(facts: PeerFacts): PeerVerdict {
  return decided(facts) ?? misdated(facts) ?? distrusted(facts) ?? troubled(facts) ?? connected(facts);
}

function decided({ standing, reason, knownThrough }: PeerFacts): PeerVerdict | null {
  const why = reason === null ? said('peer.no_reason') : said('peer.because', { reason });
  switch (standing) {
    case 'blocked':
      return { state: 'blocked', text: said('peer.blocked', { why }) };
    case 'quarantined':
      return { state: 'quarantined', text: said('peer.quarantined', { why }) };
    case 'known':
    case 'unknown':
      return {
        state: 'unknown',
        text:
          knownThrough === null ? said('peer.no_peer') : said('peer.known_through', { server: knownThrough }),
      };
    case 'allowed':
      return null;
  }
}

function misdated({ misdatedMs }: PeerFacts): PeerVerdict | null {
  if (misdatedMs === null) return null;
  const side = misdatedMs > 0 ? 'ahead' : 'behind';
  return { state: 'refused', text: said('peer.we_refuse_clock', { span: span(Math.abs(misdatedMs)), side }) };
}

/** Reports that something answers at its address, but may not be the peer, so it is sent nothing. */
function distrusted({ contact: { error }, addressTakenBy }: PeerFacts): PeerVerdict | null {
  if (error === null || !isAboutCertificate(error)) return null;
  return {
    state: 'refused',
    text: addressTakenBy === null ? sentences(error, certificateFix(null)) : certificateFix(addressTakenBy),
  };
}

/** Says what to do about a certificate that isn't the pinned one. Somebody who started over has another server there. */
export const certificateFix = (takenBy: string | null): Said =>
  takenBy === null ? said('peer.fix_certificate') : said('peer.fix_address_taken', { server: takenBy });

function troubled(facts: PeerFacts): PeerVerdict | null {
  const { link, broken, heardAt, contact, now, expired } = facts;
  if (link.isParked)
    return { state: 'closed', text: refusalText(facts) ?? link.lastError ?? said('peer.refuses') };
  if (link.failures > 0) return { state: 'unreachable', text: link.lastError ?? said('peer.silent') };
  if (broken && broken.step !== 'signed-read')
    return {
      state: 'unreachable',
      text: isNear(heardAt, now) ? sentences(said('peer.one_way'), broken.text) : broken.text,
    };
  if (isFailing(facts)) {
    const reaches = heardAt !== null && heardAt > (contact.failingSince ?? now);
    return {
      state: 'unreachable',
      text: sentences(reaches ? said('peer.one_way') : notAnswered(facts), contact.error, nextAsk(facts)),
    };
  }
  if (heardAt === null)
    return {
      state: 'waiting',
      text: sentences(refusalText(facts) ?? said('peer.not_heard'), nextAsk(facts)),
    };
  if (broken) return { state: 'closed', text: broken.text };
  if (contact.knowsUs === false)
    return {
      state: 'closed',
      text: sentences(refusalText(facts) ?? said('peer.no_longer_accepts'), nextAsk(facts)),
    };
  return expired ? { state: 'waiting', text: expiredText(expired.at, expired.why) } : null;
}

/** Why it doesn't accept us, as far as its refusals tell. */
function refusalText({ contact, refused, addressedAs, keyMayHaveEnded, heardAt }: PeerFacts): Said | null {
  if (contact.knowsUs !== false || refused === null) return null;
  if (keyMayHaveEnded) return said('peer.key_ended_there');
  if (refused === 'addressed_refused') return said('peer.addressed_refused', { name: addressedAs });
  return heardAt === null ? said('peer.not_added') : null;
}

/** Whether it called so lately that it isn't asleep. */
const isNear = (heardAt: number | null, now: number): boolean => heardAt !== null && now - heardAt < graceMs;

/** Calls have failed, and for some time there was no contact by calls. */
function isFailing({ contact, now, reachedAt, heardAt }: PeerFacts): boolean {
  if (contact.failingSince === null) return false;
  const answeredAt = Math.max(contact.answeredAt ?? 0, reachedAt ?? 0);
  if (now - answeredAt < graceMs) return false;
  // If it has been silent for that long too, one failure is enough.
  return now - contact.failingSince >= graceMs || now - (heardAt ?? 0) >= graceMs;
}

function connected(facts: PeerFacts): PeerVerdict {
  const { hasAddress, now } = facts;
  if (now - contactAt(facts) >= (hasAddress ? silentMs : fetchSilentMs)) {
    const last = said('peer.last_contact', { span: span(now - contactAt(facts)) });
    return {
      state: 'silent',
      text: sentences(last, hasAddress ? nextAsk(facts) : said('peer.waits_until_asked')),
    };
  }
  if (!hasAddress) return { state: 'ok', text: said('peer.connected_fetches') };
  return { state: 'ok', text: said('peer.connected') };
}

const contactAt = ({ heardAt, reachedAt, contact }: PeerFacts): number =>
  Math.max(heardAt ?? 0, reachedAt ?? 0, contact.answeredAt ?? 0);

function notAnswered(facts: PeerFacts): Said {
  const { contact, now } = facts;
  const failing = span(now - (contact.failingSince ?? now));
  return contactAt(facts) === 0
    ? said('peer.not_answered', { span: failing })
    : said('peer.not_answered_since', { span: failing, last: span(now - contactAt(facts)) });
}

function nextAsk({ paused, contact, now }: PeerFacts): Said {
  if (paused) return said('peer.paused');
  const since = contact.failingSince ?? contact.since;
  const isSoon = now - since < soonForMs && (contact.knowsUs !== true || contact.failingSince !== null);
  return said('peer.asks_again', { span: span(isSoon ? soonMs : keepMs) });
}
