import { ApiError, createClient } from '../../shared/api/client.ts';
import { apiPrefix } from '../../shared/api/contract/procedure.ts';
import { type Api, contract, type ProcedureName } from '../../shared/api/contract.ts';
import { isAtLeast, type Level } from '../../shared/api/roles.ts';
import type { Change } from '../../shared/api/topics.ts';
import { text } from '../text/text.ts';
import { forgetKept, keeping } from './kept.ts';
import { nodeClock } from './node-clock.svelte.ts';
import type { Connection, News, NodeLink } from './node-link.ts';
import { type FromHolder, SharedStream } from './shared-stream.ts';

const topics = [
  'room',
  'timeline',
  'typing',
  'read',
  'members',
  'invites',
  'peer',
  'peer-invites',
  'doctor',
  'check',
  'delivery',
  'outbox',
  'directory',
  'held',
  'keys',
  'settings',
  'recovery',
  'work',
  'account',
  'people',
  'resync',
  'notice',
] as const satisfies readonly Change['topic'][];
type Missing = Exclude<Change['topic'], (typeof topics)[number]>;
/** Fails to compile if a topic is missing. */
const allTopics: Missing extends never ? typeof topics : never = topics;

const againMs = 2_000;
/** Longer than most answers of the node take. A call that hangs must not block its screen forever. */
const answerMsMax = 60_000;

/** The node answers in the language of the request. */
const inOurLanguage = () => ({ 'accept-language': text.locale });

/** The shell that this page is of, which the entrance compares with its own. */
interface Shell {
  readonly build: string;
  /** The server has another one. */
  renew(): void;
}
const otherBuild = 412;

/** The console, or the app at the entrance: procedures over HTTP with a cookie, changes as server-sent events. */
export class HttpLink implements NodeLink {
  readonly api: Api;
  readonly shell = null;
  connection: Connection = $state('connecting');
  /** The rights of the person who is logged in; at the entrance null until the account was read. */
  level: Level | null = $state('machine');
  /** The paths of logging in and out begin with it. */
  readonly #door: string;
  readonly #shell: Shell | null;
  /** The API without what this browser has kept. */
  readonly #net: Api;
  #listeners = new Set<(news: News) => void>();
  readonly #shared: SharedStream;
  /** The stream of this browser, in the page that holds it. */
  #stream: EventSource | null = null;
  /** The id of the last change that this browser heard of; '' before the first. */
  #at = '';
  /** The login that the page uses; null without one. */
  #login: symbol | null = null;
  /** Someone has logged in since the page was loaded, and has not logged out. */
  #isIn = false;

  /**
   * `askedToLogIn`: the page was opened by a link that logs in, so trying without it is pointless. `door`: `/entrance`, or
   * nothing for the console.
   */
  constructor(askedToLogIn: boolean, door = '', shell: Shell | null = null) {
    this.#door = door;
    this.#shell = shell;
    if (door !== '') this.level = null;
    this.#net = createClient({
      baseUrl: location.origin,
      fetch: async (url, init) => {
        const login = this.#login;
        const askedAt = Date.now();
        const answer = await fetch(url, {
          ...init,
          headers: { ...init.headers, ...inOurLanguage(), ...(shell && { 'paracord-build': shell.build }) },
          ...(init.isLong ? {} : { signal: AbortSignal.timeout(answerMsMax) }),
        });
        nodeClock.answered(answer.headers.get('date'), askedAt);
        // Any call may be the first to notice that the login has expired. A late one may be about the previous login.
        if (answer.status === 401 && this.#login === login) this.#leave();
        if (answer.status === otherBuild) shell?.renew();
        return answer;
      },
    });
    this.api = shell === null ? this.#net : keeping(this.#net, () => this.connection === 'open');
    this.#shared = new SharedStream({
      take: () => this.#open(),
      give: () => this.#close(),
      hear: (message) => this.#hear(message),
      connection: () => this.connection,
      at: () => this.#at,
      page: document,
    });
    if (askedToLogIn) this.connection = 'logged-out';
    else this.#listen();
  }

  onNews(listener: (news: News) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async loginCommand(): Promise<string | null> {
    return (await this.#aboutLogin())?.command ?? null;
  }

  async browserId(): Promise<string | null> {
    return (await this.#aboutLogin())?.browser ?? null;
  }

  async #aboutLogin(): Promise<{ command: string | null; browser: string | null } | null> {
    const answer = await fetch('/login').catch(() => null);
    return answer?.ok ? await answer.json() : null;
  }

  async logIn(code: string): Promise<void> {
    await this.enter('login', { code });
  }

  /** Sends a form that logs in; its answer. */
  async enter(form: string, fields: object): Promise<unknown> {
    const answer = await this.post(form, fields);
    // Perhaps somebody else's.
    if (this.#shell !== null) forgetKept();
    // The code is used up. If the stream can't be opened right now, that isn't a reason to ask for another.
    this.connection = 'connecting';
    this.#listen();
    return answer;
  }

  async logOut(): Promise<void> {
    await this.post('logout', {});
    this.#isIn = false;
    this.#leave();
  }

  languageChanged(): void {
    if (this.#login !== null) this.#shared.takeOver();
  }

  may(name: ProcedureName): boolean {
    return this.level !== null && isAtLeast(this.level, contract[name].access.least);
  }

  confirms(): boolean {
    return false;
  }

  #leave(): void {
    this.#login = null;
    if (this.#shell !== null) forgetKept();
    this.#close();
    this.#shared.leave();
    this.connection = this.#isIn ? 'expired' : 'logged-out';
  }

  #listen(): void {
    this.#login = Symbol();
    this.#shared.join();
  }

  #close(): void {
    this.#stream?.close();
    this.#stream = null;
  }

  #open(): void {
    this.#close();
    // An event stream can't have headers of its own.
    const asked = new URLSearchParams({
      language: text.locale,
      after: this.#at,
      ...(this.#shell && { build: this.#shell.build }),
    });
    const stream = new EventSource(`${apiPrefix}/stream?${asked}`);
    this.#stream = stream;
    stream.onopen = () => {
      // A page that took the stream from another goes on from the last change that it heard.
      const goesOn = this.connection === 'open' && this.#at !== '';
      this.#now('open');
      // Changes between the last reading and now were not reported.
      if (!goesOn) this.#report({ topic: 'resync' });
    };
    for (const topic of allTopics)
      stream.addEventListener(topic, (event) => {
        this.#at = event.lastEventId;
        this.#report(JSON.parse(event.data));
      });
    stream.onerror = () => {
      if (this.#stream !== stream) return;
      const wasOpen = this.connection === 'open';
      // The browser tries again by itself, or somebody was connected.
      if (wasOpen || stream.readyState === EventSource.CONNECTING) this.#now('lost');
      // After an answer that isn't a stream (401, 503) the browser does not retry by itself.
      if (stream.readyState === EventSource.CLOSED) void this.#findOut();
      // The login may have ended, for which the browser would wait a while. The call that is refused ends it here.
      else if (wasOpen) this.#ask().catch(() => {});
    };
  }

  /** Any call that needs the login and nothing else. */
  #ask(): Promise<unknown> {
    return this.#door === '' ? this.#net.status({}) : this.#net.account({});
  }

  /** Asks why there is no stream, and opens it again as soon as possible. */
  async #findOut(): Promise<void> {
    try {
      await this.#ask();
    } catch {
      if (this.#stream === null) return;
      this.#now('lost');
    }
    setTimeout(() => {
      if (this.#stream !== null) this.#open();
    }, againMs);
  }

  #now(connection: Connection): void {
    this.connection = connection;
    if (connection === 'open') this.#isIn = true;
    this.#shared.report();
  }

  #hear(message: FromHolder): void {
    this.#at = message.at;
    if (message.kind === 'news') {
      this.#tell(message.news);
      return;
    }
    const wasOpen = this.connection === 'open';
    this.#now(message.connection);
    // Earlier answers may be those that this browser had kept.
    if (this.connection === 'open' && !wasOpen) this.#tell({ topic: 'resync' });
  }

  #report(news: News): void {
    this.#tell(news);
    this.#shared.passOn(news);
  }

  #tell(news: News): void {
    for (const listener of [...this.#listeners]) listener(news);
  }

  /** Sends a form that needs no login; its answer. */
  async post(form: string, body: object): Promise<unknown> {
    const answer = await fetch(`${this.#door}/${form}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...inOurLanguage() },
      body: JSON.stringify(body),
      // A device waits for two minutes at most to be confirmed.
      signal: AbortSignal.timeout(form.startsWith('device') ? 3 * answerMsMax : answerMsMax),
    });
    if (answer.ok) return answer.json();
    const { code, message, details } = await answer.json();
    throw new ApiError(answer.status, code, message, details);
  }
}
