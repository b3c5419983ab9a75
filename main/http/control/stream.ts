/** `GET /stream`: the change feed as server-sent events, resumable with `Last-Event-ID`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import type { Words } from '../../../shared/words/words.ts';
import { type Change, type ChangeFeed, changeInWords, type NumberedChange } from '../../changes.ts';
import type { Clock } from '../../kernel/ports.ts';

const heartbeatMs = 15_000;
const reconnectMs = 1_000;
/** A reader that falls this far behind is disconnected. It reconnects and resumes, or reads everything again. */
const unsentBytesMax = 1024 * 1024;
/** Allows more than a browser with many tabs needs. */
export const streamsPerLoginMax = 32;

interface StreamReader {
  /** The browser's session, the bot, or the owner's token. */
  readonly login: string;
  /** The language of notices. */
  readonly words: Words;
  /** The id of the last change that the reader has heard of. A browser that opens a stream can't send it as a header. */
  readonly after?: string | undefined;
  /** The change as the reader receives it. */
  readonly sees: (change: Change) => boolean;
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

export function createStreams(feed: ChangeFeed, clock: Clock): Streams {
  const responses = new Map<ServerResponse, string>();
  const streamsOf = (login: string) => responses.values().reduce((n, one) => n + Number(one === login), 0);
  return {
    open(request, response, { login, words, after, sees }) {
      if (response.destroyed) return;
      if (streamsOf(login) >= streamsPerLoginMax)
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
      const send = (text: string) => {
        if (response.writableEnded || response.destroyed) return;
        response.write(text);
        if (response.writableLength > unsentBytesMax) response.destroy();
      };
      let stopHeartbeat = () => {};
      const beat = () => {
        stopHeartbeat = clock.after(heartbeatMs, () => {
          send(': still here\n\n');
          beat();
        });
      };
      send(`: changes of this node\nretry: ${reconnectMs}\n\n`);
      const textOf = eventText(feed.epoch, words);
      for (const text of missed(feed, request.headers['last-event-id'] ?? after, sees, textOf)) send(text);
      const leave = feed.subscribe((change) => {
        if (sees(change.change)) send(textOf(change));
      });
      beat();
      responses.set(response, login);
      response.once('close', () => {
        responses.delete(response);
        leave();
        stopHeartbeat();
      });
    },
    end() {
      for (const response of responses.keys()) response.end();
    },
  };
}

function missed(
  feed: ChangeFeed,
  lastEventId: string | string[] | undefined,
  sees: (change: Change) => boolean,
  textOf: (change: NumberedChange) => string,
): string[] {
  if (lastEventId === undefined || lastEventId === '') return [];
  const [, epoch, id] = /^([0-9a-f]+)-(\d{1,15})$/.exec(String(lastEventId)) ?? [];
  const changes = epoch === undefined ? 'resync' : feed.since(epoch, Number(id));
  if (changes !== 'resync') return changes.filter(({ change }) => sees(change)).map(textOf);
  return [`id: ${feed.epoch}-${feed.lastId}\nevent: resync\ndata: {"topic":"resync"}\n\n`];
}

const eventText =
  (epoch: string, words: Words) =>
  ({ id, change }: NumberedChange): string => {
    const data = JSON.stringify(changeInWords(words, change));
    return `id: ${epoch}-${id}\nevent: ${change.topic}\ndata: ${data}\n\n`;
  };
