import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { federationPrefix } from '../../shared/protocol/transport.ts';
import { tempDir } from './temp.ts';
import { until } from './until.ts';

/** The binary to test against; the owner of this machine says which. */
export const existingServerBin = process.env.PARACORD_SERVER_BIN;
export const skipWithoutServer =
  existingServerBin === undefined &&
  'PARACORD_SERVER_BIN is not set: name the binary of an existing Paracord server to test against it.';

export interface Message {
  readonly id: string;
  readonly content: string;
  readonly author: { readonly username: string };
  readonly edited_at: string | null;
  readonly reactions?: readonly { readonly emoji: string; readonly count: number }[];
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
  private readonly dir: string;
  private readonly port: number;
  private readonly secret = randomBytes(32).toString('hex');
  private child: ChildProcess | null = null;
  private readonly users = new Map<string, Session>();

  private constructor(dir: string, port: number, eventsPerMinute: number) {
    this.dir = dir;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    for (const folder of ['uploads', 'files', 'backups']) mkdirSync(join(dir, folder));
    this.limitEvents(eventsPerMinute);
  }

  /** `repaired`: with what release 0.8.5 gets wrong in its own database set right, so that it asks and calls us. */
  static async start(
    t: Pick<TestContext, 'after'>,
    options: { repaired?: boolean; eventsPerMinute?: number } = {},
  ): Promise<ExistingServer> {
    const dir = tempDir(t);
    const server = new ExistingServer(dir, await freePort(), options.eventsPerMinute ?? 0);
    t.after(() => server.child?.kill('SIGKILL'));
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
    // The first to register is its admin, unless it has made users of its own before.
    server.change("UPDATE users SET flags = flags | 1 WHERE username = 'admin'");
    if (options.repaired) server.repair();
    await server.up();
    return server;
  }

  get room(): string {
    return `!${this.guild}:${name}`;
  }

  user(localpart: string): string {
    return `@${localpart}:${name}`;
  }

  /** The seed of its signing key, hex. */
  get seed(): string {
    return readFileSync(join(this.dir, 'signing_key.hex'), 'utf8').trim();
  }

  async up(): Promise<void> {
    const child = spawn(existingServerBin ?? '', ['--config', join(this.dir, 'server.toml')], {
      cwd: this.dir,
      // Nothing of ours: its HTTP client would take a proxy for loopback, too.
      env: {
        PATH: '/usr/bin:/bin',
        HOME: this.dir,
        NO_PROXY: '*',
        RUST_LOG: 'warn',
        PARACORD_FEDERATION_ALLOWED_GUILD_IDS: this.guild,
      },
      stdio: 'ignore',
    });
    this.child = child;
    await until([], 'the existing server is up', async () => {
      if (child.exitCode !== null) throw new Error(`the existing server ended with code ${child.exitCode}`);
      const answer = await fetch(`${this.url}/health`).catch(() => null);
      return answer?.ok;
    });
    await fetch(`${this.url}${federationPrefix}/keys`);
  }

  async down(): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
  }

  /** SQL on its database while it is down. */
  change(sql: string, ...values: unknown[]): void {
    const db = new Database(join(this.dir, 'paracord.db'));
    db.prepare(sql).run(...values);
    db.close();
  }

  /**
   * Its list of peers has a column of a type that its driver cannot read, and messages of remote users reach only
   * rooms that it has a mapping for, which it makes for rooms of others alone.
   */
  private repair(): void {
    const db = new Database(join(this.dir, 'paracord.db'));
    const table = db
      .prepare<[], { sql: string }>("SELECT sql FROM sqlite_master WHERE name = 'federated_servers'")
      .get();
    const sql = table?.sql.replace(/\b(trusted\s+)BOOLEAN\b/, '$1INTEGER');
    db.unsafeMode();
    db.pragma('writable_schema = ON');
    db.prepare("UPDATE sqlite_master SET sql = ? WHERE name = 'federated_servers'").run(sql);
    db.pragma('writable_schema = RESET');
    const guild = BigInt(this.guild);
    db.prepare(
      'INSERT INTO federation_space_map (origin_server, remote_space_id, local_guild_id) VALUES (?, ?, ?)',
    ).run(name, this.guild, guild);
    db.prepare(
      'INSERT INTO federation_channel_map (origin_server, remote_channel_id, local_channel_id, local_guild_id) VALUES (?, ?, ?, ?)',
    ).run(name, this.channel, BigInt(this.channel), guild);
    db.close();
  }

  /** A user comes into a channel's guild by an invite. */
  async invite(inviter: string, username: string, channel = this.channel): Promise<void> {
    if (!this.users.has(username)) await this.register(username);
    const path = `/channels/${channel}/invites`;
    const { code } = await this.ask<{ code: string }>(inviter, 'POST', path, {});
    await this.ask(username, 'POST', `/invites/${code}`, {});
  }

  /** How many events a minute it takes from a peer, from its next start on; 0 for any number. */
  limitEvents(perMinute: number): void {
    writeFileSync(join(this.dir, 'server.toml'), configText(this.dir, this.port, this.secret, perMinute));
  }

  async register(username: string): Promise<void> {
    const answer = await this.ask<{ token: string; user: { id: string } }>(null, 'POST', '/auth/register', {
      username,
      password,
    });
    this.users.set(username, { id: answer.user.id, token: answer.token });
  }

  /** A call of its client API. Throws what it says where it refuses. */
  async ask<T>(
    as: string | null,
    method: string,
    path: string,
    body?: unknown,
    prefix = '/api/v1',
  ): Promise<T> {
    const token = as === null ? undefined : this.users.get(as)?.token;
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

  /** Its admin adds a node, as its documentation tells; again, to take over a new key. */
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

  /** A file for a message to name; returns its id. */
  async upload(as: string, filename: string, content: string, channel = this.channel): Promise<string> {
    const form = new FormData();
    form.append('file', new Blob([content]), filename);
    const answer = await fetch(`${this.url}/api/v1/channels/${channel}/attachments`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.users.get(as)?.token}` },
      body: form,
    });
    if (!answer.ok) throw new Error(`upload: ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as Session).id;
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

  /** The newest 100, oldest first. */
  async messages(as = 'admin', channel = this.channel): Promise<Message[]> {
    return (await this.ask<Message[]>(as, 'GET', `/channels/${channel}/messages?limit=100`)).reverse();
  }

  /** Its guilds a user sees: id and name. */
  guilds(as: string): Promise<{ id: string; name: string }[]> {
    return this.ask(as, 'GET', '/users/@me/guilds');
  }
}

/** A port that nobody listens on just now; the server cannot be asked for one of its choice. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

function configText(dir: string, port: number, secret: string, eventsPerMinute: number): string {
  const sections = {
    server: { bind_address: `127.0.0.1:${port}`, server_name: name },
    database: { engine: 'sqlite', url: `sqlite://${dir}/paracord.db?mode=rwc` },
    auth: {
      jwt_secret: secret,
      registration_enabled: true,
      allow_username_login: true,
      require_email: false,
    },
    storage: { storage_type: 'local', path: `${dir}/uploads` },
    media: { storage_path: `${dir}/files` },
    // With a loopback name or 127.0.0.1 here it asks the internet for its address.
    livekit: { api_key: 'unused_key', api_secret: secret, url: 'ws://[::1]:9', http_url: 'http://[::1]:9' },
    network: { upnp: false, upnp_confirm_exposure: false },
    voice: { native_media: false },
    federation: {
      enabled: true,
      domain: name,
      signing_key_path: `${dir}/signing_key.hex`,
      allow_discovery: false,
      max_events_per_peer_per_minute: eventsPerMinute,
    },
    tls: { enabled: false, auto_generate: false },
    retention: { enabled: false },
    backup: { backup_dir: `${dir}/backups`, auto_backup_enabled: false },
  };
  return Object.entries(sections)
    .map(([section, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
      return `[${section}]\n${lines.join('\n')}\n`;
    })
    .join('\n');
}
