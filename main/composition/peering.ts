import { said } from '../../shared/words/said.ts';
import { AddressNotices } from '../addresses/address-notices.ts';
import { Addresses } from '../addresses/addresses.ts';
import { DialBack } from '../addresses/dial-back.ts';
import type { OwnAddress } from '../addresses/own-address.ts';
import type { ChangeFeed } from '../changes.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { ClockOffsets } from '../clocks/clock-offsets.ts';
import { Doctor } from '../doctor/doctor.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Log } from '../kernel/log.ts';
import type { Ports } from '../kernel/ports.ts';
import { Acceptances } from '../pairing/acceptances.ts';
import { PeerInvites } from '../pairing/peer-invites.ts';
import type { Store } from '../store/store.ts';
import type { KeyResolver } from '../trust/keys/key-resolver.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';

interface Ground {
  readonly ports: Ports;
  readonly log: Log;
  readonly store: Store;
  readonly directory: PeerDirectory;
  readonly keys: KeyResolver;
  readonly keyring: Keyring;
  readonly client: FederationClient;
  readonly clockOffsets: ClockOffsets;
  readonly changes: ChangeFeed;
  readonly ownAddress: () => OwnAddress;
  readonly publicUrl: () => string | null;
  readonly listenerUrl: () => string;
  readonly onStanding: (server: string) => void;
  readonly heardFrom: (server: string) => void;
}

/** How two servers become peers and find each other again: invites, addresses, and what to do when they do not. */
export function composePeering(ground: Ground) {
  const { log, store, directory, keys, keyring, client, clockOffsets, changes, ownAddress } = ground;
  const { publicUrl, listenerUrl, onStanding, heardFrom } = ground;
  const { clock, random } = ground.ports;
  const peerInvites = new PeerInvites({
    store,
    directory,
    keys,
    keyring,
    clock,
    random,
    ownAddress,
    onAccepted: (server) => {
      onStanding(server);
      heardFrom(server);
      changes.publish({ topic: 'peer-invites' });
      changes.publish({
        topic: 'notice',
        level: 'info',
        said: said('peer.opened_invite', { server }),
      });
      tryEndpoint(server);
    },
  });
  /** It reaches us; whether we reach it is told with its state. */
  const tryEndpoint = (server: string): void => {
    const peer = directory.get(server);
    if (peer?.endpoint) void doctor.checkPeer(peer);
  };
  const dialBack = new DialBack(client, directory, clock);
  const addresses = new Addresses({
    store,
    directory,
    keyring,
    client,
    clock,
    log,
    ownAddress,
    onTold: () => changes.publish({ topic: 'settings' }),
  });
  const notices = new AddressNotices({ directory, client, clock, log, ownAddress, onStanding });
  const doctor = new Doctor({
    client,
    directory,
    clockOffsets,
    dialBack,
    clock,
    subject: () => ({
      serverName: keyring.isSetUp ? keyring.serverName : null,
      publicUrl: publicUrl(),
      listenerUrl: listenerUrl(),
      tlsSha256: ownAddress().tlsSha256,
      clocks: clockOffsets,
    }),
    ownEndpoint: () => ownAddress().endpoint,
    onProgress: (server) =>
      changes.publish(server === null ? { topic: 'doctor' } : { topic: 'check', server_name: server }),
    onOtherAddress: (server) => addresses.isUnknownTo(server),
    onChecked: (server, isWell) => {
      // Whoever takes our signature knows us.
      if (isWell && directory.get(server)?.endpoint) {
        directory.noteReached(server);
        heardFrom(server);
      }
      changes.publish({ topic: 'peer', server_name: server });
    },
  });
  const acceptances = new Acceptances({
    store,
    directory,
    keys,
    keyring,
    client,
    clock,
    ownAddress,
    onStanding,
    onConnected: heardFrom,
    tell: (notice) => {
      changes.publish({ topic: 'peer-invites' });
      if (notice) changes.publish({ topic: 'notice', ...notice });
    },
  });
  return { peerInvites, acceptances, dialBack, addresses, notices, doctor };
}
