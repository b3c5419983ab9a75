import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

/** A request to a provider. */
export interface Asked {
  readonly method: string;
  readonly path: string;
}

interface Refusal {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** The records and refusals that both stand-ins have. */
class Provider {
  /** The one that it accepts. */
  token: string;
  /** Answers nothing but 503. */
  isDown = false;
  /** The address from which it sees requests come. */
  outside = '81.2.69.142';
  readonly asked: Asked[] = [];
  /** Answers to use for the next requests instead, one each. */
  readonly refusals: Refusal[] = [];
  /** `TYPE name` to its values. */
  readonly records = new Map<string, readonly string[]>();
  /** After a text has changed. */
  onText: (name: string, texts: readonly string[]) => void | Promise<void> = () => {};
  url = '';

  constructor(token: string) {
    this.token = token;
  }

  async listen(t: Pick<TestContext, 'after'>): Promise<this> {
    const server = createServer((request, response) => {
      void this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(599).end(String(error));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return this;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    this.asked.push({ method, path: url });
    const refused: Refusal | undefined = this.isDown ? { status: 503 } : this.refusals.shift();
    if (refused) {
      response.writeHead(refused.status, refused.headers).end(refused.body ?? '');
      return;
    }
    const { status, body } = await this.answer(request, new URL(url, this.url), await text(request));
    response.writeHead(status).end(body);
  }

  protected answer(_request: IncomingMessage, _url: URL, _body: string): Promise<Reply> | Reply {
    return { status: 404, body: '' };
  }

  protected async put(type: string, name: string, values: readonly string[]): Promise<void> {
    if (values.length === 0) this.records.delete(`${type} ${name}`);
    else this.records.set(`${type} ${name}`, values);
    if (type === 'TXT') await this.onText(name, values);
  }
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

interface DesecSet {
  readonly subname?: string;
  readonly type: string;
  readonly ttl?: number;
  readonly records: readonly string[];
}

/** DeSEC, as its documentation describes it. */
export class FakeDesec extends Provider {
  /** The domains of the account, and the smallest TTL of each. */
  readonly domains = new Map<string, number>();
  /** Its words if it takes no text. */
  textProblem: string | null = null;

  constructor(token = 'i-T3b1h_OI-H9ab8tRS98stGtURe') {
    super(token);
  }

  protected override answer({ method, headers }: IncomingMessage, url: URL, body: string) {
    if (url.pathname === '/outside') {
      if (headers.authorization !== undefined) throw new Error('the token went where it needn’t');
      return { status: 200, body: `${this.outside}\n` };
    }
    if (headers.authorization !== `Token ${this.token}`)
      return { status: 401, body: '{"detail":"Invalid token."}' };
    const qname = url.searchParams.get('owns_qname');
    if (method === 'GET' && url.pathname === '/api/domains/' && qname !== null) {
      const owning = [...this.domains.keys()]
        .filter((name) => qname === name || qname.endsWith(`.${name}`))
        .sort((a, b) => b.length - a.length)
        .slice(0, 1);
      const found = owning.map((name) => ({ name, minimum_ttl: this.domains.get(name), touched: null }));
      return { status: 200, body: JSON.stringify(found) };
    }
    const [, domain = ''] = /^\/api\/domains\/([^/]+)\/rrsets\/$/.exec(url.pathname) ?? [];
    const ttlMin = this.domains.get(domain);
    if (method !== 'PATCH' || ttlMin === undefined) return { status: 404, body: '{"detail":"Not found."}' };
    return this.#patch(domain, ttlMin, JSON.parse(body) as DesecSet[]);
  }

  /** All or none. */
  async #patch(domain: string, ttlMin: number, sets: readonly DesecSet[]): Promise<Reply> {
    const errors = sets.map(({ ttl = 0, type, records }) => {
      if (records.length > 0 && ttl < ttlMin)
        return { ttl: [`Ensure this value is greater than or equal to ${ttlMin}.`] };
      if (type === 'TXT' && records.length > 0 && this.textProblem !== null)
        return { non_field_errors: [this.textProblem] };
      if (type === 'TXT' && !records.every((one) => /^".*"$/.test(one)))
        return { non_field_errors: ['Record content must be quoted.'] };
      return {};
    });
    if (errors.some((one) => Object.keys(one).length > 0))
      return { status: 400, body: JSON.stringify(errors) };
    for (const { subname = '', type, records } of sets) {
      const name = subname === '' ? domain : `${subname}.${domain}`;
      const values = type === 'TXT' ? records.map((one) => one.slice(1, -1)) : records;
      await this.put(type, name, values);
    }
    return { status: 200, body: JSON.stringify(sets) };
  }
}

/** DuckDNS, as its specification describes it: one name has one text, which all names below it share. */
export class FakeDuckDns extends Provider {
  readonly name: string;

  constructor(name = 'anna', token = 'a7c4d0ad-114e-40ef-ba1d-d217904a50f2') {
    super(token);
    this.name = name;
  }

  protected override async answer({ method }: IncomingMessage, { pathname, searchParams: query }: URL) {
    if (method !== 'GET' || pathname !== '/update') return { status: 404, body: '' };
    if (query.get('token') !== this.token || query.get('domains') !== this.name)
      return { status: 200, body: 'KO' };
    const name = `${this.name}.duckdns.org`;
    const isClearing = query.get('clear') === 'true';
    const text = query.get('txt');
    if (text !== null) {
      const texts = isClearing ? [] : [text];
      await this.put('TXT', name, texts);
      await this.onText(`_acme-challenge.${name}`, texts);
      return { status: 200, body: `OK\n${texts[0] ?? ''}\nUPDATED` };
    }
    const [ip, ipv6] = [query.get('ip') ?? '', query.get('ipv6') ?? ''];
    if (isClearing) for (const type of ['A', 'AAAA']) await this.put(type, name, []);
    else {
      if (ipv6 === '') await this.put('A', name, [ip === '' ? this.outside : ip]);
      else await this.put('AAAA', name, [ipv6]);
    }
    const [v4 = ''] = this.records.get(`A ${name}`) ?? [];
    const [v6 = ''] = this.records.get(`AAAA ${name}`) ?? [];
    return { status: 200, body: `OK\n${v4}\n${v6}\nUPDATED` };
  }
}
