import type { Said } from '../../../shared/words/said.ts';
import type { FederationClient } from '../../client/federation-client.ts';
import { isRefusal } from '../../client/http.ts';
import { answerText } from '../../client/say-network-error.ts';
import type { Tell } from '../../facts.ts';
import type { Log } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/ports.ts';
import { every } from '../../kernel/timers.ts';
import type { Settings } from '../../settings.ts';
import type { PeerRow } from '../../store/tables/peer-store.ts';
import type { PeerDirectory } from '../peer-directory.ts';
import { calleeOf } from '../peer-rows.ts';
import { askAgainMs, type Contact, keepMs, noContact, silentMs } from './contact-policy.ts';
import type { FormProbe } from './form-probe.ts';
import { knownQuestion, knows } from './known-question.ts';

const tickMs = 5_000;

/** A call that failed at a peer that was in contact this recently isn't tried again at once. */
const pauseMs = 60_000;

interface ContactsDeps {
  readonly directory: PeerDirectory;
  readonly client: FederationClient;
  readonly formProbe: Pick<FormProbe, 'tryNewKey'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Pick<Settings, 'get'>;
  /** Knows which peers refuse what is sent to them. */
  readonly delivery: { refusing(): ReadonlySet<string> };
  readonly tell: Tell;
}

/**
 * Whether peers are there and know us. Records contact from them and the results of calls, and asks them from time to
 * time.
 */
export class Contacts {
  readonly #deps: ContactsDeps;
  readonly #contacts = new Map<string, Contact>();
  /** When each server last signed a request to us, in this run. */
  readonly #calledAt = new Map<string, number>();
  /** Servers whose last request was refused because of its time, and how far that is off. */
  readonly #misdated = new Map<string, { readonly at: number; readonly offsetMs: number }>();
  readonly #running = new Set<string>();
  #cancel: (() => void) | null = null;
  #ending = new AbortController();

  constructor(deps: ContactsDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#ending = new AbortController();
    this.#cancel ??= every(
      this.#deps.clock,
      tickMs,
      async () => this.#tick(),
      (error) => this.#deps.log.error({ err: error }, 'peers could not be asked'),
    );
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#ending.abort();
  }

  of(server: string): Contact {
    let contact = this.#contacts.get(server);
    if (!contact) {
      contact = noContact(this.#deps.clock.now());
      this.#contacts.set(server, contact);
    }
    return contact;
  }

  /** Soon asks a server that is new, has another address, or is allowed again, and more often for a while. */
  renew(server: string): void {
    this.#contacts.set(server, noContact(this.#deps.clock.now()));
  }

  forget(server: string): void {
    this.#contacts.delete(server);
    this.#calledAt.delete(server);
    this.#misdated.delete(server);
  }

  /** Whether it can call us: it has done so lately. */
  callsUs(server: string): boolean {
    const at = this.#calledAt.get(server);
    return at !== undefined && this.#deps.clock.now() - at <= silentMs;
  }

  /** Whether it would probably answer a call now. */
  isAwake(server: string): boolean {
    const { directory, clock } = this.#deps;
    const isHeard = clock.now() - (directory.lastSeenAt(server) ?? 0) <= silentMs;
    return isHeard && this.of(server).failingSince === null;
  }

  /** Notes that a server signed a request to us, so it can call us. */
  calledBy(server: string): void {
    this.#calledAt.set(server, this.#deps.clock.now());
    this.#misdated.delete(server);
    this.heardFrom(server);
  }

  /** We refused a request that it signed, because of its time. */
  misdatedBy(server: string, offsetMs: number): void {
    const before = this.misdated(server);
    this.#misdated.set(server, { at: this.#deps.clock.now(), offsetMs });
    if (before === null) this.#deps.tell({ fact: 'peer-changed', server });
  }

  /** How far its clock is ahead of ours, if we refuse what it sends because of that. */
  misdated(server: string): number | null {
    const last = this.#misdated.get(server);
    return last !== undefined && this.#deps.clock.now() - last.at < silentMs ? last.offsetMs : null;
  }

  /** Notes that a server signed a request to us, or showed in its answer that it knows us. */
  heardFrom(server: string): void {
    const { directory, clock, tell } = this.#deps;
    const lastSeenAt = directory.lastSeenAt(server);
    const silenceMs = clock.now() - (lastSeenAt ?? 0);
    const contact = this.of(server);
    // The owner there has added us since the server was asked, so its earlier answer is out of date.
    if (lastSeenAt === null && contact.knowsUs === false)
      this.#contacts.set(server, { ...contact, knowsUs: null, since: clock.now(), askedAt: 0 });
    directory.noteSeen(server);
    tell({ fact: 'heard-from', server, afterPause: silenceMs > pauseMs, afterSilence: silenceMs > silentMs });
  }

  /** Notes that a server accepted a call that it accepts only if it knows us. */
  reached(server: string): void {
    this.#deps.directory.noteReached(server);
    this.heardFrom(server);
  }

  /** Notes that a server let us read. `isBack`: the previous read failed or was refused. */
  letUsRead(server: string, isBack: boolean): void {
    const { directory, tell } = this.#deps;
    const isFirst = directory.lastSeenAt(server) === null;
    directory.noteSeen(server);
    directory.noteReached(server);
    tell({ fact: 'let-us-read', server, isBack, isFirst });
  }

  /** A signed call at its own endpoint was answered: by the server, or by a proxy if it is down. */
  answered(server: string, status: number, body: string): void {
    if (status < 400 ? isJson(body) : isRefusal(body))
      this.#contacts.set(server, {
        ...this.of(server),
        answeredAt: this.#deps.clock.now(),
        failingSince: null,
        error: null,
      });
    else if (status >= 500) this.unreached(server, answerText({ kind: 'answer', status, headers: {}, body }));
  }

  /** A signed call at its own endpoint got no answer. */
  unreached(server: string, error: Said): void {
    const before = this.of(server);
    const failingSince = before.failingSince ?? this.#deps.clock.now();
    this.#contacts.set(server, { ...before, failingSince, error });
  }

  #tick(): void {
    const { directory, clock, settings, delivery } = this.#deps;
    if (settings.get().paused) return;
    const refused = delivery.refusing();
    for (const peer of directory.all()) {
      const name = peer.server_name;
      if (peer.endpoint === null || !directory.isAllowed(name) || this.#running.has(name)) continue;
      if (refused.has(name)) this.#doubt(name);
      if (askAgainMs(this.of(name), clock.now(), directory.lastSeenAt(name)) === 0) void this.#ask(peer);
    }
  }

  /** Asks a server whether it refused only a room, or all of us, but not too often. */
  #doubt(server: string): void {
    const { clock } = this.#deps;
    const contact = this.of(server);
    if (contact.knowsUs === true && clock.now() - contact.askedAt >= keepMs)
      this.#contacts.set(server, { ...contact, knowsUs: null, since: clock.now() });
  }

  async #ask(peer: PeerRow): Promise<void> {
    const { client, directory, formProbe, clock, log, tell } = this.#deps;
    const name = peer.server_name;
    const callee = calleeOf(peer);
    if (!callee) return;
    const before = this.of(name);
    this.#contacts.set(name, { ...before, askedAt: clock.now() });
    this.#running.add(name);
    try {
      await formProbe.tryNewKey(callee);
      const result = await client.call(callee, { ...knownQuestion, signal: this.#ending.signal });
      if (result.kind === 'aborted' || directory.get(name)?.endpoint !== peer.endpoint) return;
      const knowsUs = knows(result) ?? before.knowsUs;
      // The admin there may have used `discover` again: the days of that count from now.
      if (knowsUs === true && before.knowsUs === false && peer.proved_at !== null)
        await directory.change(name, { proved_at: clock.now() });
      const isRefusedNow = knowsUs === false && before.knowsUs === true;
      const since = isRefusedNow ? clock.now() : before.since;
      this.#contacts.set(name, { ...this.of(name), knowsUs, since });
      const isWell = knowsUs === true && result.kind === 'answer';
      const wasWell = before.knowsUs === true && before.failingSince === null;
      if (isWell) {
        if (wasWell) {
          directory.noteReached(name);
          directory.noteSeen(name);
        } else {
          this.reached(name);
          tell({ fact: 'came-back', server: name });
        }
      } else if (wasWell || before.knowsUs !== knowsUs) tell({ fact: 'peer-changed', server: name });
    } catch (error) {
      log.debug({ peer: name, err: error }, 'could not ask a peer whether it knows us');
    } finally {
      this.#running.delete(name);
    }
  }
}

function isJson(body: string): boolean {
  try {
    return typeof JSON.parse(body) === 'object';
  } catch {
    return false;
  }
}
