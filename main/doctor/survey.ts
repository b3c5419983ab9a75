import { quoted } from '../../shared/words/said.ts';
import type { AddressAnnouncer } from '../addresses/addresses.ts';
import { type WayIn, wayInProblem } from '../addresses/way-in.ts';
import type { ChangeFeed } from '../changes.ts';
import type { ClockOffsets } from '../clocks/clock-offsets.ts';
import type { ClockTrust } from '../clocks/clock-trust.ts';
import type { Listeners } from '../http/listeners.ts';
import { missingIdentityOf } from '../identity/belonging.ts';
import type { Keyring } from '../identity/keyring.ts';
import { recoveryLacks, recoverySavedAt } from '../identity/recovery-file.ts';
import { isOnNetwork } from '../kernel/own-network.ts';
import type { Clock } from '../kernel/ports.ts';
import type { KeptName } from '../names/kept-name.ts';
import type { PeerInvites } from '../pairing/peer-invites.ts';
import type { EntranceTest } from '../people/entrance-test.ts';
import type { Reach } from '../reach/reach.ts';
import type { OwnEvents } from '../recovery/own-events.ts';
import type { Scrub } from '../recovery/scrub.ts';
import type { Settings } from '../settings.ts';
import { readable } from '../store/disk-watch.ts';
import type { Tables } from '../store/ports.ts';
import type { DestinationCounts } from '../store/tables/delivery/outbox-store.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import type { Certificates } from '../tls/certificates.ts';
import type { ConflictLog } from '../trust/conflict-log.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { serversCalled } from './called.ts';
import type { Doctor } from './doctor.ts';
import type { DoctorFacts, Finding } from './finding.ts';
import { findings } from './findings.ts';
import type { PeerCondition, PeerConditions } from './peer-conditions.ts';

/** A snapshot of the node. It is taken once, because the queue may be long. */
export interface Survey {
  /** Servers that the owner decided about, without those we only know from others. */
  readonly peers: readonly PeerCondition[];
  /** Events in the outbox, for all servers together. */
  readonly outbox: {
    readonly queued: number;
    readonly retrying: number;
    readonly parked: number;
    readonly dead: number;
  };
  /** The same for each server. */
  readonly queues: readonly DestinationCounts[];
  /** Peers that the last recovery file doesn't have. */
  readonly recoveryLacks: readonly string[];
  readonly called: DoctorFacts['called'];
  /** Causes before consequences, worst first. */
  readonly findings: Finding[];
}

/** The age that a survey may have without news. It isn't more precise about times anyway. */
const freshMs = 1000;

/**
 * Takes surveys. On a node with many peers a survey costs milliseconds, so one is used again until a change is
 * published. That is when screens ask for another.
 */
export class Surveyor {
  readonly #deps: SurveyDeps;
  #last: { readonly survey: Survey; readonly at: number; readonly change: number } | null = null;

  constructor(deps: SurveyDeps) {
    this.#deps = deps;
  }

  survey(): Survey {
    const { clock, changes } = this.#deps;
    const now = clock.now();
    const last = this.#last;
    const isFresh = last && last.change === changes.lastId && last.at <= now && now - last.at < freshMs;
    if (isFresh) return last.survey;
    const survey = surveyOf(this.#deps);
    this.#last = { survey, at: now, change: changes.lastId };
    return survey;
  }
}

export interface SurveyDeps {
  readonly changes: Pick<ChangeFeed, 'lastId'>;
  readonly store: Tables<'outbox' | 'meta' | 'peers' | 'recovery' | 'disk' | 'events' | 'listings'>;
  readonly keyring: Keyring;
  readonly settings: Pick<Settings, 'get'>;
  readonly directory: Pick<PeerDirectory, 'all' | 'standing'>;
  readonly conditions: PeerConditions;
  readonly reach: Pick<Reach, 'publicUrl' | 'view'>;
  readonly keptName: Pick<KeptName, 'lastingProblem'>;
  readonly entranceTest: Pick<EntranceTest, 'facts' | 'whereabouts'>;
  readonly listeners: Pick<Listeners, 'problem' | 'federationUrl'>;
  readonly wayIn: Pick<WayIn, 'isProven'>;
  readonly certificates: Pick<Certificates, 'view'>;
  readonly clockOffsets: Pick<ClockOffsets, 'overall'>;
  readonly clockTrust: Pick<ClockTrust, 'doubt'>;
  readonly addressAnnouncer: Pick<AddressAnnouncer, 'toTellByHand' | 'untold'>;
  readonly doctor: Pick<Doctor, 'lastDialBack'>;
  readonly ownEvents: Pick<OwnEvents, 'last'>;
  readonly conflictLog: Pick<ConflictLog, 'all'>;
  readonly scrub: Pick<Scrub, 'damaged'>;
  readonly peerInvites: Pick<PeerInvites, 'claimants'>;
  readonly clock: Clock;
}

function wayInOf({ wayIn, reach, listeners, doctor }: SurveyDeps): ReturnType<typeof wayInProblem> {
  if (doctor.lastDialBack?.verdict.reachable === true || wayIn.isProven) return null;
  const { external_port: externalPort } = reach.view().mapping;
  return wayInProblem({ publicUrl: reach.publicUrl, listenerUrl: listeners.federationUrl, externalPort });
}

function surveyOf(deps: SurveyDeps): Survey {
  const { keyring, store, settings, reach, clockOffsets, clock, addressAnnouncer, conditions } = deps;
  const queues = readable(() => store.outbox.counts(), []);
  const total = (state: keyof Survey['outbox']) => queues.reduce((sum, row) => sum + row[state], 0);
  const outbox = {
    queued: total('queued'),
    retrying: total('retrying'),
    parked: total('parked'),
    dead: total('dead'),
  };
  const { directory } = deps;
  const isPeer = ({ server_name }: PeerRow) => {
    const standing = directory.standing(server_name);
    return standing !== 'known' && standing !== 'unknown';
  };
  const peers = readable(() => directory.all().filter(isPeer).map(conditions.look(queues)), []);
  const allowed = peers
    .filter(({ standing }) => standing === 'allowed')
    .map(({ server_name }) => server_name);
  const active = keyring.isSetUp ? keyring.key(keyring.active().keyId) : null;
  const called = serversCalled(
    store,
    peers.map(({ server_name }) => server_name),
  );
  const { lastDialBack } = deps.doctor;
  const unwritten = readable(() => deps.ownEvents.last(), null);
  const known = {
    identityMissing: readable(() => missingIdentityOf(store, keyring), null),
    recoverySavedAt: readable(() => recoverySavedAt(store, keyring), null),
    recoveryLacks: readable(() => recoveryLacks(store, allowed), []),
    startedOver: readable(() => deps.peerInvites.claimants(), new Set<string>()),
    damagedEvents: readable(() => deps.scrub.damaged().length, 0),
    // The owner has decided already: the server is blocked.
    twoTexts: readable(
      () => deps.conflictLog.all().filter(({ origin }) => directory.standing(origin) !== 'blocked'),
      [],
    ),
    unconfirmed: readable(() => store.recovery.decisions().length, 0),
  };
  return {
    peers,
    outbox,
    queues,
    recoveryLacks: known.recoveryLacks,
    called,
    findings: findings({
      ...known,
      now: clock.now(),
      setUp: keyring.isSetUp,
      paused: settings.get().paused,
      unwritten: unwritten && { by: unwritten.by, eventId: unwritten.event_id },
      keyValidUntil: active?.validUntil ?? null,
      publicUrl: reach.publicUrl,
      onNetwork: isOnNetwork(),
      wayIn: wayInOf(deps),
      entrance: deps.entranceTest.facts,
      whereabouts: deps.entranceTest.whereabouts,
      nameProblem: deps.keptName.lastingProblem,
      listenerProblem: deps.listeners.problem,
      clockOffsetMs: clockOffsets.overall(),
      diskTrouble: store.disk.trouble,
      clockDoubt: deps.clockTrust.doubt,
      peers,
      called,
      deadLetters: outbox.dead,
      dialBack: lastDialBack && {
        reached: lastDialBack.verdict.reachable,
        by: lastDialBack.by,
        text: quoted(lastDialBack.verdict.text),
      },
      reach: reach.view().verdict,
      certificate: deps.certificates.view,
      toTellByHand: new Set(addressAnnouncer.toTellByHand()),
      untold: new Set(addressAnnouncer.untold()),
    }),
  };
}
