import { hash } from 'node:crypto';

/**
 * The number under which this server knows a user: the existing server's wire wants one beside the user id. Made
 * from the id, so it is the same every time and needs no table. A positive 63-bit integer in decimal.
 */
export function numericUserId(userId: string): string {
  const digest = Buffer.from(hash('sha256', userId, 'hex'), 'hex').readBigUInt64BE(0) >> 1n;
  return String(digest === 0n ? 1n : digest);
}
