import { quoted, type Said, type SaidCode, said, saidOf } from '../../shared/words/said.ts';
import { type HttpResult, messageIn } from './http.ts';

/** Network problems in words for people. The messages of sockets and TLS are written for programmers. */
const messages: Readonly<Record<string, SaidCode>> = {
  ECONNREFUSED: 'network.refused',
  ECONNRESET: 'network.broke',
  EPIPE: 'network.broke',
  UND_ERR_SOCKET: 'network.broke',
  ENOTFOUND: 'network.unknown_name',
  EAI_AGAIN: 'network.dns_down',
  EHOSTUNREACH: 'network.no_route',
  ENETUNREACH: 'network.no_network',
  ENETDOWN: 'network.no_network',
  ETIMEDOUT: 'network.connect_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'network.connect_timeout',
  UND_ERR_HEADERS_TIMEOUT: 'network.answer_timeout',
  UND_ERR_BODY_TIMEOUT: 'network.too_slow',
  TIMEOUT: 'network.answer_timeout',
  ERR_SSL_WRONG_VERSION_NUMBER: 'network.no_tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'network.no_tls',
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'network.tls_name',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'network.tls_version',
  // The alert of a peer that can't verify signatures of our key's kind. BoringSSL and OpenSSL name it differently.
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE': 'network.tls_nothing_in_common',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'network.tls_nothing_in_common',
  EPROTO: 'network.tls_failed',
};

/** The messages that say that this computer's network is down, whatever was called. */
const ownNetwork: ReadonlySet<string> = new Set<SaidCode>([
  'network.no_network',
  'network.dns_down',
  'delivery.offline',
]);

/** The messages that say that the certificate at an address isn't accepted. */
const certificates: ReadonlySet<string> = new Set<SaidCode>([
  'network.no_certificate',
  'network.self_signed',
  'network.distrusted',
  'network.other_key',
]);

export const isAboutCertificate = (error: Said | null): boolean =>
  error !== null && certificates.has(error.code);

export const failsHere = (error: Said | null): boolean => error !== null && ownNetwork.has(error.code);

/** The message for an error code of the system; `null` without one. */
export function networkMessage(code: string): Said | null {
  const known = messages[code];
  // The messages in this table take no parameters.
  if (known !== undefined) return { code: known, params: {} };
  if (!code.startsWith('ERR_SSL_')) return null;
  return said('network.tls_failed_code', { code: code.slice(8).toLowerCase().replaceAll('_', ' ') });
}

/** `code`: if the error's own code should not be used. */
export function sayNetworkError(error: unknown, code = (error as { code?: string }).code ?? ''): Said {
  const own = saidOf(error);
  if (own.code !== 'plain.text') return own;
  return networkMessage(code) ?? (own.params.text === '' ? quoted(code) : own);
}

/** Describes an answer other than the expected one. The server's words are quoted. */
export function answerText(answer: HttpResult): Said {
  if (answer.kind === 'aborted') return said('network.no_answer');
  if (answer.kind === 'network') return answer.error;
  const quote = messageIn(answer.body);
  return quote === undefined ? said('network.status') : said('network.status_says', { quote });
}
