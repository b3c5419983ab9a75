import { ProtocolError } from '../../shared/protocol/errors.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { reasonIn } from '../../shared/protocol/reasons.ts';
import { type Said, said, saidOf, storeSaid } from '../../shared/words/said.ts';
import type { Tell } from '../facts.ts';
import { fingerprint } from '../identity/fingerprint.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { KeptLinkRow } from '../store/tables/peer-invite-store.ts';
import type { Acceptances, Accepted } from './acceptances.ts';
import { readLink } from './read-link.ts';
import { lateNews, Retries } from './retries.ts';

/** A link that is tried until its server answers. */
export interface Kept {
  readonly kept: KeptLinkRow;
  /** Of the key in the link. */
  readonly fingerprint: string;
}

interface Parts {
  readonly store: Tables<'peerInvites' | 'writer'>;
  readonly acceptances: Pick<Acceptances, 'accept'>;
  readonly keyring: Pick<Keyring, 'sealLink' | 'openLink'>;
  readonly clock: Clock;
  readonly tell: Tell;
}

/**
 * Links that the owner accepted before their server could be asked what they say (docs/protocol/pairing.md,
 * "A server that doesn't answer yet"). Nothing is trusted until it answers with the key in the link.
 */
export class KeptLinks {
  readonly #parts: Parts;
  /** By host: a newer link of a server takes the place of an older one. */
  readonly #kept = new Map<string, KeptLinkRow>();
  readonly #running = new Set<Promise<void>>();
  readonly #retries: Retries;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#retries = new Retries(parts.clock, (host) => this.#again(host));
  }

  start(): void {
    this.#retries.start();
    for (const row of this.#parts.store.peerInvites.keptLinks()) {
      this.#kept.set(row.host, row);
      this.#retries.begin(row.host);
    }
  }

  async stop(): Promise<void> {
    this.#retries.stop();
    await Promise.allSettled(this.#running);
  }

  /** Oldest first. */
  list(): KeptLinkRow[] {
    return [...this.#kept.values()].sort((a, b) => a.kept_at - b.kept_at);
  }

  /** `Acceptances.accept`; `waits` keeps a link whose server doesn't answer, instead of throwing. */
  async accept(link: string, as: string | undefined, waits: boolean): Promise<Accepted | Kept> {
    try {
      const accepted = await this.#parts.acceptances.accept(link, as);
      const kept = this.#kept.get(hostOf(link));
      if (kept && this.#parts.keyring.openLink(kept.link) === link.trim()) await this.#end(kept.host);
      return accepted;
    } catch (error) {
      const isUnanswered = error instanceof ProtocolError && error.code === 'SERVICE_UNAVAILABLE';
      if (!waits || !isUnanswered) throw error;
      return this.#keep(link.trim(), as ?? null, saidOf(error));
    }
  }

  /** False if no link of this host is kept. */
  async giveUp(host: string): Promise<boolean> {
    if (!this.#kept.has(host)) return false;
    await this.#end(host);
    return true;
  }

  async #keep(link: string, userId: string | null, why: Said): Promise<Kept> {
    const host = hostOf(link);
    const { clock, keyring } = this.#parts;
    const now = clock.now();
    const expires_at = now + limits.peerInviteAgeMsMax;
    const row = {
      host,
      link: keyring.sealLink(link),
      user_id: userId,
      kept_at: now,
      expires_at,
      last_error: storeSaid(waiting(why)),
    };
    await this.#put(row);
    this.#retries.schedule(host);
    return { kept: row, fingerprint: fingerprint(readLink(link).public_key) };
  }

  async #put(row: KeptLinkRow): Promise<void> {
    const { store, tell } = this.#parts;
    await store.writer.write((tx) => {
      store.peerInvites.keepLink(row);
      tx.afterCommit(() => {
        this.#kept.set(row.host, row);
        tell({ fact: 'pairing-changed' });
      });
    });
  }

  async #end(host: string): Promise<void> {
    const { store, tell } = this.#parts;
    this.#retries.end(host);
    await store.writer.write((tx) => {
      store.peerInvites.dropLink(host);
      tx.afterCommit(() => {
        this.#kept.delete(host);
        tell({ fact: 'pairing-changed' });
      });
    });
  }

  #again(host: string): Promise<void> {
    const attempt = this.#attempt(host).finally(() => this.#running.delete(attempt));
    this.#running.add(attempt);
    return attempt;
  }

  async #attempt(host: string): Promise<void> {
    const row = this.#kept.get(host);
    if (!row) return;
    const { acceptances, clock, keyring } = this.#parts;
    const isCurrent = () => this.#kept.get(host)?.link === row.link;
    if (clock.now() >= row.expires_at) {
      await this.#end(host);
      this.#notify('warning', said('pairing.kept_expired', { host, days: keptDays }));
      return;
    }
    try {
      const accepted = await acceptances.accept(keyring.openLink(row.link), row.user_id ?? undefined);
      if (isCurrent()) await this.#end(host);
      const { invite } = accepted;
      for (const { level, news } of lateNews(invite.server_name, invite.room?.name, accepted))
        this.#notify(level, news);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (!isCurrent()) return;
      if (isUnproven(error)) {
        await this.#put({ ...row, last_error: storeSaid(waiting(saidOf(error))) });
        this.#retries.schedule(host);
        return;
      }
      await this.#end(host);
      this.#notify('warning', said('pairing.came_to_nothing', { server: host, why: saidOf(error) }));
    }
  }

  #notify(level: 'info' | 'warning', news: Said): void {
    this.#parts.tell({ fact: 'notice', level, said: news });
  }
}

export const keptDays = limits.peerInviteAgeMsMax / 86_400_000;

/** Why it waits, without the advice to try again. */
const waiting = (why: Said): Said =>
  why.code === 'pairing.link_unreachable' ? { ...why, code: 'pairing.kept_unreachable' } : why;

const hostOf = (link: string): string => new URL(readLink(link).base).host;

/** While the inviter is away, someone else may answer at its address. What the link's key didn't sign ends nothing. */
const isUnproven = (error: ProtocolError): boolean =>
  error.code === 'SERVICE_UNAVAILABLE' ||
  ['not_the_inviter', 'unknown_invite'].includes(reasonIn(error.details) ?? '');
