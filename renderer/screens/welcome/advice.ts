/** Judges a new server's name while it is typed, because it can't be changed later. */
import { normalizeServerName } from '../../../shared/protocol/identifiers.ts';
import { skeleton } from '../../../shared/unicode/look-alikes.ts';

/** Why a valid name can't be used here. */
export type NameRefusal = 'never' | 'theirs';
/** What to think about before a name becomes final. The name can be used anyway. */
export type NameQuestion =
  | 'like'
  | 'encoded'
  | 'loopback'
  | 'reserved'
  | 'mdns'
  | 'local'
  | 'single'
  | 'privateIpv4'
  | 'ipv4';

export interface NameJudgment {
  /** As servers write it; `null` while what is typed isn't a server name. */
  readonly name: string | null;
  readonly refused: NameRefusal | null;
  readonly question: NameQuestion | null;
  /** A name to use instead. */
  readonly instead: string | null;
}

const privateIpv4 =
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;
const isIpv4 = (name: string): boolean => /^\d+(?:\.\d+){3}$/.test(name);

/** Reserved for documentation and tests (RFC 6761): nobody owns it, so anyone may use the same. */
const reserved = /(?:^|\.)(?:test|example|example\.(?:com|net|org))$/;
const localNetwork = /\.(?:lan|home|internal|home\.arpa|intranet|corp|private)$/;

/**
 * `inviter`: the server whose invite is open, if any. `unique`: some characters that nobody else is likely to use, for a
 * name that needs no domain.
 */
export function judgeName(typed: string, inviter: string | null, unique: string): NameJudgment {
  let name: string;
  try {
    name = normalizeServerName(typed);
  } catch {
    return { name: null, refused: null, question: null, instead: encoded(typed) };
  }
  const judged = (more: Partial<NameJudgment>): NameJudgment => ({
    ...{ name, refused: null, question: null, instead: null },
    ...more,
  });
  if (name === inviter) return judged({ refused: 'theirs' });
  if (/(?:^|\.)invalid$/.test(name)) return judged({ refused: 'never' });
  if (inviter !== null && skeleton(name) === skeleton(inviter)) return judged({ question: 'like' });
  if (/(?:^|\.)xn--/.test(name)) return judged({ question: 'encoded' });
  if (/^(?:127|0)\.\d+\.\d+\.\d+$/.test(name) || /(?:^|\.)localhost$/.test(name))
    return judged({ question: 'loopback' });
  if (isIpv4(name)) return judged({ question: privateIpv4.test(name) ? 'privateIpv4' : 'ipv4' });
  if (reserved.test(name)) return judged({ question: 'reserved' });
  if (!name.includes('.')) return judged({ question: 'single', instead: `${name}-${unique}.internal` });
  if (/\.local$/.test(name)) return judged({ question: 'mdns', instead: ownName(name, unique) });
  if (localNetwork.test(name) && name !== ownName(name, unique))
    return judged({ question: 'local', instead: ownName(name, unique) });
  return judged({});
}

const firstLabel = (name: string): string => name.split('.', 1)[0] ?? name;
const ownName = (name: string, unique: string): string => {
  const label = firstLabel(name);
  return `${label.endsWith(`-${unique}`) ? label : `${label}-${unique}`}.internal`;
};

/** A name with letters other than a to z, as servers write it. */
function encoded(typed: string): string | null {
  if (!/[^\u0000-\u007f]/.test(typed)) return null;
  const host = URL.parse(`https://${typed.trim()}`)?.hostname ?? '';
  try {
    return normalizeServerName(host);
  } catch {
    return null;
  }
}

/** Names of machines and services, which don't suggest a user name. */
const general = /^(?:chat|www|server|node|paracord|home|mail|talk|localhost|matrix|federation)$/;

/** A user name for the owner, guessed from the server's name; empty if there is nothing to guess from. */
export function likelyOwner(name: string | null, unique: string): string {
  if (name === null || isIpv4(name)) return '';
  const label = firstLabel(name).replace(new RegExp(`-${unique}$`), '');
  return general.test(label) || label.startsWith('xn--') ? '' : label;
}

/** Four letters or digits that can't be mistaken for each other. */
export function uniquePart(random: Uint8Array): string {
  const letters = 'abcdefghkmnpqrstuvwxyz23456789';
  return Array.from(random.subarray(0, 4), (byte) => letters[byte % letters.length]).join('');
}
