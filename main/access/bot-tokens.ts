/**
 * Creates, finds and revokes the tokens of bots and bridges. Only hashes are stored; a token is shown once, when it is
 * created.
 */
import type { NewTokenView } from '../../shared/api/views/access-views.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { sha256Hex } from '../crypto/ed25519.ts';
import type { Tell } from '../facts.ts';
import type { Clock, Random } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { TokenRow } from '../store/tables/access-store.ts';
import { Endings, type Login } from './callers.ts';

/** A recognizable prefix, so that someone who finds a token knows what it is. */
const prefix = 'paracord_';
/** This many random bytes need no slow hash, and looking up a hash leaks nothing through its timing. */
const secretBytes = 32;
/** How often the time of the last use is saved. */
const touchEveryMs = 60_000;
const tokensMax = 1000;

export class BotTokens {
  readonly #store: Tables<'accounts' | 'users' | 'tokens'>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #tell: Tell;
  readonly #usedAt = new Map<string, number>();
  readonly #endings = new Endings();

  constructor(
    store: Tables<'accounts' | 'users' | 'tokens'>,
    { clock, random }: { readonly clock: Clock; readonly random: Random },
    tell: Tell,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
    this.#tell = tell;
  }

  /** Oldest first. */
  all(): TokenRow[] {
    return this.#store.tokens.all();
  }

  /** Whether somebody logs in as this user, or did, and so speaks for themselves. The owner decides about their own bots. */
  #isPerson(userId: string): boolean {
    const { accounts, users } = this.#store;
    return accounts.byUserId(userId) !== undefined && users.owner()?.user_id !== userId;
  }

  /**
   * BAD_REQUEST for a user that is not ours, FORBIDDEN for one who logs in; CONFLICT if there are too many tokens.
   */
  async make(name: string, userId: string): Promise<NewTokenView> {
    if (!this.#store.users.byUserId(userId))
      throw refusal('BAD_REQUEST', said('token.no_user', { user: userId }));
    if (this.#isPerson(userId)) throw refusal('FORBIDDEN', said('caller.speaks', { user: userId }));
    if (this.#store.tokens.all().length >= tokensMax)
      throw refusal('CONFLICT', said('token.too_many', { max: tokensMax }));
    const token = prefix + this.#random.bytes(secretBytes).toString('base64url');
    const id = this.#random.bytes(8).toString('hex');
    const made = { id, name, user_id: userId, created_at: this.#clock.now() };
    await this.#store.tokens.add({ ...made, hash: sha256Hex(token) });
    this.#tell({ fact: 'node-changed' });
    return { ...made, last_used_at: null, token };
  }

  /** The bot whose token is in the Authorization header. Records that the token was used. */
  find(authorization: string | undefined): Login | undefined {
    const token = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (!token?.startsWith(prefix)) return undefined;
    const hash = sha256Hex(token);
    const row = this.#store.tokens.byHash(hash);
    if (!row || this.#isPerson(row.user_id)) return undefined;
    this.#noteUse(row);
    const { id, user_id: userId } = row;
    const isValid = () => this.#store.tokens.byHash(hash) !== undefined && !this.#isPerson(userId);
    return {
      id,
      caller: () => (isValid() ? { kind: 'bot', userId } : said('token.revoked')),
      whenEnded: (end) => this.#endings.when(id, end),
    };
  }

  #noteUse(bot: TokenRow): void {
    const now = this.#clock.now();
    const last = this.#usedAt.get(bot.id) ?? bot.last_used_at;
    if (last !== null && now - last < touchEveryMs) return;
    this.#usedAt.set(bot.id, now);
    // If this write is lost, the list is slightly out of date. Nothing else depends on it.
    this.#store.tokens.used(bot.id, now).catch(() => {});
  }

  /** NOT_FOUND if there is no token with this ID. Streams opened with the token end at once. */
  async revoke(id: string): Promise<void> {
    if (!(await this.#remove(id))) throw refusal('NOT_FOUND', said('token.unknown', { id }));
  }

  /** Revokes the tokens of a user who logs in from now on, or did. */
  async revokeOfPerson(userId: string): Promise<void> {
    if (!this.#isPerson(userId)) return;
    for (const { id, user_id } of this.all()) if (user_id === userId) await this.#remove(id);
  }

  async #remove(id: string): Promise<boolean> {
    const removed = await this.#store.tokens.remove(id);
    this.#usedAt.delete(id);
    this.#endings.end(id);
    if (removed) this.#tell({ fact: 'node-changed' });
    return removed;
  }
}
