/**
 * Creates, finds and revokes the tokens of bots and bridges. Only hashes are stored; a token is shown once, when it is
 * created.
 */
import type { ServerResponse } from 'node:http';
import type { ProcedureName } from '../../shared/api/contract.ts';
import type { NewTokenView } from '../../shared/api/views/access-views.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Change } from '../changes.ts';
import { sha256Hex } from '../crypto/ed25519.ts';
import type { Tell } from '../facts.ts';
import type { Clock, Random } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { TokenRow } from '../store/tables/access-store.ts';
import { type BotFacts, decideBot, shownToBot, toldToBot, whyNotProcedure } from './bot-policy.ts';

/** A recognizable prefix, so that someone who finds a token knows what it is. */
const prefix = 'paracord_';
/** This many random bytes need no slow hash, and looking up a hash leaks nothing through its timing. */
const secretBytes = 32;
/** How often the time of the last use is saved. */
const touchEveryMs = 60_000;
const tokensMax = 1000;

export class BotTokens {
  readonly #facts: BotFacts;
  readonly #store: Tables<'events' | 'rooms' | 'users' | 'tokens'>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #tell: Tell;
  readonly #usedAt = new Map<string, number>();
  readonly #onRevoked = new Map<string, Set<() => void>>();

  constructor(
    store: Tables<'events' | 'rooms' | 'users' | 'tokens'>,
    { clock, random }: { readonly clock: Clock; readonly random: Random },
    tell: Tell,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
    this.#tell = tell;
    this.#facts = {
      isMember: (roomId, userId) => store.rooms.member(roomId, userId)?.state === 'joined',
      inviteeOf: (inviteId) => store.rooms.invite(inviteId)?.user_id,
      roomOf: (eventId) => store.events.byId(eventId)?.room_id,
    };
  }

  /** Oldest first. */
  all(): TokenRow[] {
    return this.#store.tokens.all();
  }

  /** BAD_REQUEST for a user that is not ours; CONFLICT if there are too many tokens. */
  async make(name: string, userId: string): Promise<NewTokenView> {
    if (!this.#store.users.byUserId(userId))
      throw refusal('BAD_REQUEST', said('token.no_user', { user: userId }));
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
  find(authorization: string | undefined): Bot | undefined {
    const token = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (!token?.startsWith(prefix)) return undefined;
    const hash = sha256Hex(token);
    const row = this.#store.tokens.byHash(hash);
    if (!row) return undefined;
    this.#noteUse(row);
    return new Bot(row, this.#facts, {
      counts: () => this.#store.tokens.byHash(hash) !== undefined,
      whenRevoked: (end) => this.#whenRevoked(row.id, end),
    });
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
    const removed = await this.#store.tokens.remove(id);
    this.#usedAt.delete(id);
    for (const end of this.#onRevoked.get(id) ?? []) end();
    if (!removed) throw refusal('NOT_FOUND', said('token.unknown', { id }));
    this.#tell({ fact: 'node-changed' });
  }

  #whenRevoked(id: string, end: () => void): () => void {
    const ends = this.#onRevoked.get(id) ?? new Set();
    ends.add(end);
    this.#onRevoked.set(id, ends);
    return () => {
      ends.delete(end);
      if (ends.size === 0) this.#onRevoked.delete(id);
    };
  }
}

interface TokenState {
  counts(): boolean;
  /** Call the returned function to unsubscribe. */
  whenRevoked(end: () => void): () => void;
}

/** A request that came with a bot's token. */
export class Bot {
  /** Of its token. */
  readonly id: string;
  readonly #userId: string;
  readonly #facts: BotFacts;
  readonly #token: TokenState;

  constructor(row: TokenRow, facts: BotFacts, token: TokenState) {
    this.id = row.id;
    this.#userId = row.user_id;
    this.#facts = facts;
    this.#token = token;
  }

  /** FORBIDDEN for what bots may not use, before anything else in the request is read. */
  require(name: ProcedureName): void {
    const whyNot = whyNotProcedure(name);
    if (whyNot !== null) throw refusal('FORBIDDEN', whyNot);
  }

  /** What the procedure answers to the bot's user, limited to what a bot may see. */
  async answer(
    name: ProcedureName,
    input: unknown,
    answer: (input: unknown) => Promise<unknown>,
  ): Promise<unknown> {
    // A body can arrive slowly, and the token can be revoked in the meantime.
    if (!this.#token.counts()) throw refusal('UNAUTHORIZED', said('token.revoked'));
    const verdict = decideBot(name, input as object, this.#userId, this.#facts);
    if (!verdict.allowed) throw refusal('FORBIDDEN', verdict.why);
    const shown = shownToBot(name, await answer(verdict.input));
    if (shown === null) throw refusal('FORBIDDEN', said('token.no_room', { user: this.#userId }));
    return shown;
  }

  isTold(change: Change): boolean {
    return toldToBot(change, this.#userId, this.#facts);
  }

  /** Ends a running answer when the token is revoked. */
  untilRevoked(response: ServerResponse): void {
    if (response.destroyed) return;
    response.once(
      'close',
      this.#token.whenRevoked(() => response.destroy()),
    );
  }
}
