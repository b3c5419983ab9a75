/** How a peer is, from what is known of it. Pure: every sentence says what happened and what comes next. */
import type { PeerState } from '../../shared/api/views.ts';
import type { Standing } from '../facts.ts';
import { type Contact, graceMs, keepMs, silentMs, soonForMs, soonMs } from './contact-policy.ts';
import type { NotExtended } from './keys/key-validity.ts';
import { expiredText } from './keys/key-words.ts';

export interface PeerFacts {
  readonly now: number;
  readonly paused: boolean;
  readonly standing: Standing;
  /** The owner's own note. */
  readonly reason: string | null;
  readonly knownThrough: string | null;
  readonly hasAddress: boolean;
  readonly contact: Contact;
  /** When it last sent a signed request, or answered as one that knows us. */
  readonly heardAt: number | null;
  /** When it last took or answered a call, in this run. */
  readonly reachedAt: number | null;
  /** How deliveries to it fare. */
  readonly link: { readonly isParked: boolean; readonly failures: number; readonly lastError: string | null };
  /** The step at which its last check failed, unless something newer is known. */
  readonly broken: { readonly step: string; readonly text: string } | null;
  /** Set if none of its keys is accepted any more. */
  readonly expired: { readonly at: number; readonly why: NotExtended | null } | null;
}

export interface PeerVerdict {
  readonly state: PeerState;
  readonly text: string;
}

export function peerState(facts: PeerFacts): PeerVerdict {
  return decided(facts) ?? troubled(facts) ?? connected(facts);
}

function decided({ standing, reason, knownThrough }: PeerFacts): PeerVerdict | null {
  const why = reason === null ? '' : ` (${reason})`;
  switch (standing) {
    case 'blocked':
      return {
        state: 'blocked',
        text: `Blocked by you${why}: this server sends it nothing and accepts nothing from it.`,
      };
    case 'quarantined':
      return {
        state: 'quarantined',
        text: `Quarantined by you${why}: what it sends is held for your decision.`,
      };
    case 'known':
    case 'unknown':
      return {
        state: 'unknown',
        text:
          knownThrough === null
            ? 'Not a peer. You have not allowed it.'
            : `Not a peer; known through ${knownThrough}.`,
      };
    case 'allowed':
      return null;
  }
}

function troubled(facts: PeerFacts): PeerVerdict | null {
  const { link, broken, heardAt, contact, now, expired } = facts;
  if (link.isParked) return { state: 'closed', text: link.lastError ?? 'It refuses what this server sends.' };
  if (link.failures > 0) return { state: 'unreachable', text: link.lastError ?? 'It does not answer.' };
  if (broken && broken.step !== 'signed-read')
    return {
      state: 'unreachable',
      text:
        heardAt === null
          ? broken.text
          : `It reaches this server, but this server cannot reach it. ${broken.text}`,
    };
  if (isFailing(facts)) {
    const reaches = heardAt !== null && heardAt > (contact.failingSince ?? now);
    const since = reaches
      ? 'It reaches this server, but this server cannot reach it.'
      : `It has not answered for ${spanOf(now - (contact.failingSince ?? now))}${lastContact(facts)}.`;
    return {
      state: 'unreachable',
      text: `${since} ${contact.error ?? ''} ${nextAsk(facts)}`.replace(/ +/g, ' '),
    };
  }
  if (heardAt === null)
    return {
      state: 'waiting',
      text: `You added it, but this server has not heard from it yet. Its owner must add this server too. ${nextAsk(facts)}`,
    };
  if (broken) return { state: 'closed', text: broken.text };
  if (contact.knowsUs === false)
    return {
      state: 'closed',
      text: `It no longer accepts this server: its owner must allow it there. ${nextAsk(facts)}`,
    };
  return expired ? { state: 'waiting', text: expiredText(expired.at, expired.why) } : null;
}

/** Calls have failed, and there was no contact by a call for longer than a bad moment. */
function isFailing({ contact, now, reachedAt, heardAt }: PeerFacts): boolean {
  if (contact.failingSince === null) return false;
  const answeredAt = Math.max(contact.answeredAt ?? 0, reachedAt ?? 0);
  if (now - answeredAt < graceMs) return false;
  // One that has not been heard either in that time needs no second failure.
  return now - contact.failingSince >= graceMs || now - (heardAt ?? 0) >= graceMs;
}

function connected(facts: PeerFacts): PeerVerdict {
  const { hasAddress, now } = facts;
  if (now - contactAt(facts) >= silentMs) {
    const last = `Last contact ${spanOf(now - contactAt(facts))} ago.`;
    return {
      state: 'silent',
      text: hasAddress
        ? `${last} ${nextAsk(facts)}`
        : `${last} It has no address to call. What waits for it is kept until it asks.`,
    };
  }
  if (!hasAddress)
    return { state: 'ok', text: 'Connected. It has no address to call, so it fetches what is for it.' };
  return { state: 'ok', text: 'Connected.' };
}

const contactAt = ({ heardAt, reachedAt, contact }: PeerFacts): number =>
  Math.max(heardAt ?? 0, reachedAt ?? 0, contact.answeredAt ?? 0);

const lastContact = (facts: PeerFacts): string =>
  contactAt(facts) === 0 ? '' : `; last contact ${spanOf(facts.now - contactAt(facts))} ago`;

function nextAsk({ paused, contact, now }: PeerFacts): string {
  if (paused) return 'Federation is paused, so this server does not ask it.';
  const since = contact.failingSince ?? contact.since;
  const isSoon = now - since < soonForMs && (contact.knowsUs !== true || contact.failingSince !== null);
  return isSoon
    ? `This server asks again every ${soonMs / 1000} seconds.`
    : `This server asks again every ${keepMs / 60_000} minutes.`;
}

/** `7 minutes`, `2 hours`, `3 days`. */
export function spanOf(ms: number): string {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
  ] as const;
  const [size, name] = units.find(([size]) => ms >= size) ?? [1000, 'second'];
  const count = Math.max(0, Math.floor(ms / size));
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
