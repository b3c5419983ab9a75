import type { TransportForm } from '../../../shared/protocol/transport.ts';
import type { Callee, FederationClient, Signing } from '../../client/federation-client.ts';
import type { HttpResult } from '../../client/http.ts';
import type { Tell } from '../../facts.ts';
import type { Keyring } from '../../identity/keyring.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { PeerRow } from '../../store/tables/peer-store.ts';
import type { PeerDirectory } from '../peer-directory.ts';
import { knownQuestion, knows } from './known-question.ts';

/** A server that refuses every form isn't asked again before this has passed. */
const probeGapMs = 10_000;

/** The meaning of the refusals of all forms (docs/protocol/wire.md, "Who speaks which form"). */
export type WhyRefused =
  /** Both forms got 403: the server hasn't added this one, or has blocked it. */
  | 'not_added'
  /** The server reads the addressed form only, and refuses our key, our trust, or the name of the destination. */
  | 'addressed_refused';

interface Probed {
  readonly signing: Signing | null;
  /** The answer to the question that decided. */
  readonly answer: HttpResult;
  /** Null if it was proved, or if no answer says anything. */
  readonly why: WhyRefused | null;
}

export interface FormProbeDeps {
  readonly directory: PeerDirectory;
  readonly client: Pick<FederationClient, 'sendAs'>;
  readonly keyring: Pick<Keyring, 'active'>;
  readonly clock: Clock;
  readonly tell: Tell;
}

/**
 * Learns which form of the transport signature a server of another kind takes, under which name it is addressed, and
 * which key of ours it accepts: by a signed question to which only a server that accepts the signature answers 404.
 * Its documents prove nothing.
 */
export class FormProbe {
  readonly #deps: FormProbeDeps;
  readonly #running = new Map<string, Promise<Probed>>();
  readonly #last = new Map<string, { readonly at: number; readonly probed: Probed }>();

  constructor(deps: FormProbeDeps) {
    this.#deps = deps;
  }

  /**
   * Asks with at most eight requests, unless every form was refused less than ten seconds ago. An earlier proof says
   * nothing about a later refusal: its admin may have removed us in between.
   */
  learn(callee: Callee): Promise<Probed> {
    const { server = '' } = callee;
    const { clock } = this.#deps;
    const last = this.#last.get(server);
    if (last?.probed.signing === null && Math.abs(clock.now() - last.at) < probeGapMs)
      return Promise.resolve(last.probed);
    let running = this.#running.get(server);
    if (!running) {
      running = this.#probe(callee).finally(() => this.#running.delete(server));
      this.#running.set(server, running);
    }
    return running;
  }

  /** Tries our newer key, if there is one that it wasn't seen to accept. Calls go on with the one that it accepts. */
  async tryNewKey(callee: Callee): Promise<void> {
    const isOld = callee.keyId != null && callee.keyId !== this.#deps.keyring.active().keyId;
    if (isOld) await this.learn(callee);
  }

  /** Why it refused all forms when it was last asked; null if it didn't. */
  whyRefused(server: string): WhyRefused | null {
    return this.#last.get(server)?.probed.why ?? null;
  }

  forget(server: string): void {
    this.#last.delete(server);
  }

  async #probe(callee: Callee): Promise<Probed> {
    const { directory, clock, keyring } = this.#deps;
    const { server = '' } = callee;
    const peer = directory.get(server);
    const keys = [null, ...(callee.keyId && callee.keyId !== keyring.active().keyId ? [callee.keyId] : [])];
    let probed: Probed | null = null;
    for (const keyId of keys) {
      probed = await this.#probeWith(callee, peer, keyId);
      if (probed.why === null) break;
    }
    const found = probed as Probed;
    this.#last.set(server, { at: clock.now(), probed: found });
    if (found.signing !== null && directory.get(server)?.endpoint === callee.endpoint)
      await this.#remember(server, found.signing);
    return found;
  }

  /** The order costs the fewest requests: new servers take the first, old ones the second. */
  async #probeWith(callee: Callee, peer: PeerRow | undefined, keyId: string | null): Promise<Probed> {
    const [name, ...others] = namesOf(callee, peer);
    const ask = async (destination: string | null) => {
      const signing = { destination, keyId };
      const answer = await this.#deps.client.sendAs(callee, knownQuestion, signing);
      return { answer, signing, known: knows(answer) };
    };
    const first = await ask(name ?? null);
    if (first.known === true) return { signing: first.signing, answer: first.answer, why: null };
    if (first.known === null) return { signing: null, answer: first.answer, why: null };
    const bare = await ask(null);
    if (bare.known === true) return { signing: bare.signing, answer: bare.answer, why: null };
    if (bare.answer.kind !== 'answer' || bare.answer.status !== 401)
      return { signing: null, answer: bare.answer, why: bare.known === false ? 'not_added' : null };
    for (const other of others) {
      const named = await ask(other);
      if (named.known === true) return { signing: named.signing, answer: named.answer, why: null };
    }
    // A server whose clock differs refuses all forms with 401, too.
    const isAsked = first.answer.kind === 'answer' && first.answer.status === 403;
    return { signing: null, answer: first.answer, why: isAsked ? 'addressed_refused' : null };
  }

  /** Stores a proof before it is used, because it decides how the next run signs. */
  async #remember(server: string, { destination, keyId }: Signing): Promise<void> {
    const { directory, clock, keyring, tell } = this.#deps;
    const peer = directory.get(server);
    if (!peer) return;
    const form: TransportForm = destination === null ? 'bare' : 'addressed';
    const now = clock.now();
    const key = keyId ?? keyring.active().keyId;
    const isNewForm = peer.form !== form;
    if (!isNewForm && peer.destination === destination && peer.proved_key === key) return;
    await directory.change(
      server,
      {
        form,
        destination,
        proved_key: key,
        ...(peer.proved_key === key ? {} : { proved_at: now }),
        ...(isNewForm ? { form_before: peer.form, form_since: now } : {}),
        // An older version than before can't address us any more. A finding shows that it went back.
        ...(form === 'bare' ? { addresses_us: 0 as const } : {}),
      },
      (tx) => tx.afterCommit(() => tell({ fact: 'peer-changed', server })),
    );
  }
}

/** The names under which it may be addressed: the one that worked, its own, its domain, the host of its address. */
function namesOf(callee: Callee, peer: PeerRow | undefined): string[] {
  const names = [peer?.destination, callee.server, peer?.domain, new URL(callee.endpoint).hostname];
  return [...new Set(names.filter((name) => typeof name === 'string'))];
}
