import { AddressNotices } from '../addresses/address-notices.ts';
import { AddressAnnouncer } from '../addresses/addresses.ts';
import { DialBack } from '../addresses/dial-back.ts';
import { ownAddressFinder, ownAddressOf } from '../addresses/own-address.ts';
import { WayIn } from '../addresses/way-in.ts';
import { FederationClient } from '../client/federation-client.ts';
import { afterWriting } from '../client/http.ts';
import { UndiciHttp } from '../client/undici-http.ts';
import { ClockOffsets } from '../clocks/clock-offsets.ts';
import { ClockTrust } from '../clocks/clock-trust.ts';
import { PooledVerifier } from '../crypto/verifier.ts';
import { Listeners } from '../http/listeners.ts';
import { KeptName } from '../names/kept-name.ts';
import { Reach } from '../reach/reach.ts';
import { Certificates } from '../tls/certificates.ts';
import { ConflictLog } from '../trust/conflict-log.ts';
import { FormProbe } from '../trust/contact/form-probe.ts';
import { Rediscovery } from '../trust/discovery/rediscovery.ts';
import { KeyExtensions } from '../trust/keys/key-extensions.ts';
import { KeyPins } from '../trust/keys/key-pins.ts';
import { KeyResolver } from '../trust/keys/key-resolver.ts';
import { PeerBudgets } from '../trust/limits/peer-budgets.ts';
import { ReplayGuard } from '../trust/limits/replay-guard.ts';
import { PeerAdmin } from '../trust/peer-admin.ts';
import { PeerDirectory } from '../trust/peer-directory.ts';
import type { Foundation, Given } from './foundation.ts';

export type Peers = ReturnType<typeof peers>;

/** The servers we know and how far we trust them, and how they reach us. */
export function peers(below: Foundation, given: Given) {
  const { config, store, keyring, settings, clock, random, log, tell } = below;
  const http = afterWriting(given.http ?? new UndiciHttp(), () => store.writer.onDisk());
  const verifier = given.verifier ?? new PooledVerifier();
  const clockOffsets = new ClockOffsets(clock, tell);
  const clockTrust = new ClockTrust({ ...below, clockOffsets, notBefore: config.notBefore ?? 0 });
  const directory = new PeerDirectory(store, keyring, clock, tell);
  const client = new FederationClient(http, keyring, clock, tell);
  const formProbe = new FormProbe({ ...below, directory, client });
  client.learnBy(formProbe);
  const pins = new KeyPins({ ...below, directory, client });
  const keyExtensions = new KeyExtensions({ ...below, directory, pins, client });
  const keys = new KeyResolver({ keyring, directory, pins, extensions: keyExtensions, clock });
  const rediscovery = new Rediscovery({ ...below, directory, client });
  const replay = new ReplayGuard(store, clock);
  const budgets = new PeerBudgets(clock);
  const conflictLog = new ConflictLog(below);
  const peerAdmin = new PeerAdmin({ ...below, directory, pins, client });

  // The port forwarding in the router, the certificate, the sockets.
  const reach = new Reach(below);
  const openChallengePort = reach.openChallengePort.bind(reach);
  const { dataDir, version } = config;
  const keptName = new KeptName({
    dataDir,
    version,
    clock,
    log,
    tell,
    whereabouts: () => reach.whereabouts,
    world: given.names,
  });
  const { showProof } = keptName;
  const certificates = new Certificates(settings.get().tls, {
    dataDir,
    version,
    settings,
    keyring,
    clock,
    random,
    log,
    openChallengePort,
    showProof,
    tell,
  });
  const listeners = new Listeners({ ...config, port: settings.get().port }, clock, certificates, tell);
  const ownAddress = ownAddressFinder(reach, () => certificates.pinnedSha256);
  const homeAddress = () => ownAddressOf(reach.local, certificates.pinnedSha256);
  const addressAnnouncer = new AddressAnnouncer({ ...below, directory, client, ownAddress });
  const wayIn = new WayIn({
    store,
    publicUrl: () => reach.publicUrl,
    listenerUrl: () => listeners.federationUrl,
  });
  const notices = new AddressNotices({ directory, client, clock, log, ownAddress });
  const dialBack = new DialBack(client, directory, clock);
  return {
    http,
    verifier,
    clockOffsets,
    clockTrust,
    directory,
    client,
    formProbe,
    pins,
    keyExtensions,
    keys,
    rediscovery,
    replay,
    budgets,
    conflictLog,
    peerAdmin,
    reach,
    certificates,
    listeners,
    ownAddress,
    homeAddress,
    keptName,
    addressAnnouncer,
    wayIn,
    notices,
    dialBack,
  };
}
