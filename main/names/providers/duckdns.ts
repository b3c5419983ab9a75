import { isIPv6 } from 'node:net';
import { said } from '../../../shared/words/said.ts';
import { ask, type DnsProvider, type HttpsProviderDeps, NameProblem } from '../provider.ts';

/** Tests use another address. */
export const duckdnsUrl = 'https://www.duckdns.org';
export const duckdnsSuffix = '.duckdns.org';

/**
 * Speaks DuckDNS’s one address: https://www.duckdns.org/spec.jsp. The token is a part of it, so nothing quotes it. A name
 * has one text, which all names below it share.
 */
export class DuckDns implements DnsProvider {
  readonly #deps: HttpsProviderDeps;
  readonly #url: string;

  constructor(deps: HttpsProviderDeps, url: string) {
    this.#deps = deps;
    this.#url = url;
  }

  /** An update leaves the record of the other family as it is, so that one is cleared before. */
  async point(address: string | null): Promise<void> {
    if (address === null) {
      await this.#update({ clear: 'true' });
      return;
    }
    const record = isIPv6(address) ? { ipv6: address } : { ip: address };
    const [v4 = '', v6 = ''] = await this.#update(record);
    if ((isIPv6(address) ? v4 : v6) === '') return;
    await this.#update({ clear: 'true' });
    await this.#update(record);
  }

  /** An update without an address takes the one that the request came from, and says which. */
  async outside(): Promise<string | null> {
    const [v4 = ''] = await this.#update({ ip: '' });
    return v4 === '' ? null : v4;
  }

  async prove(text: string | null): Promise<void> {
    await this.#update(text === null ? { txt: '', clear: 'true' } : { txt: text });
  }

  /** The lines after the OK. */
  async #update(change: Readonly<Record<string, string>>): Promise<string[]> {
    const { name, token } = this.#deps;
    const domains = name.slice(0, -duckdnsSuffix.length);
    const query = new URLSearchParams({ domains, token, verbose: 'true', ...change });
    const { body } = await ask(this.#deps, 'DuckDNS', {
      method: 'GET',
      url: `${this.#url}/update?${query}`,
    });
    const [first = '', ...rest] = body.split(/\r?\n/).map((line) => line.trim());
    if (first === 'OK') return rest;
    throw new NameProblem(
      first === 'KO'
        ? said('kept_name.duckdns_refused', { name })
        : said('kept_name.not_understood', { provider: 'DuckDNS' }),
    );
  }
}
