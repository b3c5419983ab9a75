import { join } from 'node:path';
import { BotTokens } from './access/bot-tokens.ts';
import { Logins } from './access/logins.ts';
import { Activity } from './activity.ts';
import { AddressNotices } from './addresses/address-notices.ts';
import { AddressAnnouncer, ownAddressOf } from './addresses/addresses.ts';
import { DialBack } from './addresses/dial-back.ts';
import { ChangeSettings } from './change-settings.ts';
import { ChangeFeed } from './changes.ts';
import { FederationClient } from './client/federation-client.ts';
import { afterWriting, type Http } from './client/http.ts';
import { UndiciHttp } from './client/undici-http.ts';
import { ClockOffsets } from './clocks/clock-offsets.ts';
import { ClockTrust } from './clocks/clock-trust.ts';
import { type NodeConfig, tuning } from './config.ts';
import { PooledVerifier, type Verifier } from './crypto/verifier.ts';
import { Doctor } from './doctor/doctor.ts';
import { PeerConditions } from './doctor/peer-conditions.ts';
import { Surveyor } from './doctor/survey.ts';
import { HeldEvents } from './events/held-events.ts';
import { Ingest } from './events/ingest.ts';
import { Intake } from './events/intake.ts';
import { Pace } from './events/pace.ts';
import { RoomWriter } from './events/projection/room-writer.ts';
import { Retention } from './events/retention.ts';
import { Upkeep } from './events/upkeep.ts';
import { EventVerifier } from './events/verify.ts';
import { Facts } from './facts.ts';
import { Authenticator } from './http/federation/authenticate.ts';
import { federationRoutes } from './http/federation/routes/routes.ts';
import { Listeners } from './http/listeners.ts';
import { refuseForeignIdentity, takeInKeys } from './identity/belonging.ts';
import { Keyring } from './identity/keyring.ts';
import { Life } from './identity/life.ts';
import { OwnIdentity } from './identity/own-identity.ts';
import { KeyVault, type SecretBox } from './identity/vault.ts';
import type { Log } from './kernel/log.ts';
import type { Meter } from './kernel/meter.ts';
import type { Ports } from './kernel/ports.ts';
import { pauseBy } from './kernel/timers.ts';
import { Measures } from './measures.ts';
import { CatchUp } from './outbound/catch-up/catch-up.ts';
import { Delivery } from './outbound/delivery/delivery.ts';
import { OutboxDecisions } from './outbound/delivery/outbox-decisions.ts';
import { createSender } from './outbound/delivery/sender.ts';
import { ReceiptReading } from './outbound/receipts/receipt-reading.ts';
import { ReceiptTeller } from './outbound/receipts/receipt-teller.ts';
import { Traffic } from './outbound/traffic.ts';
import { Acceptances } from './pairing/acceptances.ts';
import { PeerInvites } from './pairing/peer-invites.ts';
import { Reach } from './reach/reach.ts';
import { reactionsOf } from './reactions.ts';
import { Adopting } from './recovery/adopting.ts';
import { Drill } from './recovery/drill.ts';
import { OwnEvents } from './recovery/own-events.ts';
import { RecallAnswers } from './recovery/recall-answers.ts';
import { Recovery } from './recovery/recovery.ts';
import { Restore } from './recovery/restore.ts';
import { Scrub } from './recovery/scrub.ts';
import { WriteHold } from './recovery/write-hold.ts';
import { Actors } from './rooms/actors.ts';
import { ClientKeys } from './rooms/client-keys.ts';
import { Composer } from './rooms/compose.ts';
import { Endorsements } from './rooms/endorsements.ts';
import { RoomHome } from './rooms/home.ts';
import { Listed } from './rooms/listed.ts';
import { Memberships } from './rooms/memberships.ts';
import { Messages } from './rooms/messages.ts';
import { Mint } from './rooms/mint.ts';
import { PeerListings } from './rooms/peer-listings.ts';
import { ReadState } from './rooms/read-state.ts';
import { RemoteRooms } from './rooms/remote.ts';
import { RemoteLeaves } from './rooms/remote-leaves.ts';
import { LeapRepair } from './rooms/repair/leap-repair.ts';
import { LostChannels } from './rooms/repair/lost-channels.ts';
import { Settings } from './settings.ts';
import { Backups } from './store/backup/backup.ts';
import { moveIntoPlace } from './store/backup/restore.ts';
import { DatabaseCheck } from './store/check/database-check.ts';
import { lookOnThread } from './store/check/slices.ts';
import { type DataLock, lockDataFolder } from './store/data-lock.ts';
import type { Engine } from './store/engine.ts';
import { Store } from './store/store.ts';
import { Certificates } from './tls/certificates.ts';
import { ConflictLog } from './trust/conflict-log.ts';
import { Contacts } from './trust/contact/contacts.ts';
import { FormProbe } from './trust/contact/form-probe.ts';
import { Rediscovery } from './trust/discovery/rediscovery.ts';
import { KeyExtensions } from './trust/keys/key-extensions.ts';
import { KeyPins } from './trust/keys/key-pins.ts';
import { KeyResolver } from './trust/keys/key-resolver.ts';
import { PeerBudgets } from './trust/limits/peer-budgets.ts';
import { RateLimiter } from './trust/limits/rate-limiter.ts';
import { ReplayGuard } from './trust/limits/replay-guard.ts';
import { RoomShares } from './trust/limits/room-shares.ts';
import { PeerAdmin } from './trust/peer-admin.ts';
import { PeerDirectory } from './trust/peer-directory.ts';
import { Warnings } from './trust/warnings.ts';
import { Work } from './work.ts';

export interface NodeParts {
  readonly log: Log;
  readonly http?: Http;
  readonly verifier?: Verifier;
  /** Seals the identity file with the platform's key store; without one, the file's mode protects it. */
  readonly secretBox?: SecretBox;
  /** A database on a server, if everything is stored there. The store closes it. */
  readonly engine?: Engine;
  /** The lock of the data folder, from a caller that has needed it before. */
  readonly lock?: DataLock;
  /** The feed of the previous run in this process, so that its listeners keep receiving changes. */
  readonly changes?: ChangeFeed;
  /** Ends this run and starts another on the same data folder. */
  readonly startAgain?: () => void;
  /** After a restore no new run could start, so nothing is answered any more. */
  readonly onFailed?: (error: unknown) => void;
}

/**
 * Builds a node from the bottom up: each part gets the parts it uses, all built before it. Anything in the other
 * direction is a fact (facts.ts), and reactions.ts says who reacts.
 */
export function compose(config: NodeConfig, ports: Ports, given: NodeParts) {
  const { log } = given;
  const { clock, random } = ports;
  const facts = new Facts();
  const { tell } = facts;
  const measures = new Measures();
  const meter = measures;
  const ground = openDataFolder(config, { ...ports, meter }, given, facts);
  const { store, keyring } = ground;

  const changes =
    given.changes ??
    new ChangeFeed(ports, (error) => log.error({ err: error }, 'a reader of changes failed'));
  const activity = new Activity(clock, store.activity.all());
  const settings = new Settings(store, config);
  const logins = new Logins(store.sessions, ports);
  store.onRollback(() => settings.forget());
  store.onRollback(() => logins.forget());
  const bots = new BotTokens(store, ports, tell);
  const work = new Work({ clock, random, tell });
  const backups = new Backups({ dataDir: config.dataDir, clock, work, tell });
  const { startAgain = () => {} } = given;
  const restore = new Restore({ dataDir: config.dataDir, store, keyring, work, startAgain });
  const ownIdentity = new OwnIdentity({ store, keyring, settings, clock, tell });

  // Peers, and how far we trust them.
  const http = afterWriting(given.http ?? new UndiciHttp(), () => store.writer.onDisk());
  const verifier = given.verifier ?? new PooledVerifier();
  const warnings = new Warnings(log, tell);
  const { warn } = warnings;
  const life = new Life({ store, dataDir: config.dataDir, clock, random, warn: warn(null) });
  const clockOffsets = new ClockOffsets(clock, tell);
  const clockTrust = new ClockTrust({ store, clockOffsets, clock, notBefore: config.notBefore ?? 0, tell });
  const directory = new PeerDirectory(store, keyring, clock, tell);
  const client = new FederationClient(http, keyring, clock, tell);
  const formProbe = new FormProbe({ directory, client, keyring, clock, tell });
  client.learnBy(formProbe);
  const pins = new KeyPins({ directory, client, clock, warn });
  const keyExtensions = new KeyExtensions({ directory, pins, client, settings, clock, log, tell });
  const keys = new KeyResolver({ keyring, directory, pins, extensions: keyExtensions, clock });
  const rediscovery = new Rediscovery({ directory, client, clock, random, log, tell });
  const replay = new ReplayGuard(store, clock);

  // How peers reach us: the port forwarding in the router, the certificate, the sockets.
  const reach = new Reach({ config, settings, store, clock, random, log, tell });
  const openChallengePort = reach.openChallengePort.bind(reach);
  const { dataDir, version } = config;
  const certificates = new Certificates(settings.get().tls, {
    ...{ dataDir, version, settings, keyring, clock, random, log, openChallengePort, tell },
  });
  const listeners = new Listeners({ ...config, port: settings.get().port }, clock, certificates, tell);
  const ownAddress = () => ownAddressOf(reach.publicUrl, certificates.pinnedSha256);

  // Events and rooms.
  const keepsHistory = () => settings.get().keep_edit_history;
  const registry = new RoomWriter(store, directory);
  const { tables } = registry;
  const upkeep = new Upkeep({ store, tables, clock, keepsHistory });
  const retention = new Retention({ store, registry, clock, pause: pauseBy(clock), tell });
  const eventVerifier = new EventVerifier({ directory, keyring, keys, verifier, registry, meter });
  const replayOf = replay.rowOf.bind(replay);
  const ingest = new Ingest({ store, tables, directory, keyring, clock, keepsHistory, replayOf, tell });
  const conflictLog = new ConflictLog({ store, clock, warn, tell });
  const shares = new RoomShares({ store, clock, pause: pauseBy(clock) });
  const pace = new Pace(store, shares, clock, warn);
  const budgets = new PeerBudgets(clock);
  const intake = new Intake({ store, verifier: eventVerifier, ingest, pace, directory, clock, log, tell });
  const heldEvents = new HeldEvents({ store, verifier: eventVerifier, ingest, tell });
  const mint = new Mint(clock, random);
  const actors = new Actors(store, registry, keyring);
  const hold = new WriteHold();
  const composer = new Composer({
    ...{ store, keyring, registry, directory, verifier: eventVerifier, ingest, mint, hold, clockTrust },
  });
  const leaves = new RemoteLeaves({ store, keyring, directory, registry, client });
  const remote = new RemoteRooms({
    ...{ store, keyring, directory, registry, actors, composer, client, leaves, clock, clockOffsets },
    ...{ intake, upkeep, tell },
  });
  const peerListings = new PeerListings({ directory, client, keys, verifier, keyring, clock, log, tell });
  const home = new RoomHome({
    ...{
      store,
      keyring,
      directory,
      registry,
      actors,
      composer,
      mint,
      pace,
      budgets,
      clock,
      peerListings,
      tell,
    },
  });
  const endorsements = new Endorsements({
    ...{ store, keyring, directory, registry, actors, composer, home, clock, log },
  });
  const lostChannels = new LostChannels({ store, keyring, home, clock, log });
  const leapRepair = new LeapRepair({
    ...{ store, keyring, registry, upkeep, composer, mint, lostChannels, clockTrust, clock, log, tell },
  });
  const messages = new Messages({
    ...{ store, actors, composer, mint, directory },
    keys: new ClientKeys(store.clientKeys, clock),
  });
  const memberships = new Memberships({
    ...{ store, keyring, directory, registry, actors, home, remote, tell },
  });

  const listed = new Listed({ store, keyring, directory, actors, clock, tell });
  const readState = new ReadState({ store, actors, pause: pauseBy(clock), tell });

  // Recovering data that this node lost.
  const ownEvents = new OwnEvents({ store, clock, warn });
  const adopting = new Adopting({
    ...{ store, keyring, ownIdentity, directory, registry, clock },
    verifier: eventVerifier,
  });
  const recovery = new Recovery({
    ...{ store, keyring, directory, registry, client, adopting, ownEvents, hold, mint, clock, log, tell },
  });
  const scrub = new Scrub({
    ...{ store, directory, keyring, registry, verifier, eventVerifier, upkeep, client, clock, log, tell },
  });
  const recallAnswers = new RecallAnswers({ store, directory, keyring, clock });

  // What this node sends and requests on its own.
  const delivery = new Delivery({
    ...{ ports, tell },
    store: store.outbox,
    send: createSender({ client, directory, clockOffsets, leaves, keyring, meter, clock }),
    maxAgeMs: settings.get().outbox_max_age_days * 86_400_000,
    inFlightMax: tuning.inFlightMax,
  });
  const outboxDecisions = new OutboxDecisions({ store, delivery, clock, tell });
  const contacts = new Contacts({ directory, client, formProbe, clock, log, settings, delivery, tell });
  const receipts = new ReceiptTeller({ store, directory, keyring, client, ports, log, delivery });
  const receiptReading = new ReceiptReading({
    ...{ store, directory, registry, keyring, client, clock, log, ownAddress, tell },
  });
  const catchUp = new CatchUp({
    ...{ store, directory, registry, keyring, client, intake, contacts, work, clock, random, log, tell },
    ...{ shares, rooms: remote, readBudget: new RateLimiter(clock) },
  });
  const traffic = new Traffic({ delivery, receipts, catchUp, rediscovery });

  // How two servers become peers, and find each other again.
  const addressAnnouncer = new AddressAnnouncer({
    ...{ store, directory, keyring, client, clock, log, ownAddress, tell },
  });
  const notices = new AddressNotices({ directory, client, clock, log, ownAddress });
  const dialBack = new DialBack(client, directory, clock);
  const peerAdmin = new PeerAdmin({ store, directory, pins, keyring, client, clock, tell });
  const peerInvites = new PeerInvites({
    ...{ store, directory, pins, keyring, clock, random, ownAddress, contacts, tell },
    rooms: {
      inviterTo: (roomId, as) => home.inviterTo(roomId, as),
      nameOf: (roomId) => registry.get(roomId)?.row.name ?? null,
      welcome: (roomId, user, by) => home.welcome(roomId, user, by),
    },
  });
  const acceptances = new Acceptances({
    ...{ store, directory, pins, keyring, client, clock, ownAddress, contacts, tell },
    rooms: {
      local: (as) => actors.local(as),
      join: (roomId, user, via) => memberships.join(roomId, user, via),
    },
  });
  const doctor = new Doctor({
    ...{ client, directory, clockOffsets, dialBack, clock, keyring, reach, listeners, ownAddress },
    ...{ addressAnnouncer, contacts, formProbe, tell },
  });
  const conditions = new PeerConditions({
    ...{ store, settings, directory, contacts, keyExtensions, delivery, catchUp, shares, clockOffsets },
    ...{ doctor, formProbe, keyring, clock, tell },
  });
  const surveyor = new Surveyor({
    ...{ store, keyring, settings, directory, conditions, reach, listeners, certificates, clockOffsets },
    ...{ clockTrust, addressAnnouncer, doctor, ownEvents, conflictLog, scrub, clock, changes },
  });
  const changeSettings = new ChangeSettings({ settings, store, listeners, traffic, keyExtensions, tell });

  const databaseCheck = new DatabaseCheck({
    ...{ store, work, clock, log },
    look: lookOnThread(join(dataDir, 'node.db')),
    rebuild: async (roomId) => {
      await upkeep.rebuild(roomId);
      tell({ fact: 'room-changed', roomId });
    },
  });

  const authenticator = new Authenticator({
    ...{ directory, keys, keyring, verifier, replay, clock, settings, contacts, clockOffsets, meter },
    limiter: new RateLimiter(clock),
    ...{ addressAnnouncer, budgets },
  });
  const routes = federationRoutes({
    ...{ store, keyring, directory, registry, authenticator, replay, ingest, home, peerInvites, notices },
    ...{ dialBack, recallAnswers, listed, clock, ownAddress, reach, receipts, pace, budgets, tell, meter },
    verifier: eventVerifier,
  });

  facts.react(
    reactionsOf({
      ...{ log, settings, keyring, directory, changes, activity, measures, clockOffsets, contacts },
      ...{ keyExtensions, rediscovery, addressAnnouncer, acceptances, delivery, catchUp, receipts },
      ...{ receiptReading, doctor, listeners, certificates, reach },
      ...{ leapRepair, lostChannels, endorsements, recovery, memberships, readState, formProbe, conflictLog },
    }),
  );

  return {
    ...{ ...ground, config, log, clock, http, verifier, tell, life },
    ...{ facts, changes, settings, routes },
    /** What the procedures use. */
    api: {
      ...{ config, clock, store, keyring, settings, changes, activity, measures, startedAt: clock.now() },
      ...{
        directory,
        warnings,
        clockOffsets,
        clockTrust,
        conditions,
        surveyor,
        doctor,
        addressAnnouncer,
        reach,
        listeners,
        certificates,
      },
      ...{
        ownIdentity,
        logins,
        bots,
        backups,
        changeSettings,
        peerAdmin,
        heldEvents,
        peerInvites,
        acceptances,
        ownAddress,
      },
      ...{ registry, actors, home, memberships, readState, listed, peerListings, retention, verifier },
      ...{
        messages,
        delivery,
        outboxDecisions,
        recovery,
        ownEvents,
        conflictLog,
        scrub,
        hold,
        restore,
        work,
      },
      drill: new Drill({ dataDir: config.dataDir, backups, keyring, work }),
    },
    ...{ traffic, receipts, contacts, peerAdmin, acceptances, addressAnnouncer, keyExtensions },
    ...{ recovery, ownEvents, scrub, listeners, reach, logins, bots, ownIdentity, upkeep },
    ...{ retention, shares, lostChannels, doctor, conditions, clockTrust, databaseCheck, activity, measures },
  };
}

/** The files in the data folder. From now on this process has them to itself. */
function openDataFolder(
  config: NodeConfig,
  ports: Ports & { readonly meter: Meter },
  { log, secretBox, engine, lock = lockDataFolder(config.dataDir) }: NodeParts,
  facts: Facts,
) {
  const { clock, random } = ports;
  try {
    moveIntoPlace(config.dataDir);
    const keyring = new Keyring(new KeyVault(config.dataDir, secretBox ?? null), clock, random);
    const store = new Store(
      join(config.dataDir, 'node.db'),
      { ...ports, ...(engine && { engine }) },
      facts.tell,
      (error) => log.error({ err: error }, 'a reaction to a commit failed'),
      keyring.isSetUp && config.newDatabase !== true,
    );
    try {
      refuseForeignIdentity(store, keyring, config.dataDir);
      takeInKeys(store, keyring, log);
    } catch (error) {
      void store.close();
      throw error;
    }
    return { lock, keyring, store };
  } catch (error) {
    lock.release();
    throw error;
  }
}
