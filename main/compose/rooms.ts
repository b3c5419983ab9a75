import { HeldEvents } from '../events/held-events.ts';
import { Indexing } from '../events/indexing.ts';
import { Ingest } from '../events/ingest.ts';
import { Intake } from '../events/intake.ts';
import { Pace } from '../events/pace.ts';
import { RoomWriter } from '../events/projection/room-writer.ts';
import { Retention } from '../events/retention.ts';
import { Upkeep } from '../events/upkeep.ts';
import { EventVerifier } from '../events/verify.ts';
import { Adopting } from '../recovery/adopting.ts';
import { OwnEvents } from '../recovery/own-events.ts';
import { RecallAnswers } from '../recovery/recall-answers.ts';
import { Recovery } from '../recovery/recovery.ts';
import { Scrub } from '../recovery/scrub.ts';
import { WriteHold } from '../recovery/write-hold.ts';
import { Actors } from '../rooms/actors.ts';
import { ClientKeys } from '../rooms/client-keys.ts';
import { EventComposer } from '../rooms/compose.ts';
import { Descriptions } from '../rooms/descriptions.ts';
import { DirectChats } from '../rooms/direct-chats.ts';
import { Endorsements } from '../rooms/endorsements.ts';
import { Fetching } from '../rooms/files/fetching.ts';
import { FileSpace } from '../rooms/files/file-space.ts';
import { Files } from '../rooms/files/files.ts';
import { FileLinks } from '../rooms/files/links.ts';
import { Pictures } from '../rooms/files/pictures.ts';
import { Uploads } from '../rooms/files/uploads.ts';
import { RoomHome } from '../rooms/home.ts';
import { HomeCalls } from '../rooms/home-calls.ts';
import { IdGenerator } from '../rooms/id-generator.ts';
import { Listed } from '../rooms/listed.ts';
import { Memberships } from '../rooms/memberships.ts';
import { Messages } from '../rooms/messages.ts';
import { Moderation } from '../rooms/moderation.ts';
import { PeerListings } from '../rooms/peer-listings.ts';
import { Profiles } from '../rooms/profiles.ts';
import { ReadState } from '../rooms/read-state.ts';
import { RemoteRooms } from '../rooms/remote.ts';
import { RemoteLeaves } from '../rooms/remote-leaves.ts';
import { RemoteModeration } from '../rooms/remote-moderation.ts';
import { LeapRepair } from '../rooms/repair/leap-repair.ts';
import { LostChannels } from '../rooms/repair/lost-channels.ts';
import { SlowMode } from '../rooms/slow-mode.ts';
import { FileFolder } from '../store/file-folder.ts';
import { RoomShares } from '../trust/limits/room-shares.ts';
import type { Foundation } from './foundation.ts';
import type { Peers } from './peers.ts';

export type Rooms = ReturnType<typeof rooms>;

/** Events and the rooms they make, and getting back what this node lost of them. */
export function rooms(below: Foundation & Peers) {
  const { store, keyring, clock, random, warn, directory, replay } = below;
  const registry = new RoomWriter(store, directory);
  const { tables } = registry;
  const keepsHistory = () => below.settings.get().keep_edit_history;
  const upkeep = new Upkeep({ store, tables, clock, keepsHistory });
  const indexing = new Indexing(below);
  const retention = new Retention({ ...below, registry });
  const eventVerifier = new EventVerifier({ ...below, registry });
  const ingest = new Ingest({ ...below, tables, keepsHistory, replayOf: replay.rowOf.bind(replay) });
  const shares = new RoomShares(below);
  const pace = new Pace({ store, registry, shares, clock, warn });
  const intake = new Intake({ ...below, verifier: eventVerifier, ingest, pace });
  const heldEvents = new HeldEvents({ ...below, verifier: eventVerifier, ingest });

  const ids = new IdGenerator(clock, random);
  const actors = new Actors(store, registry, keyring);
  const hold = new WriteHold();
  const composer = new EventComposer({ ...below, registry, verifier: eventVerifier, ingest, ids, hold });
  const leaves = new RemoteLeaves({ ...below, registry });
  const calls = new HomeCalls({ ...below, intake });
  const remote = new RemoteRooms({ ...below, registry, actors, composer, calls, leaves, upkeep });
  const remoteModeration = new RemoteModeration({ ...below, actors, calls });
  const peerListings = new PeerListings(below);
  const home = new RoomHome({ ...below, registry, actors, composer, ids, pace, peerListings });
  const folder = new FileFolder(below.dataDir);
  const space = new FileSpace({ ...below, folder, holds: (hash) => uploads.holds(hash) });
  const uploads: Uploads = new Uploads({ ...below, space, actors, ids });
  const descriptions = new Descriptions({ ...below, registry, actors, composer, ids, home, uploads });
  const moderation = new Moderation({
    ...below,
    registry,
    actors,
    composer,
    home,
    descriptions,
    pace,
    remote: remoteModeration,
  });
  const endorsements = new Endorsements({ ...below, registry, actors, composer, home });
  const lostChannels = new LostChannels({ ...below, descriptions });
  const leapRepair = new LeapRepair({ ...below, registry, upkeep, composer, ids, lostChannels });
  const fetching = new Fetching({ ...below, folder, space, registry, uploads });
  const files = new Files({ ...below, folder, uploads, fetching, actors });
  const links = new FileLinks(below);
  const slowMode = new SlowMode({ store, registry, clock });
  const messages = new Messages({
    ...below,
    actors,
    composer,
    ids,
    uploads,
    files,
    remote: remoteModeration,
    slowMode,
    keys: new ClientKeys(store.clientKeys, clock),
  });
  const profiles = new Profiles({ ...below, composer, uploads });
  const pictures = new Pictures({ ...below, folder, files, fetching, profiles, registry, actors });
  const listed = new Listed({ ...below, actors });
  const readState = new ReadState({ ...below, actors });
  const memberships = new Memberships({ ...below, registry, actors, home, remote, readState });

  const directChats = new DirectChats({ ...below, home, memberships, readState });

  const ownEvents = new OwnEvents(below);
  const adopting = new Adopting({ ...below, registry, verifier: eventVerifier });
  const recovery = new Recovery({ ...below, registry, adopting, ownEvents, hold, ids });
  const scrub = new Scrub({ ...below, registry, eventVerifier, upkeep });
  const recallAnswers = new RecallAnswers(below);
  return {
    registry,
    upkeep,
    indexing,
    retention,
    eventVerifier,
    ingest,
    shares,
    pace,
    slowMode,
    intake,
    heldEvents,
    actors,
    hold,
    leaves,
    remote,
    peerListings,
    home,
    descriptions,
    endorsements,
    lostChannels,
    leapRepair,
    messages,
    profiles,
    pictures,
    memberships,
    moderation,
    directChats,
    listed,
    readState,
    ownEvents,
    recovery,
    scrub,
    recallAnswers,
    folder,
    uploads,
    fetching,
    files,
    links,
  };
}
