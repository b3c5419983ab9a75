import { quoted } from '../../shared/words/said.ts';
import type { Finding } from '../doctor/finding.ts';
import { findings } from '../doctor/findings.ts';
import { recoverySavedAt } from '../identity/recovery.ts';
import type { ApiParts } from './parts.ts';
import type { SaidApi } from './said-api.ts';
import { type Survey, survey } from './survey.ts';
import { unreadRooms } from './unread-rooms.ts';

export function doctorApi(parts: ApiParts): Pick<SaidApi, 'doctor' | 'runDoctor'> {
  const view = () => ({ findings: currentFindings(parts), self: parts.doctor.view() });
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
export function currentFindings(parts: ApiParts, { peers, outbox }: Survey = survey(parts)): Finding[] {
  const { keyring, store, settings, reach, clockOffsets, ports, doctor, addresses } = parts;
  const active = keyring.isSetUp ? keyring.key(keyring.active().keyId) : null;
  const { lastDialBack } = doctor;
  return findings({
    now: ports.clock.now(),
    setUp: keyring.isSetUp,
    paused: settings.get().paused,
    recoverySavedAt: recoverySavedAt(store, keyring),
    keyValidUntil: active?.validUntil ?? null,
    publicUrl: reach.publicUrl,
    listenerProblem: parts.listener().problem,
    clockOffsetMs: clockOffsets.overall(),
    peers,
    deadLetters: outbox.dead,
    dialBack: lastDialBack && {
      reached: lastDialBack.verdict.reachable,
      by: lastDialBack.by,
      text: quoted(lastDialBack.verdict.text),
    },
    reach: reach.view().verdict,
    certificate: parts.listener().certificate,
    toTellByHand: addresses.toTellByHand(),
    untold: addresses.untold(),
    unread: unreadRooms(parts),
  });
}
