import type { Http, HttpRequest, HttpResult } from '../../../main/client/http.ts';
import { UndiciHttp } from '../../../main/client/undici-http.ts';

/**
 * Outgoing HTTP of a home that tells nobody who has which event, or of an origin that asks no home, for as long as a test
 * wants.
 */
export class HeldReports implements Http {
  readonly #inner = new UndiciHttp();
  #held: PromiseWithResolvers<void> | null = null;

  async request(request: HttpRequest): Promise<HttpResult> {
    if (new URL(request.url).pathname.endsWith('/receipts')) await this.#held?.promise;
    return this.#inner.request(request);
  }

  seenCertificate = (url: string): string | null => this.#inner.seenCertificate(url);
  close = (): Promise<void> => {
    this.release();
    return this.#inner.close();
  };

  hold(): void {
    this.#held ??= Promise.withResolvers<void>();
  }

  /** Sends what was held. */
  release(): void {
    this.#held?.resolve();
    this.#held = null;
  }
}
