import type { Api } from '../../shared/api/contract.ts';
import type { DoctorView, Finding } from '../../shared/api/doctor-views.ts';
import { findings } from '../doctor/findings.ts';
import { recoverySavedAt } from '../identity/recovery.ts';
import type { ApiParts } from './parts.ts';
import { peerViews } from './peers.ts';

export function doctorApi(parts: ApiParts): Pick<Api, 'doctor' | 'runDoctor'> {
  const view = (): DoctorView => ({ findings: currentFindings(parts), self: parts.doctor.view() });
  return {
    async doctor() {
      return view();
    },
    async runDoctor() {
      await parts.doctor.run();
      return view();
    },
  };
}

/** What is found on the node as it stands; the sentence of health is made of these as well. */
export function currentFindings(parts: ApiParts): Finding[] {
  const { keyring, store, directory, settings, reach, clockOffsets, ports, doctor, addresses } = parts;
  const view = peerViews(parts);
  const active = keyring.isSetUp ? keyring.key(keyring.active().keyId) : null;
  const { lastDialBack } = doctor;
  return findings({
    now: ports.clock.now(),
    setUp: keyring.isSetUp,
    paused: settings.get().paused,
    recoverySavedAt: recoverySavedAt(store, keyring),
    keyValidUntil: active?.validUntil ?? null,
    publicUrl: reach.publicUrl,
    clockOffsetMs: clockOffsets.overall(),
    peers: directory
      .all()
      .filter((peer) => peer.mode !== 'known')
      .map(view),
    deadLetters: store.outbox.counts().reduce((sum, row) => sum + row.dead, 0),
    dialBack: lastDialBack && {
      reached: lastDialBack.verdict.reachable,
      by: lastDialBack.by,
      text: lastDialBack.verdict.text,
    },
    reach: reach.view().verdict,
    certificate: parts.listener().certificate,
    toTellByHand: addresses.toTellByHand(),
  });
}
