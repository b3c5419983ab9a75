import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test } from 'node:test';
import { EntranceShares } from '../../../../../main/http/entrance/shares.ts';

const clock = { now: () => 0, after: () => () => {} };

class Connection extends EventEmitter {
  readonly remoteAddress: string;
  isCut = false;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.isCut = true;
    this.emit('close');
  }
}

const requestOn = (socket: Connection, headers: Record<string, string> = {}): IncomingMessage =>
  ({ socket, headers }) as unknown as IncomingMessage;
const response = () => new EventEmitter() as unknown as ServerResponse;

test('the entrance holds 1,500 connections, and cuts off those without a login first', () => {
  const shares = new EntranceShares(clock);
  const logged = new Connection('198.51.100.1');
  shares.connect(requestOn(logged));
  shares.proven(requestOn(logged), response());
  const strangers = Array.from({ length: 1_500 }, (_, n) => new Connection(`203.0.${n >> 8}.${n & 255}`));
  for (const one of strangers) shares.connect(requestOn(one));
  assert.equal(logged.isCut, false);
  assert.deepEqual(
    strangers.filter(({ isCut }) => isCut),
    strangers.slice(0, 1),
  );
});

test('one public address holds 64 of them', () => {
  const shares = new EntranceShares(clock);
  const all = Array.from({ length: 65 }, () => new Connection('93.184.216.34'));
  for (const one of all) shares.connect(requestOn(one));
  assert.equal(all.filter(({ isCut }) => isCut).length, 1);
  // A second request on a connection counts no second one.
  for (const one of all.slice(1)) shares.connect(requestOn(one));
  assert.equal(all.filter(({ isCut }) => isCut).length, 1);
});

test('a person holds 4 MiB of requests, and others their own, until they are answered', () => {
  const shares = new EntranceShares(clock);
  const big = requestOn(new Connection('203.0.113.9'), { 'transfer-encoding': 'chunked' });
  const answers = [response(), response()];
  for (const one of answers) shares.hold('ben', big, one);
  assert.throws(() => shares.hold('ben', big, response()), { code: 'RATE_LIMITED' });
  shares.hold('mia', big, response());
  answers[0]?.emit('close');
  shares.hold('ben', big, response());
});

test('the bytes of a file count as the piece that is in memory, so that uploads keep nobody waiting', () => {
  const shares = new EntranceShares(clock);
  const upload = requestOn(new Connection('203.0.113.9'), { 'content-length': '500000000' });
  for (let n = 0; n < 15; n++) shares.hold('ben', upload, response(), true);
  shares.hold('ben', requestOn(new Connection('203.0.113.9')), response());
  for (const person of ['mia', 'eve']) shares.hold(person, upload, response(), true);
});

test('a person has 64 streams, until one ends, and others their own', () => {
  const shares = new EntranceShares(clock);
  const streams = Array.from({ length: 64 }, response);
  for (const one of streams) shares.holdStream('ben', one);
  assert.throws(() => shares.holdStream('ben', response()), { code: 'RATE_LIMITED' });
  shares.holdStream('mia', response());
  streams[0]?.emit('close');
  shares.holdStream('ben', response());
  assert.throws(() => shares.holdStream('ben', response()), { code: 'RATE_LIMITED' });
});

test('requests are limited for each address, and for each person', () => {
  const shares = new EntranceShares(clock);
  for (let n = 0; n < 300; n++) shares.takeVisit('203.0.113.9');
  assert.throws(() => shares.takeVisit('203.0.113.9'), { code: 'RATE_LIMITED' });
  shares.takeVisit('203.0.113.10');
  for (let n = 0; n < 400; n++) shares.takeRequest('ben');
  assert.throws(() => shares.takeRequest('ben'), { code: 'RATE_LIMITED' });
  shares.takeRequest('mia');
});
