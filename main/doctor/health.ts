import type { Finding } from '../../shared/api/doctor-views.ts';
import type { PeerState, StatusView } from '../../shared/api/views.ts';
import { count } from './finding.ts';

/** The sentence of health: the worst root cause, counted where there are several of a kind. */
export function healthOf(
  found: readonly Finding[],
  peers: readonly { readonly state: PeerState }[],
): StatusView['health'] {
  const [worst] = found;
  const paused = found.find(({ code }) => code === 'paused');
  if (paused) return { state: 'paused', text: paused.text };
  if (worst?.code === 'not-set-up') return { state: 'starting', text: worst.text };
  if (worst === undefined || worst.severity === 'info') return { state: 'ok', text: wellText(peers) };
  const alike = found.filter(({ code, severity }) => code === worst.code && severity !== 'info').length;
  const counted: Readonly<Record<string, string>> = {
    'peer-unreachable': `${count(alike, 'peer')} of ${peers.length} cannot be reached right now.`,
    'peer-refuses': `${count(alike, 'peer')} ${alike === 1 ? 'refuses' : 'refuse'} what this server sends.`,
    'peer-key-ran-out': `The ${alike === 1 ? 'key' : 'keys'} of ${count(alike, 'peer')} ${alike === 1 ? 'has' : 'have'} expired.`,
  };
  return {
    state: worst.code === 'offline' ? 'offline' : 'attention',
    text: counted[worst.code] ?? (worst.subject === null ? worst.text : `${worst.title}. ${worst.text}`),
  };
}

function wellText(peers: readonly { readonly state: PeerState }[]): string {
  const inState = (wanted: PeerState) => peers.filter(({ state }) => state === wanted).length;
  const [connected, waiting, silent] = [inState('ok'), inState('waiting'), inState('silent')];
  const quiet = silent === 0 ? '' : ` ${count(silent, 'peer')} ${silent === 1 ? 'is' : 'are'} silent.`;
  if (connected > 0) return `Federating with ${count(connected, 'peer')}.${quiet}`;
  if (waiting > 0)
    return `Running. ${count(waiting, 'peer')} ${waiting === 1 ? 'has' : 'have'} not been heard from yet.`;
  return peers.length === 0
    ? 'Running. No peers yet: add one to federate.'
    : `Running. No peer is connected.${quiet}`;
}
