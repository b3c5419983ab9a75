/**
 * A stand-in for a push service (RFC 8030), written without the code that it tests: it checks who sends (RFC 8292), and
 * decrypts as the browser would (RFC 8291).
 */
import assert from 'node:assert/strict';
import type { webcrypto } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import type { Http, HttpRequest, HttpResult } from '../../../main/client/http.ts';
import { UndiciHttp } from '../../../main/client/undici-http.ts';
import { atEnd } from '../at-end.ts';
import { until } from '../until.ts';

const { subtle } = crypto;
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));
const base64 = (data: ArrayBuffer | Uint8Array) => Buffer.from(data as Uint8Array).toString('base64url');
const curve = { name: 'ECDH', namedCurve: 'P-256' };

/** The keys of one browser. */
export interface Receiver {
  readonly keys: { readonly p256dh: string; readonly auth: string };
  decrypt(body: Uint8Array): Promise<string>;
}

export async function newReceiver(): Promise<Receiver> {
  const pair = await subtle.generateKey(curve, true, ['deriveBits']);
  const auth = crypto.getRandomValues(new Uint8Array(16));
  return receiver(pair, auth);
}

export async function receiver(
  pair: webcrypto.CryptoKeyPair,
  auth: Uint8Array<ArrayBuffer>,
): Promise<Receiver> {
  const point = new Uint8Array(await subtle.exportKey('raw', pair.publicKey));
  return {
    keys: { p256dh: base64(point), auth: base64(auth) },
    async decrypt(body) {
      const [salt, size, length] = [body.slice(0, 16), Buffer.from(body).readUInt32BE(16), body[20] ?? 0];
      const sender = body.slice(21, 21 + length);
      const record = body.slice(21 + length);
      assert.ok(record.length <= size, 'one record');
      const theirs = await subtle.importKey('raw', sender, curve, false, []);
      const secret = await subtle.deriveBits({ name: 'ECDH', public: theirs }, pair.privateKey, 256);
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), point, sender]);
      const input = await derive(secret, auth, info, 256);
      const key = await derive(input, salt, 'Content-Encoding: aes128gcm\0', 128);
      const iv = await derive(input, salt, 'Content-Encoding: nonce\0', 96);
      const aes = await subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']);
      const plain = Buffer.from(await subtle.decrypt({ name: 'AES-GCM', iv }, aes, record));
      const end = plain.findLastIndex((byte) => byte !== 0);
      assert.equal(plain[end], 2, 'the last record');
      return plain.subarray(0, end).toString('utf8');
    },
  };
}

async function derive(
  secret: ArrayBuffer,
  salt: Uint8Array<ArrayBuffer>,
  info: string | Buffer,
  bits: number,
): Promise<ArrayBuffer> {
  const key = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  const of = new Uint8Array(Buffer.from(info));
  return subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info: of }, key, bits);
}

/** The claims of a sender whose signature is right; throws if it isn't. */
export async function claimsOf(
  authorization: string,
): Promise<{ aud: string; exp: number; sub: string; k: string }> {
  const [, token = '', k = ''] = /^vapid t=([^,\s]+), ?k=(\S+)$/.exec(authorization) ?? [];
  const [head = '', claims = '', signature = ''] = token.split('.');
  const how = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const key = await subtle.importKey('raw', bytes(k), how, false, ['verify']);
  const signed = new Uint8Array(Buffer.from(`${head}.${claims}`));
  assert.equal(await subtle.verify(how, key, bytes(signature), signed), true, 'the signature of the sender');
  return { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), k };
}

export interface Pushed {
  readonly path: string;
  readonly ttl: number;
  readonly urgency: string | undefined;
  readonly topic: string | undefined;
  readonly sender: string;
  readonly contact: string;
  readonly bodyBytes: number;
  readonly text: string;
}

export interface PushService {
  /** Returns a subscription, as a browser would give it to its page. */
  subscribe(): Promise<{ readonly endpoint: string; readonly keys: Receiver['keys'] }>;
  /** Messages that it accepted, in order. */
  readonly accepted: readonly Pushed[];
  /** Resolves once it has been asked this often. */
  askedTimes(count: number): Promise<void>;
  /** How it answers from now on, instead of accepting. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | null;
  readonly asked: number;
  /** The node's own requests. Those to the service are sent to the stand-in, everything else as it is. */
  readonly http: Http;
}

const origin = 'https://push.example';

/** `now`: what its clock says. */
export async function startPushService(t: Pick<TestContext, 'after'>, now = Date.now): Promise<PushService> {
  const receivers = new Map<string, Receiver>();
  const accepted: Pushed[] = [];
  const service = { answer: null as PushService['answer'], asked: 0 };
  const server = createServer((request, response) => {
    response.once('finish', () => service.asked++);
    if (service.answer) service.answer(request, response);
    else
      void accept(request).then(
        (pushed) => {
          accepted.push(pushed);
          response.writeHead(201, { location: `${origin}/message/${accepted.length}` }).end();
        },
        (error) => response.writeHead(400).end(String(error)),
      );
  });
  async function accept(request: IncomingMessage): Promise<Pushed> {
    const { url: path = '', headers } = request;
    const found = receivers.get(path);
    assert.ok(found, 'a known subscription');
    assert.equal(request.method, 'POST');
    assert.equal(headers['content-encoding'], 'aes128gcm');
    const body = await buffer(request);
    assert.ok(body.length <= 4096, 'small enough for every service');
    const claims = await claimsOf(headers.authorization ?? '');
    assert.equal(claims.aud, origin);
    assert.ok(claims.exp * 1000 < now() + 86_400_000, 'a day at most');
    assert.match(claims.sub, /^(?:https:\/\/|mailto:)/);
    const topic = headers.topic === undefined ? undefined : String(headers.topic);
    if (topic !== undefined) assert.match(topic, /^[\w-]{1,32}$/);
    return {
      path,
      topic,
      sender: claims.k,
      contact: claims.sub,
      bodyBytes: body.length,
      ttl: Number(headers.ttl),
      urgency: headers.urgency?.toString(),
      text: await found.decrypt(body),
    };
  }
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const real = new UndiciHttp();
  atEnd(t, async () => {
    await real.close();
    server.closeAllConnections();
    server.close();
  });
  const request = (asked: HttpRequest): Promise<HttpResult> => {
    if (!asked.url.startsWith(`${origin}/`)) return real.request(asked);
    // The address of a stranger.
    assert.deepEqual(asked.policy, { byOwner: false, tlsSha256: null });
    return real.request({
      ...asked,
      url: asked.url.replace(origin, `http://127.0.0.1:${port}`),
      policy: { byOwner: true, tlsSha256: null },
    });
  };
  return {
    accepted,
    get answer() {
      return service.answer;
    },
    set answer(answer) {
      service.answer = answer;
    },
    get asked() {
      return service.asked;
    },
    async askedTimes(count) {
      await until([], `${count} requests to the push service`, () => service.asked >= count);
    },
    async subscribe() {
      const made = await newReceiver();
      const path = `/send/${receivers.size + 1}`;
      receivers.set(path, made);
      return { endpoint: `${origin}${path}`, keys: made.keys };
    },
    http: { request, seenCertificate: (url) => real.seenCertificate(url), close: () => real.close() },
  };
}
