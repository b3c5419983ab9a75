import { hash } from 'node:crypto';
import type { Plain } from '../../../shared/protocol/coding/json.ts';
import type { Era } from './era.ts';
import { jsonOf } from './wire/codec.ts';
import { canonicalText, customEventId, envelopeOf, wireText } from './wire/envelope.ts';
import type { Pen } from './wire/signing.ts';

export type Content = { readonly [key: string]: Plain };

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
  readonly content: Content;
  readonly signatures: { readonly [server: string]: { readonly [keyId: string]: string } };
}

export const wireOf = (event: StandInEvent): string => wireText(envelopeOf(jsonOf(event)));

/** The place where something is written, and its author. */
export interface Place {
  readonly room: string;
  readonly guild: string;
  readonly channel: string;
  readonly sender: string;
}

/** The facts about their server that the events need. */
export interface Author {
  readonly era: Era;
  readonly name: string;
  readonly domain: string;
  readonly guildName: string;
  readonly channelName: string;
  readonly keyId: string;
  readonly signer: Pen;
  now(): number;
  nextId(): string;
}

/** Writes the events of the stand-in's users, properly signed. */
export class StandInEvents {
  readonly all = new Map<string, StandInEvent>();
  /** The bytes of files, by the id of the attachment. */
  readonly files = new Map<string, { readonly room: string; readonly bytes: Buffer }>();
  readonly #author: Author;

  constructor(author: Author) {
    this.#author = author;
  }

  /** Before 3.0, messages have the time of the start of their second, and attachments are added after signing. */
  message(
    { room, guild, channel, sender }: Place,
    body: string,
    filenames: readonly string[],
    mentions: readonly string[] = [],
  ): { readonly id: string; readonly event: StandInEvent } {
    const { era, domain, guildName, channelName } = this.#author;
    const id = this.#author.nextId();
    const time = this.#messageTime();
    const attachments = filenames.map((filename) => this.#attachment(room, filename));
    const files: Content = attachments.length === 0 ? {} : { attachments };
    const content: Content = {
      channel_id: channel,
      channel_name: channelName,
      channel_type: 0,
      guild_id: guild,
      guild_name: guildName,
      message_id: id,
      msgtype: 'm.text',
      body,
      ...(era.signsAll ? { 'm.mentions': { user_ids: mentions }, ...files } : {}),
    };
    const event_id = era.signsAll ? customEventId('m.message', id, time, domain) : `$${id}:${domain}`;
    const event = this.sign({ event_id, room, type: 'm.message', sender, time, content });
    return {
      id,
      event: this.#keep(era.signsAll ? event : { ...event, content: { ...event.content, ...files } }),
    };
  }

  #messageTime(): number {
    const now = this.#author.now();
    return this.#author.era.signsAll ? now : Math.floor(now / 1000) * 1000;
  }

  #attachment(room: string, filename: string): Content {
    const id = this.#author.nextId();
    const text = `content of ${filename}`;
    this.files.set(id, { room, bytes: Buffer.from(text) });
    return {
      content_hash: hash('sha256', text, 'hex'),
      content_type: 'text/plain',
      filename,
      id,
      origin_url: `/_paracord/federation/v1/file/${id}`,
      size: text.length,
    };
  }

  /** All other events have the time in milliseconds. Without a stable ID, a hash of the content stands for it. */
  other(fields: {
    readonly type: string;
    readonly room: string;
    readonly sender: string;
    readonly stableId: string | null;
    readonly content: Content;
  }): StandInEvent {
    const { type, stableId, content } = fields;
    const time = this.#author.now();
    const event_id = customEventId(type, stableId ?? { content: jsonOf(content) }, time, this.#author.domain);
    return this.#keep(this.sign({ ...fields, event_id, time }));
  }

  /** A message in another server's room: its id is like that of other events, its time like that of its messages. */
  inMirror(place: Omit<Place, 'channel'>, content: Content): StandInEvent {
    const { era, domain } = this.#author;
    const id = this.#author.nextId();
    const time = this.#messageTime();
    return this.#keep(
      this.sign({
        event_id: customEventId('m.message', id, time, domain),
        room: place.room,
        type: 'm.message',
        sender: place.sender,
        time,
        content: {
          guild_id: place.guild,
          ...content,
          message_id: id,
          msgtype: 'm.text',
          ...(era.signsAll ? { 'm.mentions': { user_ids: [] } } : {}),
        },
      }),
    );
  }

  /** Any event, right or wrong, with a good signature. */
  sign(fields: {
    readonly event_id: string;
    readonly room: string;
    readonly type: string;
    readonly sender: string;
    readonly time: number;
    readonly depth?: number;
    readonly content: Content;
  }): StandInEvent {
    const { name, keyId, signer } = this.#author;
    const { event_id, room, type, sender, time, depth = time, content } = fields;
    const event = {
      event_id,
      room_id: room,
      event_type: type,
      sender,
      origin_server: name,
      origin_ts: time,
      depth,
      state_key: null,
      content,
    };
    const signature = signer.sign(canonicalText(envelopeOf(jsonOf({ ...event, signatures: {} }))));
    return { ...event, signatures: { [name]: { [keyId]: signature } } };
  }

  #keep(event: StandInEvent): StandInEvent {
    this.all.set(event.event_id, event);
    return event;
  }

  /** The events of one room, by depth; events of the same depth in the order of their arrival. */
  list(room: string, sinceDepth: number, limit: number): StandInEvent[] {
    return [...this.all.values()]
      .filter((event) => event.room_id === room && event.depth > sinceDepth)
      .sort((a, b) => a.depth - b.depth)
      .slice(0, limit);
  }

  /** Returns the events behind a place in the order by depth (or time, without a depth) and id. */
  behind(room: string, depth: number, eventId: string | null, limit: number): StandInEvent[] {
    const isBehind = (event: StandInEvent) => {
      const at = placeOf(event);
      return at > depth || (eventId !== null && at === depth && byBytes(event.event_id, eventId) > 0);
    };
    return [...this.all.values()]
      .filter((event) => event.room_id === room && isBehind(event))
      .sort((a, b) => placeOf(a) - placeOf(b) || byBytes(a.event_id, b.event_id))
      .slice(0, limit);
  }
}

export const placeOf = ({ depth, origin_ts }: StandInEvent): number => depth || origin_ts;
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
