/** One of the servers that benchIngest compares, in its own process; tells its port to its parent. */

import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import Koa from 'koa';
import { FederationClient } from '../../../main/client/federation-client.ts';
import { UndiciHttp } from '../../../main/client/undici-http.ts';
import { PooledVerifier, startWorker } from '../../../main/crypto/verifier.ts';
import { RoomRegistry } from '../../../main/events/projection/room-registry.ts';
import { EventVerifier } from '../../../main/events/verify.ts';
import { createFederationApp } from '../../../main/http/federation/app.ts';
import { Authenticator } from '../../../main/http/federation/authenticate.ts';
import { federationRoutes } from '../../../main/http/federation/routes/routes.ts';
import { listen } from '../../../main/http/listen.ts';
import { Keyring } from '../../../main/identity/keyring.ts';
import { KeyVault } from '../../../main/identity/vault.ts';
import { createLog } from '../../../main/kernel/log.ts';
import { noMeter } from '../../../main/kernel/meter.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { createNode } from '../../../main/node.ts';
import { FileLinks } from '../../../main/rooms/files/links.ts';
import type { RoomHome } from '../../../main/rooms/home.ts';
import { Store } from '../../../main/store/store.ts';
import { KeyPins } from '../../../main/trust/keys/key-pins.ts';
import { KeyResolver } from '../../../main/trust/keys/key-resolver.ts';
import { RateLimiter } from '../../../main/trust/limits/rate-limiter.ts';
import { ReplayGuard } from '../../../main/trust/limits/replay-guard.ts';
import { PeerDirectory } from '../../../main/trust/peer-directory.ts';
import type { SettingsView } from '../../../shared/api/views/node-views.ts';

process.on('disconnect', () => process.exit());
const [mode, dataDir = '', threads] = process.argv.slice(2);
// The event loop's delay since the last message, which is the answer to each message.
const resolutionMs = 1;
const delay = monitorEventLoopDelay({ resolution: resolutionMs });
process.on('message', () => {
  process.send?.(Math.max(delay.percentile(99) / 1e6 - resolutionMs, 0));
  delay.enable();
  delay.reset();
});
const log = createLog('error');
const { clock, random } = systemPorts;
const host = { host: '127.0.0.1', port: 0, clock };

if (mode === 'bare') {
  const app = new Koa();
  app.use(async (ctx) => {
    for await (const _ of ctx.req);
    ctx.status = 202;
    ctx.body = { event_id: 'x', inserted: true };
  });
  process.send?.((await listen(app.callback(), host)).port);
} else if (mode === 'durable') {
  const node = createNode(
    {
      dataDir,
      listen: { host: '127.0.0.1', port: 0 },
      control: { host: '127.0.0.1', port: 0 },
      tls: { mode: 'off' },
      publicUrl: null,
      version: 'bench',
    },
    systemPorts,
    { log },
  );
  const { federation } = await node.start();
  process.send?.(Number(new URL(federation).port));
} else {
  const keyring = new Keyring(new KeyVault(dataDir, null), clock, random);
  const store = new Store(join(dataDir, 'node.db'), systemPorts);
  const tell = () => {};
  const directory = new PeerDirectory(store, keyring, clock, tell);
  const client = new FederationClient(new UndiciHttp(), keyring, clock, tell);
  const pins = new KeyPins({ directory, client, clock, warn: () => () => {} });
  const extensions = { used: async () => {}, noteRefused: () => {} };
  const keys = new KeyResolver({ directory, keyring, pins, extensions, clock });
  const registry = new RoomRegistry(store, directory);
  const verifier =
    threads === undefined ? new PooledVerifier() : new PooledVerifier(startWorker, Number(threads));
  const replay = new ReplayGuard(store, clock);
  const default_limits = { requests_per_minute: 10_000_000, burst: 10_000_000 };
  const unlimited = { check: () => ({ ok: true }) as const, chargeBytes: () => {}, chargeWork: () => {} };
  const routes = federationRoutes({
    store,
    keyring,
    directory,
    registry,
    files: { sizeIn: () => null, pathOf: () => '', uploadedFor: () => null },
    typing: { take: () => {} },
    moderation: { answer: async () => ({ event_id: null, events: [] }) },
    links: new FileLinks({ random, clock }),
    authenticator: new Authenticator({
      directory,
      keyring,
      keys,
      verifier,
      replay,
      limiter: new RateLimiter(clock),
      budgets: unlimited,
      clock,
      settings: { get: () => ({ paused: false, default_limits }) as SettingsView },
      contacts: { calledBy: (server) => directory.noteSeen(server), misdatedBy: () => {} },
      addressAnnouncer: { calledAt: () => {} },
      wayIn: { calledAt: () => {} },
      clockOffsets: { note: () => {} },
      meter: noMeter,
    }),
    replay,
    verifier: new EventVerifier({ directory, keyring, keys, verifier, registry, meter: noMeter }),
    ingest: { ingest: async () => ({ kind: 'inserted', seq: 0, destinations: [] }) },
    home: {} as RoomHome,
    recallAnswers: { answer: () => '', invites: () => '' },
    listed: { answer: () => ({ text: '', key_id: '', signature: '' }), hasUser: () => false },
    peerInvites: { checkToken: () => {}, offer: () => '', take: async () => {} },
    pace: {
      load: () => ({ stored: new Map(), pauses: new Map(), invites: new Map(), beyondShare: new Set() }),
      check: () => {},
    },
    budgets: unlimited,
    notices: { take: async () => {} },
    pins,
    dialBack: { answer: async () => ({ reachable: false, endpoint: null, text: '' }) },
    clock,
    ownAddress: () => ({ endpoint: null, tlsSha256: null }),
    tell,
    receipts: { readBy: async () => '' },
    reach: { publicUrl: null, local: null },
    meter: noMeter,
  });
  const measure = () => () => {};
  const app = createFederationApp({ routes, clock, disk: store.disk, onDisk: () => null, measure, log });
  process.send?.((await listen(app, host)).port);
}
