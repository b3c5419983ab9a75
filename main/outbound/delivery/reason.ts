import { nextStepFor } from '../../trust/not-a-peer.ts';
import type { SendFailure } from './sender-port.ts';

/** Words for the owner about why something was not delivered. What a peer says is shown, so it is tamed first. */

const quoteCharactersMax = 200;

/** One line of foreign text: no control or invisible characters, shortened. */
export function plainText(text: string): string {
  const line = text
    .slice(0, quoteCharactersMax * 4)
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = [...line];
  return characters.length > quoteCharactersMax
    ? `${characters.slice(0, quoteCharactersMax - 1).join('')}…`
    : line;
}

/** `; it says: "…"`, or nothing where an answer carries no message (docs/protocol/wire.md, "Errors"). */
export function peerSays(answer: Readonly<Record<string, unknown>> | null): string {
  const message = [answer?.message, answer?.error].find((text) => typeof text === 'string');
  const line = typeof message === 'string' ? plainText(message) : '';
  return line === '' ? '' : `; it says: "${line}"`;
}

const networkSentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens at its address: the connection was refused.',
  ENOTFOUND: 'Its host name was not found.',
  EAI_AGAIN: 'Its host name could not be looked up just now.',
  ECONNRESET: 'The connection broke off before it answered.',
  EPIPE: 'The connection broke off before it answered.',
  UND_ERR_SOCKET: 'The connection broke off before it answered.',
  EHOSTUNREACH: 'Its host cannot be reached from here.',
  ENETUNREACH: 'Its network cannot be reached from here.',
  ETIMEDOUT: 'It did not answer in time.',
  TIMEOUT: 'It did not answer in time.',
  UND_ERR_CONNECT_TIMEOUT: 'It did not answer in time.',
  UND_ERR_HEADERS_TIMEOUT: 'It did not answer in time.',
  UND_ERR_BODY_TIMEOUT: 'It did not answer in time.',
};

/** A sentence for a request that got no answer. */
export function networkReason(failure: SendFailure): string {
  const known = networkSentences[failure.code ?? ''];
  if (known !== undefined) return known;
  const detail = plainText(failure.error) || failure.code || 'no details';
  return /CERT|SELF_SIGNED|TLS|SSL/.test(failure.code ?? '')
    ? `Its certificate is not accepted: ${detail.replace(/\.$/, '')}. ${nextStepFor(failure.code)}`
    : `It could not be reached: ${detail}.`;
}

/** A length of time in words, in its two largest units. */
export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const units: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const from = units.findIndex(([count]) => count > 0);
  if (from < 0) return '0 s';
  return units
    .slice(from, from + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
