import type { StatusView } from '../../shared/api/views.ts';
import type { Words } from '../../shared/words/words.ts';
import type { BotTokens } from '../access/bot-tokens.ts';
import type { Logins } from '../access/logins.ts';
import type { Activity } from '../activity.ts';
import type { Addresses } from '../addresses/addresses.ts';
import type { ChangeFeed } from '../changes.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { ClockOffsets } from '../clocks/clock-offsets.ts';
import type { NodeConfig } from '../config.ts';
import type { Doctor } from '../doctor/doctor.ts';
import type { Ingest } from '../events/ingest.ts';
import type { RoomRegistry } from '../events/room-registry.ts';
import type { EventVerifier } from '../events/verify.ts';
import type { ListenerChange, TakeBack } from '../http/listeners.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Ports } from '../kernel/ports.ts';
import type { CatchUp } from '../outbound/catch-up/catch-up.ts';
import type { Delivery } from '../outbound/delivery/delivery.ts';
import type { Acceptances } from '../pairing/acceptances.ts';
import type { PeerInvites } from '../pairing/peer-invites.ts';
import type { Reach } from '../reach/reach.ts';
import type { Actors } from '../rooms/actors.ts';
import type { RoomHome } from '../rooms/home.ts';
import type { Messages } from '../rooms/messages.ts';
import type { RemoteRooms } from '../rooms/remote.ts';
import type { Settings } from '../settings.ts';
import type { Backups } from '../store/backup/backup.ts';
import type { Store } from '../store/store.ts';
import type { Certificates } from '../tls/certificates.ts';
import type { Contacts } from '../trust/contacts.ts';
import type { KeyExtensions } from '../trust/keys/key-extensions.ts';
import type { PeerAdmin } from '../trust/peer-admin.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { Warnings } from '../trust/warnings.ts';

/** What answering the contract takes: the whole node, put together in node.ts. */
export interface ApiParts {
  readonly config: NodeConfig;
  readonly ports: Ports;
  readonly store: Store;
  readonly keyring: Keyring;
  readonly directory: PeerDirectory;
  readonly peerAdmin: PeerAdmin;
  readonly registry: RoomRegistry;
  readonly verifier: EventVerifier;
  readonly ingest: Ingest;
  readonly client: FederationClient;
  readonly delivery: Delivery;
  readonly catchUp: CatchUp;
  readonly settings: Settings;
  readonly changes: ChangeFeed;
  readonly clockOffsets: ClockOffsets;
  readonly warnings: Warnings;
  readonly actors: Actors;
  readonly home: RoomHome;
  readonly remote: RemoteRooms;
  readonly messages: Messages;
  readonly startedAt: number;
  readonly activity: Activity;
  readonly peerInvites: PeerInvites;
  readonly acceptances: Acceptances;
  readonly addresses: Addresses;
  readonly reach: Reach;
  readonly doctor: Doctor;
  readonly keyExtensions: KeyExtensions;
  readonly contacts: Contacts;
  readonly logins: Logins;
  readonly bots: BotTokens;
  readonly backups: Backups;
  /** Sends and takes nothing while paused. */
  readonly setPaused: (paused: boolean) => Promise<void>;
  /** Where the console is reached; empty without a listener. */
  readonly consoleUrl: () => string;
  readonly listener: () => StatusView['listener'];
  /**
   * Gives what takes the change back. Rejects with TlsConfigError or the system's error (a port in use), and then all
   * stays as it was.
   */
  readonly changeListener: (change: ListenerChange) => Promise<TakeBack>;
  readonly certificates: Pick<Certificates, 'tryNow'>;
}

/** For views that hold sentences. */
export type WordedParts = ApiParts & { readonly words: Words };
