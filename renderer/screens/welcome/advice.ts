/** Judges a new server's name while it is typed, because other servers will know it. */
import { normalizeServerName } from '../../../shared/protocol/identifiers.ts';

/** Why a valid name can't be used here. */
export type NameRefusal = 'never';
/** A reason to think twice before a name becomes final. The name can be used anyway. */
export type NameQuestion =
  | 'encoded'
  | 'loopback'
  | 'reserved'
  | 'mdns'
  | 'local'
  | 'single'
  | 'privateIpv4'
  | 'ipv4';

export interface NameJudgment {
  /** The name as servers write it; `null` while the text isn't a server name. */
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

/** `unique`: some characters that nobody else is likely to use, for a name that needs no domain. */
export function judgeName(typed: string, unique: string): NameJudgment {
  let name: string;
  try {
    name = normalizeServerName(typed);
  } catch {
    return { name: null, refused: null, question: null, instead: encoded(typed) };
  }
  const judged = (more: Partial<NameJudgment>): NameJudgment => ({
    name,
    refused: null,
    question: null,
    instead: null,
    ...more,
  });
  if (/(?:^|\.)invalid$/.test(name)) return judged({ refused: 'never' });
  if (/(?:^|\.)xn--/.test(name)) return judged({ question: 'encoded' });
  if (/^(?:127|0)\.\d+\.\d+\.\d+$/.test(name) || /(?:^|\.)localhost$/.test(name))
    return judged({ question: 'loopback' });
  if (isIpv4(name)) return judged({ question: privateIpv4.test(name) ? 'privateIpv4' : 'ipv4' });
  if (reserved.test(name)) return judged({ question: 'reserved' });
  if (!name.includes('.')) return judged({ question: 'single', instead: serverNameOf(name, unique) });
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

const spelled: Readonly<Record<string, string>> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  ß: 'ss',
  æ: 'ae',
  ø: 'oe',
  å: 'aa',
  œ: 'oe',
  ł: 'l',
  đ: 'd',
  þ: 'th',
};
const userNameCharsMax = 32;

/** A user name for a person's name, however that is written: `Änne Groß` is `aenne-gross`. */
export function userNameOf(name: string): string {
  const plain = name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^a-z0-9]/gu, (letter) => spelled[letter] ?? letter)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, userNameCharsMax)
    .replace(/^-+|-+$/g, '');
  return plain === '' ? 'me' : plain;
}

/** A server's name for someone without a domain. */
export const serverNameOf = (userName: string, unique: string): string =>
  `${userName.replace(/[^a-z0-9-]/g, '-')}-${unique}.internal`;

/** Four letters or digits that can't be mistaken for each other. */
export function uniquePart(random: Uint8Array): string {
  const letters = 'abcdefghkmnpqrstuvwxyz23456789';
  return Array.from(random.subarray(0, 4), (byte) => letters[byte % letters.length]).join('');
}
