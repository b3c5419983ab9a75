import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { FederationClient } from '../../../main/client/federation-client.ts';
import type { Http } from '../../../main/client/http.ts';
import { type Signer, signerFromSeed } from '../../../main/crypto/ed25519.ts';
import { directVerifier } from '../../../main/crypto/verifier.ts';
import { Ingest, type IngestOutcome } from '../../../main/events/ingest.ts';
import { RoomWriter } from '../../../main/events/projection/room-writer.ts';
import {
  filesIn,
  profileIn,
  readStored,
  removalIn,
  wordsOf,
} from '../../../main/events/projection/stored.ts';
import { Upkeep } from '../../../main/events/upkeep.ts';
import { EventVerifier, type VerifiedEvent } from '../../../main/events/verify.ts';
import { Keyring } from '../../../main/identity/keyring.ts';
import { KeyVault } from '../../../main/identity/vault.ts';
import { noMeter } from '../../../main/kernel/meter.ts';
import { isErased } from '../../../main/store/erased-body.ts';
import { Store } from '../../../main/store/store.ts';
import { newPeer } from '../../../main/store/tables/peer-store.ts';
import { pinnedIn } from '../../../main/store/tables/rooms/room-store.ts';
import { KeyPins } from '../../../main/trust/keys/key-pins.ts';
import { KeyResolver } from '../../../main/trust/keys/key-resolver.ts';
import { PeerDirectory } from '../../../main/trust/peer-directory.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { type Envelope, parseEnvelope, wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { mayQuote } from '../../../shared/protocol/events/event-content.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { quoted } from '../../../shared/words/said.ts';
import { filesAsText, searchIndexOf, tablesAsText } from '../database-text.ts';
import { Dice } from './dice.ts';

/** The servers of a room as a member knows them: its home, a peer, one known through the home, and itself. */
export const cast = { home: 'home.test', peer: 'peer.test', third: 'third.test', self: 'self.test' } as const;
export type Role = keyof typeof cast;

export const roomId = '!7:home.test';
export const otherRoomId = '!8:home.test';
export const now = Date.UTC(2025, 5, 1);
const dayMs = 86_400_000;

const silent: Http = {
  request: async () => ({ kind: 'network', error: quoted('no network in this test') }),
  seenCertificate: () => null,
  close: async () => {},
};

const seeds: Readonly<Record<Role, number>> = { home: 11, peer: 12, third: 13, self: 14 };

/** The same keys in every store, so that one history can be fed to many. */
function signerOf(role: Role): Signer {
  return signerFromSeed(new Dice(seeds[role]).bytes(32));
}

/** The number by which the home knows our first user. */
export const numberThere = '1';

export const keyIdOf = (role: Role): string => `ed25519:${role}`;
export const signers: Readonly<Record<Exclude<Role, 'self'>, Signer>> = {
  home: signerOf('home'),
  peer: signerOf('peer'),
  third: signerOf('third'),
};

/** The content of a store afterwards: what a reader would see, and why. */
export interface Picture {
  readonly room: {
    readonly name: string;
    readonly joinRule: string;
    readonly about: readonly string[];
    readonly announces: boolean;
    readonly direct: readonly string[] | null;
  };
  readonly channels: readonly { readonly id: string; readonly name: string }[];
  readonly members: readonly string[];
  /** The authors and reasons of removals and bans. */
  readonly removals: readonly string[];
  /** The names that users want, and their line about themselves. */
  readonly called: Readonly<Record<string, readonly [name: string, about: string]>>;
  /** The hashes of the pictures of those who are in the room. */
  readonly pictures: Readonly<Record<string, string>>;
  readonly timeline: readonly string[];
  /** Erased events. */
  readonly erased: readonly string[];
  readonly states: Readonly<Record<string, number>>;
}

/** The part of a node between verification and the tables, on a real database. */
export class MemberNode {
  readonly clock: { now(): number; after(): () => void };
  time = now;
  keepsHistory = true;
  readonly #folder: string;
  #store!: Store;
  #registry!: RoomWriter;
  #upkeep!: Upkeep;
  #verifier!: EventVerifier;
  #ingest!: Ingest;
  #keyring!: Keyring;

  private constructor(folder: string) {
    this.#folder = folder;
    this.clock = { now: () => this.time, after: () => () => {} };
  }

  static async open(folder: string): Promise<MemberNode> {
    const node = new MemberNode(folder);
    node.#open();
    await node.#begin();
    return node;
  }

  #open(): void {
    const { clock } = this;
    const store = new Store(this.databasePath, { clock, defer: queueMicrotask });
    const keyring = new Keyring(new KeyVault(this.#folder, null), clock, new Dice(seeds.self));
    keyring.setUp(cast.self, cast.self);
    const directory = new PeerDirectory(store, keyring, clock, () => {});
    const client = new FederationClient(silent, keyring, clock, () => {});
    const warn = () => () => {};
    const pins = new KeyPins({ directory, client, clock, warn });
    const extensions = { used: async () => {}, noteRefused: () => {} };
    const keys = new KeyResolver({ directory, keyring, pins, extensions, clock });
    this.#store = store;
    this.#keyring = keyring;
    this.#registry = new RoomWriter(store, directory);
    const { tables } = this.#registry;
    const keepsHistory = () => this.keepsHistory;
    this.#upkeep = new Upkeep({ store, tables, clock, keepsHistory, together: 3 });
    this.#verifier = new EventVerifier({
      directory,
      keyring,
      keys,
      verifier: directVerifier,
      registry: this.#registry,
      meter: noMeter,
    });
    this.#ingest = new Ingest({
      store,
      tables,
      directory,
      keyring,
      clock,
      keepsHistory,
      replayOf: () => ({ signature: Buffer.alloc(0), expiresAt: 0 }),
      tell: () => {},
    });
    this.#directory = directory;
  }

  #directory!: PeerDirectory;

  /** A local user has asked to join, so that the room's events are accepted whatever comes first. */
  async #begin(): Promise<void> {
    for (const role of ['home', 'peer', 'third'] as const) {
      const known = role === 'third';
      await this.#directory.put({
        ...newPeer(cast[role], cast[role]),
        mode: known ? 'known' : 'allow',
        endpoint: known ? null : `http://${cast[role]}`,
        known_through: known ? cast.home : null,
      });
      await this.#directory.putKeys([
        {
          server_name: cast[role],
          key_id: keyIdOf(role),
          public_key: signers[role].publicKey,
          valid_until: now + 365 * dayMs,
          source: known ? `home:${cast.home}` : 'peer',
          first_seen_at: now,
          extended_at: null,
          extended_until: null,
          ended_at: null,
          chain: null,
          domain: null,
        },
      ]);
    }
    const { rooms, writer } = this.#store;
    await writer.write(() => {
      for (const room_id of [roomId, otherRoomId]) {
        rooms.insert({
          room_id,
          home: cast.home,
          name: 'Before anything is known',
          join_rule: 'invite',
          created_at: now,
        });
        rooms.addPendingJoin(room_id, `@u0:${cast.self}`);
      }
      this.#store.remoteUsers.put({ room_id: roomId, home: cast.home }, numberThere, `@u0:${cast.self}`);
    });
  }

  get ownKey(): { keyId: string; signer: Signer } {
    return this.#keyring.active();
  }

  /** Ingests what a peer delivers, or, if `hop` is null, what was written here. */
  async take(envelope: Envelope, hop: string | null): Promise<IngestOutcome['kind']> {
    try {
      const kind = await this.store(await this.verified(envelope, hop));
      // So that each event finds the messages before it in the index of words.
      await this.#store.writer.write(() => this.#store.rules.search.addNext(1_000));
      return kind;
    } catch (error) {
      if (error instanceof ProtocolError) return 'refused';
      throw error;
    }
  }

  verified(envelope: Envelope, hop: string | null): Promise<VerifiedEvent> {
    return this.#verifier.verify(parseEnvelope(wireEvent(envelope)), hop);
  }

  async store(event: VerifiedEvent): Promise<IngestOutcome['kind']> {
    return (await this.#ingest.ingest(event)).kind;
  }

  /** Writes something that isn't part of a batch. Returns the events that are stored by then. */
  async writeBeside(): Promise<number> {
    return this.#store.writer.write(() => this.#store.events.lastSeq());
  }

  /** From now on, events of that server are held for the owner. */
  async quarantine(role: Role): Promise<void> {
    const peer = this.#directory.get(cast[role]);
    if (peer) await this.#directory.put({ ...peer, mode: 'quarantine' });
  }

  /** From now on, the owner blocks that server. */
  async block(role: Role): Promise<void> {
    const peer = this.#directory.get(cast[role]);
    if (peer) await this.#directory.put({ ...peer, mode: 'block' });
  }

  async letTimePass(ms: number): Promise<void> {
    this.time += ms;
    await this.#upkeep.applyDue(this.time, limits.aheadMsMax);
  }

  async rebuild(): Promise<void> {
    await this.#upkeep.rebuild(roomId);
  }

  async reopen(): Promise<void> {
    await this.close();
    this.#open();
    await this.#upkeep.bringUpToDate();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** Every table as one text, to search it for something. */
  everything(): string {
    return tablesAsText(this.databasePath);
  }

  /** The index of words, as it was kept, and as it is when it is made again. */
  async searchIndex(): Promise<{ readonly kept: unknown[]; readonly again: unknown[] }> {
    const { search } = this.#store.rules;
    const read = () => searchIndexOf(this.databasePath);
    await this.#store.writer.write(() => search.addNext(1_000));
    const kept = read();
    await this.#store.writer.write(() => {
      search.reset();
      search.addNext(1_000);
    });
    return { kept, again: read() };
  }

  /** The bytes of the database's files after the scrub of erased texts. */
  async files(): Promise<string> {
    if (!(await this.#store.erasures.scrub())) throw new Error('a reader is in the way');
    return filesAsText(this.databasePath);
  }

  get databasePath(): string {
    return join(this.#folder, 'node.db');
  }

  /** The tables that each event updates and that can be rebuilt from the stored events. */
  projection(): Readonly<Record<string, unknown[]>> {
    const db = new SQLite(this.databasePath, { readonly: true });
    const rows = (table: string, order: string, columns = '*') =>
      db.prepare(`SELECT ${columns} FROM ${table} ORDER BY ${order}`).all();
    // A channel that nobody named is known from any event that mentions it.
    const channel = 'room_id, channel_id, name, position, depth, iif(depth < 0, NULL, event_id) AS event_id';
    try {
      return {
        rooms: rows('rooms', 'room_id'),
        channels: rows('channels', 'room_id, channel_id', channel),
        facts: rows('room_member_facts', 'room_id, user_id, depth, event_id'),
        messages: rows('messages', 'seq'),
        reactions: rows('reactions', 'message_seq, user_id, emoji'),
        pictures: rows('pictures', 'user_id, room_id'),
      };
    } finally {
      db.close();
    }
  }

  picture(): Picture {
    return pictureOf(this.#store, this.#registry);
  }
}

export function pictureOf(
  { rooms, messages, events, files }: Store,
  registry: Pick<RoomWriter, 'get' | 'standing'>,
): Picture {
  const row = rooms.room(roomId);
  const room = registry.get(roomId);
  if (!row || !room) throw new Error('the room is gone');
  const announces = row.home_announces === 1;
  const stored = events.afterSeq(roomId, 0, 10_000);
  return {
    room: {
      name: row.name,
      joinRule: row.join_rule,
      about: [
        row.topic,
        row.description,
        files.picture('', roomId)?.hash ?? '',
        ...pinnedIn(row),
        String(row.archived === 1),
        row.writers,
        String(row.slow_seconds),
      ],
      announces,
      direct: row.direct?.split(' ').filter(Boolean) ?? null,
    },
    channels: rooms.channels(roomId).map((channel) => ({ id: channel.channel_id, name: channel.name })),
    members: rooms
      .members(roomId)
      .filter((member) => member.implicit === 0 || !announces)
      .map((m) => `${m.user_id} of ${m.server} ${m.state} as ${m.role} at ${m.joined_at}`)
      .sort(),
    removals: rooms
      .membersOut(roomId)
      .flatMap(({ user_id }) => {
        const event = events.byId(registry.standing(room, user_id)?.eventId ?? '');
        const removal = event && removalIn(event.body);
        return removal ? [`${user_id} by ${removal.by}: ${removal.reason}`] : [];
      })
      .sort(),
    called: Object.fromEntries(
      stored.flatMap(({ sender }) => {
        const profile = profileIn(events.profile(sender, roomId));
        return profile === null ? [] : [[sender, [profile.displayName, profile.about]]];
      }),
    ),
    pictures: Object.fromEntries(
      stored.flatMap(({ sender }) => {
        const picture = files.picture(sender, roomId);
        return picture === null ? [] : [[sender, picture.hash]];
      }),
    ),
    timeline: messages.page(roomId, null, null, 10_000).map((message) => {
      const { event_id, channel_id, sender, edited_at, deleted } = message;
      const body = wordsOf(message.text_body);
      const files = deleted === 1 ? [] : filesIn(message.event_body);
      const own = readStored({ body: message.event_body }).meaning;
      const shown = deleted === 0 && own.kind === 'message' ? own : null;
      const answered = shown?.replyTo ?? null;
      const [found] = messages.answered(roomId, answered === null ? [] : [answered]);
      const quoted = found && mayQuote(message, found) ? [found.deleted, wordsOf(found.text_body)] : [];
      const reactions = messages.reactions([message.seq]).map((each) => [each.emoji, each.user_id]);
      return JSON.stringify({
        event_id,
        channel_id,
        sender,
        body,
        edited_at,
        deleted,
        files,
        reactions,
        forwarded: shown?.forwarded === true,
        answers: answered === null ? [] : [answered, ...quoted],
      });
    }),
    erased: stored
      .filter(isErased)
      .map((event) => event.event_id)
      .sort(),
    states: Object.fromEntries(stored.map((event) => [event.event_id, event.state])),
  };
}
