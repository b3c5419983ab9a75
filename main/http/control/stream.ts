/** `GET /stream`: the change feed as server-sent events, resumable with `Last-Event-ID`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReadNow, Change as SentChange } from '../../../shared/api/topics.ts';
import type { TimelineItem } from '../../../shared/api/views/room-views.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import type { Words } from '../../../shared/words/words.ts';
import type { Known } from '../../access/callers.ts';
import { type AccessFacts, audienceOf, type Caller } from '../../access/policy.ts';
import { type ChangeFeed, changeInWords, type NumberedChange } from '../../changes.ts';
import type { Clock } from '../../kernel/ports.ts';

const heartbeatMs = 15_000;
const reconnectMs = 1_000;
/** A reader that falls this far behind is disconnected. It reconnects and resumes, or reads everything again. */
const unsentBytesMax = 1024 * 1024;
/** Allows more than a browser with many tabs needs. */
export const streamsPerLoginMax = 32;

interface StreamReader {
  readonly known: Known;
  /** The language of notices and messages. */
  readonly words: Words;
  /** The id of the last change that the reader has heard of. A browser that opens a stream can't send it as a header. */
  readonly after?: string | undefined;
}

/** The message that an event is about, for a user who may see it. */
export type Message = (userId: string) => TimelineItem;

interface StreamsOptions {
  readonly changes: ChangeFeed;
  readonly clock: Clock;
  readonly access: AccessFacts;
  /** Reads the message of an event, in this language. Without it, changes have no messages. */
  readonly messageNow?: (locale: string, eventId: string) => Message | null;
  /** Reads a room that somebody has read. */
  readonly readNow?: (locale: string, userId: string, roomId: string) => ReadNow | null;
}

export interface Streams {
  /**
   * Answers the request with the stream, until the reader leaves, falls behind, or `end` is called. RATE_LIMITED if the
   * login has too many: streams have no deadline, so their number is limited.
   */
  open(request: IncomingMessage, response: ServerResponse, reader: StreamReader): void;
  /** Ends every stream; readers see a clean end. */
  end(): void;
}

export function createStreams(options: StreamsOptions): Streams {
  const { changes: feed, clock, access } = options;
  /** `user`: whose login it is; null for the machine. */
  const readers = new Map<ServerResponse, StreamReader & { readonly user: string | null }>();
  /** For one reader: who else is in the room doesn't matter. */
  const alone: AccessFacts = {
    ...access,
    membersOf: (room) => ({ has: (user) => access.isMember(room, user) }),
  };
  let leave = () => {};
  const streamsOf = (login: string) =>
    readers.values().reduce((n, { known }) => n + Number(known.id === login), 0);

  /** Hundreds may read it, so who receives it and what they receive is worked out once for all of them. */
  function tell(change: NumberedChange): void {
    const receives = audienceOf(change.change, access);
    const bytesFor = eventFor(options, change);
    const { change: about } = change;
    const of = 'user_id' in about ? about.user_id : null;
    for (const [response, { known, words, user }] of readers) {
      if (of !== null && user !== null && user !== of) continue;
      const caller = known.callerNow;
      if (caller !== null && receives(caller)) send(response, bytesFor(words, caller));
    }
  }

  return {
    open(request, response, reader) {
      if (response.destroyed) return;
      const { known, words, after } = reader;
      const { caller } = known;
      if (streamsOf(known.id) >= streamsPerLoginMax)
        throw refusal('RATE_LIMITED', said('control.streams', { max: streamsPerLoginMax }), {
          retryAfterSeconds: heartbeatMs / 1000,
        });
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'x-accel-buffering': 'no',
      });
      if (request.method === 'HEAD') {
        response.end();
        return;
      }
      let stopHeartbeat = () => {};
      const beat = () => {
        stopHeartbeat = clock.after(heartbeatMs, () => {
          send(response, ': still here\n\n');
          beat();
        });
      };
      send(response, `: changes of this node\nretry: ${reconnectMs}\n\n`);
      const missed = missedBy(feed, request.headers['last-event-id'] ?? after);
      if (missed === 'resync')
        send(response, `id: ${feed.epoch}-${feed.lastId}\nevent: resync\ndata: {"topic":"resync"}\n\n`);
      else
        for (const each of missed) {
          if (audienceOf(each.change, alone)(caller))
            send(response, eventText(feed, each.id, changeInWords(words, each.change)));
        }
      beat();
      if (readers.size === 0) leave = feed.subscribe(tell);
      readers.set(response, { ...reader, user: caller.kind === 'machine' ? null : caller.userId });
      response.once('close', () => {
        readers.delete(response);
        if (readers.size === 0) leave();
        stopHeartbeat();
      });
    },
    end() {
      for (const response of readers.keys()) response.end();
    },
  };
}

function send(response: ServerResponse, text: string | Buffer): void {
  if (response.writableEnded || response.destroyed) return;
  response.write(text);
  if (response.writableLength > unsentBytesMax) response.destroy();
}

function missedBy(feed: ChangeFeed, lastEventId: string | string[] | undefined): NumberedChange[] | 'resync' {
  if (lastEventId === undefined || lastEventId === '') return [];
  const [, epoch, id] = /^([0-9a-f]+)-(\d{1,15})$/.exec(String(lastEventId)) ?? [];
  return epoch === undefined ? 'resync' : feed.since(epoch, Number(id));
}

/**
 * Makes a change as each reader receives it. People who log in also get the message or the room that it is about, as they
 * would read it now, or the screens of a whole room would ask for it in the same moment.
 */
function eventFor(options: StreamsOptions, change: NumberedChange): (words: Words, caller: Caller) => Buffer {
  const byLocale = new Map<string, (caller: Caller) => Buffer>();
  return (words, caller) => {
    const eventOf = byLocale.get(words.locale) ?? eventIn(options, change, words);
    byLocale.set(words.locale, eventOf);
    return eventOf(caller);
  };
}

type Now = TimelineItem | ReadNow | null;

function eventIn(
  options: StreamsOptions,
  { id, change }: NumberedChange,
  words: Words,
): (caller: Caller) => Buffer {
  const made = new Map<Now, Buffer>();
  let read: ((userId: string) => Now) | undefined;
  const nowFor = (userId: string): Now => {
    read ??= nowAbout(options, change, words.locale);
    return read(userId);
  };
  return (caller) => {
    const now = caller.kind === 'person' ? nowFor(caller.userId) : null;
    const known = made.get(now);
    if (known !== undefined) return known;
    const sent = changeInWords(words, change);
    const whole = now === null ? sent : { ...sent, [change.topic === 'read' ? 'now' : 'item']: now };
    const bytes = Buffer.from(eventText(options.changes, id, whole as SentChange));
    made.set(now, bytes);
    return bytes;
  };
}

/** Reads the message or room that a change is about, as each user who may see it would. */
function nowAbout(
  { messageNow, readNow }: StreamsOptions,
  change: NumberedChange['change'],
  locale: string,
): (userId: string) => Now {
  if (change.topic === 'read') {
    const read = readNow?.(locale, change.user_id, change.room_id) ?? null;
    return () => read;
  }
  if (change.topic === 'timeline' || change.topic === 'delivery')
    return messageNow?.(locale, change.event_id) ?? (() => null);
  return () => null;
}

const eventText = ({ epoch }: ChangeFeed, id: number, change: SentChange): string =>
  `id: ${epoch}-${id}\nevent: ${change.topic}\ndata: ${JSON.stringify(change)}\n\n`;
