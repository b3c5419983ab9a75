import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { streamsPerLoginMax } from '../../../main/http/control/stream.ts';
import { quoted, said } from '../../../shared/words/said.ts';
import { wordsIn } from '../../../shared/words/words.ts';
import { open } from '../../support/attack/socket.ts';
import { bearer, call, ended, serve, token } from '../../support/nodes/control-server.ts';

/** Opens the stream and reads up to and including the block that holds `until`. */
async function openStream(
  base: string,
  lastEventId?: string,
  query = '',
  login: Record<string, string> = bearer,
) {
  const headers = { ...login, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) };
  const asked = request(`${base}/api/v1/stream${query}`, { headers, agent: false });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.setEncoding('utf8');
  const chunks = answer[Symbol.asyncIterator]();
  let heard = '';
  return {
    headers: answer.headers,
    status: answer.statusCode,
    leave: () => void asked.destroy(),
    async readUntil(wanted: string): Promise<string> {
      while (!heard.includes(wanted)) {
        const { done, value } = await chunks.next();
        if (done) assert.fail(`the stream ended without ${wanted}: ${heard}`);
        heard += value;
      }
      return heard;
    },
    async end(): Promise<void> {
      while (!(await chunks.next()).done);
    },
  };
}

test('the stream sends each change under its topic, and a heartbeat while nothing happens', async (t) => {
  const { url, changes, clock } = await serve(t);
  const stream = await openStream(url);
  assert.match(stream.headers['content-type'] ?? '', /^text\/event-stream/);
  await stream.readUntil('retry: 1000\n');
  changes.publish({ topic: 'peer', server_name: 'friend.example' });
  const event = `id: ${changes.epoch}-1\nevent: peer\ndata: {"topic":"peer","server_name":"friend.example"}\n\n`;
  await stream.readUntil(event);
  clock.fire();
  await stream.readUntil(`${event}: still here\n\n`);
  clock.fire();
  await stream.readUntil(': still here\n\n: still here\n\n');
});

test('a reader that reconnects gets what it missed', async (t) => {
  const { url, changes } = await serve(t);
  for (const topic of ['keys', 'settings', 'invites'] as const) changes.publish({ topic });
  const stream = await openStream(url, `${changes.epoch}-1`);
  changes.publish({ topic: 'keys' });
  const heard = await stream.readUntil(`id: ${changes.epoch}-4\nevent: keys\n`);
  assert.deepEqual(
    [...heard.matchAll(/^event: (.*)$/gm)].map((found) => found[1]),
    ['settings', 'invites', 'keys'],
  );
});

test('a reader that can’t set headers says in the query what it heard last', async (t) => {
  const { url, changes } = await serve(t);
  for (const topic of ['keys', 'settings', 'invites'] as const) changes.publish({ topic });
  const stream = await openStream(url, undefined, `?after=${changes.epoch}-2`);
  const heard = await stream.readUntil('event: invites\n');
  assert.doesNotMatch(heard, /settings/);
  // The browser reconnects with the first address, and a newer id in the header.
  const again = await openStream(url, `${changes.epoch}-3`, `?after=${changes.epoch}-1`);
  changes.publish({ topic: 'keys' });
  assert.doesNotMatch(await again.readUntil('event: keys\n'), /settings|invites/);
});

test('a reader with an unknown position is asked to read everything again', async (t) => {
  const { url, changes } = await serve(t);
  changes.publish({ topic: 'keys' });
  for (const lastEventId of ['0123456789abcdef-1', `${changes.epoch}-9`, 'nonsense']) {
    const stream = await openStream(url, lastEventId);
    await stream.readUntil(`id: ${changes.epoch}-1\nevent: resync\ndata: `);
  }
});

test('a notice is in the language of the stream’s request', async (t) => {
  const { url, changes } = await serve(t);
  const [german, english] = [await openStream(url, undefined, '?language=de'), await openStream(url)];
  const notice = said('control.stopping');
  changes.publish({ topic: 'notice', level: 'info', said: notice });
  await german.readUntil(`"text":${JSON.stringify(wordsIn('de').say(notice))}`);
  await english.readUntil(`"text":${JSON.stringify(wordsIn('en').say(notice))}`);
  assert.notEqual(wordsIn('de').say(notice), wordsIn('en').say(notice));
});

test('a reader that doesn’t read is disconnected before it fills the memory', async (t) => {
  const { port, changes } = await serve(t);
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `GET /api/v1/stream HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  await once(socket, 'readable');
  const notice = { topic: 'notice', level: 'info', said: quoted('x'.repeat(100_000)) } as const;
  for (let n = 0; n < 200; n++) changes.publish(notice);
  socket.resume();
  await ended(socket);
  assert.ok(socket.bytesRead < 200 * 100_000);
});

test('a login has so many streams and no more, and another login has its own', async (t) => {
  const { url, app, logins, changes } = await serve(t);
  const streams: Awaited<ReturnType<typeof openStream>>[] = [];
  for (let n = 0; n < streamsPerLoginMax; n++) streams.push(await openStream(url));
  const more = await openStream(url);
  assert.equal(more.status, 429);
  assert.equal(more.headers['retry-after'], '15');
  await more.readUntil('RATE_LIMITED');
  assert.equal((await call(url, 'GET', '/healthz')).status, 200, 'everything else goes on');

  const { code } = logins.makeCode();
  const entered = await call(url, 'POST', '/login', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  const cookie = entered.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const browser = await openStream(url, undefined, '', { cookie });
  changes.publish({ topic: 'keys' });
  for (const stream of [browser, ...streams]) await stream.readUntil('event: keys');

  streams[0]?.leave();
  // How soon the node notices that is up to the system.
  for (let status: number | undefined = 429; status !== 200; ) status = (await openStream(url)).status;
  app.endStreams();
});

test('a stopping node ends its streams and accepts no new ones', async (t) => {
  const { url, app, close } = await serve(t);
  const stream = await openStream(url);
  await stream.readUntil('retry');
  app.endStreams();
  await stream.end();
  assert.equal((await call(url, 'GET', '/api/v1/stream')).status, 503);
  await close();
});

test('connections that never log in don’t end the stream of a page that did', async (t) => {
  const { url, changes } = await serve(t, {}, { connectionsMax: 4 });
  const stream = await fetch(`${url}/api/v1/stream`, { headers: bearer });
  const reader = stream.body?.getReader();
  await reader?.read();
  const begun = 'POST /login HTTP/1.1\r\nHost: a.test\r\nContent-Length: 9\r\n\r\n{';
  const lines = [];
  for (let n = 0; n < 9; n++) {
    const line = await open(url);
    t.after(() => line.socket.destroy());
    line.socket.write(begun);
    lines.push(line);
  }
  await Promise.all(lines.slice(0, 5).map(({ end }) => end));
  changes.publish({ topic: 'settings' });
  assert.match(Buffer.from((await reader?.read())?.value ?? []).toString(), /event: settings/);
});
