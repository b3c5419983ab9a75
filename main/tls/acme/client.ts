import * as v from 'valibot';
import { said } from '../../../shared/words/said.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Identifier } from '../identifiers.ts';
import type { RenewalWindow } from '../renewal.ts';
import { type Answer, retryAfterMs, type Transport, Unreachable } from '../transport.ts';
import { type AccountKey, signedRequest } from './jws.ts';
import { AcmeProblem, line, ProblemDocument, problemType } from './problems.ts';

const link = v.pipe(v.string(), v.url());
const Directory = v.object({
  newNonce: link,
  newAccount: link,
  newOrder: link,
  renewalInfo: v.optional(link),
  meta: v.optional(
    v.object({
      termsOfService: v.optional(v.string()),
      externalAccountRequired: v.optional(v.boolean()),
      profiles: v.optional(v.record(v.string(), v.unknown())),
    }),
    {},
  ),
});
type Directory = v.InferOutput<typeof Directory>;

const Order = v.object({
  status: v.picklist(['pending', 'ready', 'processing', 'valid', 'invalid']),
  authorizations: v.array(link),
  finalize: link,
  certificate: v.optional(link),
  error: v.optional(ProblemDocument),
});
export type Order = v.InferOutput<typeof Order>;

/** Base64url (RFC 8555, 8.3): it becomes part of a path, and of the body served there. */
const token = v.pipe(v.string(), v.regex(/^[\w-]{1,256}$/));
const challengesMax = 16;

const Authorization = v.object({
  status: v.picklist(['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked']),
  identifier: v.object({ type: v.string(), value: v.string() }),
  challenges: v.pipe(
    v.array(
      v.object({
        type: line(40),
        url: link,
        status: v.string(),
        token: v.optional(token),
        error: v.optional(ProblemDocument),
      }),
    ),
    v.maxLength(challengesMax),
  ),
});
export type Authorization = v.InferOutput<typeof Authorization>;

const RenewalInfo = v.object({ suggestedWindow: v.object({ start: v.string(), end: v.string() }) });

interface AcmeAccount {
  readonly key: AccountKey;
  /** The account's address at the authority; null until it is registered. */
  readonly url: string | null;
}

interface AcmeClientDeps {
  readonly directoryUrl: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const nonceTriesMax = 5;

/**
 * One authority's requests (RFC 8555): each method is one request with a checked answer. Rejects with AcmeProblem or
 * Unreachable.
 */
export class AcmeClient {
  readonly #deps: AcmeClientDeps;
  readonly #nonces: string[] = [];
  #directory: Directory | null = null;
  #account: AcmeAccount | null = null;

  constructor(deps: AcmeClientDeps) {
    this.#deps = deps;
  }

  async directory(): Promise<Directory> {
    const answer = this.#directory ? null : await this.#send('GET', this.#deps.directoryUrl);
    if (answer) this.#directory = read(Directory, answer, 'directory');
    return this.#directory as Directory;
  }

  /** The account whose key signs from now on. */
  use(account: AcmeAccount): void {
    this.#account = account;
  }

  /** Registers the key, or finds the account that already has it; returns the account's address. */
  async register(email: string | null): Promise<string> {
    const { newAccount } = await this.directory();
    const answer = await this.#post(newAccount, {
      termsOfServiceAgreed: true,
      ...(email === null ? {} : { contact: [`mailto:${email}`] }),
    });
    return location(answer, 'newAccount');
  }

  async setContact(accountUrl: string, email: string | null): Promise<void> {
    await this.#post(accountUrl, { contact: email === null ? [] : [`mailto:${email}`] });
  }

  async newOrder(
    names: readonly Identifier[],
    more: { readonly profile: string | null; readonly replaces: string | null },
  ): Promise<{ url: string; order: Order }> {
    const { newOrder } = await this.directory();
    const answer = await this.#post(newOrder, {
      identifiers: names,
      ...(more.profile === null ? {} : { profile: more.profile }),
      ...(more.replaces === null ? {} : { replaces: more.replaces }),
    });
    return { url: location(answer, 'newOrder'), order: read(Order, answer, 'order') };
  }

  async order(url: string): Promise<{ order: Order; waitMs: number | null }> {
    const answer = await this.#post(url, null);
    return { order: read(Order, answer, 'order'), waitMs: this.#retryAfterMs(answer) };
  }

  async authorization(url: string): Promise<{ authorization: Authorization; waitMs: number | null }> {
    const answer = await this.#post(url, null);
    return {
      authorization: read(Authorization, answer, 'authorization'),
      waitMs: this.#retryAfterMs(answer),
    };
  }

  /** Asks the authority to verify. */
  async respond(challengeUrl: string): Promise<void> {
    await this.#post(challengeUrl, {});
  }

  async finalize(order: Order, csr: string): Promise<Order> {
    return read(Order, await this.#post(order.finalize, { csr }), 'order');
  }

  /** The chain in PEM. */
  async certificate(url: string): Promise<string> {
    return (await this.#post(url, null)).body;
  }

  /** When the authority wants a certificate renewed (RFC 9773); null if it doesn't say. */
  async renewalWindow(id: string): Promise<{ window: RenewalWindow; askAgainMs: number | null } | null> {
    const { renewalInfo } = await this.directory();
    if (renewalInfo === undefined) return null;
    const answer = await this.#send('GET', `${renewalInfo.replace(/\/$/, '')}/${id}`);
    const { suggestedWindow } = read(RenewalInfo, answer, 'renewal information');
    const window = { start: Date.parse(suggestedWindow.start), end: Date.parse(suggestedWindow.end) };
    if (!(window.end > window.start)) return null;
    return { window, askAgainMs: this.#retryAfterMs(answer) };
  }

  async #post(url: string, payload: unknown): Promise<Answer> {
    const account = this.#account;
    if (!account) throw new Error('no account');
    for (let tries = 1; ; tries++) {
      const nonce = this.#nonces.pop() ?? (await this.#newNonce());
      const body = signedRequest(account.key, { url, nonce, kid: account.url }, payload);
      try {
        return await this.#send('POST', url, body);
      } catch (error) {
        // The answer included a new one (RFC 8555, 6.5).
        const stale = error instanceof AcmeProblem && problemType(error.problem) === 'badNonce';
        if (!stale || tries >= nonceTriesMax) throw error;
      }
    }
  }

  async #newNonce(): Promise<string> {
    const { newNonce } = await this.directory();
    await this.#send('HEAD', newNonce);
    const nonce = this.#nonces.pop();
    if (nonce === undefined)
      throw new Unreachable(said('acme.why_no_nonce', { host: new URL(newNonce).host }));
    return nonce;
  }

  async #send(method: 'GET' | 'HEAD' | 'POST', url: string, body?: string): Promise<Answer> {
    const { transport, signal, clock } = this.#deps;
    const posted = body === undefined ? {} : { body, headers: { 'content-type': 'application/jose+json' } };
    const answer = await transport({ method, url, signal, ...posted });
    const nonce = answer.headers.get('replay-nonce');
    if (nonce !== null) this.#nonces.push(nonce);
    if (answer.status < 400) return answer;
    const problem = v.safeParse(v.pipe(v.string(), v.parseJson(), ProblemDocument), answer.body);
    if (!problem.success || problem.output.type === 'about:blank')
      throw new Unreachable(said('acme.why_status', { host: new URL(url).host, status: answer.status }));
    const waitMs = this.#retryAfterMs(answer);
    throw new AcmeProblem(problem.output, answer.status, waitMs === null ? null : clock.now() + waitMs);
  }

  #retryAfterMs(answer: Answer): number | null {
    return retryAfterMs(answer, this.#deps.clock);
  }
}

function read<const S extends v.GenericSchema>(schema: S, answer: Answer, what: string): v.InferOutput<S> {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), answer.body);
  if (result.success) return result.output as v.InferOutput<S>;
  throw new Unreachable(said('acme.why_not_rfc', { what }));
}

function location({ headers }: Answer, what: string): string {
  const url = headers.get('location');
  if (url === null || !URL.canParse(url)) throw new Unreachable(said('acme.why_no_location', { what }));
  return url;
}
