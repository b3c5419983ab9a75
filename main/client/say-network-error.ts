/** What went wrong on the way to a server, for people: the words of sockets and of TLS are for programmers. */
const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens at its address: the connection was refused.',
  ECONNRESET: 'The connection broke.',
  UND_ERR_SOCKET: 'The connection broke.',
  ENOTFOUND: 'The name is not known (DNS).',
  EAI_AGAIN: 'Names cannot be looked up right now (DNS).',
  EHOSTUNREACH: 'There is no way to that address.',
  ENETUNREACH: 'There is no way to that network.',
  UND_ERR_CONNECT_TIMEOUT: 'No connection within the time given.',
  UND_ERR_HEADERS_TIMEOUT: 'No answer within the time given.',
  UND_ERR_BODY_TIMEOUT: 'The answer stopped half-way.',
  ETIMEDOUT: 'No connection within the time given.',
};

const tlsSentences: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'What answers there speaks no TLS; plain http, perhaps.',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'What answers there speaks no TLS.',
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'Its TLS does not know this host name.',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'Its TLS is too old, or ours is for it.',
  EPROTO: 'TLS does not work there.',
};

/** A sentence. `code` where the error has another one than its own. */
export function sayNetworkError(error: unknown, code = (error as { code?: string }).code ?? ''): string {
  const known = sentences[code] ?? tlsSentences[code];
  if (known !== undefined) return known;
  if (code.startsWith('ERR_SSL_'))
    return `TLS does not work there (${code.slice(8).toLowerCase().replaceAll('_', ' ')}).`;
  return error instanceof Error ? error.message : String(error);
}
