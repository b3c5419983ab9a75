import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { Logins } from '../../../main/access/logins.ts';
import type { AccessFacts } from '../../../main/access/policy.ts';
import { ChangeFeed } from '../../../main/changes.ts';
import { createControlApp } from '../../../main/http/control/app.ts';
import { listen } from '../../../main/http/listen.ts';
import { type Clock, systemPorts } from '../../../main/kernel/ports.ts';
import { createClient } from '../../../shared/api/client.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { fakeApi } from '../parties/fake-api.ts';

export const token = 'the-token';
export const bearer = { authorization: `Bearer ${token}` };

/** Nobody is in a room, and nobody but the machine has a role. */
const noFacts: AccessFacts = {
  isMember: () => false,
  membersOf: () => new Set(),
  isClosed: () => false,
  inviteeOf: () => undefined,
  roomOf: () => undefined,
  roleOf: () => undefined,
  meet: () => false,
};

const none = async () => assert.fail('no files in this test');
const noFiles = {
  files: { read: none },
  pictures: { read: none, readOfRoom: none },
  uploads: { receive: none },
};

/** A clock whose timers the test fires by hand. */
export function handClock(): Clock & { fire(): void; advance(ms: number): void } {
  const timers = new Set<() => void>();
  let now = 1_700_000_000_000;
  return {
    now: () => now,
    advance(ms) {
      now += ms;
    },
    after(_ms, callback) {
      timers.add(callback);
      return () => timers.delete(callback);
    },
    fire() {
      for (const timer of [...timers]) if (timers.delete(timer)) timer();
    },
  };
}

/** The control API on a real socket, in front of an Api whose answers the test specifies. Closed after the test. */
export async function serve(
  t: TestContext,
  answers: Partial<Api> = {},
  {
    connectionsMax,
    ...options
  }: {
    allowedHosts?: string[];
    pagesDir?: string;
    consoleCommand?: string;
    connectionsMax?: number;
  } = {},
) {
  const clock = handClock();
  const changes = new ChangeFeed({ clock, random: systemPorts.random });
  const { api, calls } = fakeApi(answers);
  const logged: object[] = [];
  const sessions = new Map<string, number>();
  const logins = new Logins(
    {
      all: () => [],
      add: async ({ hash, created_at }) => void sessions.set(hash, created_at),
      used: async (hash, now) => void sessions.set(hash, now),
      remove: async (hash) => void sessions.delete(hash),
    },
    { clock, random: systemPorts.random },
  );
  const locales: string[] = [];
  let ready = true;
  const app = createControlApp({
    files: noFiles,
    apiIn: (locale) => {
      locales.push(locale);
      return api;
    },
    changes,
    clock,
    token,
    logins,
    access: noFacts,
    version: '1.2.3',
    log: { error: (details) => logged.push(details) },
    metrics: async () => 'paracord_up 1\n',
    isReady: () => ready,
    ...options,
  });
  const listening = await listen(app.handler, {
    host: '127.0.0.1',
    port: 0,
    clock,
    ...(connectionsMax === undefined ? {} : { connectionsMax }),
  });
  t.after(async () => {
    app.endStreams();
    await listening.close();
  });
  const client = createClient({ baseUrl: listening.url, token, fetch });
  const setReady = (value: boolean) => {
    ready = value;
  };
  return { ...listening, app, logins, sessions, calls, locales, changes, client, clock, logged, setReady };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Speaks plain HTTP without `fetch`, so that a test may send any header. */
export async function call(
  base: string,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<Answer> {
  const asked = request(base + path, { method, headers: options.headers ?? bearer, agent: false });
  asked.end(options.body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
}

/** However the other side ends it: a reset counts as an end too. */
export function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on('error', () => {}).once('close', () => resolve()));
}

export const errorOf = ({
  body,
}: Answer): { code: string; message: string; details: Record<string, unknown> | null } => JSON.parse(body);
