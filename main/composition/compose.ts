import { join } from 'node:path';
import type { Change } from '../../shared/api/topics.ts';
import { BotTokens } from '../access/bot-tokens.ts';
import { Logins } from '../access/logins.ts';
import { Activity } from '../activity.ts';
import type { ApiParts } from '../api/parts.ts';
import { ChangeFeed } from '../changes.ts';
import { FederationClient } from '../client/federation-client.ts';
import type { Http } from '../client/http.ts';
import { UndiciHttp } from '../client/undici-http.ts';
import { ClockOffsets } from '../clocks/clock-offsets.ts';
import { toldOffset } from '../clocks/clock-told.ts';
import { type NodeConfig, tuning } from '../config.ts';
import { PooledVerifier, type Verifier } from '../crypto/verifier.ts';
import { Erasure } from '../events/erasure.ts';
import { Ingest } from '../events/ingest.ts';
import { Projection } from '../events/projection.ts';
import { RoomRegistry } from '../events/room-registry.ts';
import { EventVerifier } from '../events/verify.ts';
import { Facts } from '../facts.ts';
import { Keyring } from '../identity/keyring.ts';
import { Life } from '../identity/life.ts';
import { KeyVault, type SecretBox } from '../identity/vault.ts';
import type { Log } from '../kernel/log.ts';
import type { Ports } from '../kernel/ports.ts';
import { CatchUp } from '../outbound/catch-up/catch-up.ts';
import { Delivery } from '../outbound/delivery/delivery.ts';
import { createSender } from '../outbound/delivery/sender.ts';
import { ReceiptReading } from '../outbound/receipts/receipt-reading.ts';
import { ReceiptTeller } from '../outbound/receipts/receipt-teller.ts';
import { reactionsOf } from '../reactions.ts';
import { Actors } from '../rooms/actors.ts';
import { ClientKeys } from '../rooms/client-keys.ts';
import { Composer } from '../rooms/compose.ts';
import { RoomHome } from '../rooms/home.ts';
import { Messages } from '../rooms/messages.ts';
import { Mint } from '../rooms/mint.ts';
import { RemoteRooms } from '../rooms/remote.ts';
import { RemoteLeaves } from '../rooms/remote-leaves.ts';
import { Settings } from '../settings.ts';
import { Backups } from '../store/backup/backup.ts';
import { lockDataFolder } from '../store/data-lock.ts';
import { Store } from '../store/store.ts';
import type { Contacts } from '../trust/contacts.ts';
import { KeyExtensions } from '../trust/keys/key-extensions.ts';
import { KeyResolver } from '../trust/keys/key-resolver.ts';
import { PeerAdmin } from '../trust/peer-admin.ts';
import { PeerDirectory } from '../trust/peer-directory.ts';
import { Rediscovery } from '../trust/rediscovery.ts';
import { ReplayGuard } from '../trust/replay-guard.ts';
import { Warnings } from '../trust/warnings.ts';
import { composeAnswering, seenGapMs } from './answering.ts';
import { composeContacts } from './contacts.ts';
import { composePeering } from './peering.ts';
import { composeWayIn } from './way-in.ts';

export interface NodeParts {
  readonly log: Log;
  readonly http?: Http;
  readonly verifier?: Verifier;
  /** Seals the identity file with what the platform has; without one the file's mode protects it. */
  readonly secretBox?: SecretBox;
}

/** Puts a node together. Everything that lives is made here; nothing else calls `new` on a part. */
export function compose(config: NodeConfig, ports: Ports, given: NodeParts) {
  const { log } = given;
  const { clock, random } = ports;
  const lock = lockDataFolder(config.dataDir);
  let store: Store;
  let keyring: Keyring;
  try {
    keyring = new Keyring(new KeyVault(config.dataDir, given.secretBox ?? null), clock, random);
    store = new Store(join(config.dataDir, 'node.db'), ports, (error) =>
      log.error({ err: error }, 'a reaction to a commit failed'),
    );
  } catch (error) {
    lock.release();
    throw error;
  }
  const changes = new ChangeFeed(ports, (error) => log.error({ err: error }, 'a reader of changes failed'));
  const facts = new Facts();
  const publish = (change: Change) => changes.publish(change);
  const http = given.http ?? new UndiciHttp();
  const verifier = given.verifier ?? new PooledVerifier();
  const settings = new Settings(store, config);
  const warnings = new Warnings();
  const activity = new Activity(clock);
  const logins = new Logins(store.sessions, ports);
  const clockOffsets = new ClockOffsets(clock, (server) => publish({ topic: 'peer', server_name: server }));
  const clocksAround = (server: string) => clockOffsets.around(server);
  const warn = (server: string | null) => (text: string) => {
    log.warn({ peer: server ?? undefined }, text);
    if (server !== null) warnings.add(server, text);
    publish({ topic: 'notice', level: 'warning', text });
  };

  const life = new Life({ store, dataDir: config.dataDir, clock, random, warn: warn(null) });
  const directory = new PeerDirectory(store, keyring, clock);
  const client = new FederationClient(http, keyring, clock, ({ server, result, sentAt, receivedAt }) => {
    contacts.note(server, result);
    if (result.kind !== 'answer') return;
    const offsetMs = toldOffset(result, sentAt, receivedAt);
    if (offsetMs !== null) clockOffsets.note(server, offsetMs, 'told');
  });
  const keys: KeyResolver = new KeyResolver({
    ...{ directory, keyring, client, clock, warn },
    onExpired: (server) => keyExtensions.used(server),
  });
  const keyExtensions = new KeyExtensions({
    ...{ directory, keys, client, clock, log },
    isOn: () => settings.get().extend_keys,
    onChanged: (server) => publish({ topic: 'peer', server_name: server }),
    onReadable: (server) => {
      catchUp.readAgain(server).catch((error: unknown) => log.error({ err: error }, 'not read again'));
    },
  });
  const registry = new RoomRegistry(store, directory);
  const keepsHistory = () => settings.get().keep_edit_history;
  const erasure = new Erasure({ store, registry, clock, keepsHistory });
  const projection = new Projection(store, registry, erasure);
  const eventVerifier = new EventVerifier({ directory, keyring, keys, verifier, registry });
  const replay = new ReplayGuard(store, clock);
  const ingest = new Ingest({
    store,
    directory,
    registry,
    projection,
    erasure,
    keyring,
    clock,
    guardReplay: (signature) => replay.persist(signature),
    warn,
    tell: facts.tell,
  });
  const mint = new Mint(clock, random);
  const actors = new Actors(store, registry, keyring);
  const composer = new Composer({ store, keyring, registry, verifier: eventVerifier, ingest, mint });

  const leaves = new RemoteLeaves({ store, keyring, directory, registry, client });

  const failing = new Set<string>();
  const delivery = new Delivery({
    ports,
    store: store.outbox,
    send: createSender({
      ...{ client, directory, clocksAround },
      isFailing: (server) => failing.has(server),
      beforeSending: (server, row, signal) => leaves.beforeSending(server, row, signal),
    }),
    maxAgeMs: settings.get().outbox_max_age_days * 86_400_000,
    inFlightMax: tuning.inFlightMax,
    onSettled: ({ row, outcome, latencyMs }) => {
      if (outcome !== 'expired') activity.attempted(outcome === 'delivered' || outcome === 'held', latencyMs);
      if (outcome !== 'delivered' && outcome !== 'held') {
        failing.add(row.destination);
        return;
      }
      directory.noteReached(row.destination);
      if (failing.delete(row.destination)) catchUp.wake(row.destination);
    },
  });
  store.outbox.onRecorded = (reports) => {
    for (const { row, outcome } of reports)
      publish({ topic: 'delivery', destination: row.destination, event_id: row.eventId, outcome });
  };
  store.outbox.onLost = (destination) => {
    log.error({ destination }, 'delivery could not be recorded; is the disk full?');
    clock.after(tuning.recordRetryMs, () => delivery.reread(destination));
  };
  const receipts = new ReceiptTeller({
    ...{ store, directory, keyring, client, ports, log },
    links: () => delivery.snapshot(),
  });
  const catchUp: CatchUp = new CatchUp({
    store,
    directory,
    registry,
    keyring,
    client,
    verifier: eventVerifier,
    ingest,
    clock,
    random,
    onRead: (reading) => remote.settle(reading),
    onAnswered: (server, back) => {
      const isNew = directory.lastSeenAt(server) === null;
      directory.noteSeen(server);
      directory.noteReached(server);
      if (back) delivery.heardFrom(server);
      if (isNew || back) publish({ topic: 'peer', server_name: server });
      receiptReading.answeredBy(server);
    },
    onUnread: (server) => publish({ topic: 'peer', server_name: server }),
    log,
  });
  const receiptReading = new ReceiptReading({
    ...{ store, directory, registry, keyring, client, clock, publish, log },
    isCalled: () => ownAddress().endpoint !== null,
  });
  const rediscovery = new Rediscovery({
    ...{ directory, client, clock, random, log },
    onChanged: (server) => {
      catchUp.wake(server);
      addresses.answersAnew(server);
      publish({ topic: 'peer', server_name: server });
    },
  });
  directory.onUnanswered = (server) => rediscovery.lookSoon(server);
  const remote: RemoteRooms = new RemoteRooms({
    store,
    keyring,
    directory,
    registry,
    actors,
    composer,
    client,
    leaves,
    clock,
    clocksAround,
    takeIn: (server, events) => catchUp.takeIn(server, events),
    onAdmitted: (server, roomId) => {
      delivery.retryNow(server);
      return catchUp.readSoon(server, roomId);
    },
    rebuild: (roomId) => projection.rebuild(roomId),
  });
  const home = new RoomHome({ store, keyring, directory, registry, actors, composer, mint, clock });
  const messages = new Messages({
    ...{ store, actors, composer, mint },
    keys: new ClientKeys(store.clientKeys, clock),
  });

  facts.react(
    reactionsOf({
      activity,
      changes,
      delivery,
      keyring,
      settings,
      isFailing: (server) => failing.has(server),
    }),
  );

  /** Queued and running traffic follows what the owner decides about a server, at once. */
  const onStanding = (server: string): void => {
    const standing = directory.standing(server);
    log.info({ peer: server, standing }, 'a server’s standing');
    if (standing === 'allowed') {
      const isCalled = directory.get(server)?.endpoint != null;
      if (isCalled) delivery.setDoor(server, 'open');
      else delivery.setDoor(server, 'closed', `${server} cannot be called; it fetches what is for it.`);
      catchUp.wake(server);
      addresses.announce();
      keyExtensions.check(server);
      contacts.renew(server);
    } else if (standing === 'unknown') {
      delivery.forget(server);
      clockOffsets.forget(server);
      doctor.forget(server);
      contacts.forget(server);
      rediscovery.forget(server);
      catchUp.forget(server);
      addresses.forget(server);
    } else delivery.setDoor(server, 'closed', `This server is ${standing} here.`);
    publish({ topic: 'peer', server_name: server });
  };
  const peerAdmin = new PeerAdmin({
    ...{ store, directory, keys, keyring, client, clock, onStanding },
    onDecision: (server) => acceptances.decided(server),
  });
  const heardFrom = (server: string): void => {
    const away = clock.now() - (directory.lastSeenAt(server) ?? 0) > seenGapMs;
    directory.noteSeen(server);
    delivery.heardFrom(server);
    receipts.heardFrom(server);
    catchUp.heardFrom(server);
    if (!away) return;
    rediscovery.lookSoon(server);
    addresses.heardFrom(server);
    catchUp.wake(server);
    publish({ topic: 'peer', server_name: server });
  };
  const contacts: Contacts = composeContacts({
    ...{ directory, client, clock, log, settings, delivery, publish },
    onBack: (server) => {
      heardFrom(server);
      catchUp.wake(server);
    },
  });
  const { certificates, listeners, reach, ownAddress } = composeWayIn({
    ...{ config, ports, log, store, keyring, settings, changes },
    onAddress: () => addresses.announce(),
  });
  const { peerInvites, acceptances, dialBack, addresses, notices, doctor } = composePeering({
    ...{
      ports,
      log,
      store,
      directory,
      keys,
      keyring,
      client,
      clockOffsets,
      changes,
      ownAddress,
      onStanding,
      heardFrom,
    },
    publicUrl: () => reach.publicUrl,
    listenerUrl: () => listeners.federationUrl,
  });
  const routes = composeAnswering({
    ...{ store, keyring, directory, registry, keys, verifier, eventVerifier, replay, ingest, home },
    ...{ peerInvites, notices, dialBack, receipts, clock, settings, clockOffsets, publish },
    ...{ addresses, delivery, rediscovery, heardFrom },
    publicUrl: () => reach.publicUrl,
  });

  const stopReading = () => Promise.all([catchUp.stop(), rediscovery.stop()]);

  async function setPaused(paused: boolean): Promise<void> {
    delivery.setPaused(paused ? 'Federation is paused.' : null);
    if (paused) receipts.stop();
    else receipts.start();
    if (paused) await stopReading();
    else {
      catchUp.start();
      rediscovery.start();
    }
  }

  const parts: ApiParts = {
    config,
    ports,
    store,
    keyring,
    directory,
    peerAdmin,
    registry,
    verifier: eventVerifier,
    ingest,
    client,
    delivery,
    catchUp,
    settings,
    changes,
    clockOffsets,
    warnings,
    actors,
    home,
    remote,
    messages,
    activity,
    logins,
    bots: new BotTokens(store, ports),
    backups: new Backups(config.dataDir, clock),
    setPaused,
    peerInvites,
    acceptances,
    addresses,
    reach,
    doctor,
    keyExtensions,
    contacts,
    consoleUrl: () => listeners.consoleUrl,
    startedAt: clock.now(),
    listener: () => ({
      url: listeners.federationUrl,
      problem: listeners.problem,
      tls: certificates.mode,
      certificate: certificates.view,
    }),
    changeListener: (change) => listeners.change(change),
    certificates,
  };
  return {
    ...{ parts, receipts, routes, lock, verifier, http, life, projection, erasure, listeners },
    ...{ onStanding, setPaused, stopReading },
  };
}
