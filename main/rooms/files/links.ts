import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, Random } from '../../kernel/ports.ts';

export const linkSeconds = 60;

/** Names the file, the user and the server that a link is for. */
interface LinkClaim {
  readonly id: string;
  readonly user: string;
  readonly server: string;
}

/**
 * Tokens for servers that fetch a file by its number (docs/protocol/wire.md, "POST file/token, GET file/{id}"). They say
 * only who asked for what: whether that user may read the file is checked again when the server fetches it.
 */
export class FileLinks {
  readonly #key: Buffer;
  readonly #clock: Clock;

  constructor({ random, clock }: { readonly random: Random; readonly clock: Clock }) {
    this.#key = random.bytes(32);
    this.#clock = clock;
  }

  tokenFor(claim: LinkClaim): string {
    const until = Math.floor(this.#clock.now() / 1000) + linkSeconds;
    const text = Buffer.from(JSON.stringify([claim.user, until])).toString('base64url');
    return `${text}.${this.#mark(text, claim.id, claim.server).toString('base64url')}`;
  }

  /** The user for whom this server got the token for this file; null if it never did, or the token has expired. */
  userOf(token: string, id: string, server: string): string | null {
    const [text = '', mark = ''] = token.split('.');
    const [given, expected] = [Buffer.from(mark, 'base64url'), this.#mark(text, id, server)];
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
    const [user, until] = JSON.parse(Buffer.from(text, 'base64url').toString()) as [string, number];
    return this.#clock.now() < until * 1000 ? user : null;
  }

  #mark(text: string, id: string, server: string): Buffer {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([text, id, server]))
      .digest();
  }
}
