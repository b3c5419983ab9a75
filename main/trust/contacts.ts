import type { Said } from '../../shared/words/said.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { HttpResult } from '../client/http.ts';
import { answerText } from '../client/say-network-error.ts';
import { every } from '../kernel/every.ts';
import type { Log } from '../kernel/log.ts';
import type { Clock } from '../kernel/ports.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import { askAgainMs, type Contact, keepMs, noContact } from './contact-policy.ts';
import { calleeOf } from './keys/key-resolver.ts';
import type { PeerDirectory } from './peer-directory.ts';

const tickMs = 5_000;

/** A read of an event that cannot exist: whoever knows us answers 404, whoever does not refuses. */
export const knownQuestion = { method: 'GET', path: '/event/$0:check.invalid' } as const;

/** Asks peers now and then whether they are there and know us, and remembers what calls to them came to. */
export class Contacts {
  private readonly parts: {
    readonly directory: PeerDirectory;
    readonly client: FederationClient;
    readonly clock: Clock;
    readonly log: Log;
    readonly isPaused: () => boolean;
    /** Peers that refuse what is sent to them, as far as deliveries tell. */
    readonly refusing: () => ReadonlySet<string>;
    /** It knows us, or answers again. */
    readonly onBack: (server: string) => void;
    /** What is known of it is something else now. */
    readonly onChanged: (server: string) => void;
  };
  private readonly contacts = new Map<string, Contact>();
  private readonly running = new Set<string>();
  private cancel: (() => void) | null = null;
  private ending = new AbortController();

  constructor(parts: Contacts['parts']) {
    this.parts = parts;
  }

  start(): void {
    this.ending = new AbortController();
    this.cancel ??= every(
      this.parts.clock,
      tickMs,
      async () => this.tick(),
      (error) => this.parts.log.error({ err: error }, 'peers could not be asked'),
    );
  }

  stop(): void {
    this.cancel?.();
    this.cancel = null;
    this.ending.abort();
  }

  of(server: string): Contact {
    let contact = this.contacts.get(server);
    if (!contact) {
      contact = noContact(this.parts.clock.now());
      this.contacts.set(server, contact);
    }
    return contact;
  }

  /** It is new, has another address, or is allowed again: it is asked soon, and more often for a while. */
  renew(server: string): void {
    this.contacts.set(server, noContact(this.parts.clock.now()));
  }

  forget(server: string): void {
    this.contacts.delete(server);
  }

  /** What a signed call at a peer's own endpoint came to. */
  note(server: string, result: HttpResult): void {
    const before = this.of(server);
    const now = this.parts.clock.now();
    const heard = judge(result);
    if (heard === 'answered')
      this.contacts.set(server, { ...before, answeredAt: now, failingSince: null, error: null });
    else if (heard !== null)
      this.contacts.set(server, { ...before, failingSince: before.failingSince ?? now, error: heard.error });
  }

  private tick(): void {
    const { directory, clock, isPaused, refusing } = this.parts;
    if (isPaused()) return;
    const refused = refusing();
    for (const peer of directory.all()) {
      const name = peer.server_name;
      if (peer.endpoint === null || !directory.isAllowed(name) || this.running.has(name)) continue;
      if (refused.has(name)) this.doubt(name);
      if (askAgainMs(this.of(name), clock.now(), directory.lastSeenAt(name)) === 0) void this.ask(peer);
    }
  }

  /** It may have been a room that it closed, or us: it is asked, once in a while. */
  private doubt(server: string): void {
    const { clock } = this.parts;
    const contact = this.of(server);
    if (contact.knowsUs === true && clock.now() - contact.askedAt >= keepMs)
      this.contacts.set(server, { ...contact, knowsUs: null, since: clock.now() });
  }

  private async ask(peer: PeerRow): Promise<void> {
    const { client, directory, clock, log, onBack, onChanged } = this.parts;
    const name = peer.server_name;
    const callee = calleeOf(peer);
    if (!callee) return;
    const before = this.of(name);
    this.contacts.set(name, { ...before, askedAt: clock.now() });
    this.running.add(name);
    try {
      const result = await client.call(callee, { ...knownQuestion, signal: this.ending.signal });
      if (result.kind === 'aborted' || directory.get(name)?.endpoint !== peer.endpoint) return;
      const knowsUs = knows(result) ?? before.knowsUs;
      const isRefusedNow = knowsUs === false && before.knowsUs === true;
      const since = isRefusedNow ? clock.now() : before.since;
      this.contacts.set(name, { ...this.of(name), knowsUs, since });
      const isWell = knowsUs === true && result.kind === 'answer';
      const wasWell = before.knowsUs === true && before.failingSince === null;
      if (isWell) {
        directory.noteReached(name);
        if (wasWell) directory.noteSeen(name);
        else onBack(name);
      } else if (wasWell || before.knowsUs !== knowsUs) onChanged(name);
    } catch (error) {
      log.debug({ peer: name, err: error }, 'a peer could not be asked whether it knows us');
    } finally {
      this.running.delete(name);
    }
  }
}

/** Whether its answer to `knownQuestion` shows that it knows us; `null` if it shows neither. */
function knows(result: HttpResult): boolean | null {
  if (result.kind !== 'answer') return null;
  if (result.status === 404 && isJson(result.body)) return true;
  return result.status === 401 || result.status === 403 ? false : null;
}

/** A proxy answers for a server that is down; only JSON is the server's own word. */
function judge(result: HttpResult): 'answered' | { readonly error: Said } | null {
  if (result.kind === 'aborted') return null;
  if (result.kind === 'network') return { error: result.error };
  if (isJson(result.body)) return 'answered';
  if (result.status < 500) return null;
  return { error: answerText(result) };
}

const isJson = (body: string): boolean => {
  try {
    return typeof JSON.parse(body) === 'object';
  } catch {
    return false;
  }
};
