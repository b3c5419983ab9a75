import type { PeerState, StatusView } from '../../shared/api/views/views.ts';
import { type Said, said, sentences, type Unsaid } from '../../shared/words/said.ts';
import type { Finding } from './finding.ts';

/** The sentence of health: the worst root cause, counted where there are several of a kind. */
export function healthOf(
  found: readonly Finding[],
  peers: readonly { readonly state: PeerState }[],
): Unsaid<StatusView['health'], 'text'> {
  const [worst] = found;
  const paused = found.find(({ code }) => code === 'paused');
  if (paused) return { state: 'paused', text: paused.text };
  if (worst?.code === 'not-set-up') return { state: 'starting', text: worst.text };
  if (worst === undefined || worst.severity === 'info') return { state: 'ok', text: wellText(peers) };
  const n = found.filter(({ code, severity }) => code === worst.code && severity !== 'info').length;
  const counted: Readonly<Record<string, Said>> = {
    'peer-unreachable': said('health.unreachable', { n, total: peers.length }),
    'peer-refuses': said('health.refuses', { n }),
    'peer-key-ran-out': said('health.key_expired', { n }),
  };
  const { title, text } = worst;
  return {
    state: worst.code === 'offline' ? 'offline' : 'attention',
    text: counted[worst.code] ?? (worst.subject === null ? text : said('plain.titled', { title, text })),
  };
}

function wellText(peers: readonly { readonly state: PeerState }[]): Said {
  const inState = (wanted: PeerState) => peers.filter(({ state }) => state === wanted).length;
  const [connected, waiting, silent] = [inState('ok'), inState('waiting'), inState('silent')];
  const quiet = silent === 0 ? null : said('health.silent', { n: silent });
  if (connected > 0) return sentences(said('health.connected', { n: connected }), quiet);
  if (waiting > 0) return said('health.waiting', { n: waiting });
  return peers.length === 0 ? said('health.no_peers') : sentences(said('health.none_connected'), quiet);
}
