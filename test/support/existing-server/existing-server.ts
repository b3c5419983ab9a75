import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { freePorts } from '../nodes/free-ports.ts';
import { tempDir } from '../temp.ts';
import { until } from '../until.ts';
import { existingServerConfig } from './existing-server-config.ts';

/** The binaries to test against, separated by colons. */
export const existingServerBins = (process.env.PARACORD_SERVER_BIN ?? '').split(':').filter(Boolean);
export const skipWithoutServer =
  existingServerBins.length === 0 && 'PARACORD_SERVER_BIN names no binary of the existing server';

/** Servers of this process, which end with it. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface Message {
  readonly id: string;
  readonly content: string;
  readonly author: { readonly username: string };
  readonly edited_at: string | null;
  readonly reactions?: readonly { readonly emoji: string; readonly count: number }[];
}

export interface ExistingServerOptions {
  /** The first of PARACORD_SERVER_BIN unless given. */
  readonly bin?: string | undefined;
  readonly eventsPerMinute?: number;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

interface Session {
  readonly id: string;
  readonly token: string;
}

const name = 'paracord.test';
const password = 'correct-horse-battery';

/** An existing Paracord server on loopback, with one guild that lets remote users in, driven by its client API. */
export class ExistingServer {
  readonly name = name;
  readonly url: string;
  guild = '';
  channel = '';
  readonly #bin: string;
  readonly #dir: string;
  readonly #port: number;
  readonly #env: Readonly<Record<string, string>>;
  readonly #secret = randomBytes(32).toString('hex');
  #child: ChildProcess | null = null;
  readonly #users = new Map<string, Session>();

  private constructor(bin: string, dir: string, port: number, options: ExistingServerOptions) {
    this.#bin = bin;
    this.#env = options.env ?? {};
    this.#dir = dir;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
    for (const folder of ['uploads', 'files', 'backups']) mkdirSync(join(dir, folder));
    this.limitEvents(options.eventsPerMinute ?? 0);
  }

  static async start(
    t: Pick<TestContext, 'after'>,
    options: ExistingServerOptions = {},
  ): Promise<ExistingServer> {
    const dir = tempDir(t);
    const bin = options.bin ?? existingServerBins[0] ?? '';
    const server = new ExistingServer(bin, dir, (await freePorts(1))[0] ?? 0, options);
    t.after(() => server.#child?.kill('SIGKILL'));
    await server.up();
    await server.register('admin');
    server.guild = (await server.ask<Session>('admin', 'POST', '/guilds', { name: 'Guild' })).id;
    const channels = await server.ask<Session[]>('admin', 'GET', `/guilds/${server.guild}/channels`);
    const wanted = { name: 'talk', channel_type: 0 };
    server.channel =
      channels[0]?.id ??
      (await server.ask<Session>('admin', 'POST', `/guilds/${server.guild}/channels`, wanted)).id;
    await server.invite('admin', 'bob');
    await server.down();
    // The first user to register becomes its admin, unless it created users itself before.
    server.change("UPDATE users SET flags = flags | 1 WHERE username = 'admin'");
    await server.up();
    return server;
  }

  /** 0 while it is down. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get room(): string {
    return `!${this.guild}:${name}`;
  }

  user(localpart: string): string {
    return `@${localpart}:${name}`;
  }

  async up(): Promise<void> {
    const child = spawn(this.#bin, ['--config', join(this.#dir, 'server.toml')], {
      cwd: this.#dir,
      // None of our environment: its HTTP client would use a proxy for loopback too.
      env: {
        PATH: '/usr/bin:/bin',
        HOME: this.#dir,
        NO_PROXY: '*',
        RUST_LOG: 'warn',
        PARACORD_FEDERATION_ALLOWED_GUILD_IDS: this.guild,
        ...this.#env,
      },
      stdio: 'ignore',
    });
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    await until([], 'the existing server is up', async () => {
      if (child.exitCode !== null) throw new Error(`the existing server ended with code ${child.exitCode}`);
      const answer = await fetch(`${this.url}/health`).catch(() => null);
      return answer?.ok;
    });
    await fetch(`${this.url}${federationPrefix}/keys`);
  }

  async down(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
  }

  /** SQL on its database while it is down. */
  change(sql: string, ...values: unknown[]): void {
    const db = new Database(join(this.#dir, 'paracord.db'));
    db.prepare(sql).run(...values);
    db.close();
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Reads its database, whether it is running or not. */
  read<T>(sql: string, ...values: unknown[]): T[] {
    const db = new Database(join(this.#dir, 'paracord.db'), { readonly: true });
    try {
      return db.prepare<unknown[], T>(sql).all(...values);
    } finally {
      db.close();
    }
  }

  /** Lets a user into a channel's guild by an invite. */
  async invite(inviter: string, username: string, channel = this.channel): Promise<void> {
    if (!this.#users.has(username)) await this.register(username);
    const path = `/channels/${channel}/invites`;
    const { code } = await this.ask<{ code: string }>(inviter, 'POST', path, {});
    await this.ask(username, 'POST', `/invites/${code}`, {});
  }

  /** How many events per minute it accepts from a peer after its next start; 0: no limit. */
  limitEvents(perMinute: number): void {
    writeFileSync(
      join(this.#dir, 'server.toml'),
      existingServerConfig({
        name,
        dir: this.#dir,
        port: this.#port,
        secret: this.#secret,
        eventsPerMinute: perMinute,
      }),
    );
  }

  async register(username: string): Promise<void> {
    const answer = await this.ask<{ token: string; user: { id: string } }>(null, 'POST', '/auth/register', {
      username,
      password,
    });
    this.#users.set(username, { id: answer.user.id, token: answer.token });
  }

  /** Calls its client API. Throws with its message if it refuses. */
  async ask<T>(
    as: string | null,
    method: string,
    path: string,
    body?: unknown,
    prefix = '/api/v1',
  ): Promise<T> {
    const token = as === null ? undefined : this.#users.get(as)?.token;
    const answer = await fetch(this.url + prefix + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? null : JSON.parse(text)) as T;
  }

  /** Its admin adds a node as its documentation says, or adds it again to get its new key. */
  async addPeer(node: { readonly name: string; readonly url: string }): Promise<void> {
    const peer = {
      server_name: node.name,
      domain: node.name,
      federation_endpoint: node.url + federationPrefix,
      trusted: true,
      discover: true,
    };
    await this.ask('admin', 'POST', '/servers', peer, federationPrefix);
  }

  async post(as: string, content: string, more: object = {}, channel = this.channel): Promise<string> {
    return (await this.ask<Message>(as, 'POST', `/channels/${channel}/messages`, { content, ...more })).id;
  }

  message(channel: string, id: string): string {
    return `/channels/${channel}/messages/${id}`;
  }

  edit(as: string, id: string, content: string, channel = this.channel): Promise<unknown> {
    return this.ask(as, 'PATCH', this.message(channel, id), { content });
  }

  delete(as: string, id: string, channel = this.channel): Promise<unknown> {
    return this.ask(as, 'DELETE', this.message(channel, id));
  }

  react(as: string, id: string, emoji: string, add = true, channel = this.channel): Promise<unknown> {
    const path = `${this.message(channel, id)}/reactions/${encodeURIComponent(emoji)}/@me`;
    return this.ask(as, add ? 'PUT' : 'DELETE', path);
  }

  /** Posts a message with files of these names. */
  async postFiles(
    as: string,
    content: string,
    filenames: readonly string[],
    channel = this.channel,
  ): Promise<string> {
    const ids: string[] = [];
    for (const filename of filenames) {
      const form = new FormData();
      form.set('file', new Blob([`content of ${filename}`], { type: 'text/plain' }), filename);
      const answer = await fetch(`${this.url}/api/v1/channels/${channel}/attachments`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#users.get(as)?.token}` },
        body: form,
      });
      if (!answer.ok) throw new Error(`upload: ${answer.status} ${await answer.text()}`);
      ids.push(((await answer.json()) as { id: string }).id);
    }
    return this.post(as, content, { attachment_ids: ids }, channel);
  }

  /** Its default role isn't allowed to send files, but the owner of a guild is. */
  ownGuildOf(username: string, guildName: string): void {
    this.change(
      'UPDATE spaces SET owner_id = (SELECT id FROM users WHERE username = ?) WHERE name = ?',
      username,
      guildName,
    );
  }

  renameGuild(to: string): Promise<unknown> {
    return this.ask('admin', 'PATCH', `/guilds/${this.guild}`, { name: to });
  }

  renameChannel(to: string): Promise<unknown> {
    return this.ask('admin', 'PATCH', `/channels/${this.channel}`, { name: to });
  }

  /** Its number for a remote user. */
  remoteUser(userId: string): string {
    const [row] = this.read<{ id: string }>(
      'SELECT CAST(local_user_id AS TEXT) AS id FROM federation_remote_users WHERE remote_user_id = ?',
      userId,
    );
    if (!row) throw new Error(`the existing server knows no ${userId}`);
    return row.id;
  }

  kick(userNumber: string): Promise<unknown> {
    return this.ask('admin', 'DELETE', `/guilds/${this.guild}/members/${userNumber}`);
  }

  ban(userNumber: string): Promise<unknown> {
    return this.ask('admin', 'PUT', `/guilds/${this.guild}/bans/${userNumber}`, {});
  }

  /** Its release, which it writes into its backups. */
  async release(): Promise<string> {
    await this.ask('admin', 'POST', '/admin/backup', { include_media: false });
    const [file] = readdirSync(join(this.#dir, 'backups'));
    if (file === undefined) throw new Error('the existing server made no backup');
    const text = gunzipSync(readFileSync(join(this.#dir, 'backups', file))).toString('latin1');
    return /"server_version":\s*"([^"]+)"/.exec(text)?.[1] ?? 'unknown';
  }

  /** The newest 100, oldest first. */
  async messages(as = 'admin', channel = this.channel): Promise<Message[]> {
    return (await this.ask<Message[]>(as, 'GET', `/channels/${channel}/messages?limit=100`)).reverse();
  }

  /** The guilds that a user sees: id and name. */
  guilds(as: string): Promise<{ id: string; name: string }[]> {
    return this.ask(as, 'GET', '/users/@me/guilds');
  }
}
