import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import type { Clock } from '../../../main/kernel/ports.ts';

export interface OrderRequest {
  readonly identifiers: readonly { readonly type: string; readonly value: string }[];
  readonly profile?: string;
  readonly replaces?: string;
}

export interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly detail?: string;
  readonly headers?: Record<string, string>;
}

export interface FakeAuthorityOptions {
  readonly clock: Clock;
  readonly validMs?: number;
  readonly profiles?: Record<string, string>;
  /** When it wants certificates renewed. Without it, there is no renewal information. */
  readonly window?: () => { start: number; end: number };
  /** The validations that it claims to have, instead of asking for none. */
  readonly proved?: readonly { readonly type: string; readonly value: string }[];
}

/**
 * A small ACME directory, for what Pebble doesn't support. It considers every name validated, checks each signature and
 * nonce, records the requests, and refuses what a test specifies.
 */
export class FakeAuthority {
  readonly orders: OrderRequest[] = [];
  readonly contacts: unknown[] = [];
  readonly windowsAsked: string[] = [];
  /** The addresses of the accounts, in the order in which their keys were first seen. */
  readonly accounts: JsonWebKey[] = [];
  /** Answers to use for the next calls of this path, one each. */
  readonly refusals = new Map<string, Refusal[]>();
  readonly #options: FakeAuthorityOptions;
  readonly #nonces = new Set<string>();
  #serial = 0x9000;
  #chain = new Map<number, string>();
  url = '';

  constructor(options: FakeAuthorityOptions) {
    this.#options = options;
  }

  get directory(): string {
    return `${this.url}/directory`;
  }

  async listen(t: Pick<TestContext, 'after'>): Promise<this> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    return this;
  }

  refuse(path: string, ...refusals: readonly Refusal[]): void {
    this.refusals.set(path, [...(this.refusals.get(path) ?? []), ...refusals]);
  }

  /** The content of the JWS, after its signature was verified. */
  #read(body: string, path: string): { payload: unknown; jwk: JsonWebKey | undefined } {
    const jws = JSON.parse(body) as { protected: string; payload: string; signature: string };
    const header = JSON.parse(Buffer.from(jws.protected, 'base64url').toString()) as {
      alg: string;
      nonce: string;
      url: string;
      jwk?: JsonWebKey;
      kid?: string;
    };
    const key = header.jwk ?? this.accounts[Number(header.kid?.split('/').pop())];
    if (!key || header.alg !== 'ES256' || header.url !== this.url + path) throw new Error('a wrong header');
    if (!this.#nonces.delete(header.nonce)) throw new Error('a wrong nonce');
    const signed = verify(
      'sha256',
      Buffer.from(`${jws.protected}.${jws.payload}`),
      { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
      Buffer.from(jws.signature, 'base64url'),
    );
    if (!signed) throw new Error('a wrong signature');
    const payload: unknown =
      jws.payload === '' ? null : JSON.parse(Buffer.from(jws.payload, 'base64url').toString());
    return { payload, jwk: header.jwk };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const nonce = `n${this.#nonces.size}-${Math.random()}`;
    this.#nonces.add(nonce);
    const say = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      response
        .writeHead(status, { 'replay-nonce': nonce, ...headers })
        .end(typeof body === 'string' ? body : JSON.stringify(body));
    const jws = request.method === 'POST' ? this.#read(await text(request), path) : null;
    const refusal = this.refusals.get(path)?.shift();
    if (refusal) {
      const problem = { type: `urn:ietf:params:acme:error:${refusal.type}`, detail: refusal.detail ?? '' };
      say(refusal.status, problem, refusal.headers);
      return;
    }
    const [, what, id = ''] = path.split('/');
    const serial = Number(id);
    switch (what) {
      case 'directory':
        say(200, this.#directory());
        return;
      case 'nonce':
        say(200, '');
        return;
      case 'account':
        if (jws?.jwk) this.accounts.push(jws.jwk);
        this.contacts.push((jws?.payload as { contact?: unknown } | undefined)?.contact);
        say(201, {}, { location: `${this.url}/account/${this.accounts.length - 1}` });
        return;
      case 'order':
        if (id === '') this.orders.push(jws?.payload as OrderRequest);
        say(201, this.#order(id === '' ? ++this.#serial : serial, id === ''), {
          location: `${this.url}/order/${id === '' ? this.#serial : id}`,
        });
        return;
      case 'proved':
        say(200, { status: 'valid', identifier: this.#options.proved?.[serial], challenges: [] });
        return;
      case 'finalize':
        this.#chain.set(
          serial,
          await this.#certify(serial, (jws?.payload as { csr: string } | undefined)?.csr ?? ''),
        );
        say(200, this.#order(serial));
        return;
      case 'certificate':
        say(200, this.#chain.get(serial) ?? '');
        return;
      case 'renewal': {
        this.windowsAsked.push(id);
        const window = this.#options.window!();
        const suggestedWindow = {
          start: new Date(window.start).toISOString(),
          end: new Date(window.end).toISOString(),
        };
        say(200, { suggestedWindow }, { 'retry-after': '3600' });
        return;
      }
      default:
        say(404, {});
    }
  }

  #directory() {
    const { profiles, window } = this.#options;
    return {
      newNonce: `${this.url}/nonce`,
      newAccount: `${this.url}/account`,
      newOrder: `${this.url}/order`,
      ...(window ? { renewalInfo: `${this.url}/renewal` } : {}),
      meta: { termsOfService: `${this.url}/terms`, ...(profiles ? { profiles } : {}) },
    };
  }

  #order(serial: number, isNew = false) {
    const done = this.#chain.has(serial);
    const { proved } = this.#options;
    return {
      status: done ? 'valid' : proved && isNew ? 'pending' : 'ready',
      authorizations: (proved ?? []).map((_, at) => `${this.url}/proved/${at}`),
      finalize: `${this.url}/finalize/${serial}`,
      ...(done ? { certificate: `${this.url}/certificate/${serial}` } : {}),
    };
  }

  async #certify(serial: number, csr: string): Promise<string> {
    await import('reflect-metadata');
    const x509 = await import('@peculiar/x509');
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const request = new x509.Pkcs10CertificateRequest(Buffer.from(csr, 'base64url'));
    if (!(await request.verify())) throw new Error('a wrong request');
    const now = this.#options.clock.now();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial.toString(16),
      issuer: 'CN=Fake authority',
      notBefore: new Date(now),
      notAfter: new Date(now + (this.#options.validMs ?? 90 * 86_400_000)),
      signingKey: keys.privateKey,
      publicKey: request.publicKey,
      signingAlgorithm: algorithm,
      extensions: [await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey), ...request.extensions],
    });
    return certificate.toString('pem');
  }
}
