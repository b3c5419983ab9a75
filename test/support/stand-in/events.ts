import { hash } from 'node:crypto';
import { fromPlain, type JsonObject, type Plain } from '../../../shared/protocol/coding/json.ts';
import { canonicalEvent, type UnsignedEvent } from '../../../shared/protocol/events/envelope.ts';
import { messageEventId, otherEventId } from '../../../shared/protocol/identifiers.ts';
import type { StandInServer } from './server.ts';

/** An event as plain JSON has it. */
export interface StandInEvent {
  readonly event_id: string;
  readonly room_id: string;
  readonly event_type: string;
  readonly sender: string;
  readonly origin_server: string;
  readonly origin_ts: number;
  readonly depth: number;
  readonly state_key: string | null;
  readonly content: { readonly [key: string]: Plain };
  readonly signatures: { readonly [server: string]: { readonly [keyId: string]: string } };
}

type Content = { readonly [key: string]: Plain };

/** What the stand-in's users write: properly signed, with the fields that the existing server adds without signing. */
export class StandInEvents {
  readonly all = new Map<string, StandInEvent>();
  readonly #server: StandInServer;

  constructor(server: StandInServer) {
    this.#server = server;
  }

  /** Its messages have the time of the start of their second. Attachments are added after signing. */
  message(as: string, body: string, filenames: readonly string[]): string {
    const server = this.#server;
    const id = server.nextId();
    const time = Math.floor(server.now() / 1000) * 1000;
    const event = this.#sign({
      event_id: messageEventId(id, server.name),
      room_id: server.room,
      event_type: 'm.message',
      sender: server.user(as),
      time,
      content: { ...this.#head(id), body },
    });
    const attachments = filenames.map((filename) => this.#attachment(filename));
    this.#keep(filenames.length === 0 ? event : { ...event, content: { ...event.content, attachments } });
    return id;
  }

  #head(id: string): Content {
    const server = this.#server;
    return {
      channel_id: server.channel,
      channel_name: server.channelName,
      channel_type: 0,
      guild_id: server.guild,
      guild_name: server.guildName,
      message_id: id,
      msgtype: 'm.text',
    };
  }

  #attachment(filename: string): Content {
    const id = this.#server.nextId();
    const text = `content of ${filename}`;
    return {
      content_hash: hash('sha256', text, 'hex'),
      content_type: 'text/plain',
      filename,
      id,
      origin_url: `/_paracord/federation/v1/file/${id}`,
      size: text.length,
    };
  }

  /** All other events have the time in milliseconds. */
  other(type: string, as: string, stableId: string, content: Content): void {
    const server = this.#server;
    const time = server.now();
    this.#keep(
      this.#sign({
        event_id: otherEventId(type, stableId, time, server.name),
        room_id: server.room,
        event_type: type,
        sender: server.user(as),
        time,
        content,
      }),
    );
  }

  /** A message in another server's room: its id is like that of other events, its time like that of its messages. */
  inMirror(as: string, room: string, content: Content): string {
    const server = this.#server;
    const id = server.nextId();
    const time = Math.floor(server.now() / 1000) * 1000;
    const event = this.#sign({
      event_id: otherEventId('m.message', id, time, server.name),
      room_id: room,
      event_type: 'm.message',
      sender: server.user(as),
      time,
      content: { ...content, message_id: id, msgtype: 'm.text' },
    });
    this.#keep(event);
    return event.event_id;
  }

  #sign(
    fields: Pick<UnsignedEvent, 'event_id' | 'room_id' | 'event_type' | 'sender'> & {
      time: number;
      content: Content;
    },
  ): StandInEvent {
    const { time, content, ...rest } = fields;
    const { name, signer } = this.#server;
    const event = { ...rest, origin_server: name, origin_ts: time, depth: time, state_key: null };
    const signature = signer.sign(canonicalEvent({ ...event, content: fromPlain(content) as JsonObject }));
    return { ...event, content, signatures: { [name]: { 'ed25519:auto': signature } } };
  }

  #keep(event: StandInEvent): void {
    this.all.set(event.event_id, event);
  }

  /** The events of one room, by depth; events of the same depth in the order of their arrival. */
  list(room: string, sinceDepth: number, limit: number): StandInEvent[] {
    return [...this.all.values()]
      .filter((event) => event.room_id === room && event.depth > sinceDepth)
      .sort((a, b) => a.depth - b.depth)
      .slice(0, limit);
  }
}
