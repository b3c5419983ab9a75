import type { Finding } from '../../shared/api/doctor-views.ts';
import type { FindingCode } from '../../shared/protocol/reasons.ts';
import { clockWarnMs, secondsText } from '../clocks/clock-refusal.ts';
import { count, type Facts, finding, type More } from './finding.ts';

/** What is found of one peer. */
export function peerFindings(
  { toTellByHand, untold, publicUrl, unread }: Facts,
  peer: Facts['peers'][number],
): Finding[] {
  const name = peer.server_name;
  const found: Finding[] = [];
  const add = (code: FindingCode, severity: Finding['severity'], title: string, text: string, more: More) =>
    found.push(finding(code, severity, title, text, { ...more, subject: name }));
  if (peer.state === 'unreachable')
    add('peer-unreachable', 'warning', `${name} cannot be reached`, peer.state_text, {
      fix: `Check ${name} step by step, or tell its owner.`,
      dependsOn: ['offline'],
    });
  if (peer.state === 'silent')
    add('peer-silent', 'info', `${name} is silent`, peer.state_text, {
      fix: `If this surprises you, check ${name} step by step, or ask its owner whether the server is running.`,
      dependsOn: ['paused', 'offline'],
    });
  if (peer.state === 'closed')
    add('peer-refuses', 'warning', `${name} refuses this server`, peer.state_text, {
      fix: 'Its owner must allow this server there.',
      dependsOn: ['clock-off'],
    });
  // Of a peer that cannot be reached, or lets nobody in, that alone is said.
  if (peer.state === 'ok' || peer.state === 'waiting')
    for (const { room, reason } of unread.filter(({ server }) => server === name))
      add('room-unread', 'warning', `“${room}” cannot be read`, `${name} ${reason}.`, {
        fix: `Messages from there may not arrive here. Check ${name} step by step, or tell its owner.`,
      });
  if (peer.state === 'waiting' && peer.keys_expired)
    add('peer-key-ran-out', 'warning', `The key of ${name} has expired`, peer.state_text, {
      fix: `Ask its owner whether the key is still in use. If so, extend it on its page, or run: paracord-node peers extend-keys ${name}`,
    });
  const offset = peer.clock_offset_ms;
  if (offset !== null && Math.abs(offset) >= clockWarnMs)
    add(
      'peer-clock-off',
      'warning',
      `The clock of ${name} is wrong`,
      `It is ${secondsText(offset)} ${offset > 0 ? 'ahead of' : 'behind'} ours.`,
      {
        fix: 'Tell its owner to let the system set its clock by NTP.',
        dependsOn: ['clock-off'],
      },
    );
  if (toTellByHand.includes(name) && publicUrl === null)
    add(
      'address-by-hand',
      'info',
      `${name} still knows an address of ours`,
      'It cannot be told that there is none now. Nothing is lost: what it has for this server is fetched.',
      { fix: 'If its attempts are in the way there, tell its owner to take our address away.' },
    );
  else if (toTellByHand.includes(name))
    add(
      'address-by-hand',
      'warning',
      `${name} does not know our new address`,
      'It cannot be told by itself where this server is reached now.',
      { fix: `Tell its owner to change our address there to ${publicUrl}.` },
    );
  else if (untold.includes(name))
    add(
      'address-untold',
      'info',
      `${name} does not know our new address yet`,
      'It could not be told so far. It is told as soon as it is heard from, and tried every five minutes.',
      { fix: `If this stays, tell its owner to change our address there to ${publicUrl}.` },
    );
  if (peer.held > 0)
    add(
      'held-events',
      'info',
      `${name} waits for your decision`,
      `${count(peer.held, 'event')} of ${name} ${peer.held === 1 ? 'is' : 'are'} held.`,
      {
        fix: `Release or discard them on the page of ${name}.`,
      },
    );
  return found;
}
