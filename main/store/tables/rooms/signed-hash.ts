import { hash } from 'node:crypto';
import { withoutFiles } from '../../../../shared/protocol/events/attachments.ts';
import { parseEnvelope, wireEvent } from '../../../../shared/protocol/events/envelope.ts';

/** Keys of signatures are followed by text, so this is the envelope's own field. */
const signatures = ',"signatures":{';

/**
 * SHA-256 of a stored event in its wire form, up to its signatures, and without the names of files that these don't
 * cover. Two texts with the same ID have different hashes. Nothing is parsed if the signature covers everything. A damaged
 * text has a hash of its own, so others notice that it differs.
 */
export function signedHash(row: { readonly body: string; readonly files_unsigned: 0 | 1 }): Buffer {
  const text = row.files_unsigned === 1 ? withoutUnsignedFiles(row.body) : row.body;
  return hash('sha256', text.slice(0, text.lastIndexOf(signatures)), 'buffer');
}

function withoutUnsignedFiles(body: string): string {
  try {
    return wireEvent(withoutFiles(parseEnvelope(body)));
  } catch {
    return body;
  }
}
