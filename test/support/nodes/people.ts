import { request } from 'node:http';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { createClient } from '../../../shared/api/client.ts';
import type { Api, Input } from '../../../shared/api/contract.ts';
import { Authenticator, type Page } from '../parties/authenticator.ts';
import { type Answer, call } from './control-server.ts';
import { type LocalNode, type LocalNodeOptions, startLocalNode } from './local-node.ts';

export const password = 'correct horse battery';

/** A node `a.test` behind a proxy that ends TLS, where people can log in. */
export async function openEntrance(
  t: Pick<TestContext, 'after'>,
  options: Partial<LocalNodeOptions> = {},
): Promise<LocalNode> {
  const node = await startLocalNode(t, { name: 'a.test', ...options });
  await openTo(node);
  return node;
}

/** The time of day as a test sets it. Timers go on as ever. */
export function movedClock() {
  const time = { now: Date.now() };
  return { time, ports: { ...systemPorts, clock: { ...systemPorts.clock, now: () => time.now } } };
}

/** Lets people log in at `https://a.test`. Peers that are to reach the node know its own address before. */
export const openTo = (node: Pick<LocalNode, 'api'>) =>
  node.api.changeSettings({ public_url: 'https://a.test', people_log_in: true });

/** Headers that a browser sends from our own page, in HTTP as the proxy forwards it. */
const page = { host: 'a.test', origin: 'https://a.test', 'sec-fetch-site': 'same-origin' };

/** A browser at the entrance. */
export class Visitor {
  readonly #base: string;
  readonly #headers: Record<string, string>;
  cookie = '';

  constructor(node: Pick<LocalNode, 'url'>, headers: Record<string, string> = {}) {
    this.#base = node.url;
    this.#headers = { ...page, 'user-agent': 'Mozilla/5.0 (Android 16; Mobile) Firefox/140.0', ...headers };
  }

  async send(method: string, path: string, body?: object | string): Promise<Answer> {
    const headers = { ...this.#headers, ...(this.cookie === '' ? {} : { cookie: this.cookie }) };
    const text = typeof body === 'object' ? JSON.stringify(body) : body;
    const sent = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) };
    const answer = await call(this.#base, method, path, {
      headers: { ...headers, ...sent },
      ...(text === undefined ? {} : { body: text }),
    });
    const given = answer.headers['set-cookie']?.at(-1)?.split(';')[0];
    if (given !== undefined) this.cookie = given.endsWith('=') ? '' : given;
    return answer;
  }

  post(name: string, body: object): Promise<Answer> {
    return this.send('POST', `/entrance/${name}`, body);
  }

  logIn(name: string, word = password): Promise<Answer> {
    return this.post('login', { name, password: word });
  }

  /** The API as this browser calls it. */
  get api(): Api {
    return createClient({
      baseUrl: '',
      fetch: async (url, { method, body }) => {
        const { status, body: text } = await this.send(method, url, body);
        return { status, text: async () => text };
      },
    });
  }

  /** Its event stream. `ended` resolves when the node ends it. */
  stream(
    query = '',
  ): Promise<{ lines: string[]; ended: Promise<void>; heard: (text: string) => Promise<void> }> {
    const lines: string[] = [];
    const waiting = new Set<() => void>();
    const asked = request(`${this.#base}/api/v1/stream${query}`, {
      agent: false,
      headers: { ...this.#headers, cookie: this.cookie },
    });
    return new Promise((resolve, reject) => {
      asked.once('error', reject);
      asked.once('response', (response) => {
        const ended = new Promise<void>((done) => response.once('close', () => done()));
        const read = createInterface({ input: response });
        read.on('line', (line) => {
          lines.push(line);
          for (const look of waiting) look();
        });
        const heard = (text: string) =>
          new Promise<void>((done) => {
            const look = () => {
              if (!lines.some((line) => line.includes(text))) return;
              waiting.delete(look);
              done();
            };
            waiting.add(look);
            look();
          });
        read.once('line', () => resolve({ lines, ended, heard }));
      });
      asked.end();
    });
  }
}

const secretOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

/** The secret of a new join link. */
export async function joinSecret(
  node: Pick<LocalNode, 'api'>,
  wanted: Input<'makeJoinLink'> = {},
): Promise<string> {
  return secretOf((await node.api.makeJoinLink(wanted)).url);
}

export async function resetSecret(node: LocalNode, user_id: string): Promise<string> {
  return secretOf((await node.api.makeResetLink({ user_id })).url);
}

/** Somebody who joined by a link and is logged in. */
export async function joined(
  node: Pick<LocalNode, 'api' | 'url'>,
  localpart: string,
  wanted: Input<'makeJoinLink'> = {},
): Promise<Visitor> {
  const visitor = new Visitor(node);
  const secret = await joinSecret(node, wanted);
  const answer = await visitor.post('join', { secret, localpart, password });
  if (answer.status !== 200) throw new Error(answer.body);
  return visitor;
}

export const passkeyAsked = async (visitor: Visitor, form: string, body: object = {}): Promise<string> =>
  JSON.parse((await visitor.post(form, body)).body).options;

/** Somebody who joined with a passkey and has no password. */
export async function passkeyJoined(node: LocalNode, localpart: string) {
  const visitor = new Visitor(node);
  const key = new Authenticator();
  const secret = await joinSecret(node);
  const options = await passkeyAsked(visitor, 'passkey-for-joining', { secret, localpart });
  const answer = await visitor.post('join', { secret, localpart, passkey: key.make(options) });
  if (answer.status !== 200) throw new Error(answer.body);
  return { visitor, key };
}

/** The status of the answer. */
export async function passkeyLogIn(visitor: Visitor, key: Authenticator, page: Page = {}): Promise<number> {
  const passkey = key.use(await passkeyAsked(visitor, 'passkey-challenge'), page);
  return (await visitor.post('passkey-login', { passkey })).status;
}
