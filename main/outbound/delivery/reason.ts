/** Why something was not delivered, for the owner. What a peer says is shown, so it is tamed first. */
import { type Said, said, sentences } from '../../../shared/words/said.ts';
import { networkMessage } from '../../client/say-network-error.ts';
import { plainText } from '../../kernel/plain-text.ts';
import { nextStepFor } from '../../trust/not-a-peer.ts';
import type { SendFailure } from './sender-port.ts';

/** What an answer says of itself behind what it means, where it says anything. */
export function withWords(text: Said, answer: Readonly<Record<string, unknown>> | null): Said {
  const message = [answer?.message, answer?.error].find((each) => typeof each === 'string');
  const quote = typeof message === 'string' ? plainText(message) : '';
  return quote === '' ? text : said('delivery.says', { text, quote });
}

/** Why a request got no answer. */
export function networkReason({ error, code = '' }: SendFailure): Said {
  const known = networkMessage(code);
  if (known !== null) return known;
  if (/CERT|SELF_SIGNED|TLS|SSL/.test(code)) return sentences(badCertificate(error), nextStepFor(code));
  if (error.code !== 'plain.text') return error;
  const detail = plainText(String(error.params.text)) || code;
  return said('network.failed', { detail: detail || said('network.no_details') });
}

/** What OpenSSL says is quoted; what this program says of a certificate is a sentence already. */
const badCertificate = (error: Said): Said =>
  error.code === 'plain.text'
    ? said('network.bad_certificate', { detail: plainText(String(error.params.text)) })
    : error;
