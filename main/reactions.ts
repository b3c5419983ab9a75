/** Connects facts (facts.ts) to those who react: the one place to look for what follows from what. */
import type { BotTokens } from './access/bot-tokens.ts';
import type { Activity } from './activity.ts';
import type { AddressAnnouncer } from './addresses/addresses.ts';
import type { ChangeFeed } from './changes.ts';
import type { ClockOffsets } from './clocks/clock-offsets.ts';
import type { Doctor } from './doctor/doctor.ts';
import type { Indexing } from './events/indexing.ts';
import type { Upkeep } from './events/upkeep.ts';
import type { Reactions } from './facts.ts';
import type { Listeners } from './http/listeners.ts';
import type { Keyring } from './identity/keyring.ts';
import type { Log } from './kernel/log.ts';
import type { Measures } from './measures.ts';
import type { KeptName } from './names/kept-name.ts';
import type { CatchUp } from './outbound/catch-up/catch-up.ts';
import type { Delivery } from './outbound/delivery/delivery.ts';
import type { HeldQuestions } from './outbound/delivery/held-questions.ts';
import type { ReceiptReading } from './outbound/receipts/receipt-reading.ts';
import type { ReceiptTeller } from './outbound/receipts/receipt-teller.ts';
import type { Acceptances } from './pairing/acceptances.ts';
import type { Pushes } from './people/push/pushes.ts';
import type { Reach } from './reach/reach.ts';
import type { Recovery } from './recovery/recovery.ts';
import type { Scrub } from './recovery/scrub.ts';
import type { DirectChats } from './rooms/direct-chats.ts';
import type { Endorsements } from './rooms/endorsements.ts';
import type { Files } from './rooms/files/files.ts';
import type { Pictures } from './rooms/files/pictures.ts';
import type { Memberships } from './rooms/memberships.ts';
import type { Profiles } from './rooms/profiles.ts';
import type { ReadState } from './rooms/read-state.ts';
import type { LeapRepair } from './rooms/repair/leap-repair.ts';
import type { LostChannels } from './rooms/repair/lost-channels.ts';
import type { Settings } from './settings.ts';
import type { Tables } from './store/ports.ts';
import type { Certificates } from './tls/certificates.ts';
import type { ConflictLog } from './trust/conflict-log.ts';
import type { Contacts } from './trust/contact/contacts.ts';
import type { FormProbe } from './trust/contact/form-probe.ts';
import type { Rediscovery } from './trust/discovery/rediscovery.ts';
import type { KeyExtensions } from './trust/keys/key-extensions.ts';
import type { PeerDirectory } from './trust/peer-directory.ts';

export interface Reacting {
  readonly log: Log;
  readonly settings: Settings;
  readonly keyring: Keyring;
  readonly directory: PeerDirectory;
  readonly changes: ChangeFeed;
  readonly activity: Activity;
  readonly measures: Pick<Measures, 'stored' | 'heldOne' | 'attempted'>;
  readonly clockOffsets: ClockOffsets;
  readonly contacts: Contacts;
  readonly formProbe: Pick<FormProbe, 'forget'>;
  readonly keyExtensions: KeyExtensions;
  readonly rediscovery: Rediscovery;
  readonly addressAnnouncer: AddressAnnouncer;
  readonly acceptances: Acceptances;
  readonly delivery: Delivery;
  readonly catchUp: CatchUp;
  readonly receipts: ReceiptTeller;
  readonly receiptReading: ReceiptReading;
  readonly heldQuestions: Pick<HeldQuestions, 'settled' | 'heardFrom'>;
  readonly doctor: Doctor;
  readonly files: Pick<Files, 'sweep' | 'arrived'>;
  readonly listeners: Listeners;
  readonly certificates: Certificates;
  readonly reach: Reach;
  readonly keptName: Pick<KeptName, 'look'>;
  readonly leapRepair: Pick<LeapRepair, 'run'>;
  readonly lostChannels: Pick<LostChannels, 'note'>;
  readonly upkeep: Pick<Upkeep, 'rebuild'>;
  readonly indexing: Pick<Indexing, 'note'>;
  readonly endorsements: Pick<Endorsements, 'messageStored' | 'membersChanged' | 'joinedOnRequest'>;
  readonly memberships: Pick<Memberships, 'leave'>;
  readonly profiles: Pick<Profiles, 'tellIn'>;
  readonly directChats: Pick<DirectChats, 'settle'>;
  readonly pictures: Pick<Pictures, 'arrived'>;
  readonly recovery: Recovery;
  readonly scrub: Pick<Scrub, 'suspect'>;
  readonly readState: Pick<ReadState, 'changed' | 'written'>;
  readonly conflictLog: Pick<ConflictLog, 'note'>;
  readonly store: Tables<'consents'>;
  readonly pushes: Pick<Pushes, 'note' | 'forget'>;
  readonly bots: Pick<BotTokens, 'revokeOfPerson'>;
}

export function reactionsOf(deps: Reacting): Reactions {
  const { log, settings, keyring, directory, changes, activity, measures, clockOffsets, contacts } = deps;
  const { keyExtensions, formProbe, conflictLog } = deps;
  const {
    rediscovery,
    addressAnnouncer,
    acceptances,
    delivery,
    catchUp,
    receipts,
    receiptReading,
    doctor,
    files,
    heldQuestions,
  } = deps;
  const {
    keptName,
    listeners,
    certificates,
    reach,
    leapRepair,
    lostChannels,
    recovery,
    memberships,
    profiles,
    directChats,
    pictures,
    readState,
  } = deps;
  const { endorsements, upkeep, indexing, pushes, bots } = deps;
  const roomChanged = (room_id: string) => {
    readState.changed(room_id);
    changes.publish({ topic: 'room', room_id });
  };
  const tellClosed = () => {
    const rooms = deps.store.consents.takeNews();
    for (const room of rooms) roomChanged(room);
    if (rooms.length > 0) changes.publish({ topic: 'people' });
  };
  const sweepFiles = () =>
    void files.sweep().catch((error) => log.error({ err: error }, 'files could not be removed'));
  const peerChanged = (server_name: string) => changes.publish({ topic: 'peer', server_name });
  return {
    'event-stored': ({
      roomId: room_id,
      eventId: event_id,
      origin,
      by,
      meaning,
      member,
      destinations,
      withdrawn,
    }) => {
      measures.stored(by === null ? 'here' : 'peer');
      if (meaning === 'message') readState.written(room_id);
      else readState.changed(room_id);
      tellClosed();
      if (origin !== keyring.serverName) activity.received();
      else if (by !== null) void recovery.ownEventCame(room_id, event_id, by);
      if (origin === keyring.serverName && meaning === 'room') void lostChannels.note(room_id, event_id);
      for (const server of withdrawn) delivery.reread(server);
      // A profile or a room may have another picture than before, and who left shows none.
      if (['delete', 'delete-channel', 'profile', 'membership', 'room'].includes(meaning)) sweepFiles();
      if (meaning === 'message' && by !== null) files.arrived(room_id, event_id);
      if ((meaning === 'profile' || meaning === 'room') && by !== null) pictures.arrived(room_id, event_id);
      if (meaning === 'membership') endorsements.membersChanged(room_id);
      else if (meaning === 'message' && by === null)
        void endorsements.messageStored(room_id, event_id, destinations);
      for (const destination of destinations) {
        delivery.kick(destination, [room_id]);
        // If nothing is being sent, nothing else announces the queue.
        if (delivery.isFailing(destination) || settings.get().paused)
          changes.publish({ topic: 'outbox', destination });
      }
      if (meaning === 'message') {
        pushes.note(room_id, event_id);
        indexing.note();
      }
      if (member !== null) void profiles.tellIn(room_id, member);
      if (meaning === 'membership' || meaning === 'profile')
        changes.publish({ topic: 'members', room_id, ...(member === null ? {} : { about: member }) });
      else if (meaning === 'invite') {
        if (by !== null) void directChats.settle();
        changes.publish({ topic: 'invites' });
        changes.publish({ topic: 'people' });
      } else if (meaning === 'room' || meaning === 'delete-channel')
        changes.publish({ topic: 'room', room_id });
      else changes.publish({ topic: 'timeline', room_id, event_id });
    },
    'event-held': ({ origin }) => {
      measures.heldOne();
      changes.publish({ topic: 'held', server_name: origin });
    },
    'two-texts': ({ origin, roomId, eventId, by }) => {
      if (origin === keyring.serverName) void recovery.ownEventCame(roomId, eventId, by);
      else
        conflictLog
          .note(origin, eventId, by)
          .catch((error) => log.error({ err: error }, 'could not save that a server signed two texts'));
    },
    'held-decided': ({ origin }) => changes.publish({ topic: 'held', server_name: origin }),
    'deletion-learned': ({ rooms, withdrawn }) => {
      sweepFiles();
      for (const roomId of rooms) roomChanged(roomId);
      for (const server of withdrawn) delivery.reread(server);
    },
    'room-changed': ({ roomId }) => {
      roomChanged(roomId);
      tellClosed();
    },
    'room-outdated': ({ roomId }) =>
      void upkeep.rebuild(roomId).then(
        () => {
          roomChanged(roomId);
          tellClosed();
        },
        (error) => log.error({ err: error, room: roomId }, 'a room could not be rebuilt'),
      ),
    'room-read': ({ server, roomId, askedAt }) => recovery.roomRead(server, roomId, askedAt),
    'listing-read': ({ server }) => changes.publish({ topic: 'directory', server_name: server }),
    'read-changed': ({ roomId, userId }) => {
      readState.changed(roomId, userId);
      changes.publish({ topic: 'read', room_id: roomId, user_id: userId });
    },
    'account-changed': ({ userId }) => {
      pushes.forget();
      tellClosed();
      bots
        .revokeOfPerson(userId)
        .catch((error: unknown) => log.error({ err: error }, 'tokens of a person could not be revoked'));
      sweepFiles();
      changes.publish({ topic: 'account', user_id: userId });
      changes.publish({ topic: 'people' });
    },
    'joined-on-request': ({ roomId, server }) => void endorsements.joinedOnRequest(roomId, server),
    typing: ({ roomId, users }) => changes.pass({ topic: 'typing', room_id: roomId, users }),
    'invite-answered': () => changes.publish({ topic: 'invites' }),
    admitted: ({ home, roomId, user }) => {
      delivery.retryNow(home);
      catchUp.readSoon(home, roomId, () => memberships.leave(roomId, user));
    },

    'standing-changed': ({ server, standing, isCallable }) => {
      log.info({ peer: server, standing }, 'trust in a server changed');
      delivery.follow(server, standing, isCallable);
      formProbe.forget(server);
      if (standing === 'allowed') {
        catchUp.wake(server);
        addressAnnouncer.announce();
        keyExtensions.check(server);
        contacts.renew(server);
        recovery.cameBack(server);
      }
      if (standing === 'unknown')
        for (const part of [clockOffsets, doctor, contacts, rediscovery, catchUp, addressAnnouncer])
          part.forget(server);
      peerChanged(server);
    },
    'owner-decided': ({ server }) => {
      acceptances.decided(server);
      void recovery.confirm([server]);
    },
    'peer-changed': ({ server }) => peerChanged(server),
    'heard-from': ({ server, afterPause, afterSilence }) => {
      delivery.heardFrom(server);
      heldQuestions.heardFrom(server);
      receipts.heardFrom(server);
      catchUp.heardFrom(server);
      recovery.heardFrom(server);
      if (!afterPause) return;
      addressAnnouncer.heardFrom(server);
      peerChanged(server);
      if (!afterSilence) return;
      rediscovery.lookSoon(server);
      catchUp.wake(server);
    },
    'came-back': ({ server }) => {
      rediscovery.lookSoon(server);
      catchUp.wake(server);
      recovery.cameBack(server);
      peerChanged(server);
    },
    'let-us-read': ({ server, isBack, isFirst }) => {
      heldQuestions.heardFrom(server);
      if (isBack) delivery.heardFrom(server);
      if (isBack || isFirst) peerChanged(server);
      receiptReading.answeredBy(server);
    },
    answered: (answer) => {
      const { server, status } = answer;
      if (status >= 400) log.debug({ peer: server, status }, 'peer answered with an error');
      recovery.answered(answer.server);
      contacts.answered(answer.server, answer.status, answer.body);
      clockOffsets.learn(answer.server, answer, answer.sentAt, answer.receivedAt);
    },
    'could-not-be-reached': ({ server, error }) => {
      recovery.couldNotBeReached(server);
      contacts.unreached(server, error);
    },
    'extensions-doubted': ({ server }) => rediscovery.lookSoon(server),
    'extensions-changed': ({ server }) => {
      catchUp.wake(server);
      addressAnnouncer.answersAnew(server);
      recovery.consider(server);
      peerChanged(server);
    },
    'key-extended': ({ server, missed }) => {
      if (missed) catchUp.readAgain(server);
      peerChanged(server);
    },
    'pairing-changed': () => changes.publish({ topic: 'peer-invites' }),
    'invite-used': ({ server }) => {
      changes.publish({ topic: 'peer-invites' });
      doctor.tryNew(server);
    },

    'delivery-settled': ({ destination, outcome, latencyMs, isAnswered, isBack }) => {
      const isThrough = outcome === 'delivered' || outcome === 'held';
      measures.attempted(outcome, latencyMs);
      if (outcome !== 'expired') activity.attempted(isThrough, isAnswered ? latencyMs : null);
      if (isThrough) directory.noteReached(destination);
      if (isBack) catchUp.wake(destination);
      heldQuestions.settled(destination, outcome);
    },
    'deliveries-recorded': ({ deliveries }) => {
      for (const { destination, eventId, outcome } of deliveries)
        changes.publish({ topic: 'delivery', destination, event_id: eventId, outcome });
    },
    'deliveries-lost': ({ destination }) => {
      log.error({ destination }, 'delivery could not be recorded');
      delivery.recordingFailed(destination);
    },
    'attempts-written': ({ attempts }) => receipts.attempted(attempts),
    'events-queued': ({ rows }) => receipts.queued(rows),
    'receipts-owed': ({ origins }) => receipts.owed(origins),
    'events-fetched': ({ destination, eventIds }) => {
      activity.fetched(eventIds.length);
      delivery.reread(destination);
      changes.publish({ topic: 'outbox', destination });
      for (const event_id of eventIds)
        changes.publish({ topic: 'delivery', destination, event_id, outcome: 'delivered' });
    },
    'queue-changed': ({ destination }) => {
      delivery.reread(destination);
      changes.publish({ topic: 'outbox', destination });
    },

    recalled: ({ server, rooms }) => {
      const here = rooms.filter(({ readAt }) => readAt === server);
      catchUp.readAgain(
        server,
        here.map(({ roomId }) => roomId),
      );
      for (const { roomId, readAt } of rooms) if (readAt !== server) catchUp.readSoon(readAt, roomId);
    },
    'event-unreadable': ({ eventId }) => deps.scrub.suspect(eventId),
    'recovery-changed': () => changes.publish({ topic: 'recovery' }),
    'work-changed': () => changes.publish({ topic: 'work' }),
    'settings-changed': () => {
      delivery.setMaxAgeMs(settings.get().outbox_max_age_days * 86_400_000);
      reach.apply();
      certificates.reconsider();
      addressAnnouncer.announce();
      changes.publish({ topic: 'settings' });
    },
    'keys-changed': () => changes.publish({ topic: 'keys' }),
    'node-changed': () => changes.publish({ topic: 'settings' }),
    'clock-settled': () =>
      void leapRepair
        .run()
        .catch((error) =>
          log.error({ err: error }, 'events written with a wrong clock could not be repaired'),
        ),
    'listener-opened': () => {
      reach.begin(listeners);
      changes.publish({ topic: 'settings' });
    },
    'certificate-changed': () => {
      addressAnnouncer.announce();
      changes.publish({ topic: 'settings' });
    },
    'reach-changed': () => {
      keptName.look();
      addressAnnouncer.announce();
      changes.publish({ topic: 'settings' });
    },
    'check-progressed': ({ server }) =>
      changes.publish(server === null ? { topic: 'doctor' } : { topic: 'check', server_name: server }),
    notice: ({ level, said, server }) =>
      changes.publish({ topic: 'notice', level, said, ...(server ? { server_name: server } : {}) }),
  };
}
