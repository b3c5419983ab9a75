import type { FindingCode } from '../../shared/protocol/reasons.ts';
import { type Said, said } from '../../shared/words/said.ts';
import { apart, clockWarnMs } from '../clocks/clock-refusal.ts';
import { tuning } from '../config.ts';
import { certificateFix } from '../trust/peer-state.ts';
import { type DoctorFacts, type Finding, finding, type More } from './finding.ts';

/** The findings about one peer. */
export function peerFindings(
  { toTellByHand, untold, publicUrl, startedOver, called, clockOffsetMs }: DoctorFacts,
  peer: DoctorFacts['peers'][number],
): Finding[] {
  const id = peer.server_name;
  const them = called(id);
  const found: Finding[] = [];
  const add = (code: FindingCode, severity: Finding['severity'], title: Said, text: Said, more: More) =>
    found.push(finding(code, severity, title, text, { ...more, subject: id }));
  if (startedOver.has(id))
    add(
      'peer-started-over',
      'warning',
      said('finding.started_over_title', { name: them.who }),
      said('finding.started_over', { name: them.who }),
      { fix: said('finding.started_over_fix') },
    );
  if (peer.state === 'unreachable')
    add(
      'peer-unreachable',
      'warning',
      said('finding.peer_unreachable_title', { name: them.server }),
      peer.state_text,
      {
        fix: said('finding.peer_unreachable_fix', { name: them.server }),
        dependsOn: ['node-offline'],
      },
    );
  if (peer.has_other_certificate)
    add(
      'peer-certificate-refused',
      'warning',
      said('finding.peer_certificate_title', { name: them.server }),
      said('finding.peer_certificate', { name: them.server }),
      { fix: certificateFix(peer.address_taken_by) },
    );
  if (peer.state === 'silent')
    add('peer-silent', 'info', said('finding.peer_silent_title', { name: them.server }), peer.state_text, {
      fix: said('finding.peer_silent_fix', { name: them.server }),
      dependsOn: ['federation-paused', 'node-offline'],
    });
  if (peer.state === 'closed')
    add(
      'peer-refusing',
      'warning',
      said('finding.peer_refuses_title', { name: them.server }),
      peer.state_text,
      {
        fix: said('finding.peer_refuses_fix'),
        dependsOn: ['clock-skewed'],
      },
    );
  // A peer that can't be reached or refuses us has that finding instead.
  if (peer.state === 'ok' || peer.state === 'waiting')
    for (const { room, reason } of peer.unreadable)
      if (room === null)
        add(
          'queue-unreadable',
          'warning',
          said('finding.queue_unread_title', { name: them.server }),
          said('finding.queue_unread', { name: them.server, why: reason }),
          { fix: said('finding.queue_unread_fix', { name: them.server }) },
        );
      else
        add(
          'room-unreadable',
          'warning',
          said('finding.room_unread_title', { room }),
          said('finding.room_unread', { name: them.server, why: reason }),
          { fix: said('finding.room_unread_fix', { name: them.server }) },
        );
  for (const room of peer.full_rooms)
    add(
      'room-quota-full',
      'warning',
      said('finding.room_share_full_title', { name: them.server, room }),
      said('finding.room_share_full', { name: them.server, gigabytes: tuning.roomShareBytesMax / 1e9 }),
      { fix: said('finding.room_share_full_fix', { name: them.server }) },
    );
  if (peer.state === 'waiting' && peer.keys_expired)
    add(
      'peer-key-expired',
      'warning',
      said('finding.peer_key_title', { name: them.server }),
      peer.state_text,
      {
        fix: said('finding.peer_key_fix', { server: id }),
      },
    );
  if (peer.forgets_us_at !== null && peer.state !== 'closed')
    add(
      'peer-registration-expiring',
      'warning',
      said('finding.peer_forgets_title', { name: them.server }),
      said('finding.peer_forgets', { at: peer.forgets_us_at }),
      { fix: said('finding.peer_forgets_fix', { name: them.server, server: id }) },
    );
  if (peer.version_news === 'updated')
    add(
      'peer-upgraded',
      'info',
      said('finding.peer_updated_title', { name: them.server }),
      said('finding.peer_updated', { name: them.server }),
      { fix: null },
    );
  if (peer.version_news === 'went_back')
    add(
      'peer-downgraded',
      'warning',
      said('finding.peer_went_back_title', { name: them.server }),
      said('finding.peer_went_back', { name: them.server }),
      { fix: said('finding.peer_went_back_fix', { name: them.server }) },
    );
  const offset = peer.clock_offset_ms;
  const isOursRight = typeof clockOffsetMs === 'number' && Math.abs(clockOffsetMs) < clockWarnMs;
  if (offset !== null && Math.abs(offset) >= clockWarnMs)
    add(
      'peer-clock-skewed',
      'warning',
      said('finding.peer_clock_title', { name: them.server }),
      peer.state === 'refused' && !peer.has_other_certificate
        ? peer.state_text
        : said('finding.peer_clock', apart(offset)),
      {
        fix: isOursRight ? said('clock.fix_theirs') : said('clock.fix_ours_or_theirs'),
        dependsOn: ['clock-skewed'],
      },
    );
  if (toTellByHand.has(id) && publicUrl === null)
    add(
      'address-outdated',
      'info',
      said('finding.address_none_title', { name: them.server }),
      said('finding.address_none'),
      { fix: said('finding.address_none_fix') },
    );
  else if (toTellByHand.has(id))
    add(
      'address-outdated',
      'warning',
      said('finding.address_by_hand_title', { name: them.server }),
      said('finding.address_by_hand'),
      { fix: said('finding.address_by_hand_fix', { url: publicUrl ?? '' }) },
    );
  else if (untold.has(id))
    add(
      'address-not-announced',
      'info',
      said('finding.address_untold_title', { name: them.server }),
      said('finding.address_untold'),
      { fix: said('finding.address_untold_fix', { url: publicUrl ?? '' }) },
    );
  if (peer.held > 0)
    add(
      'events-held',
      'info',
      said('finding.held_title', { name: them.server }),
      said('finding.held', { n: peer.held, name: them.server }),
      { fix: said('finding.held_fix', { name: them.server }) },
    );
  return found;
}
