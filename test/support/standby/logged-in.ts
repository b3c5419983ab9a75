import assert from 'node:assert/strict';
import { until } from '../until.ts';
import type { PlacedTwin } from './placed-twin.ts';

/** The owner's browser, which logged in once and knows both nodes by the same address on its machine. */
export class LoggedInBrowser {
  readonly #headers: Readonly<Record<string, string>>;

  private constructor(headers: Readonly<Record<string, string>>) {
    this.#headers = headers;
  }

  static async logIn({ api, control, fetch }: PlacedTwin): Promise<LoggedInBrowser> {
    const { url } = await api.makeLoginLink({});
    const own = { origin: control, 'sec-fetch-site': 'same-origin' };
    const body = JSON.stringify({ code: url.split('/').at(-1) });
    const { status, headers } = await fetch(`${control}/login`, {
      method: 'POST',
      headers: own,
      body,
      isLong: false,
    });
    assert.equal(status, 200);
    return new LoggedInBrowser({ ...own, cookie: headers['set-cookie']?.[0]?.split(';')[0] ?? '' });
  }

  /** Fails if a node asks for another login. Waits for one that can't answer now. */
  async isStillIn({ control, fetch }: PlacedTwin, patienceMs: number): Promise<void> {
    const status = await until(
      [],
      'a node to answer a browser',
      async () => {
        const answer = await fetch(`${control}/api/v1/status`, {
          method: 'GET',
          headers: this.#headers,
          isLong: false,
        });
        return answer.status !== 503 && answer.status;
      },
      patienceMs,
    );
    assert.equal(status, 200, 'a browser that was logged in');
  }
}
