import type { Http, HttpRequest, HttpResult } from '../../../main/client/http.ts';
import { UndiciHttp } from '../../../main/client/undici-http.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { said } from '../../../shared/words/said.ts';

/** Outgoing HTTP in which some addresses lead elsewhere, or all nowhere, for as long as a test wants. */
export class Detour implements Http {
  readonly #inner = new UndiciHttp();
  readonly #leads = new Map<string, string>();
  #isOnNetwork = true;

  request(request: HttpRequest): Promise<HttpResult> {
    if (!this.#isOnNetwork) return Promise.resolve({ kind: 'network', error: said('network.no_network') });
    const { origin } = new URL(request.url);
    const to = this.#leads.get(origin);
    if (to === undefined) return this.#inner.request(request);
    return this.#inner.request({
      ...request,
      url: request.url.replace(origin, to),
      policy: { byOwner: true, tlsSha256: null },
    });
  }

  seenCertificate = (url: string): string | null => this.#inner.seenCertificate(url);
  close = (): Promise<void> => this.#inner.close();

  /** From now on, no request leaves this computer. */
  loseNetwork(): void {
    this.#isOnNetwork = false;
  }

  findNetwork(): void {
    this.#isOnNetwork = true;
  }

  /** Changes a peer's address to one where it answers only now (at `really`), and never again. */
  async strand(api: Api, server_name: string, endpoint: string, really: string): Promise<void> {
    this.#leads.set(new URL(endpoint).origin, really);
    try {
      await api.changePeer({ server_name, endpoint });
    } finally {
      this.#leads.clear();
    }
  }
}
