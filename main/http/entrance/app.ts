import type { IncomingMessage, RequestListener } from 'node:http';
import type { TLSSocket } from 'node:tls';
import Koa, { type Context } from 'koa';
import type * as v from 'valibot';
import { entranceInputs } from '../../../shared/api/contract/people.ts';
import { apiPrefix } from '../../../shared/api/contract/procedure.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { checkedInput, fieldsOf, refuseUnknownFields } from '../../../shared/api/input.ts';
import type { ReadNow } from '../../../shared/api/topics.ts';
import { invitePagePath } from '../../../shared/protocol/invites/invite-link.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { Known } from '../../access/callers.ts';
import type { AccessFacts } from '../../access/policy.ts';
import { readUserAgent } from '../../access/user-agent.ts';
import type { ChangeFeed } from '../../changes.ts';
import type { Clock } from '../../kernel/ports.ts';
import { type Accounts, accountSessionMsMax, type NewDevice } from '../../people/accounts.ts';
import type { Passkeys } from '../../people/passkeys.ts';
import type { PeopleLinks } from '../../people/people-links.ts';
import type { FileByteDeps } from '../control/file-bytes.ts';
import { readJsonObject } from '../control/json-body.ts';
import { createPages } from '../control/pages.ts';
import { answerErrors, apiRoutes, refuseBadEscapes, refuseUnknownRoute } from '../control/routes.ts';
import { createStreams, type Message } from '../control/stream.ts';
import { isBrokenConnection, requestProven } from '../listen.ts';
import { Router } from '../router.ts';
import { refuseStrange, visitorOf } from './guard.ts';
import { EntranceShares } from './shares.ts';

const cookieName = '__Host-paracord';
const formBytesMax = 24_576;

interface EntranceOptions {
  /** The node's answers, in this locale. */
  readonly apiIn: (locale: string) => Api;
  readonly messageNow: (locale: string, eventId: string) => Message | null;
  readonly readNow: (locale: string, userId: string, roomId: string) => ReadNow | null;
  readonly files: FileByteDeps;
  readonly changes: ChangeFeed;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly peopleLinks: PeopleLinks;
  readonly passkeys: Passkeys;
  readonly access: AccessFacts;
  readonly pagesDir?: string | undefined;
  readonly log: { error(details: object, message: string): void };
  /** Whether the owner lets people log in. */
  readonly isOpen: () => boolean;
  /** The names under which people reach this server. */
  readonly hosts: () => ReadonlySet<string>;
  readonly serverName: () => string;
}

export interface Entrance {
  readonly handler: RequestListener;
  /** Whether a request is for the entrance and not for the federation, whose listener it shares. */
  takes(request: IncomingMessage): boolean;
  /** Ends the open streams and refuses new ones. */
  endStreams(): void;
}

/** Serves the app and its API to people: at the address of the federation, under other paths. */
export function createEntrance(options: EntranceOptions): Entrance {
  const { accounts, peopleLinks, passkeys, access, clock, log } = options;
  const app = new Koa();
  const shares = new EntranceShares(clock);
  const pages = createPages(options.pagesDir ?? null);
  const streams = createStreams(options);
  let ended = false;

  const router = new Router({ sensitive: true });
  router.get('/entrance', async (ctx) => {
    ctx.body = {
      server_name: options.serverName(),
      passkeys: passkeys.worksAt(ctx.hostname),
      build: await pages.build(),
    };
  });
  router.get('/entrance/manifest.webmanifest', (ctx) => {
    ctx.body = manifestOf(options.serverName());
    ctx.type = 'application/manifest+json';
  });
  post('login', async (ctx, { name, password }) => {
    const { visitor } = ctx.state;
    giveCookie(ctx, await accounts.logIn({ name, password, device: deviceFrom(ctx) }, visitor));
    return { done: true };
  });
  post('link', async (_, { secret }) => peopleLinks.look(secret));
  post('join', async (ctx, { display_name, ...wanted }) => {
    const { cookie, rooms } = await peopleLinks.join({
      ...wanted,
      displayName: display_name ?? wanted.localpart,
      device: deviceFrom(ctx),
    });
    giveCookie(ctx, cookie);
    return { rooms };
  });
  post('passkey-for-joining', async (ctx, { secret, localpart }) => ({
    options: await peopleLinks.passkeyToMake(secret, localpart, ctx.hostname),
  }));
  post('passkey-challenge', async (ctx) => ({ options: await passkeys.toLogIn(ctx.hostname) }));
  post('passkey-login', async (ctx, { passkey }) => {
    giveCookie(ctx, await passkeys.logIn(passkey, deviceFrom(ctx)));
    return { done: true };
  });
  post('reset', async (ctx, { secret, password }) => {
    giveCookie(ctx, await peopleLinks.reset(secret, password, deviceFrom(ctx)));
    return { done: true };
  });
  router.post('/entrance/device', async (ctx) => {
    await askForDevice(ctx, (await form(ctx, entranceInputs.link)).secret);
  });
  post('device-code', async (ctx, { code }) => {
    await askForDevice(ctx, peopleLinks.secretOf(code, ctx.state.visitor));
    return { done: true };
  });
  async function askForDevice(ctx: Context, secret: string): Promise<void> {
    const left = new AbortController();
    ctx.res.once('close', () => left.abort());
    giveCookie(ctx, await peopleLinks.askForDevice(secret, deviceFrom(ctx), left.signal));
    ctx.body = { done: true };
  }
  router.post('/entrance/logout', async (ctx) => {
    const secret = ctx.cookies.get(cookieName);
    if (secret !== undefined) await accounts.logOut(secret);
    giveCookie(ctx, null);
    ctx.body = { done: true };
  });
  apiRoutes(router, { apiIn: options.apiIn, files: options.files, clock, streams, isEnded: () => ended });

  function post<N extends keyof typeof entranceInputs>(
    name: N,
    answer: (ctx: Context, input: v.InferOutput<(typeof entranceInputs)[N]>) => Promise<object>,
  ): void {
    router.post(`/entrance/${name}`, async (ctx) => {
      ctx.body = await answer(ctx, await form(ctx, entranceInputs[name]));
    });
  }

  app.on('error', (error: NodeJS.ErrnoException) => {
    if (!isBrokenConnection(error)) log.error({ err: error }, 'answering a person failed');
  });
  app.use((ctx, next) => answerErrors(ctx, next, log));
  app.use((ctx, next) => {
    shares.connect(ctx.req);
    const { socket } = ctx.req;
    refuseStrange({
      headers: ctx.headers,
      method: ctx.method,
      hosts: options.hosts(),
      isTls: (socket as Partial<TLSSocket>).encrypted === true,
      localAddress: socket.localAddress ?? '',
      remoteAddress: socket.remoteAddress ?? '',
    });
    const visitor = visitorOf(ctx.headers, socket.remoteAddress ?? '');
    ctx.state.visitor = visitor;
    const isApi = ctx.path === apiPrefix || ctx.path.startsWith(`${apiPrefix}/`);
    if (isApi) ctx.state.known = personOf(ctx, visitor);
    else {
      shares.takeVisit(visitor);
      shares.hold(visitor ?? '', ctx.req, ctx.res);
    }
    refuseBadEscapes(ctx.path);
    return next();
  });
  app.use(async (ctx, next) => ((await pages.answer(ctx)) ? undefined : next()));
  app.use(async (ctx, next) => {
    // The app in a browser may be older than this server, until it was loaded again.
    const build = ctx.get('paracord-build') || ctx.query.build?.toString();
    if (build && ctx.path.startsWith(`${apiPrefix}/`) && build !== (await pages.build()))
      throw refusal('CONFLICT', said('people.other_build'), { status: 412 });
    return next();
  });
  app.use(router.routes());
  app.use(refuseUnknownRoute);

  /** UNAUTHORIZED for everybody who isn't logged in. */
  function personOf(ctx: Context, visitor: string | null): Known {
    const secret = ctx.cookies.get(cookieName);
    const found = secret === undefined ? null : accounts.find(secret, visitor);
    if (secret === undefined || found === null) {
      shares.takeVisit(visitor);
      throw refusal('UNAUTHORIZED', said('people.logged_out'));
    }
    const { login } = found;
    const ended = said('people.logged_out');
    // If the owner closes the entrance, everybody is outside.
    const known = new Known({ ...login, caller: () => (options.isOpen() ? login.caller() : ended) }, access);
    const { caller } = known;
    const person = 'userId' in caller ? caller.userId : '';
    shares.takeRequest(person);
    shares.proven(ctx.req, ctx.res);
    requestProven(ctx.res);
    // A stream lasts, and is counted by itself.
    if (ctx.path === `${apiPrefix}/stream`) shares.holdStream(person, ctx.res);
    else shares.hold(person, ctx.req, ctx.res, isFileBytes(ctx.path));
    if (found.isOld) giveCookie(ctx, secret);
    return known;
  }

  const handle = app.callback();
  return {
    handler: (request, response) => void handle(request, response),
    takes: ({ url = '' }) => options.isOpen() && !isFederation(url.replace(/[?#].*$/s, '')),
    endStreams() {
      ended = true;
      streams.end();
    },
  };
}

/** Describes the app to a browser that installs it. */
const manifestOf = (server: string) => ({
  id: '/',
  name: server,
  short_name: server,
  start_url: '/#/chats',
  scope: '/',
  display: 'standalone',
  // The ground in base.css, until the app has its own.
  theme_color: '#0f766e',
  background_color: '#ffffff',
  icons: [
    ...[192, 512].map((size) => ({ src: `/icons/${size}.png`, sizes: `${size}x${size}`, type: 'image/png' })),
    ...[192, 512].map((size) => ({
      src: `/icons/maskable-${size}.png`,
      sizes: `${size}x${size}`,
      type: 'image/png',
      purpose: 'maskable',
    })),
  ],
});

/** The bytes of uploads and files (file-bytes.ts). */
const isFileBytes = (path: string): boolean => path.endsWith('/bytes');

/** Everything else is for people. */
const isFederation = (path: string): boolean =>
  path === invitePagePath || /^\/(?:_paracord|\.well-known)(?:\/|$)/.test(path) || !path.startsWith('/');

async function form<S extends v.GenericSchema>(ctx: Context, schema: S): Promise<v.InferOutput<S>> {
  const body = await readJsonObject(ctx.req, ctx.res, formBytesMax);
  refuseUnknownFields(body, fieldsOf(schema));
  return checkedInput(schema, body);
}

/** `Firefox, Android`: what a browser says about itself, for the list of devices; and where it is. */
function deviceFrom(ctx: Context): NewDevice {
  const { browser, system } = readUserAgent(ctx.get('user-agent'));
  const name = [browser, system].filter((part) => part !== null).join(', ') || 'Browser';
  return { name, host: ctx.hostname };
}

/** Null takes it away. The prefix makes browsers bind it to this host, this path and TLS. */
function giveCookie(ctx: Context, secret: string | null): void {
  const age = secret === null ? 0 : accountSessionMsMax / 1000;
  ctx.append(
    'set-cookie',
    `${cookieName}=${secret ?? ''}; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=${age}`,
  );
}
