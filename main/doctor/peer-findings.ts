import type { FindingCode } from '../../shared/protocol/reasons.ts';
import { said } from '../../shared/words/said.ts';
import { apart, clockWarnMs } from '../clocks/clock-refusal.ts';
import { tuning } from '../config.ts';
import { certificateFix } from '../trust/peer-state.ts';
import { type DoctorFacts, type Finding, type FindingArgs, type FindingName, finding } from './finding.ts';

/** The findings about one peer. */
export function peerFindings(
  { toTellByHand, untold, publicUrl, startedOver, called, clockOffsetMs }: DoctorFacts,
  peer: DoctorFacts['peers'][number],
): Finding[] {
  const id = peer.server_name;
  const them = called(id);
  const found: Finding[] = [];
  const add = <N extends FindingName>(
    code: FindingCode,
    severity: Finding['severity'],
    name: N,
    ...told: FindingArgs<N>
  ) => found.push({ ...finding(code, severity, name, ...told), subject: id });
  if (startedOver.has(id)) add('peer-started-over', 'warning', 'started_over', { name: them.who });
  if (peer.state === 'unreachable')
    add(
      'peer-unreachable',
      'warning',
      'peer_unreachable',
      { name: them.server },
      { text: peer.state_text, dependsOn: ['node-offline'] },
    );
  if (peer.has_other_certificate)
    add(
      'peer-certificate-refused',
      'warning',
      'peer_certificate',
      { name: them.server },
      { fix: certificateFix(peer.address_taken_by) },
    );
  if (peer.state === 'silent')
    add(
      'peer-silent',
      'info',
      'peer_silent',
      { name: them.server },
      { text: peer.state_text, dependsOn: ['federation-paused', 'node-offline'] },
    );
  if (peer.state === 'closed')
    add(
      'peer-refusing',
      'warning',
      'peer_refuses',
      { name: them.server },
      { text: peer.state_text, dependsOn: ['clock-skewed'] },
    );
  // A peer that can't be reached or refuses us has that finding instead.
  if (peer.state === 'ok' || peer.state === 'waiting')
    for (const { room, reason } of peer.unreadable)
      if (room === null)
        add('queue-unreadable', 'warning', 'queue_unread', { name: them.server, why: reason });
      else add('room-unreadable', 'warning', 'room_unread', { room, name: them.server, why: reason });
  for (const room of peer.full_rooms)
    add('room-quota-full', 'warning', 'room_share_full', {
      name: them.server,
      room,
      gigabytes: tuning.roomShareBytesMax / 1e9,
    });
  if (peer.state === 'waiting' && peer.keys_expired)
    add(
      'peer-key-expired',
      'warning',
      'peer_key',
      { name: them.server, server: id },
      { text: peer.state_text },
    );
  if (peer.forgets_us_at !== null && peer.state !== 'closed')
    add('peer-registration-expiring', 'warning', 'peer_forgets', {
      name: them.server,
      at: peer.forgets_us_at,
      server: id,
    });
  if (peer.version_news === 'updated')
    add('peer-upgraded', 'info', 'peer_updated', { name: them.server }, { fix: null });
  if (peer.version_news === 'went_back')
    add('peer-downgraded', 'warning', 'peer_went_back', { name: them.server });
  const offset = peer.clock_offset_ms;
  const isOursRight = typeof clockOffsetMs === 'number' && Math.abs(clockOffsetMs) < clockWarnMs;
  if (offset !== null && Math.abs(offset) >= clockWarnMs)
    add(
      'peer-clock-skewed',
      'warning',
      'peer_clock',
      { name: them.server, ...apart(offset) },
      {
        ...(peer.state === 'refused' && !peer.has_other_certificate ? { text: peer.state_text } : {}),
        fix: isOursRight ? said('clock.fix_theirs') : said('clock.fix_ours_or_theirs'),
        dependsOn: ['clock-skewed'],
      },
    );
  if (toTellByHand.has(id) && publicUrl === null)
    add('address-outdated', 'info', 'address_none', { name: them.server });
  else if (toTellByHand.has(id))
    add('address-outdated', 'warning', 'address_by_hand', {
      name: them.server,
      url: publicUrl ?? '',
    });
  else if (untold.has(id))
    add('address-not-announced', 'info', 'address_untold', {
      name: them.server,
      url: publicUrl ?? '',
    });
  if (peer.held > 0) add('events-held', 'info', 'held', { name: them.server, n: peer.held });
  return found;
}
