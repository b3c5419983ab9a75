import { isIPv6 } from 'node:net';
import * as v from 'valibot';
import { plainText } from '../../../shared/protocol/coding/plain-text.ts';
import { said } from '../../../shared/words/said.ts';
import type { Answer, Request } from '../../tls/transport.ts';
import { ask, type DnsProvider, type HttpsProviderDeps, NameProblem } from '../provider.ts';

/** The addresses of deSEC; tests have others. */
export interface DesecUrls {
  readonly api: string;
  readonly outside: string;
}
export const desecUrls: DesecUrls = {
  api: 'https://desec.io/api/v1',
  outside: 'https://checkipv4.dedyn.io/',
};

/** Lives as short as a domain allows, so that a new address is seen soon. */
const ttlSecondsMin = 60;

const Domains = v.array(v.object({ name: v.string(), minimum_ttl: v.number() }));
type Domain = v.InferOutput<typeof Domains>[number];

interface RecordSet {
  readonly type: 'A' | 'AAAA' | 'TXT';
  readonly records: readonly string[];
}

/** Speaks the REST API of deSEC: https://desec.readthedocs.io, “Retrieving and Creating DNS Records”. */
export class Desec implements DnsProvider {
  readonly #deps: HttpsProviderDeps;
  readonly #urls: DesecUrls;
  #domain: Domain | null = null;

  constructor(deps: HttpsProviderDeps, urls: DesecUrls) {
    this.#deps = deps;
    this.#urls = urls;
  }

  async point(address: string | null): Promise<void> {
    const isSix = address !== null && isIPv6(address);
    await this.#set('', [
      { type: 'A', records: address === null || isSix ? [] : [address] },
      { type: 'AAAA', records: isSix ? [address] : [] },
    ]);
  }

  /** Leaves out the token, which that service doesn't need. */
  async outside(): Promise<string | null> {
    const { status, body } = await ask(this.#deps, 'deSEC', { method: 'GET', url: this.#urls.outside });
    return status === 200 ? body.trim() : null;
  }

  async prove(text: string | null): Promise<void> {
    await this.#set('_acme-challenge', [{ type: 'TXT', records: text === null ? [] : [`"${text}"`] }]);
  }

  /** Sends all of them in one request, so the provider accepts all or none. */
  async #set(label: string, sets: readonly RecordSet[]): Promise<void> {
    const { name, minimum_ttl } = await this.#find();
    const below = this.#deps.name.slice(0, -name.length).replace(/\.$/, '');
    const subname = [label, below].filter((part) => part !== '').join('.');
    const ttl = Math.max(minimum_ttl, ttlSecondsMin);
    await this.#send({
      method: 'PATCH',
      url: `${this.#urls.api}/domains/${encodeURIComponent(name)}/rrsets/`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(sets.map((set) => ({ subname, ttl, ...set }))),
    });
  }

  /** The domain that the name belongs to: the name itself, or one above it. */
  async #find(): Promise<Domain> {
    if (this.#domain !== null) return this.#domain;
    const { name } = this.#deps;
    const query = new URLSearchParams({ owns_qname: name });
    const { body } = await this.#send({ method: 'GET', url: `${this.#urls.api}/domains/?${query}` });
    const found = v.safeParse(v.pipe(v.string(), v.parseJson(), Domains), body);
    if (!found.success) throw new NameProblem(said('kept_name.not_understood', { provider: 'deSEC' }));
    const domain = found.output.find((one) => name === one.name || name.endsWith(`.${one.name}`));
    if (domain === undefined) throw new NameProblem(said('kept_name.desec_no_domain', { name }));
    this.#domain = domain;
    return domain;
  }

  async #send({ headers, ...request }: Omit<Request, 'signal'>): Promise<Answer> {
    const authorization = `Token ${this.#deps.token}`;
    const answer = await ask(this.#deps, 'deSEC', { ...request, headers: { ...headers, authorization } });
    if (answer.status < 400) return answer;
    if (answer.status === 401 || answer.status === 403) throw new NameProblem(said('kept_name.desec_token'));
    throw new NameProblem(
      said('kept_name.refused', {
        provider: 'deSEC',
        quote: plainText(sentencesIn(answer.body), 200) || String(answer.status),
      }),
    );
  }
}

/** Takes the provider's sentences out of the fields of its answer. */
function sentencesIn(body: string): string {
  const texts = (value: unknown): string[] => {
    if (typeof value === 'string') return [value];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
  };
  try {
    return texts(JSON.parse(body)).join(' ');
  } catch {
    return body;
  }
}
