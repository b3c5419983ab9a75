import type { Clock } from '../../../../main/kernel/ports.ts';
import type { Era } from '../era.ts';
import { type StandInEvent, wireOf } from '../events.ts';
import type { Peer } from '../peers.ts';
import { hostIn, type Pen, signedText, targetIn } from '../wire/signing.ts';
import { delayAfter, isDropped } from './retries.ts';

/** One request. Throws if there is no answer. */
export type Send = (request: {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}) => Promise<{ readonly status: number; readonly body: string }>;

/** Over real sockets, as its client does it: no redirects, 15 s. */
export const overSockets: Send = async ({ method, url, headers, body }) => {
  const answer = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(15_000),
    ...(method === 'POST' ? { body } : {}),
  });
  return { status: answer.status, body: await answer.text() };
};

const triesMax = 3;
const betweenTriesMs = [500, 1000];

interface Signatory {
  readonly era: Era;
  readonly name: string;
  readonly keyId: string;
  readonly signer: Pen;
}

/** Signs calls the way its era does. */
export class Caller {
  readonly #author: Signatory;
  readonly #clock: Clock;
  readonly #send: Send;
  #lastTime = 0;

  constructor(author: Signatory, clock: Clock, send: Send) {
    this.#author = author;
    this.#clock = clock;
    this.#send = send;
  }

  /** Returns the destination that it names in a call to a peer with this registered name. */
  destination(url: string, serverName: string): string | null {
    const names = {
      nothing: null,
      'the host of the URL': hostIn(url),
      'the server': serverName.trim().toLowerCase(),
    };
    return names[this.#author.era.names];
  }

  /** Without a timestamp, no two calls have the same time. */
  headers(
    { method, url, body }: Pick<Parameters<Send>[0], 'method' | 'url' | 'body'>,
    destination: string | null,
    { version = this.#author.era.version, timestamp = this.#nextTime() } = {},
  ): Record<string, string> {
    const { era, name, keyId, signer } = this.#author;
    const text = signedText({ method, target: targetIn(url), body }, timestamp, destination);
    return {
      'content-type': 'application/json',
      'x-paracord-origin': name,
      'x-paracord-key-id': keyId,
      'x-paracord-timestamp': String(timestamp),
      'x-paracord-signature': signer.sign(text),
      ...(destination === null ? {} : { 'x-paracord-destination': destination }),
      ...(era.versions === null ? {} : { 'x-paracord-fed-version': version }),
    };
  }

  #nextTime(): number {
    this.#lastTime = Math.max(this.#clock.now(), this.#lastTime + 1);
    return this.#lastTime;
  }

  /** Tries again if there is no answer or a 5xx, and once as version 1 after 426. Null without an answer. */
  async call(
    peer: Pick<Peer, 'endpoint' | 'server_name'>,
    method: 'GET' | 'POST',
    path: string,
    body = '',
  ): Promise<{ readonly status: number; readonly body: string } | null> {
    const url = peer.endpoint + path;
    let version = this.#author.era.version;
    for (let tries = 1; ; tries++) {
      const request = { method, url, body };
      const headers = this.headers(request, this.destination(url, peer.server_name), { version });
      const answer = await this.#send({ ...request, headers }).catch(() => null);
      if (answer?.status === 426 && version !== 'federation-v1') {
        version = 'federation-v1';
        continue;
      }
      if ((answer !== null && answer.status < 500) || tries >= triesMax) return answer;
      await this.#pause(betweenTriesMs[tries - 1] ?? 0);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(ms, resolve));
  }
}

interface Row {
  readonly peer: Peer;
  readonly event: StandInEvent;
  readonly madeAt: number;
  failures: number;
  dueAt: number;
}

const rowsMax = 64;

/** Sends events one after the other; every answer but 2xx is a failure. */
export class Outbox {
  rows: Row[] = [];
  /** Events that it no longer tries to send. */
  readonly dropped: StandInEvent[] = [];
  readonly #caller: Caller;
  readonly #clock: Clock;
  #isSending = false;

  constructor(caller: Caller, clock: Clock) {
    this.#caller = caller;
    this.#clock = clock;
  }

  add(peers: readonly Peer[], event: StandInEvent): void {
    const now = this.#clock.now();
    for (const peer of peers) this.rows.push({ peer, event, madeAt: now, failures: 0, dueAt: now });
    void this.send();
  }

  async send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      for (let due = this.#due(); due.length > 0; due = this.#due())
        for (const row of due) await this.#try(row);
    } finally {
      this.#isSending = false;
    }
  }

  #due(): Row[] {
    return this.rows.filter(({ dueAt }) => dueAt <= this.#clock.now()).slice(0, rowsMax);
  }

  async #try(row: Row): Promise<void> {
    const answer = await this.#caller.call(row.peer, 'POST', '/event', wireOf(row.event));
    const isSent = answer !== null && answer.status >= 200 && answer.status < 300;
    const now = this.#clock.now();
    if (!isSent) row.failures++;
    row.dueAt = now + delayAfter(row.failures);
    const isOver = !isSent && isDropped(row.failures, now - row.madeAt);
    if (isOver) this.dropped.push(row.event);
    if (isSent || isOver) this.rows = this.rows.filter((other) => other !== row);
  }
}
