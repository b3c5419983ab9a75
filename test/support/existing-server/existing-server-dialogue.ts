import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { federationPrefix, wellKnownPath } from '../../../shared/protocol/transport.ts';
import { RawPeer } from '../parties/raw-peer.ts';
import { until } from '../until.ts';

/** The parts of an existing server, or of its stand-in, that a dialogue needs. */
export interface DialogueServer {
  readonly url: string;
  readonly room: string;
  readonly channel: string;
  addPeer(node: { readonly name: string; readonly url: string }): Promise<void>;
  post(as: string, content: string): Promise<string>;
  postFiles(as: string, content: string, filenames: readonly string[]): Promise<string>;
  edit(as: string, id: string, content: string): Promise<unknown>;
  delete(as: string, id: string): Promise<unknown>;
  react(as: string, id: string, emoji: string, add?: boolean): Promise<unknown>;
  renameGuild(to: string): Promise<unknown>;
  renameChannel(to: string): Promise<unknown>;
  remoteUser(userId: string): string;
  kick(userNumber: string): Promise<unknown>;
}

export interface RecordedAnswer {
  readonly call: string;
  readonly status: number;
  readonly type: string | null;
  /** Ids, keys, signatures and times are replaced by the name of their kind. */
  readonly body: unknown;
}

/**
 * Has one conversation with a server and records every answer. The stand-in must give the recorded answers of the
 * existing server, and so must a binary, if there is one. The peer in it is `raw.test`.
 */
export async function dialogue(
  server: DialogueServer,
  t: { after(job: () => unknown): void },
): Promise<RecordedAnswer[]> {
  const peer = new RawPeer('raw.test');
  peer.addressing = null;
  await peer.listen(t);
  const said: RecordedAnswer[] = [];
  const note = async (call: string, response: Response) => {
    const text = await response.text();
    const type = response.headers.get('content-type');
    const body = type?.includes('json') ? kinds(text) : type?.includes('html') ? '<page>' : text;
    said.push({ call: kind(call), status: response.status, type, body });
  };
  const plain = async (method: string, path: string, body?: string) => {
    const headers = { 'content-type': 'application/json' };
    await note(
      `${method} ${path}, not signed`,
      await fetch(server.url + path, { method, headers, ...(body === undefined ? {} : { body }) }),
    );
  };
  const signed = async (method: 'GET' | 'POST', path: string, body = '', call = `${method} ${path}`) => {
    const target = federationPrefix + path;
    const headers = { 'content-type': 'application/json', ...peer.headers(method, target, body) };
    const answer = await fetch(server.url + target, {
      method,
      headers,
      ...(method === 'GET' ? {} : { body }),
    });
    await note(call, answer);
  };
  const events = `/events?room_id=${server.room}&since_depth=0&limit=200`;
  const member = (room_id = server.room, user_id = '@guest:raw.test') =>
    JSON.stringify({ origin_server: 'raw.test', room_id, user_id });
  // The server records its users' events after the answer, with the names at that time.
  const written = (count: number) =>
    until([], `${count} events`, async () => {
      const target = federationPrefix + events;
      const answer = await fetch(server.url + target, { headers: peer.headers('GET', target, '') });
      return ((await answer.json()) as { events: unknown[] }).events.length >= count;
    });

  await plain('GET', wellKnownPath);
  await plain('GET', `${federationPrefix}/keys`);
  await plain('GET', '/');
  await plain('GET', '/nobody/knows/this');
  await plain('POST', '/nobody/knows/this', '{}');
  await plain('GET', `${federationPrefix}/events?room_id=${server.room}`);
  await plain('POST', `${federationPrefix}/keys`, '{}');
  await signed('GET', events, '', 'GET /events of a stranger');
  await server.addPeer(peer);
  for (const path of ['/queue?after=0', '/keys?server_name=other.test']) await signed('GET', path);
  for (const path of ['/peers/accept', '/peers/address', '/reach']) await signed('POST', path, '{}');
  await signed('GET', '/events', '', 'GET /events without a room');
  await signed('GET', events, '', 'GET /events of an empty room');
  const asked = { origin_server: 'raw.test', room_id: server.room, sender: '@guest:raw.test' };
  await signed('POST', '/invite', JSON.stringify({ ...asked, max_age_seconds: 600 }));
  await signed('POST', '/join', member());
  await signed('POST', '/join', member(), 'POST /join again');
  await signed('POST', '/join', member('!1:elsewhere.test'), 'POST /join elsewhere');
  await signed(
    'POST',
    '/join',
    member(server.room.replace(/\d+/, '17')),
    'POST /join of a guild not let out',
  );
  await signed('POST', '/join', member(server.room, '@guest:other.test'), 'POST /join for another server');

  const edited = await server.post('bob', 'before');
  await server.edit('bob', edited, 'after');
  await server.react('bob', edited, '🎉');
  await server.react('bob', edited, '🎉', false);
  await server.delete('bob', await server.post('bob', 'gone'));
  await server.postFiles('admin', 'with files', ['a.txt', 'b.txt']);
  await server.postFiles('admin', '', ['alone.txt']);
  await written(8);
  await server.renameGuild('Renamed');
  await server.renameChannel('moved');
  await server.post('bob', 'under new names');

  const message = peer.message(server.room, 'from afar', { channel: server.channel });
  await signed('POST', '/event', wireEvent(message), 'POST /event');
  await signed('POST', '/event', wireEvent(message), 'POST /event again');
  await signed('POST', '/event', '{}', 'POST /event of the wrong form');
  await signed('POST', '/event', 'no json', 'POST /event of no JSON');
  const forged = peer.message(server.room, 'forged', { channel: server.channel });
  await signed('POST', '/event', wireEvent({ ...forged, depth: 1 }), 'POST /event with a wrong signature');
  await server.kick(server.remoteUser('@guest:raw.test'));
  await written(11);
  await signed('GET', events, '', 'GET /events of all that happened');
  const byToken = events.replace('since_depth=0', 'since=5').replace('limit=200', 'limit=1');
  await signed('GET', byToken, '', 'GET /events with a token of ours');
  await signed('GET', `/event/$${edited}:paracord.test`, '', 'GET /event/ID');
  await signed('GET', '/event/$1:paracord.test', '', 'GET /event/ID that is not there');
  await signed('POST', '/leave', member());
  await signed('POST', '/leave', member(), 'POST /leave again');
  return said;
}

/** Its answer to the second event in a minute if its limit is one, with the time to wait if it says so. */
export async function limitedDialogue(
  server: Pick<DialogueServer, 'url' | 'room' | 'channel' | 'addPeer'>,
  t: { after(job: () => unknown): void },
): Promise<RecordedAnswer & { readonly retryAfter: string | null }> {
  const peer = await new RawPeer('raw.test').listen(t);
  peer.addressing = null;
  await server.addPeer(peer);
  const post = (body: string) => peer.post(server.url, peer.message(server.room, body));
  // The clock may move to the next minute between the first two.
  for (const body of ['first', 'second']) await post(body);
  const { status, headers, body } = await post('third');
  return {
    call: 'POST /event beyond its limit',
    status,
    type: headers.get('content-type'),
    retryAfter: headers.get('retry-after'),
    body: kinds(JSON.stringify(body)),
  };
}

/** Replaces ids, hashes and times in a text by the name of their kind. */
const kind = (text: string): string =>
  text
    .replaceAll(/[0-9a-f]{64,}/g, '<hex>')
    .replaceAll(/_[0-9a-f]{6}(?=:|$)/g, '_<hash>')
    .replaceAll(/\d{10,}/g, '<n>');

interface Kinds {
  readonly [key: string]: unknown;
}

/** An answer in which everything that differs each time is replaced by the name of its kind, and events are sorted. */
export function kinds(text: string): unknown {
  const walk = (value: unknown, key: string, parent: Kinds): unknown => {
    if (typeof value === 'string') return kind(value);
    if (typeof value === 'number') {
      if (value < 1e9) return value;
      const whole = parent.event_type === 'm.message' && parent.origin_server === 'paracord.test';
      return whole && value % 1000 === 0 ? `<${key}: whole second>` : '<n>';
    }
    if (Array.isArray(value)) {
      const items = value.map((item) => walk(item, key, parent));
      return key === 'events' ? items.sort((a, b) => (order(a) < order(b) ? -1 : 1)) : items;
    }
    if (typeof value !== 'object' || value === null) return value;
    const object = value as Kinds;
    return Object.fromEntries(Object.entries(object).map(([name, item]) => [name, walk(item, name, object)]));
  };
  return walk(JSON.parse(text), '', {});
}

const order = (event: unknown): string => {
  const { event_type, content } = event as { event_type: string; content: { body?: string } };
  return `${event_type} ${content.body ?? ''}`;
};
